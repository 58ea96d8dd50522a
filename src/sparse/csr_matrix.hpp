// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "metasolve/detail/io/matrix_market.hpp"
#include "metasolve/pattern.hpp"

/// General square matrices on the host, in compressed sparse rows.
namespace metasolve::sparse {

/// Owns the memory of a Pattern: columns ascending within a row, with the whole diagonal.
struct CsrPattern {
  std::vector<std::int32_t> row_ptrs{0};  ///< [rows + 1]
  std::vector<std::int32_t> col_idxs;

  [[nodiscard]] std::int32_t rows() const { return static_cast<std::int32_t>(row_ptrs.size()) - 1; }
  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(col_idxs.size()); }
  /// Index of the entry (i, j); -1: none.
  [[nodiscard]] std::int32_t find(std::int32_t i, std::int32_t j) const;
  [[nodiscard]] Pattern view() const { return {row_ptrs, col_idxs}; }

  bool operator==(CsrPattern const&) const = default;
};

struct CsrMatrix {
  CsrPattern pattern;
  std::vector<double> values;  ///< [entries]
};

/// From places (i, j) in any order. index: of each place's entry in the pattern; repeated places share one. Takes time
/// in proportion to rows and places, but for the sorting within rows.
/// @throws InputError more than 2^31 - 1 entries
CsrPattern csr_pattern(std::int32_t rows, std::span<std::pair<std::int32_t, std::int32_t> const> places,
                       std::vector<std::int32_t>& index);

/// The whole matrix, of both triangles. Repeated entries are summed; a missing diagonal entry is 0.
CsrMatrix csr_matrix(io::MatrixMarket const& matrix);

/// What a matrix's entries say of its kind.
enum class MatrixKind {
  general,
  symmetric,         ///< a_ij = a_ji exactly, in pattern and values
  lower_triangle,    ///< no entry above the diagonal, and some below it
  positive_diagonal  ///< symmetric, and a_ii > 0: it may be positive definite
};

/// values: on the pattern. NaN equals nothing.
MatrixKind kind_of(CsrPattern const& pattern, std::span<double const> values);

}  // namespace metasolve::sparse
