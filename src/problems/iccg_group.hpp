// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/choice_stage.hpp"
#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/problems/block_iccg.hpp"
#include "metasolve/detail/problems/choose_batching.hpp"
#include "metasolve/detail/problems/direct_stage.hpp"
#include "metasolve/detail/problems/iccg_variants.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/kernels/operators/krylov_constants.hpp"
#include "metasolve/kernels/solvers/conjugate_gradient.hpp"

namespace metasolve::problems {

/// Symmetric systems with one pattern in an executor's memory.
struct IccgData {
  std::shared_ptr<void const> pattern;  ///< owns the data behind a view, as do
  std::vector<std::shared_ptr<void const>> preconditioners;
  exec::Buffer<double> values, rhs, features, parameters;

  IccgData(exec::Backend& exec, sparse::SymmetricStructure const& structure, std::int64_t count, int feature_width,
           std::vector<double> const& default_parameters)
      : values(exec, count * (structure.entries() + structure.unknowns)),
        rhs(exec, count * structure.unknowns),
        features(exec, count * feature_width),
        parameters(exec::uploaded(exec, default_parameters)) {}
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

/// One way of solving the systems. Keeps alive in `data` what it points into.
inline std::unique_ptr<engine::SolveStage<double>> iccg_stage(exec::Backend& exec, IccgData& data,
                                                              SpdView const& systems,
                                                              sparse::SymmetricStructure const& structure,
                                                              IccgSettings const& settings,
                                                              engine::StageLimits const& limits) {
  if (settings.method != SpdMethod::conjugate_gradients) {
    return direct_stage(exec, systems, structure, settings.method == SpdMethod::mixed_cholesky, limits);
  }
  if (goes_by_blocks(structure, settings, exec.scratch_bytes_per_team(), limits)) {
    return std::make_unique<BlockIccg>(exec, systems, structure, settings, limits);
  }
  std::unique_ptr<engine::SolveStage<double>> stage;
  sparse::with_preconditioner(settings.preconditioner, exec, structure, settings.fill_rule,
                              [&](auto const& preconditioner, std::shared_ptr<void const> points_into) {
                                data.preconditioners.push_back(std::move(points_into));
                                stage = lockstep_stage(exec, systems, preconditioner, limits);
                              });
  return stage;
}

/// The variants of the settings as one stage that chooses among them.
inline std::unique_ptr<engine::SolveStage<double>> choice_of(exec::Backend& exec, IccgData& data,
                                                             SpdView const& systems,
                                                             sparse::SymmetricStructure const& structure,
                                                             IccgSettings const& settings, std::int64_t count,
                                                             engine::StageLimits const& limits) {
  std::vector<engine::Variant> variants;
  for (auto const& settings_of_one : settings.variants) {
    auto own = limits;
    bool const has_omega = settings_of_one.preconditioner == PreconditionerKind::ssor;
    if (has_omega) own.difference.below = omega_limit;  // nothing breaks down within its bounds
    variants.push_back({iccg_stage(exec, data, systems, structure, settings_of_one, own),
                        has_parameter(settings_of_one), has_omega ? 0 : limits.difference.penalty});
  }
  return std::make_unique<engine::ChoiceStage>(exec, std::move(variants), count, limits);
}

/// Systems whose numbers are already uploaded, and how they are solved. Default parameters: default_parameters_of; a
/// direct method has none.
inline engine::TaskGroup<double> iccg_group(exec::Backend& exec, std::shared_ptr<IccgData> data, std::int64_t count,
                                            sparse::SymmetricStructure const& structure,
                                            kernels::LowerPatternView const& pattern, IccgSettings const& settings,
                                            engine::StageLimits const& limits) {
  SpdView const systems{pattern, {data->values.data(), pattern.values(), 1}, {data->rhs.data(), pattern.unknowns, 1}};
  engine::TaskGroup<double> group;
  group.count = count;
  group.features = {data->features.data(), data->features.size() / std::max<std::int64_t>(1, count), 1};
  if (data->parameters.size() > 0) group.default_parameters = {data->parameters.data(), 0, 1};
  group.solver = settings.variants.empty() ? iccg_stage(exec, *data, systems, structure, settings, limits)
                                           : choice_of(exec, *data, systems, structure, settings, count, limits);
  group.data = std::move(data);
  return group;
}

}  // namespace metasolve::problems
