// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "src/config/values.hpp"
#include "src/train/problem_setup.hpp"

namespace metasolve::train {

namespace {

int features(config::RunConfig const&) { return kernels::BeamFeatures<double>::width; }
int outputs(config::RunConfig const&) { return 1; }

Splits tasks(config::RunConfig const& c) {
  auto const& p = c.problem;
  problems::BeamMesh mesh;
  std::copy_n(p.cells.begin(), 3, mesh.cells.begin());
  auto const stencil = std::make_shared<problems::BeamStencil const>(mesh, c.solver.ordering);
  auto const draw = [&](std::int64_t count, random::Stream stream) {
    auto beams = problems::sampled_beams(stencil, count, c.training.seed, stream);
    beams.fill_rule.level = c.solver.fill_level;
    if (c.solver.fill_entries >= 0) beams.fill_rule.entries = c.solver.fill_entries;
    beams.shift = c.solver.shift;
    return beams;
  };
  return {draw(p.train_tasks, random::Stream::train_tasks), draw(p.validation_tasks, random::Stream::validation_tasks),
          draw(p.test_tasks, random::Stream::test_tasks)};
}

/// Paper, appendix C.3: alpha = sigmoid(z).
void shape(config::RunConfig const&, network::MetaNetworkShape& s) {
  s.parameters = 1;
  s.head = {{.kind = kernels::HeadKind::interval, .output = 0, .low = 0, .high = 1, .raised = true}};
}

/// The beams' numbers alone are made on the host.
std::uint64_t host_bytes(config::RunConfig const& c) {
  return kernels::BeamColumns::count * sizeof(double) * static_cast<std::uint64_t>(c.problem.train_tasks);
}

std::string baseline(config::RunConfig const& c) { return "alpha = " + config::real_text(c.solver.shift); }

double failure_slope(config::RunConfig const& c) { return c.loss.failure_weight; }

void initialise(config::RunConfig const& c, std::vector<network::LayerShape> const& layers,
                std::vector<double>& weights) {
  weights[static_cast<std::size_t>(layers.back().bias)] = c.network.shift_bias;
}

}  // namespace

ProblemSetup const elasticity_setup{"elasticity", tasks,    features,      outputs,   shape,
                                    host_bytes,   baseline, failure_slope, initialise};

}  // namespace metasolve::train
