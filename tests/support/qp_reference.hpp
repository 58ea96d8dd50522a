// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Quadratic programs with known solutions: tests/data/qp.
namespace metasolve::test {

/// Compressed sparse rows, column indices rising within a row.
struct ReferenceMatrix {
  std::vector<std::int32_t> row_ptrs, col_idxs;
  std::vector<double> values;
  [[nodiscard]] int rows() const { return static_cast<int>(row_ptrs.size()) - 1; }
  /// Sums of (values, x) by row. x: [columns]
  [[nodiscard]] std::vector<double> times(double const* x) const;
};

/// Tasks of one family: minimise x'P x / 2 + q'x subject to l <= A x <= u. P and A are of all tasks.
struct QpReference {
  int n = 0, m = 0, tasks = 0;
  ReferenceMatrix p;                 ///< n x n, both triangles
  ReferenceMatrix a;                 ///< m x n
  std::vector<double> q, l, u;       ///< [tasks][n], [tasks][m] twice; infinite: no bound
  std::vector<double> x, y;          ///< solutions [tasks][n], [tasks][m], where status is 0
  std::vector<std::int64_t> status;  ///< [tasks] by osqp: 0 solved, 1 primal infeasible, 2 dual infeasible

  /// x'P x / 2 + q'x of a task.
  [[nodiscard]] double objective(int task, double const* x) const;
  /// Largest violation of a task's optimality conditions at x [n], y [m]: of P x + q + A'y = 0, of l <= A x <= u, and
  /// of y (A x - bound) = 0 with the bound that y's sign names.
  [[nodiscard]] double violation(int task, double const* x, double const* y) const;
};

/// The file tests/data/qp/NAME.npz.
QpReference qp_reference(std::string const& name);

/// Families with solutions.
inline std::vector<std::string> const solved_qps{"quadcopter", "lasso",   "huber",  "svm",
                                                 "portfolio",  "control", "random", "equality"};

}  // namespace metasolve::test
