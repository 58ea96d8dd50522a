// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/pattern.hpp>

#include <cstdint>
#include <vector>

namespace heat {

/// du/dt = kappa(t) (u_xx + u_yy) + f(t, x, y) on the unit square, u = 0 at its edges; five-point differences on
/// intervals x intervals cells and Crank-Nicolson steps. Each step is a system A u_next = b. The conductivity is
/// max(0.1 sin 2 pi t, -10 sin 2 pi t), and the source circles around the centre eight times per unit of time.
class HeatEquation {
 public:
  explicit HeatEquation(int intervals, double step = 1e-3);

  [[nodiscard]] int unknowns() const { return side_ * side_; }
  [[nodiscard]] int entries() const { return static_cast<int>(col_idxs_.size()); }
  [[nodiscard]] double step() const { return step_; }
  /// Of A's lower triangle: a symmetric matrix needs no more. A view of this object.
  [[nodiscard]] metasolve::Pattern pattern() const { return {row_ptrs_, col_idxs_}; }

  /// dt kappa / h^2 in the middle of the step from `time`: how strongly neighbours are coupled in A.
  [[nodiscard]] double coupling(double time) const;
  /// The largest there is.
  [[nodiscard]] double most_coupling() const { return 10 * step_ / (h_ * h_); }

  /// Writes u at the start [unknowns].
  void start(double* u) const;
  /// Of the step from `time`, where u is known: writes A [entries] and b [unknowns].
  void assemble(double time, double const* u, double* a, double* b) const;

 private:
  int side_;  ///< interior points along a side
  double step_, h_;
  std::vector<std::int32_t> row_ptrs_, col_idxs_;
};

}  // namespace heat
