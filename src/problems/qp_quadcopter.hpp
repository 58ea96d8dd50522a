// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "metasolve/detail/problems/qp_family.hpp"
#include "metasolve/detail/problems/qp_mpc.hpp"
#include "metasolve/detail/random/philox.hpp"

/// The quadcopter of OSQP's documentation (model predictive control), sampled at 0.1 s and linearised at hovering.
namespace metasolve::problems {

/// What a robot's program depends on.
struct QuadcopterTask {
  std::array<double, 12> x_0{};  ///< angles, position, angular speeds, speeds, in the source's order and units
  std::array<double, 4> x_r{};   ///< the reference of states 3 to 6; that of all others is 0
};

/// Model, weights, and bounds: inputs in [9.6, 13] - 10.5916, states 1 and 2 within pi/6, state 6 at least -1.
LinearMpc quadcopter_mpc(int horizon = 10);

/// x_0: states 1 and 2 uniform within 0.3, state 3 within 1, 4 to 12 within 0.5; x_r: within 1.
QuadcopterTask draw_quadcopter(std::uint64_t seed, random::Stream stream, std::int64_t index);

/// Features: x_0, x_r. condensed: states are eliminated; with horizon 10, 40 unknowns and 70 rows instead of 172 and
/// 304. Then residuals have scales that are near those by which OSQP's rule would measure the full form's.
QpFamily quadcopter_family(bool condensed, int horizon = 10);

/// Writes a task of such a family: row [width()].
std::function<void(QuadcopterTask const&, double* row)> quadcopter_rows(bool condensed, int horizon = 10);

}  // namespace metasolve::problems
