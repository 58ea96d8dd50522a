// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "body.hpp"

namespace flow {

/// Another comparison for the meta-solver: Newton's method with a direct solve, written for this one system. Same tasks
/// as ImplicitEulerSolver: g(y) = y - h f(y; c) - y_prev, from y_prev, until ||g||_2 <= tolerance.
struct NewtonStep {
  double* y;        ///< [species][cells], planes apart, in place
  double const* c;  ///< [species][cells], likewise: rate constants
  int* iterations;  ///< [cells]
  int* status;      ///< [cells] 0 converged, 1 not: as in metasolve::Status
  double h;
  double tolerance;
  int max_iterations;
  long cells;
  long plane;  ///< from one species to the next
};

/// One cell during an iteration; the CPU processes a pack of them, the GPU one.
struct NewtonCell {
  double k1, k2, k3;  ///< h c
  double p1, p2, p3;  ///< y_prev

  FLOW_HD double residual(double y1, double y2, double y3, double& g1, double& g2, double& g3) const {
    double const back = k3 * y2 * y3 - k1 * y1;
    double const product = k2 * y2 * y2;
    g1 = y1 - back - p1;
    g2 = y2 + back + product - p2;
    g3 = y3 - product - p3;
    return g1 * g1 + g2 * g2 + g3 * g3;
  }

  /// y -= J^-1 g. Without pivoting: the first two columns of J are diagonally dominant if y2, y3 >= 0, and elimination
  /// preserves that; the third never provides a pivot.
  FLOW_HD void update(double& y1, double& y2, double& y3, double g1, double g2, double g3) const {
    double const by_y2 = k3 * y3, by_y3 = k3 * y2, square = 2 * k2 * y2;
    // J = [1 + k1, -by_y2, -by_y3; -k1, 1 + by_y2 + square, by_y3; 0, -square, 1]
    double const pivot1 = 1 / (1 + k1), first = k1 * pivot1;
    double const a = 1 + square + by_y2 - first * by_y2, b = by_y3 - first * by_y3;
    double const g = g2 + first * g1;
    double const pivot2 = 1 / a, second = square * pivot2;
    double const d3 = (g3 + second * g) / (1 + second * b);
    double const d2 = (g - b * d3) * pivot2;
    y1 -= (g1 + by_y2 * d2 + by_y3 * d3) * pivot1;
    y2 -= d2;
    y3 -= d3;
  }
};

}  // namespace flow
