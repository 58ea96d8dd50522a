// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Matrices of one size as the blocks of one, for what a library does with sparse ones: cuSPARSE on a GPU, loops on a
/// CPU. Vectors are [blocks][unknowns].
namespace metasolve::exec {

/// Blocks by rows, columns ascending within a row. All in the executor's memory, which must outlive what is made of it.
struct BlockMatrix {
  std::int64_t blocks = 0;
  std::int32_t unknowns = 0;               ///< of a block
  std::int32_t entries = 0;                ///< of a block
  std::int32_t const* row_ptrs = nullptr;  ///< [unknowns + 1], for all blocks
  std::int32_t const* col_idxs = nullptr;  ///< [entries] for all, or [blocks][entries]: within the block
  bool own_columns = false;                ///< the latter
  double const* values = nullptr;          ///< [blocks][entries]
};

/// to = A v for the first blocks of A.
class BlockProduct {
 public:
  virtual ~BlockProduct() = default;
  /// Ordered on the stream. On a GPU the first call, and one with another number of blocks, prepares, and where that
  /// takes more memory than ever before allocates and waits.
  virtual void run(std::int64_t blocks, double const* v, double* to) = 0;
};

/// to = U^-1 v or U^-T v for the first blocks of U, upper triangular: the diagonal is a row's first entry.
class BlockSolve {
 public:
  virtual ~BlockSolve() = default;
  /// Values, and columns if each block has its own, have changed. Prepares as BlockProduct::run does, and each time if
  /// the columns have changed.
  virtual void refresh(std::int64_t blocks) = 0;
  /// As many blocks as at the last refresh. v and to do not overlap.
  virtual void run(bool transposed, double const* v, double* to) = 0;
};

}  // namespace metasolve::exec
