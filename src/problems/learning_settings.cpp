// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/learning_settings.hpp"

#include <algorithm>

#include "metasolve/detail/config/field_makers.hpp"

namespace metasolve::problems {

using namespace config::make_field;

config::Field gradient_key() {
  return choice(
      OwnPlace{&GradientSettings::kind},
      {"solver.gradient", "",
       "of a solver's one parameter by the adjoint, by the tangent, or by the difference of two solves, which "
       "rounding does not spoil (auto); of several by the adjoint (auto), or forward along a random direction; "
       "of a black box by difference (auto), spsa, evolution, score (auto for choices) or control_variate"});
}

std::vector<config::Field> gradient_keys() {
  using G = GradientSettings;
  return {gradient_key(),
          real(OwnPlace{&G::difference}, {1e-12, 0.9},
               {"solver.difference", "", "relative step of that parameter, up and down, for gradient difference"}),
          real(OwnPlace{&G::failure_weight}, {0},
               {"loss.failure_weight", "",
                "gamma, the weight of -log alpha for a task whose set-up breaks down at the parameter alpha"})};
}

void set_gradient(config::RunConfig const& c, engine::Gradient usual, engine::LearnerOptions& options) {
  auto const& g = c.of<GradientSettings>();
  options.gradient = g.kind == engine::Gradient::automatic ? usual : g.kind;
  options.difference = {g.difference, g.failure_weight};
}

void check_gradient(config::RunConfig const& c, config::Origins const& origins, engine::SolverGradients const& has) {
  using engine::Gradient;
  auto const kind = c.of<GradientSettings>().kind;
  if (kind == Gradient::automatic) return;
  std::string const given = "solver.gradient: given \"" + std::string(config::name_of(kind)) + "\"";
  std::vector<Gradient> known;
  if (has.adjoint) known.push_back(Gradient::adjoint);
  if (has.is_tangent) known.insert(known.end(), {Gradient::tangent, Gradient::difference});
  if (has.forward && !has.is_tangent) known.push_back(Gradient::forward);
  if (std::ranges::find(known, kind) == known.end()) {
    std::string expected;
    for (auto const each : known)
      expected += (expected.empty() ? "\"" : ", \"") + std::string(config::name_of(each)) + "\"";
    config::refuse(origins, {"solver.gradient"},
                   given + ", which the solver of problem \"" + c.problem.name + "\" does not have; expected " +
                       (known.size() > 1 ? "one of " : "") + expected + "; or leave it out");
  }
  if (kind == Gradient::forward && c.optimizer.kind == engine::Optimizer::levenberg_marquardt) {
    config::refuse(origins, {"solver.gradient", "optimizer.kind"},
                   given +
                       ", but optimizer.kind = \"levenberg_marquardt\" needs the slopes along all directions; leave it "
                       "out, or write optimizer.kind = \"adam\"");
  }
}

config::Field failure_slope_key() {
  return real(OwnPlace{&FailureSettings::slope}, {0},
              {"loss.failure_slope", "",
               "slope of the pull on a task that did not converge towards a parameter's constant; 0: none"});
}

}  // namespace metasolve::problems
