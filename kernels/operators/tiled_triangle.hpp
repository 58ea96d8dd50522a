// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lower_pattern.hpp"

/// Triangular solves by tiles of unknowns, for teams of many members. Row by row such a solve is a chain as long as the
/// matrix, each link of which waits for memory and for the other members. Here the diagonal triangle of each tile is
/// inverted once per factorisation, and the chain is one of tiles: a small dense product, whose results are then
/// subtracted from the remaining rows, one row per member.
namespace metasolve::kernels {

/// Size of a tile's inverse, by rows, row i starting at i (i + 1) / 2: consecutive rows are in different banks of
/// shared memory, because their starts are different multiples of a number modulo 16.
inline constexpr int tile_numbers = tile_size * (tile_size + 1) / 2;

METASOLVE_HD constexpr int place_in_tile(int row, int column) { return row * (row + 1) / 2 + column; }

/// Size of the data beside the factor: the tiles' inverses, and one tile of a solution.
METASOLVE_HD constexpr int tiled_size(TileView const& tiles) {
  return tiles.count == 0 ? 0 : tiles.count * tile_numbers + tile_size;
}

/// The tiles' inverses, from the values l of L with 1 / L_jj for the diagonal: whole columns per member. Called after a
/// sync; syncs at the end.
template <class T, class Values>
METASOLVE_HD void invert_tiles(T const& team, LowerPatternView const& p, Values l, Values inverses) {
  using Number = typename Values::value_type;
  int const n = p.unknowns;
  for_each(team, n, [&](int j) {
    int const tile = j / tile_size, first = tile * tile_size, end = first + tile_size < n ? first + tile_size : n;
    auto const x = inverses.subview(tile * tile_numbers);
    x[place_in_tile(j - first, j - first)] = Number(l[p.entries + j]);
    for (int i = j + 1; i < end; ++i) {
      Number sum(0);
      for (int e = p.row_ptrs[i + 1] - 1; e >= p.row_ptrs[i] && p.col_idxs[e] >= j; --e) {
        sum -= Number(l[p.entry[e]]) * Number(x[place_in_tile(p.col_idxs[e] - first, j - first)]);
      }
      x[place_in_tile(i - first, j - first)] = sum * Number(l[p.entries + i]);
    }
  });
  team.sync();
}

/// Processes the tiles in turn: x = product(inverse, right-hand side, i, rows) for the rows i of each, which is then
/// subtracted from the lines of `words`. A member's words are prefetched one tile ahead, while it waits for the others.
template <bool Ascending, class T, class Values, class State, class Product>
METASOLVE_HD void tiles_in_turn(T const& team, LowerPatternView const& p, TileWords const& words, Values l,
                                Values inverses, State v, Product&& product) {
  using Number = typename State::value_type;
  int const n = p.unknowns, count = p.tiles.count;
  auto const solved = inverses.subview(count * tile_numbers);
  auto const tile_of = [&](int turn) { return Ascending ? turn : count - 1 - turn; };
  auto const value_of_line = [&](TileLine const& line) {
    Number sum[2] = {Number(0), Number(0)};
    METASOLVE_UNROLL
    for (int s = 0; s < tile_size; ++s) {
      std::uint32_t const w = line.word[s];
      sum[s % 2] += Number(l[static_cast<int>(w >> tile_bits)]) * Number(solved[static_cast<int>(w & (tile_size - 1))]);
    }
    return sum[0] + sum[1];
  };
  TileLines lines{};
  TileLine held;  // this member's first line
  auto const read_ahead = [&](int turn) {
    if (turn >= count) return;
    lines = words.tile[tile_of(turn)];
    if (team.rank() < lines.count) held = words.line[lines.begin + team.rank()];
  };
  read_ahead(0);
  for (int turn = 0; turn < count; ++turn) {
    int const first = tile_of(turn) * tile_size, rows = first + tile_size < n ? tile_size : n - first;
    auto const inverse = inverses.subview(tile_of(turn) * tile_numbers);
    auto const rhs = v.subview(first);
    for_each(team, rows, [&](int i) { solved[i] = product(inverse, rhs, i, rows); });
    team.sync();
    for_each(team, rows, [&](int i) { rhs[i] = Number(solved[i]); });
    if (team.rank() < lines.count) v[lines.first + team.rank()] -= value_of_line(held);
    for (int m = team.rank() + team.size(); m < lines.count; m += team.size()) {
      v[lines.first + m] -= value_of_line(words.line[lines.begin + m]);
    }
    read_ahead(turn + 1);
    team.sync();
  }
}

/// v = L^-1 v. Called after a sync; syncs at the end.
template <class T, class Values, class State>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void solve_lower_by_tiles(T const& team, LowerPatternView const& p, Values l,
                                                                  Values inverses, State v) {
  using Number = typename State::value_type;
  by_few(team, [&](auto const& few) {
    tiles_in_turn<true>(few, p, p.tiles.rows, l, inverses, v, [](Values x, State rhs, int i, int) {
      auto const row = x.subview(place_in_tile(i, 0));
      Number sum[2] = {Number(0), Number(0)};
      METASOLVE_UNROLL
      for (int c = 0; c < tile_size; ++c) {
        if (c <= i) sum[c % 2] += Number(row[c]) * Number(rhs[c]);
      }
      return sum[0] + sum[1];
    });
  });
}

/// v = L^-T v, likewise.
template <class T, class Values, class State>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void solve_lower_transposed_by_tiles(T const& team, LowerPatternView const& p,
                                                                             Values l, Values inverses, State v) {
  using Number = typename State::value_type;
  by_few(team, [&](auto const& few) {
    tiles_in_turn<false>(few, p, p.tiles.columns, l, inverses, v, [](Values x, State rhs, int i, int rows) {
      auto const column = x.subview(i);
      Number sum[2] = {Number(0), Number(0)};
      METASOLVE_UNROLL
      for (int r = 0; r < tile_size; ++r) {
        if (r >= i && r < rows) sum[r % 2] += Number(column[place_in_tile(r, 0)]) * Number(rhs[r]);
      }
      return sum[0] + sum[1];
    });
  });
}

}  // namespace metasolve::kernels
