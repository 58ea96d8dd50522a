// SPDX-License-Identifier: Apache-2.0
#include "src/train/shift_setup.hpp"

#include "metasolve/error.hpp"
#include "src/config/choices.hpp"
#include "src/config/values.hpp"

namespace metasolve::train {

problems::IccgSettings iccg_settings(config::RunConfig const& c) {
  sparse::FillRule rule{c.solver.fill_level, {}};
  if (c.solver.fill_entries >= 0) rule.entries = c.solver.fill_entries;
  return {c.solver.preconditioner, rule, c.solver.shift, c.solver.batching, c.solver.shift_scale};
}

void require_shift(config::RunConfig const& c) {
  if (c.solver.preconditioner == problems::PreconditionerKind::incomplete_cholesky) return;
  throw InputError("solver.preconditioner: given \"" + std::string(config::name_of(c.solver.preconditioner)) +
                   "\", which has no shift to choose; expected \"ic\"");
}

void shape_shift(config::RunConfig const& c, network::MetaNetworkShape& s, double highest) {
  constexpr double decades = 1e-8;  // by their logarithm; below lies 0
  bool const by_logarithm = c.network.shift_head == config::ShiftHead::logarithmic;
  s.parameters = 1;
  s.head = {{.kind = by_logarithm ? kernels::HeadKind::logarithmic : kernels::HeadKind::interval,
             .output = 0,
             .low = by_logarithm ? decades * highest : 0,
             .high = highest,
             .raised = true}};
}

std::string shift_baseline(config::RunConfig const& c) {
  bool const relative = c.solver.shift_scale == config::ShiftScale::diagonal;
  return "alpha = " + config::real_text(c.solver.shift) + (relative ? " of the diagonal" : "");
}

double shift_failure(config::RunConfig const& c) { return c.loss.failure_weight; }

namespace {

problems::IccgSettings* settings_of(problems::AnyTasks& tasks) {
  if (auto* const beams = std::get_if<problems::BeamTasks>(&tasks)) return &beams->iccg;
  return &std::get<problems::SpdTasks>(tasks).iccg;
}

void put_shift(problems::AnyTasks& tasks, double value) { settings_of(tasks)->shift = value; }

/// A network's shifts are absolute, whatever the constant one is.
void choose_shift(problems::AnyTasks& tasks, double value) {
  put_shift(tasks, value);
  settings_of(tasks)->shift_scale = problems::ShiftScale::absolute;
}

std::optional<double> own_shift(config::RunConfig const& c) {
  if (c.solver.shift_scale != config::ShiftScale::absolute) return std::nullopt;
  return c.solver.shift;
}

}  // namespace

TunedParameter const tuned_shift{.name = "shift",
                                 .key = "solver.shift",
                                 .grid = {1e-4, 1, 0.02},
                                 .below = 1e12,
                                 .is_shift = true,
                                 .least = 1e-12,
                                 .put = put_shift,
                                 .choose = choose_shift,
                                 .own = own_shift};

void initialise_shift(config::RunConfig const& c, std::vector<network::LayerShape> const& layers,
                      std::vector<double>& weights) {
  weights[static_cast<std::size_t>(layers.back().bias)] = c.network.shift_bias;
}

}  // namespace metasolve::train
