// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Equally sized matrices as the diagonal blocks of one, for sparse libraries: cuSPARSE on a GPU, loops on a CPU.
/// Vectors are [blocks][unknowns].
namespace metasolve::exec {

/// Blocks in compressed rows, columns ascending within a row. All memory is the executor's and must outlive what uses
/// it.
struct BlockMatrix {
  std::int64_t blocks = 0;
  std::int32_t unknowns = 0;               ///< per block
  std::int32_t entries = 0;                ///< per block
  std::int32_t const* row_ptrs = nullptr;  ///< [unknowns + 1], shared by all blocks
  std::int32_t const* col_idxs = nullptr;  ///< [entries] shared, or [blocks][entries]; column within the block
  bool own_columns = false;                ///< whether col_idxs is [blocks][entries]
  double const* values = nullptr;          ///< [blocks][entries]
};

/// to = A v for the first blocks of A.
class BlockProduct {
 public:
  virtual ~BlockProduct() = default;
  /// Ordered on the stream. On a GPU, the first call and any change of `blocks` prepares; when that needs more memory
  /// than before, it allocates and waits.
  virtual void run(std::int64_t blocks, double const* v, double* to) = 0;
};

/// to = U^-1 v or U^-T v for the first blocks of U, upper triangular: the diagonal is a row's first entry.
class BlockSolve {
 public:
  virtual ~BlockSolve() = default;
  /// Call after the values, or the columns if each block has its own, have changed. Prepares like BlockProduct::run,
  /// and whenever the columns have changed.
  virtual void refresh(std::int64_t blocks) = 0;
  /// The number of blocks is that of the last refresh. v and to must not overlap.
  virtual void run(bool transposed, double const* v, double* to) = 0;
};

}  // namespace metasolve::exec
