// SPDX-License-Identifier: Apache-2.0
#include "src/problems/elasticity.hpp"

#include <cmath>

namespace metasolve::problems {

BeamTasks sampled_beams(std::shared_ptr<BeamStencil const> stencil, std::int64_t count, std::uint64_t seed,
                        random::Stream stream) {
  BeamTasks tasks;
  tasks.count = count;
  tasks.stencil = std::move(stencil);
  tasks.fill = [seed, stream](std::int64_t first, std::int64_t n, double* beams) {
    constexpr double low[kernels::BeamColumns::count] = {0.003, 0.1, 0.1, 0.1}, ratio = 100;
    for (std::int64_t t = 0; t < n; ++t) {
      random::Draws const draws(seed, stream, static_cast<std::uint64_t>(first + t));
      for (std::uint64_t c = 0; c < kernels::BeamColumns::count; ++c) {
        beams[t * kernels::BeamColumns::count + static_cast<std::int64_t>(c)] =
            low[c] * std::pow(ratio, draws.uniform(c));
      }
    }
  };
  return tasks;
}

}  // namespace metasolve::problems
