// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "metasolve/detail/problems/qp_family.hpp"

/// Sparse matrices of the families' generators.
namespace metasolve::problems {

/// A bound that is none.
inline constexpr double qp_infinity = std::numeric_limits<double>::infinity();

struct QpMatrix {
  CsrPattern pattern;
  std::vector<double> values;  ///< [entries]

  /// visit(row, column, value) by rows.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::int32_t row = 0; row < pattern.rows(); ++row)
      for (auto e = static_cast<std::size_t>(pattern.row_ptrs[static_cast<std::size_t>(row)]);
           e < static_cast<std::size_t>(pattern.row_ptrs[static_cast<std::size_t>(row) + 1]); ++e)
        visit(row, pattern.col_idxs[e], values[e]);
  }
};

/// Collects entries in any order.
class QpEntries {
 public:
  void add(std::int64_t row, std::int64_t column, double value) {
    entries_.push_back({static_cast<std::int32_t>(row), static_cast<std::int32_t>(column), value});
  }
  /// value on the diagonal of `count` rows, from (row, column) on.
  void add_identity(std::int64_t row, std::int64_t column, std::int64_t count, double value = 1) {
    for (std::int64_t i = 0; i < count; ++i) add(row + i, column + i, value);
  }
  /// Entries of zero stay in the pattern; repeated ones are summed.
  [[nodiscard]] QpMatrix matrix(std::int64_t rows) const;

 private:
  struct Entry {
    std::int32_t row, column;
    double value;
  };
  std::vector<Entry> entries_;
};

}  // namespace metasolve::problems
