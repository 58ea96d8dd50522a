// SPDX-License-Identifier: Apache-2.0
#include "tests/support/short_beams.hpp"

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

namespace metasolve::test {

ShortBeams::ShortBeams(exec::Backend& backend, int fill, sparse::SolveOrder order)
    : matrix_(backend, stencil_.structure, order),
      plan_(backend, stencil_.structure, fill < 0 ? sparse::FillRule{0, 2} : sparse::FillRule{fill, {}}, order),
      measure_(backend, count),
      loss_(backend, count),
      status_(backend, count),
      iterations_(backend, count) {
  exec::CpuExec host(1);
  problems::BeamStencilData const data(host, stencil_);
  auto const view = data.view();
  double const given[] = {0.3, 1, 1, 1, 0.2, 0.3, 2, 1, 0.25, 5, 0.7, 3};
  std::vector<double> values(static_cast<std::size_t>(count * view.pattern.values()));
  std::vector<double> rhs(static_cast<std::size_t>(count * view.pattern.unknowns)), theta;
  host.launch(count, kernels::assembled_columns(view),
              kernels::AssembleBeams<double>{view, given, values.data(), rhs.data()});
  for (int t = 0; t < count; ++t) theta.push_back(0.05 + 0.05 * t);
  auto const placed = [&](std::vector<double> const& numbers) {
    exec::Buffer<double> buffer(backend, static_cast<std::int64_t>(numbers.size()));
    buffer.upload(numbers.data(), buffer.size());
    return buffer;
  };
  values_ = placed(values);
  rhs_ = placed(rhs);
  theta_ = placed(theta);
  gain_ = placed({1});
  theta_bar_ = exec::Buffer<double>(backend, theta_.size());
}

}  // namespace metasolve::test
