// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "kernels/operators/incomplete_cholesky.hpp"
#include "src/exec/backend.hpp"
#include "src/sparse/symmetric_structure.hpp"

/// Symbolic analysis in an executor's memory.
namespace metasolve::sparse {

/// In which order teams of several members take the rows of a triangular solve; a lone member takes them one by one.
enum class SolveOrder {
  by_shape,  ///< by levels where they are few, else on a device by tiles, if rows are long and not too many
  levels,    ///< rows that do not need each other side by side, one a member
  columns,   ///< one after the other, the entries of each side by side
  tiles,     ///< kernels/operators/tiled_triangle.hpp
};

/// What kernels::LowerPatternView points into.
class LowerPattern {
 public:
  /// order: for solves with values of this pattern. Of a matrix that is only multiplied with: columns.
  LowerPattern(exec::Backend& backend, SymmetricStructure const& structure, SolveOrder order = SolveOrder::columns);
  [[nodiscard]] kernels::LowerPatternView view() const;

 private:
  struct Levels {
    int count = 0;
    exec::Buffer<std::int32_t> begin, item;
    Levels(exec::Backend& backend, std::vector<int> const& level);
    [[nodiscard]] kernels::LevelView view() const { return {count, begin.data(), item.data()}; }
  };

  /// kernels::TileWords' memory.
  struct Words {
    exec::Buffer<kernels::TileLines> tile;
    exec::Buffer<kernels::TileLine> line;
    /// Of the lines (rows or columns) whose entries are at line_begin; their places along the line and their values.
    /// none: the index of a 0.
    Words(exec::Backend& backend, int tiles, std::vector<std::int32_t> const& line_begin,
          std::vector<std::int32_t> const& place, std::vector<std::int32_t> const& value, int none);
    [[nodiscard]] kernels::TileWords view() const { return {tile.data(), line.data()}; }
  };
  void make_product_words(exec::Backend& backend, SymmetricStructure const& structure,
                          std::vector<std::int32_t> const& row_ptrs, std::vector<std::int32_t> const& col_idxs,
                          std::vector<std::int32_t> const& entry);

  int unknowns_;
  int entries_;
  exec::Buffer<std::int32_t> col_ptrs_, row_idxs_, row_ptrs_, col_idxs_, entry_;
  std::optional<Levels> forward_, backward_;
  int tiles_ = 0;  ///< 0: none
  std::optional<Words> tile_rows_, tile_columns_;
  exec::Buffer<std::uint32_t> product_word_;
  exec::Buffer<std::int32_t> product_slots_;
};

/// Which entries an incomplete factor keeps: those of level at most `level`, or in each column as many as A has there
/// and `entries` more, of largest magnitude.
struct FillRule {
  int level = 0;
  std::optional<int> entries;  ///< then level does not count

  bool operator==(FillRule const&) const = default;
};

/// What kernels::IncompleteCholesky points into.
class CholeskyPlan {
 public:
  CholeskyPlan(exec::Backend& backend, SymmetricStructure const& matrix, FillRule const& rule,
               SolveOrder order = SolveOrder::by_shape);

  template <class Scalar>
  [[nodiscard]] kernels::IncompleteCholesky<Scalar> view() const {
    kernels::IncompleteCholesky<Scalar> c;
    c.pattern = pattern_.view();
    c.place = place_.data();
    c.update_begin = update_begin_.data();
    c.update_target = update_target_.data();
    c.keep = keep_.data();
    return c;
  }
  /// The pattern of L: with FillRule::entries one that holds whatever is kept.
  [[nodiscard]] SymmetricStructure const& structure() const { return structure_; }

 private:
  SymmetricStructure structure_;
  LowerPattern pattern_;
  exec::Buffer<std::int32_t> place_, update_target_, keep_;
  exec::Buffer<std::int64_t> update_begin_;
};

}  // namespace metasolve::sparse
