// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/kinds.hpp"
#include "metasolve/error.hpp"

namespace metasolve::estimate {

std::unique_ptr<Estimator> make_estimator(engine::Gradient kind, ParameterSpace const& space,
                                          engine::EstimatorSettings const& settings, std::int64_t tasks, int features) {
  using engine::Gradient;
  static constexpr char const* known =
      "expected \"difference\", \"spsa\", \"evolution\", \"score\" or \"control_variate\"";
  if (kind == Gradient::adjoint || kind == Gradient::tangent || kind == Gradient::forward) {
    throw InputError(std::string("solver.gradient: given a kind that differentiates the solver, but a black box has no "
                                 "derivative; ") +
                     known);
  }
  if (space.has_choice() && kind != Gradient::score) {
    throw InputError("solver.gradient: a choice needs \"score\", the one kind that can choose between options");
  }
  bool const has_integer =
      std::ranges::any_of(space.entries, [](auto const& e) { return e.kind == ParameterSpace::Kind::integer; });
  if (has_integer && kind == Gradient::control_variate) {
    throw InputError(
        "solver.gradient: given \"control_variate\", which needs a loss that is smooth in each parameter, but a "
        "whole number has no derivative; expected \"difference\", \"spsa\", \"evolution\" or \"score\"");
  }
  switch (kind) {
    case Gradient::spsa:
      return make_spsa(space, settings);
    case Gradient::evolution:
      return make_evolution(space, settings);
    case Gradient::score:
      return make_score(space, settings, tasks);
    case Gradient::control_variate:
      return make_control_variate(space, settings, features);
    default:
      return make_differences(space, settings);
  }
}

}  // namespace metasolve::estimate
