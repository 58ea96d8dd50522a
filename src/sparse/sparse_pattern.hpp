// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/operators/shared_csr.hpp"
#include "src/exec/backend.hpp"

namespace metasolve::sparse {

/// A structural pattern and its transpose in an executor's memory; what kernels::SparsePatternView points into.
class SparsePattern {
 public:
  /// row_begin [unknowns + 1], column [row_begin[unknowns]], 0-based, ascending within a row.
  /// @throws InputError malformed, or a row without its diagonal entry; names the row
  SparsePattern(exec::Backend& backend, int unknowns, std::span<std::int32_t const> row_begin,
                std::span<std::int32_t const> column);
  [[nodiscard]] kernels::SparsePatternView view() const;

 private:
  int unknowns_;
  int entries_;
  exec::Buffer<std::int32_t> row_begin_, column_, diagonal_, column_begin_, row_, entry_;
};

}  // namespace metasolve::sparse
