// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"

/// Patterns of one system as a block of a large one, in an executor's memory (src/exec/block_diagonal.hpp).
namespace metasolve::sparse {

/// Both triangles by rows.
class WholePattern {
 public:
  WholePattern(exec::Backend& backend, SymmetricStructure const& structure);

  [[nodiscard]] std::int32_t entries() const { return static_cast<std::int32_t>(col_idxs_.size()); }
  [[nodiscard]] std::int32_t const* row_ptrs() const { return row_ptrs_.data(); }
  [[nodiscard]] std::int32_t const* col_idxs() const { return col_idxs_.data(); }
  /// [entries] index in the values of the lower pattern.
  [[nodiscard]] std::int32_t const* source() const { return source_.data(); }

 private:
  exec::Buffer<std::int32_t> row_ptrs_, col_idxs_, source_;
};

/// Rows of U = L', the diagonal first.
class FactorPattern {
 public:
  FactorPattern() = default;
  /// From the pattern of L.
  FactorPattern(exec::Backend& backend, SymmetricStructure const& l);
  /// Room per column for the matrix's entries and `more`; each block has its own columns.
  FactorPattern(exec::Backend& backend, SymmetricStructure const& matrix, int more);

  [[nodiscard]] std::int32_t slots() const { return slots_; }
  [[nodiscard]] std::int32_t const* row_ptrs() const { return row_ptrs_.data(); }
  [[nodiscard]] std::int32_t const* col_idxs() const { return col_idxs_.data(); }  ///< null: each block has its own

 private:
  std::int32_t slots_ = 0;
  exec::Buffer<std::int32_t> row_ptrs_, col_idxs_;
};

}  // namespace metasolve::sparse
