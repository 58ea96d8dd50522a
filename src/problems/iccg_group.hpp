// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/problems/block_iccg.hpp"
#include "metasolve/detail/problems/choose_batching.hpp"
#include "metasolve/detail/problems/direct_stage.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/kernels/operators/krylov_constants.hpp"
#include "metasolve/kernels/solvers/conjugate_gradient.hpp"

namespace metasolve::problems {

/// Symmetric systems with one pattern in an executor's memory.
struct IccgData {
  std::shared_ptr<void const> pattern, preconditioner;  ///< owners of the data behind the views
  exec::Buffer<double> values, rhs, features, shift;

  IccgData(exec::Backend& exec, sparse::SymmetricStructure const& structure, std::int64_t count, int feature_width,
           double constant_shift)
      : values(exec, count * (structure.entries() + structure.unknowns)),
        rhs(exec, count * structure.unknowns),
        features(exec, count * feature_width),
        shift(exec, 1) {
    shift.upload(&constant_shift, 1);
  }
};

/// A solver that runs in lockstep. With a preconditioner without adjoints, gradients are by differences alone.
template <class Preconditioner>
std::unique_ptr<engine::SolveStage<double>> lockstep_stage(exec::Backend& exec, SpdView const& systems,
                                                           Preconditioner const& preconditioner,
                                                           engine::StageLimits const& limits) {
  using Solver = kernels::ConjugateGradient<double, Preconditioner>;
  constexpr bool differentiates = Solver::has_one_parameter && kernels::Preconditioner<Preconditioner>;
  using Stage = engine::SolverStage<Solver, kernels::KrylovConstants, differentiates, Solver::has_one_parameter>;
  auto stage = std::make_unique<Stage>(
      exec, engine::compiled_for<typename Stage::Functions>(exec),
      Solver{systems.pattern, systems.values, systems.rhs, preconditioner, limits.confirms}, limits);
  stage->constants().is_as_given = !kernels::has_absolute_shift<Preconditioner>();
  return stage;
}

/// Conjugate gradients, or a direct method, bound to systems whose numbers are already uploaded. Default parameter: the
/// constant shift, or omega; a direct method has none.
inline engine::TaskGroup<double> iccg_group(exec::Backend& exec, std::shared_ptr<IccgData> data, std::int64_t count,
                                            sparse::SymmetricStructure const& structure,
                                            kernels::LowerPatternView const& pattern, IccgSettings const& settings,
                                            engine::StageLimits const& limits) {
  SpdView const systems{pattern, {data->values.data(), pattern.values(), 1}, {data->rhs.data(), pattern.unknowns, 1}};
  engine::TaskGroup<double> group;
  group.count = count;
  group.features = {data->features.data(), data->features.size() / std::max<std::int64_t>(1, count), 1};
  if (settings.method != SpdMethod::conjugate_gradients) {
    group.solver = direct_stage(exec, systems, structure, settings.method == SpdMethod::mixed_cholesky, limits);
    group.data = std::move(data);
    return group;
  }
  group.default_parameters = {data->shift.data(), 0, 1};
  if (goes_by_blocks(structure, settings, exec.scratch_bytes_per_team(), limits)) {
    group.solver = std::make_unique<BlockIccg>(exec, systems, structure, settings, limits);
  } else {
    sparse::with_preconditioner(settings.preconditioner, exec, structure, settings.fill_rule,
                                [&](auto const& preconditioner, std::shared_ptr<void const> points_into) {
                                  data->preconditioner = std::move(points_into);
                                  group.solver = lockstep_stage(exec, systems, preconditioner, limits);
                                });
  }
  group.data = std::move(data);
  return group;
}

}  // namespace metasolve::problems
