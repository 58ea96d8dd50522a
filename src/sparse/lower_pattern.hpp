// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/sparse/symmetric_structure.hpp"
#include "metasolve/kernels/operators/incomplete_cholesky.hpp"
#include "metasolve/kernels/operators/incomplete_lu.hpp"

/// Symbolic analysis in an executor's memory.
namespace metasolve::sparse {

/// How teams of several members order the rows of a triangular solve; a single member processes them in sequence.
enum class SolveOrder {
  by_shape,  ///< by levels if there are few, else on a device by tiles if rows are long and not too many
  levels,    ///< independent rows in parallel, one per member
  columns,   ///< in sequence, the entries of each in parallel
  tiles,     ///< kernels/operators/tiled_triangle.hpp
};

/// Owns the memory of kernels::LowerPatternView.
class LowerPattern {
 public:
  /// order: for solves with values of this pattern. For a matrix used only in products: columns.
  LowerPattern(exec::Backend& backend, SymmetricStructure const& structure, SolveOrder order = SolveOrder::columns);
  [[nodiscard]] kernels::LowerPatternView view() const;

 private:
  struct Levels {
    int count = 0;
    exec::Buffer<std::int32_t> begin, item;
    Levels(exec::Backend& backend, std::vector<int> const& level);
    [[nodiscard]] kernels::LevelView view() const { return {count, begin.data(), item.data()}; }
  };

  /// Memory of kernels::TileWords.
  struct Words {
    exec::Buffer<kernels::TileLines> tile;
    exec::Buffer<kernels::TileLine> line;
    /// From lines (rows or columns) with entries at line_begin, their positions along the line and their values'
    /// indices. none: the index of a zero.
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

/// The entries that an incomplete factor keeps: those of level at most `level`, or per column as many as A has there
/// plus `entries` more, of largest magnitude.
struct FillRule {
  int level = 0;
  std::optional<int> entries;  ///< overrides level

  bool operator==(FillRule const&) const = default;
};

/// What is kept where nobody says: with a shift that a meta-solver chooses, and without.
inline constexpr int trained_fill_entries = 5, default_fill_level = 8;

/// Owns the memory of kernels::IncompleteCholesky, or of kernels::IncompleteLu.
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
  /// Incomplete LU with the same pattern for both triangles, for a FillRule without `entries`.
  [[nodiscard]] kernels::IncompleteLu lu_view() const {
    kernels::IncompleteLu lu;
    lu.pattern = pattern_.view();
    lu.upper_of_matrix = upper_of_matrix_;
    lu.place = place_.data();
    lu.update_begin = update_begin_.data();
    lu.update_target = update_target_.data();
    return lu;
  }
  /// The pattern of L; with FillRule::entries, one that can hold any kept entries.
  [[nodiscard]] SymmetricStructure const& structure() const { return structure_; }

 private:
  int upper_of_matrix_;  ///< general_matrix.hpp
  SymmetricStructure structure_;
  LowerPattern pattern_;
  exec::Buffer<std::int32_t> place_, update_target_, keep_;
  exec::Buffer<std::int64_t> update_begin_;
};

}  // namespace metasolve::sparse
