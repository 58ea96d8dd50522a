// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

/// The baseline: Robertson steps as a good programmer writes them without an engine, one task at a time in scalar code
/// with everything in registers, without the Jacobian's zero and constant entries, loop invariants computed once (1 /
/// j11 too), squares compared instead of a square root; threads over the tasks.
namespace metasolve::bench {

struct PlainNewtonSor {
  double const* row;  // [tasks][9]: t, h, c1, c2, c3, r, y1, y2, y3
  double tolerance;
  int limit;

  int solve_one(double const* x) const {
    double const a = x[1] * x[2], b = x[1] * x[3], c = x[1] * x[4], r = x[5];
    double const p1 = x[6], p2 = x[7], p3 = x[8];
    double y1 = p1, y2 = p2, y3 = p3;
    double const by_j11 = 1 / (1 + a), enough = tolerance * tolerance;
    for (int k = 0;; ++k) {
      double const by_y2 = c * y3, square = b * y2;
      double const back = by_y2 * y2 - a * y1;
      double const g1 = y1 - back - p1, g2 = y2 + back + square * y2 - p2, g3 = y3 - square * y2 - p3;
      if (g1 * g1 + g2 * g2 + g3 * g3 <= enough || k == limit) return k;
      double const d1 = g1 * by_j11;
      double const d2 = (g2 + r * a * d1) / (1 + by_y2 + 2 * square);
      double const d3 = g3 + r * 2 * square * d2;
      y1 = std::min(std::max(y1 - r * d1, -1.0), 2.0);
      y2 = std::min(std::max(y2 - r * d2, -1.0), 2.0);
      y3 = std::min(std::max(y3 - r * d3, -1.0), 2.0);
    }
  }

  void solve(std::int64_t tasks, int threads, std::int32_t* iterations) const {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 64)
    for (std::int64_t t = 0; t < tasks; ++t) iterations[t] = solve_one(row + 9 * t);
  }
};

}  // namespace metasolve::bench
