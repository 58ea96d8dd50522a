// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/learning_settings.hpp"

#include "metasolve/detail/config/field_makers.hpp"

namespace metasolve::problems {

using namespace config::make_field;

std::vector<config::Field> gradient_keys() {
  using G = GradientSettings;
  return {choice(OwnPlace{&G::kind},
                 {"solver.gradient", "",
                  "gradient of a solver's one parameter by the adjoint, by the tangent, or by the difference of two "
                  "solves, which rounding does not spoil"}),
          real(OwnPlace{&G::difference}, {1e-8, 0.9},
               {"solver.difference", "", "relative step of that parameter, up and down, for gradient difference"}),
          real(OwnPlace{&G::failure_weight}, {0},
               {"loss.failure_weight", "",
                "gamma, the weight of -log alpha for a task whose set-up breaks down at the parameter alpha"})};
}

void set_gradient(config::RunConfig const& c, engine::LearnerOptions& options) {
  auto const& g = c.of<GradientSettings>();
  options.gradient = g.kind;
  options.difference = {g.difference, g.failure_weight};
}

config::Field failure_slope_key() {
  return real(OwnPlace{&FailureSettings::slope}, {0},
              {"loss.failure_slope", "",
               "slope of the pull on a task that did not converge towards a parameter's constant; 0: none"});
}

}  // namespace metasolve::problems
