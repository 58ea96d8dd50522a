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
        for (auto* const v : {s.x, s.r, s.p, s.confirmed}) v[to * s.unknowns + i] = v[from * s.unknowns + i];
      }
      if (i < entries) matrices[to * entries + i] = matrices[from * entries + i];
      if (i < slots) factors[to * slots + i] = factors[from * slots + i];
      if (i < slots && columns != nullptr) columns[to * slots + i] = columns[from * slots + i];
      if (i == 0) move_scalars(from, to);
    }
  }

 private:
  METASOLVE_HD void move_scalars(std::int64_t from, std::int64_t to) const {
    for (auto* const v : {s.rz, s.rr, s.sign}) {
      v[to] = v[from];
      v[s.capacity + to] = v[s.capacity + from];
    }
    for (auto* const v : {s.last, s.share, s.loss}) v[to] = v[from];
    for (auto* const v : {s.count, s.run}) v[to] = v[from];
    for (auto* const v : {s.slot, s.start}) v[to] = v[from];
    s.scale[to] = s.scale[from];
    s.end[to] = s.end[from];
  }
};

}  // namespace metasolve::kernels
