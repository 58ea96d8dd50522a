// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metasolve/black_box.hpp"

/// The first setting of NI-GBMS (Arisaka and Li, ICML 2024): the Poisson equation on 31 points, solved by Jacobi's
/// method from a guess that a network gives as coefficients of sines, to a relative residual of 1e-3.
namespace metasolve::bench::ni_poisson {

inline constexpr int unknowns = 31;

using Vector = std::array<double, unknowns>;

/// Value of sine i + 1 at point j.
double sine(int i, int j);

/// One task in a hundred is hard: its solution is smooth, and so are the errors that Jacobi's method is slowest with.
struct Task {
  Vector solution;  ///< coefficients of sines, normal; their deviation rises from 0 to 10 with i, or falls if hard
  Vector rhs;       ///< at the points
};
Task drawn(TaskSet set, std::int64_t number);

/// Columns: the right-hand side, which the network sees, and the solution's coefficients, known in training alone.
BlackBox box();
/// The box's rows.
void rows(TaskSet set, std::int64_t first, std::int64_t n, double* to);

/// Jacobi's method from the guesses' coefficients theta [count][unknowns].
void solve(Probes const& probes);

}  // namespace metasolve::bench::ni_poisson
