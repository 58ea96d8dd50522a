// SPDX-License-Identifier: Apache-2.0
#include "src/train/shift_setup.hpp"

#include "metasolve/error.hpp"
#include "src/config/choices.hpp"
#include "src/config/values.hpp"

namespace metasolve::train {

problems::IccgSettings iccg_settings(config::RunConfig const& c) {
  problems::FillRule rule{c.solver.fill_level, {}};
  if (c.solver.fill_entries >= 0) rule.entries = c.solver.fill_entries;
  return {c.solver.preconditioner, rule, c.solver.shift, c.solver.batching, c.solver.shift_scale};
}

void require_shift(config::RunConfig const& c) {
  if (c.solver.preconditioner == problems::PreconditionerKind::incomplete_cholesky) return;
  throw InputError("solver.preconditioner: given \"" + std::string(config::name_of(c.solver.preconditioner)) +
                   "\", which has no shift to choose; expected \"ic\"");
}

void shape_shift(network::MetaNetworkShape& s, double highest) {
  s.parameters = 1;
  s.head = {{.kind = kernels::HeadKind::interval, .output = 0, .low = 0, .high = highest, .raised = true}};
}

std::string shift_baseline(config::RunConfig const& c) {
  bool const relative = c.solver.shift_scale == config::ShiftScale::diagonal;
  return "alpha = " + config::real_text(c.solver.shift) + (relative ? " of the diagonal" : "");
}

double shift_failure(config::RunConfig const& c) { return c.loss.failure_weight; }

TunedParameter const tuned_shift{"shift", "solver.shift", &config::SolverConfig::shift, {1e-4, 1, 0.02}, 1e12, true};

void initialise_shift(config::RunConfig const& c, std::vector<network::LayerShape> const& layers,
                      std::vector<double>& weights) {
  weights[static_cast<std::size_t>(layers.back().bias)] = c.network.shift_bias;
}

}  // namespace metasolve::train
