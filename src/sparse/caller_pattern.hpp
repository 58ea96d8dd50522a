// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/pattern.hpp"
#include "src/sparse/symmetric_structure.hpp"

namespace metasolve::sparse {

/// A symmetric pattern as its owner has it, and as it is solved.
struct CallerPattern {
  SymmetricStructure structure;        ///< in the order in which it is solved
  Ordering order;                      ///< unknown i there is the owner's order[i]
  std::vector<std::int32_t> place_of;  ///< [entries + unknowns] of structure's values: where the owner has them
};

/// From compressed rows, 0-based, ascending within a row: a symmetric pattern or its lower triangle, with the whole
/// diagonal. Reordered by reverse Cuthill-McKee if so asked. Of two entries that mirror each other the lower is read.
/// @throws InputError names the row that is not so
CallerPattern caller_pattern(Pattern const& pattern, bool rcm);

}  // namespace metasolve::sparse
