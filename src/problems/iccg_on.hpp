// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/problems/spd_features.hpp"
#include "kernels/solvers/conjugate_gradient.hpp"
#include "metasolve/error.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/problems/block_iccg.hpp"
#include "src/problems/choose_batching.hpp"
#include "src/problems/elasticity.hpp"
#include "src/problems/spd.hpp"
#include "src/sparse/preconditioners.hpp"

namespace metasolve::problems {

/// Symmetric systems of one pattern in an executor's memory.
struct IccgData {
  std::shared_ptr<void const> pattern, preconditioner;  ///< what their views point into
  exec::Buffer<double> values, right, features, shift;

  IccgData(exec::Backend& exec, sparse::SymmetricStructure const& structure, std::int64_t count, int feature_width,
           double constant_shift)
      : values(exec, count * (structure.entries() + structure.unknowns)),
        right(exec, count * structure.unknowns),
        features(exec, count * feature_width),
        shift(exec, 1) {
    shift.upload(&constant_shift, 1);
  }
};

/// One solver of the lockstep kind.
template <class Exec, class Preconditioner>
std::unique_ptr<engine::SolveStage<double>> lockstep_stage(Exec& exec, SpdView const& systems,
                                                           Preconditioner const& preconditioner,
                                                           engine::StageLimits const& limits) {
  using Solver = kernels::ConjugateGradient<double, Preconditioner>;
  constexpr bool differentiates = Solver::has_one_parameter;
  return std::make_unique<engine::SolveStageOn<Exec, Solver, differentiates>>(
      exec, Solver{systems.pattern, systems.values, systems.right, preconditioner, limits.confirms}, limits);
}

/// Conjugate gradients bound to systems whose numbers are in place. Default parameter: the constant shift.
template <class Exec>
engine::TaskGroup<double> iccg_group(Exec& exec, std::shared_ptr<IccgData> data, std::int64_t count,
                                     sparse::SymmetricStructure const& structure,
                                     kernels::LowerPatternView const& pattern, IccgSettings const& settings,
                                     engine::StageLimits const& limits) {
  SpdView const systems{pattern, {data->values.data(), pattern.values(), 1}, {data->right.data(), pattern.unknowns, 1}};
  engine::TaskGroup<double> group;
  group.count = count;
  group.features = {data->features.data(), data->features.size() / std::max<std::int64_t>(1, count), 1};
  group.default_parameters = {data->shift.data(), 0, 1};
  if (goes_by_blocks(structure, settings, exec.near_bytes_of_a_team(), limits)) {
    group.solver = std::make_unique<BlockIccg<Exec>>(exec, systems, structure, settings, limits);
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

/// Assembles the beams on the device.
template <class Exec>
engine::TaskGroup<double> bind_beams(exec::Backend& backend, BeamKind const& kind, engine::Tasks const& tasks,
                                     engine::StageLimits const& limits) {
  using Features = kernels::BeamFeatures<double>;
  auto& exec = dynamic_cast<Exec&>(backend);
  auto const stencil_data = std::make_shared<BeamStencilData>(exec, *kind.stencil);
  auto const stencil = stencil_data->view();
  auto const& structure = kind.stencil->structure;
  auto data = std::make_shared<IccgData>(exec, structure, tasks.count, Features::width, kind.iccg.default_parameter());
  data->pattern = stencil_data;
  exec::Buffer<double> beams(exec, tasks.count * kernels::BeamColumns::count);
  if (!exec.planning()) {
    std::vector<double> host(static_cast<std::size_t>(beams.size()));
    tasks.fill(0, tasks.count, host.data());
    beams.upload(host.data(), beams.size());
    exec.launch(tasks.count, kernels::assembled_columns(stencil),
                kernels::AssembleBeams<double>{stencil, beams.data(), data->values.data(), data->right.data()});
    exec.launch(1, tasks.count, Features{stencil.pattern, beams.data(), data->values.data(), data->features.data()});
    exec.synchronize();  // before the beams' numbers go
  }
  return iccg_group(exec, std::move(data), tasks.count, structure, stencil.pattern, kind.iccg, limits);
}

/// Uploads the systems, a part at a time.
template <class Exec>
engine::TaskGroup<double> bind_spd(exec::Backend& backend, SpdKind const& kind, engine::Tasks const& tasks,
                                   engine::StageLimits const& limits) {
  using Features = kernels::SpdFeatures<double>;
  auto& exec = dynamic_cast<Exec&>(backend);
  auto const& structure = *kind.structure;
  auto const pattern_data = std::make_shared<sparse::LowerPattern>(exec, structure);
  auto const pattern = pattern_data->view();
  auto data = std::make_shared<IccgData>(exec, structure, tasks.count, Features::width, kind.iccg.default_parameter());
  data->pattern = pattern_data;
  if (!exec.planning()) {
    std::int64_t const width = kind.width(), size = kind.values(), n = structure.unknowns;
    std::vector<double> apart;
    engine::for_each_part(tasks, (1 << 22) / size, [&](double const* rows, std::int64_t first, std::int64_t here) {
      auto const upload = [&](exec::Buffer<double>& to, std::int64_t column, std::int64_t length) {
        apart.resize(static_cast<std::size_t>(here * length));
        for (std::int64_t t = 0; t < here; ++t)
          std::copy_n(rows + t * width + column, length, apart.data() + t * length);
        to.upload(apart.data(), here * length, first * length);
      };
      upload(data->values, 0, size);
      upload(data->right, size, n);
    });
    exec.launch(1, tasks.count, Features{pattern, {data->values.data(), pattern.values(), 1}, data->features.data()});
  }
  return iccg_group(exec, std::move(data), tasks.count, structure, pattern, kind.iccg, limits);
}

template <class Exec>
IccgBinding IccgBinding::on() {
  return {bind_beams<Exec>, bind_spd<Exec>};
}

}  // namespace metasolve::problems
