// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/problems/spd.hpp"

/// The paper's beams on the host, for loops outside the engine: 8 x 2 x 2 boxes, 243 unknowns, reverse Cuthill-McKee,
/// fill of level 1, alpha 0.05.
namespace metasolve::bench {

struct BeamBatch {
  static constexpr double shift = 0.05, tolerance = 1e-6;
  static constexpr int limit = 243, level = 1;
  std::int64_t count;
  problems::BeamStencil stencil;
  std::vector<double> values, rhs;
  std::vector<std::int32_t> iterations;

  explicit BeamBatch(std::int64_t tasks)
      : count(tasks), stencil({}, sparse::OrderingKind::rcm), iterations(static_cast<std::size_t>(tasks)) {
    exec::CpuExec ex(1);
    problems::BeamStencilData const data(ex, stencil);
    auto const view = data.view();
    auto const drawn = problems::sampled_beams(std::make_shared<problems::BeamStencil const>(stencil), {}, tasks, 0,
                                               random::Stream::test_tasks);
    std::vector<double> beams(static_cast<std::size_t>(tasks * kernels::BeamColumns::count));
    drawn.fill(0, tasks, beams.data());
    values.resize(static_cast<std::size_t>(tasks * view.pattern.values()));
    rhs.resize(static_cast<std::size_t>(tasks * view.pattern.unknowns));
    ex.launch(tasks, kernels::assembled_columns(view),
              kernels::AssembleBeams<double>{view, beams.data(), values.data(), rhs.data()});
  }

  [[nodiscard]] engine::Tasks tasks(PreconditionerKind preconditioner = PreconditionerKind::incomplete_cholesky) const {
    auto const kind =
        std::make_shared<problems::SpdKind>(std::make_shared<sparse::SymmetricStructure const>(stencil.structure),
                                            problems::IccgSettings{.preconditioner = preconditioner,
                                                                   .fill_rule = {level, {}},
                                                                   .shift = shift,
                                                                   .batching = problems::Batching::lockstep});
    return {count, kind, [this, kind](std::int64_t first, std::int64_t n, double* rows) {
              std::int64_t const size = kind->values(), unknowns = stencil.structure.unknowns;
              for (std::int64_t t = first; t < first + n; ++t, rows += kind->width()) {
                std::copy_n(values.begin() + t * size, size, rows);
                std::copy_n(rhs.begin() + t * unknowns, unknowns, rows + size);
              }
            }};
  }

  /// Arguments to solve these tasks, bound in this group.
  [[nodiscard]] kernels::LockstepArguments<double> run(engine::TaskGroup<double> const& group) {
    kernels::LockstepArguments<double> a;
    a.slots = count;
    a.theta = group.default_parameters;
    a.tolerance.value = tolerance;
    a.max_iterations.value = limit;
    a.iterations = iterations.data();
    return a;
  }
};

}  // namespace metasolve::bench
