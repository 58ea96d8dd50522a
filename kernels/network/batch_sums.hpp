// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"

/// Sums over the tasks of a batch in an order that depends on the batch alone: first the tasks of each block, one after
/// the other, then the blocks by a binary tree. Whoever holds whole subtrees can sum them by itself: the bits are the
/// same however the blocks are shared.
namespace metasolve::kernels {

/// A row of numbers to sum: the sum over blocks [first, first + 2^level), as far as there are such; first is a multiple
/// of 2^level.
struct SumEntry {
  std::int32_t first = 0, level = 0;
  std::int64_t row = 0;  ///< where it is
};

/// One row per group, one column per number: the sum over the group's entries, which are in ascending order and lie in
/// one subtree.
template <class Scalar>
struct SumByTree {
  using scalar = Scalar;
  static constexpr auto name = "sum_by_tree";
  static constexpr int levels = 32;
  std::int32_t const* group;  ///< [groups + 1]: the entries of group g are group[g] ... group[g + 1] - 1
  SumEntry const* entry;
  Scalar const* from;
  std::int64_t from_pitch;  ///< numbers between rows
  Scalar* to;
  std::int64_t to_pitch;
  bool adds;  ///< to what is there

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t g, std::int64_t column) const {
    Number sum[levels];
    std::int32_t level[levels];
    int open = 0;  // subtrees whose right neighbours are still to come
    for (std::int32_t e = group[g]; e < group[g + 1]; ++e) {
      auto const is = entry[e];
      Number x = load<Number>(from + is.row * from_pitch + column);
      std::int32_t up = is.level;
      while (open > 0 && level[open - 1] == up && ((is.first >> up) & 1) != 0) {
        x = sum[--open] + x;
        ++up;
      }
      sum[open] = x;
      level[open++] = up;
    }
    Scalar* const at = to + g * to_pitch + column;
    Number total = open > 0 ? sum[open - 1] : Number(Scalar(0));
    for (int i = open - 2; i >= 0; --i) total = sum[i] + total;
    store(at, adds ? load<Number>(at) + total : total);
  }
};

/// One column per block: to[column] += the sum of x over the block's slots, in order.
template <class T>
struct SumBlocks {
  using scalar = double;
  static constexpr auto name = "sum_blocks";
  T const* x;  ///< [slots]
  std::int64_t slots;
  std::int64_t rows;  ///< slots of a block; the last may have fewer
  double* to;
  std::int64_t to_pitch;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const first = (column + l) * rows;
      std::int64_t const end = first + rows < slots ? first + rows : slots;
      double sum = 0;
      for (std::int64_t i = first; i < end; ++i) sum += static_cast<double>(x[i]);
      to[(column + l) * to_pitch] += sum;
    }
  }
};

}  // namespace metasolve::kernels
