// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/elasticity.hpp"

#include <cmath>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/iccg_group.hpp"

namespace metasolve::problems {

namespace {

/// Assembles the beams on the device.
engine::TaskGroup<double> bind_beams(exec::Backend& exec, BeamKind const& kind, engine::Tasks const& tasks,
                                     engine::StageLimits const& limits) {
  using Features = kernels::BeamFeatures<double>;
  auto const stencil_data = std::make_shared<BeamStencilData>(exec, *kind.stencil);
  auto const stencil = stencil_data->view();
  auto const& structure = kind.stencil->structure;
  auto data =
      std::make_shared<IccgData>(exec, structure, tasks.count, Features::width, default_parameters_of(kind.iccg));
  data->pattern = stencil_data;
  exec::Buffer<double> beams(exec, tasks.count * kernels::BeamColumns::count);
  if (!exec.planning()) {
    std::vector<double> host(static_cast<std::size_t>(beams.size()));
    tasks.fill(0, tasks.count, host.data());
    beams.upload(host.data(), beams.size());
    exec.launch(tasks.count, kernels::assembled_columns(stencil),
                kernels::AssembleBeams<double>{stencil, beams.data(), data->values.data(), data->rhs.data()});
    exec.launch(1, tasks.count, Features{stencil.pattern, beams.data(), data->values.data(), data->features.data()});
    exec.synchronize();  // before the beams' parameters are freed
  }
  return iccg_group(exec, std::move(data), tasks.count, structure, stencil.pattern, kind.iccg, limits);
}

}  // namespace

engine::TaskGroup<double> BeamKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                         engine::StageLimits const& limits) const {
  return bind_beams(exec, *this, tasks, limits);
}

void BeamKind::features_of(double const* rows, std::int64_t n, double* features) const {
  exec::CpuExec host(1);
  BeamStencilData const data(host, *stencil);
  auto const view = data.view();
  auto const count = static_cast<std::size_t>(n);
  std::vector<double> values(count * static_cast<std::size_t>(view.pattern.values()));
  std::vector<double> rhs(count * static_cast<std::size_t>(view.pattern.unknowns));
  host.launch(n, kernels::assembled_columns(view),
              kernels::AssembleBeams<double>{view, rows, values.data(), rhs.data()});
  host.launch(1, n, kernels::BeamFeatures<double>{view.pattern, rows, values.data(), features});
}

engine::Tasks sampled_beams(std::shared_ptr<BeamStencil const> stencil, IccgSettings settings, std::int64_t count,
                            std::uint64_t seed, random::Stream stream) {
  return {count, std::make_shared<BeamKind>(std::move(stencil), std::move(settings)),
          [seed, stream](std::int64_t first, std::int64_t n, double* beams) {
            constexpr double low[kernels::BeamColumns::count] = {0.003, 0.1, 0.1, 0.1}, ratio = 100;
            for (std::int64_t t = 0; t < n; ++t) {
              random::Draws const draws(seed, stream, static_cast<std::uint64_t>(first + t));
              for (std::uint64_t c = 0; c < kernels::BeamColumns::count; ++c) {
                beams[t * kernels::BeamColumns::count + static_cast<std::int64_t>(c)] =
                    low[c] * std::pow(ratio, draws.uniform(c));
              }
            }
          }};
}

}  // namespace metasolve::problems
