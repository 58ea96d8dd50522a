// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/sparse/symmetric_structure.hpp"
#include "metasolve/pattern.hpp"

namespace metasolve::sparse {

/// A symmetric pattern in the caller's numbering and in the solver's.
struct CallerPattern {
  SymmetricStructure structure;        ///< in the solver's ordering
  Ordering order;                      ///< the solver's unknown i is the caller's order[i]
  std::vector<std::int32_t> place_of;  ///< [entries + unknowns] index of each of structure's values in the caller's
};

/// From compressed rows, 0-based, ascending within a row: a symmetric pattern or its lower triangle, with the whole
/// diagonal. rcm: reorders by reverse Cuthill-McKee. Of two mirrored entries, the lower is read.
/// @throws InputError names the invalid row
CallerPattern caller_pattern(Pattern const& pattern, bool rcm);

}  // namespace metasolve::sparse
