// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/kernels/operators/shared_csr.hpp"
#include "metasolve/pattern.hpp"

namespace metasolve::sparse {

/// A structural pattern and its transpose in an executor's memory; owns the memory of kernels::SparsePatternView.
class SparsePattern {
 public:
  /// @throws InputError malformed, or a row lacks its diagonal entry; names the row
  SparsePattern(exec::Backend& backend, int unknowns, Pattern const& pattern);
  [[nodiscard]] kernels::SparsePatternView view() const;

 private:
  int unknowns_;
  int entries_;
  exec::Buffer<std::int32_t> row_ptrs_, col_idxs_, diagonal_, col_ptrs_, row_idxs_, entry_;
};

}  // namespace metasolve::sparse
