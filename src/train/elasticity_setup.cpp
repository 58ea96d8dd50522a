// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "src/train/shift_setup.hpp"

namespace metasolve::train {

namespace {

int features(config::RunConfig const&) { return kernels::BeamFeatures<double>::width; }
int outputs(config::RunConfig const&) { return 1; }

Splits tasks(config::RunConfig const& c) {
  require_shift(c);
  auto const& p = c.problem;
  problems::BeamMesh mesh;
  std::copy_n(p.cells.begin(), 3, mesh.cells.begin());
  auto const stencil = std::make_shared<problems::BeamStencil const>(mesh, c.solver.ordering);
  auto const draw = [&](std::int64_t count, random::Stream stream) {
    auto beams = problems::sampled_beams(stencil, count, c.training.seed, stream);
    beams.iccg = iccg_settings(c);
    return beams;
  };
  return {draw(p.train_tasks, random::Stream::train_tasks), draw(p.validation_tasks, random::Stream::validation_tasks),
          draw(p.test_tasks, random::Stream::test_tasks)};
}

/// Paper, appendix C.3: alpha = sigmoid(z).
void shape(config::RunConfig const& c, network::MetaNetworkShape& s) { shape_shift(c, s, 1); }

/// The beams' numbers alone are made on the host.
std::uint64_t host_bytes(config::RunConfig const& c) {
  return kernels::BeamColumns::count * sizeof(double) * static_cast<std::uint64_t>(c.problem.train_tasks);
}

}  // namespace

ProblemSetup const elasticity_setup{"elasticity", tasks,          features,      outputs,          shape,
                                    host_bytes,   shift_baseline, shift_failure, initialise_shift, &tuned_shift};

}  // namespace metasolve::train
