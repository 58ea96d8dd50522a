// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_iccg.hpp"

namespace metasolve::kernels {

/// Moves running blocks to the front, over stopped ones, which are lost: over [running][largest size of a block in one
/// array].
template <class Scalar>
struct CompactBlocks {
  using scalar = Scalar;
  static constexpr auto name = "compact_blocks";
  BlockIteration<Scalar> s;
  std::int64_t running;       ///< at most half of the blocks
  std::int32_t const* order;  ///< [blocks] the running ones, ascending, then the others, descending
  std::int64_t entries, slots;
  Scalar *matrices, *factors;  ///< [blocks][entries] and [blocks][slots]
  std::int32_t* columns;       ///< [blocks][slots]; null: all have the same

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    // The last running block moves to the first stopped place, until they meet: no place is both read and written.
    std::int64_t const from = order[running - 1 - row], to = order[s.blocks - 1 - row];
    if (from < to) return;
    for (std::int64_t i = column; i < column + lanes_of<Number>; ++i) {
      auto const move = [&](auto* v, std::int64_t width) {
        if (i < width) v[to * width + i] = v[from * width + i];
      };
      move(s.x, s.unknowns);
      move(s.r, s.unknowns);
      move(s.p, s.unknowns);
      move(s.confirmed, s.unknowns);
      move(matrices, entries);
      move(factors, slots);
      if (columns != nullptr) move(columns, slots);
      if (i == 0) move_scalars(from, to);
    }
  }

 private:
  METASOLVE_HD void move_scalars(std::int64_t from, std::int64_t to) const {
    auto const move = [&](auto* v) { v[to] = v[from]; };
    for (int parity = 0; parity < 2; ++parity) {
      move(s.rz + parity * s.capacity);
      move(s.rr + parity * s.capacity);
      move(s.sign + parity * s.capacity);
    }
    move(s.last);
    move(s.share);
    move(s.loss);
    move(s.count);
    move(s.run);
    move(s.slot);
    move(s.start);
    move(s.scale);
    move(s.end);
  }
};

}  // namespace metasolve::kernels
