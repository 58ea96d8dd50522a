// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "metasolve/detail/sparse/symmetric_structure.hpp"
#include "metasolve/pattern.hpp"

namespace metasolve::sparse {

/// A pattern in the caller's numbering and in the solver's.
struct CallerPattern {
  SymmetricStructure structure;  ///< in the solver's ordering; for general matrices: of A + A'
  Ordering order;                ///< the solver's unknown i is the caller's order[i]
  /// Index of each of the solver's values in the caller's: the lower triangle [entries] by columns, the diagonal
  /// [unknowns]; for general matrices then the upper triangle [entries], entry e = (i, j) of which is a_ji. -1: a_ij
  /// is not in the caller's pattern, and 0.
  std::vector<std::int32_t> place_of;
};

/// Which entries of a pattern are read.
enum class CallerEntries {
  lower,  ///< of a symmetric pattern, or of its lower triangle
  all,
};

using OrderingOf = std::function<Ordering(SymmetricStructure const&)>;

/// From compressed rows, 0-based, ascending within a row, with the whole diagonal.
/// @throws InputError names the invalid row
CallerPattern caller_pattern(Pattern const& pattern, CallerEntries entries, OrderingOf const& ordering);

}  // namespace metasolve::sparse
