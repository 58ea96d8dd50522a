// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace metasolve {

/// The structural pattern that the matrices of a batch share, in compressed sparse rows: 0-based, column indices
/// ascending within a row, every diagonal entry present. A view of host memory; a solver copies what it needs.
struct Pattern {
  std::span<std::int32_t const> row_ptrs;  ///< [N + 1], from 0 to the number of entries
  std::span<std::int32_t const> col_idxs;  ///< [entries]
};

}  // namespace metasolve
