// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/black_box_problem.hpp"

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

using engine::Gradient;

std::vector<config::Field> black_box_keys() {
  using namespace config::make_field;
  auto keys = gradient_keys();
  std::erase_if(keys, [](config::Field const& key) { return key.key == "loss.failure_weight"; });
  keys.push_back(failure_slope_key());
  keys.push_back(integer(OwnPlace{&EstimatorKeys::samples}, {1, 1000},
                         {"solver.samples", "", "random directions, or draws, per task, for an estimated gradient"}));
  keys.push_back(list(OwnPlace{&EstimatorKeys::surrogate_hidden}, Length{1, 16}, config::IntegerRange{1, 65536},
                      {"solver.surrogate_hidden", "", "hidden layers of the surrogate, for gradient control_variate"}));
  keys.push_back(
      integer(OwnPlace{&EstimatorKeys::surrogate_window}, {0, 65536},
              {"solver.surrogate_window", "parameters",
               "neighbouring parameters that the surrogate sees at once, for parameters that are a sequence, "
               "as values on a grid; 0: all together"}));
  keys.push_back(real(OwnPlace{&EstimatorKeys::surrogate_rate}, {0, unbounded, open},
                      {"solver.surrogate_rate", "", "learning rate of the surrogate, for gradient control_variate"}));
  return keys;
}

namespace {

Gradient usual_gradient(BlackBox const& box) {
  return space_of(box).has_choice() ? Gradient::score : Gradient::difference;
}

}  // namespace

void settle_black_box(BlackBox const& box, config::RunConfig& c,
                      std::function<bool(std::string const& key)> const& given) {
  auto& gradient = c.of<GradientSettings>();
  auto const kind = gradient.kind == Gradient::automatic ? usual_gradient(box) : gradient.kind;
  if (box.cost == BlackBoxCost::seconds) {
    if (!given("solver.max_iterations")) c.solver.max_iterations = longest_microseconds;
    if (!given("evaluation.max_iterations")) c.evaluation.max_iterations = longest_microseconds;
  }
  // Without a baseline a single draw says little.
  if (kind == Gradient::score && !given("solver.samples")) c.of<EstimatorKeys>().samples = 4;
  // Along a random direction a smooth loss has a derivative. The surrogate jumps where the count changes, though: a
  // jump within a step is a slope of 1e8, so steps are as small as rounding allows.
  bool const is_directional = kind == Gradient::spsa || kind == Gradient::control_variate;
  if (is_directional && box.cost == BlackBoxCost::history && !given("solver.difference")) gradient.difference = 1e-8;
}

void check_black_box(BlackBox const& box, config::RunConfig const& c, config::Origins const& origins) {
  auto const kind = c.of<GradientSettings>().kind;
  auto const named = "solver.gradient: given \"" + std::string(config::name_of(kind)) + "\", ";
  if (kind == Gradient::adjoint || kind == Gradient::tangent || kind == Gradient::forward) {
    config::refuse(origins, {"solver.gradient"},
                   named +
                       "but a black box has no derivatives; expected \"difference\", \"spsa\", \"evolution\", "
                       "\"score\" or \"control_variate\"");
  }
  if (space_of(box).has_choice() && kind != Gradient::score && kind != Gradient::automatic) {
    config::refuse(origins, {"solver.gradient"}, named + "but a choice between options is learned by \"score\" alone");
  }
  if (c.optimizer.kind != engine::Optimizer::adam) {
    config::refuse(origins, {"optimizer.kind"}, "optimizer.kind: a black box is learned by \"adam\" alone");
  }
  if (c.loss.kind == config::LossKind::measure && c.loss.iterations == 0) {
    config::refuse(origins, {"loss.iterations", "loss.kind"},
                   "loss.iterations: 0, but loss.kind = \"measure\" is the measure after so many iterations; give 1 or "
                   "more");
  }
  if (c.loss.kind == config::LossKind::measure && box.cost != BlackBoxCost::history) {
    config::refuse(origins, {"loss.kind"},
                   "loss.kind: \"measure\" needs the measures of a solve; the black box returns none (its cost is not "
                   "\"history\")");
  }
}

void set_black_box_options(BlackBox const& box, config::RunConfig const& c, engine::LearnerOptions& options) {
  set_gradient(c, usual_gradient(box), options);
  auto const& keys = c.of<EstimatorKeys>();
  auto& estimator = options.estimator;
  estimator.step = c.of<GradientSettings>().difference;
  estimator.samples = keys.samples;
  estimator.surrogate_hidden = {keys.surrogate_hidden.begin(), keys.surrogate_hidden.end()};
  estimator.surrogate_window = keys.surrogate_window;
  estimator.surrogate_rate = keys.surrogate_rate;
  options.regroup = false;  // nothing iterates in lockstep here
  options.failure_slope = c.loss.kind != config::LossKind::measure ? c.of<FailureSettings>().slope : 0;
}

std::optional<TunedParameter> tuned_of(BlackBox const& box, RowDescription const& description) {
  if (box.parameters.front().kind == ParameterKind::choice) return std::nullopt;
  return tuned_of(description);
}

namespace {

BlackBox without_solve(BlackBox box) {
  box.solve = nullptr;
  return box;
}

}  // namespace

bool BlackBoxProblem::has_shape_of(BlackBox const& box) const {
  return box.columns == shape_.columns && box.parameters == shape_.parameters &&
         box.by_logarithm == shape_.by_logarithm && box.hidden == shape_.hidden && box.reference == shape_.reference &&
         box.cost == shape_.cost;
}

BlackBoxProblem::BlackBoxProblem(BlackBox const& box)
    : UserProblem(described(box)), shape_(without_solve(box)), tuned_(tuned_of(shape_, description())) {}

}  // namespace metasolve::problems
