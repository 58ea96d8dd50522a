// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_iccg.hpp"

namespace metasolve::kernels {

/// The blocks that run to the front, into the places of those that have stopped, which are lost: over [running][most
/// numbers of a block in one array].
template <class Scalar>
struct CompactBlocks {
  using scalar = Scalar;
  static constexpr auto name = "compact_blocks";
  BlockIteration<Scalar> s;
  std::int64_t running;       ///< at most half of the blocks
  std::int32_t const* order;  ///< [blocks] those that run, ascending, and then the others, descending
  std::int64_t entries, slots;
  Scalar *matrices, *factors;  ///< [blocks][entries] and [blocks][slots]
  std::int32_t* columns;       ///< [blocks][slots]; null: all have the same

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    // The last that runs goes to the first place of one that does not, until they meet: no place is read and written.
    std::int64_t const from = order[running - 1 - row], to = order[s.blocks - 1 - row];
    if (from < to) return;
    for (std::int64_t i = column; i < column + lanes_of<Number>; ++i) {
      if (i < s.unknowns) {
        move(s.x, to * s.unknowns + i, from * s.unknowns + i);
        move(s.r, to * s.unknowns + i, from * s.unknowns + i);
        move(s.p, to * s.unknowns + i, from * s.unknowns + i);
        move(s.confirmed, to * s.unknowns + i, from * s.unknowns + i);
      }
      if (i < entries) matrices[to * entries + i] = matrices[from * entries + i];
      if (i < slots) factors[to * slots + i] = factors[from * slots + i];
      if (i < slots && columns != nullptr) columns[to * slots + i] = columns[from * slots + i];
      if (i == 0) move_scalars(from, to);
    }
  }

 private:
  template <class T>
  METASOLVE_HD static void move(T* v, std::int64_t to, std::int64_t from) {
    v[to] = v[from];
  }
  METASOLVE_HD void move_scalars(std::int64_t from, std::int64_t to) const {
    for (std::int64_t of = 0; of <= s.capacity; of += s.capacity) {  // even and odd iterations
      move(s.rz, of + to, of + from);
      move(s.rr, of + to, of + from);
      move(s.sign, of + to, of + from);
    }
    move(s.last, to, from);
    move(s.share, to, from);
    move(s.loss, to, from);
    move(s.count, to, from);
    move(s.run, to, from);
    move(s.slot, to, from);
    move(s.start, to, from);
    move(s.scale, to, from);
    move(s.end, to, from);
  }
};

}  // namespace metasolve::kernels
