// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

/// Symbolic analysis: the shared structure of a batch of symmetric matrices, computed once on the host.
namespace metasolve::sparse {

/// The strictly lower triangle of a symmetric pattern, by columns, rows ascending; the diagonal is implied.
struct SymmetricStructure {
  int unknowns = 0;
  std::vector<std::int32_t> col_ptrs{0};  ///< [unknowns + 1]
  std::vector<std::int32_t> row_idxs;

  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(row_idxs.size()); }
  /// Index of the entry (i, j) or (j, i), i != j; -1: none.
  [[nodiscard]] std::int32_t find(std::int32_t i, std::int32_t j) const;

  bool operator==(SymmetricStructure const&) const = default;
};

/// From places in any order and either triangle; repeated ones count once, diagonal ones not at all.
SymmetricStructure structure_of(int unknowns, std::vector<std::pair<std::int32_t, std::int32_t>> const& places);

/// The places (i, j) of the entries, i > j, by columns.
std::vector<std::pair<std::int32_t, std::int32_t>> places_of(SymmetricStructure const& structure);

/// New number i is old number order[i].
using Ordering = std::vector<std::int32_t>;
Ordering natural_ordering(int unknowns);
/// Old number i is new number result[i].
Ordering inverse(Ordering const& order);
/// Reverse Cuthill-McKee, starting each component at a pseudo-peripheral unknown (Boost.Graph).
Ordering reverse_cuthill_mckee(SymmetricStructure const& structure);
/// Amestoy, Davis and Duff, SIAM J. Matrix Anal. 17(4), 1996 (Eigen).
Ordering approximate_minimum_degree(SymmetricStructure const& structure);
SymmetricStructure reordered(SymmetricStructure const& structure, Ordering const& order);

/// Rows of a complete factor below groups of consecutive columns, ascending: rows[row_ptrs[g]] ...
struct FactorRows {
  std::vector<std::int32_t> row_ptrs{0}, rows;
};
/// first_column: [groups + 1]. A group's rows are A's, and those of the groups whose first row it has (George and Liu,
/// 1981). @throws InputError more than 2^30 rows
FactorRows factor_rows(SymmetricStructure const& structure, std::vector<std::int32_t> const& first_column);

/// The level of `filled` that drops nothing: the pattern of the complete factorisation.
inline constexpr int complete_fill = 1 << 20;
/// The pattern of L in an incomplete factorisation that keeps entries of level at most `level` (Saad, Iterative
/// Methods, section 10.3.3). @throws InputError more than 2^31 - 1 entries
SymmetricStructure filled(SymmetricStructure const& structure, int level);

}  // namespace metasolve::sparse
