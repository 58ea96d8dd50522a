// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "src/problems/beam_mesh.hpp"
#include "src/problems/iccg_settings.hpp"
#include "src/random/philox.hpp"

namespace metasolve::problems {

/// Clamped beams, on the host, made on demand in any order; matrices are assembled on the device.
struct BeamTasks {
  std::int64_t count = 0;
  std::shared_ptr<BeamStencil const> stencil;
  IccgSettings iccg;
  /// Beams first ... first + n - 1: [n][kernels::BeamColumns].
  std::function<void(std::int64_t first, std::int64_t n, double* beams)> fill;
};

/// The paper's beams (section 4.2, appendix C.3): W log-uniform on [0.003, 0.3], lambda, mu and rho on [0.1, 10].
BeamTasks sampled_beams(std::shared_ptr<BeamStencil const> stencil, std::int64_t count, std::uint64_t seed,
                        random::Stream stream);

}  // namespace metasolve::problems
