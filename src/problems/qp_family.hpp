// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Families of quadratic programs: minimise x'P x / 2 + q'x subject to l <= A x <= u, with common patterns of P and A.
namespace metasolve::problems {

/// Compressed sparse rows, column indices ascending within a row.
struct CsrPattern {
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;
  [[nodiscard]] int rows() const { return static_cast<int>(row_ptrs.size()) - 1; }
  [[nodiscard]] int entries() const { return static_cast<int>(col_idxs.size()); }
};

/// How a row's penalty starts, and whether it can be learned.
enum class RowClass : std::int8_t { inequality, equality, unbounded };

/// Tasks of one family, made on demand in any order. A task is a row of numbers:
///   [features | q (n) | l (m) | u (m) | scales (2, if has_scales) | P (entries), A (entries), if matrices_differ]
struct QpFamily {
  std::string name;
  CsrPattern p;                             ///< the lower triangle, n x n
  CsrPattern a;                             ///< m x n
  bool matrices_differ = false;             ///< each task has its own values of P and A
  std::vector<double> p_values, a_values;   ///< of all tasks, unless matrices_differ; else of a typical one
  std::vector<RowClass> classes;            ///< [m]
  std::vector<double> row_weights;          ///< [m] of the penalties, from scaling; empty: 1
  std::vector<std::int32_t> penalty_group;  ///< [m] rows that share a penalty by default, such as inputs and states
  std::int64_t given = 0;                   ///< tasks 0 to given - 1 exist, whatever seed and stream; 0: drawn
  bool has_scales = false;                  ///< s_p, s_d: what residuals are measured in; else OSQP's rule
  std::vector<std::string> feature_names;   ///< of a task, for the network
  std::vector<double> feature_shift, feature_scale;  ///< of each: x = (feature - shift) scale; empty: standardised

  [[nodiscard]] int variables() const { return p.rows(); }
  [[nodiscard]] int rows() const { return a.rows(); }
  [[nodiscard]] int features() const { return static_cast<int>(feature_names.size()); }
  [[nodiscard]] std::int64_t width() const {
    std::int64_t const matrices = matrices_differ ? p.entries() + a.entries() : 0;
    return features() + variables() + 2 * std::int64_t{rows()} + (has_scales ? 2 : 0) + matrices;
  }
  /// Task `index` of a stream: row [width()]. stream: random::Stream, as a number.
  std::function<void(std::uint64_t seed, int stream, std::int64_t index, double* row)> sample;
};

}  // namespace metasolve::problems
