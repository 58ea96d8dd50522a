// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "metasolve/detail/sparse/symmetric_structure.hpp"

/// Symbolic analysis for direct methods: consecutive columns of the factor with almost the same rows are one supernode,
/// a dense panel (Ng and Peyton, SIAM J. Sci. Comput. 14(5), 1993).
namespace metasolve::sparse {

/// For each column of the factor, its parent in the elimination tree; -1: a root (Liu, SIAM J. Matrix Anal. 11(1),
/// 1990).
std::vector<std::int32_t> elimination_tree(SymmetricStructure const& structure);
/// The same elimination with children before their parents, consecutive: an ordering of `structure`'s unknowns.
Ordering postordering(std::vector<std::int32_t> const& parent);

/// Shape of kernels::SupernodeView, all in 32 bits.
struct Supernodes {
  /// Columns of s: first_column[s] ... first_column[s + 1] - 1.
  std::vector<std::int32_t> first_column;
  /// Rows below its columns, ascending: rows[row_ptrs[s]] ...
  std::vector<std::int32_t> row_ptrs, rows;
  /// Supernodes that the rows of s belong to, and so are updated by s: update_ptrs[s] ...
  std::vector<std::int32_t> update_ptrs;
  struct Update {
    std::int32_t target;      ///< the supernode
    std::int32_t begin, end;  ///< which of the rows of s, counted from its first, are columns of it
    std::int32_t relative;    ///< where in `relative` the rows of s from `begin` on have their positions in its panel
  };
  std::vector<Update> updates;
  std::vector<std::int32_t> relative;

  [[nodiscard]] int count() const { return static_cast<int>(first_column.size()) - 1; }
  [[nodiscard]] int width(int s) const;
  [[nodiscard]] int below(int s) const;
};

/// widest(operations of the factorisation): columns of a supernode; wider ones are cut. structure: in postorder.
/// @throws InputError the factor has more than 2^30 rows
Supernodes supernodes_of(SymmetricStructure const& structure, int (*widest)(double));

}  // namespace metasolve::sparse
