// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/solver.hpp"

namespace metasolve::kernels {

/// Level sets: columns (or rows) that can be processed in parallel, level by level.
struct LevelView {
  int levels = 0;
  std::int32_t const* begin = nullptr;  ///< [levels + 1]
  std::int32_t const* item = nullptr;   ///< [unknowns]
};

inline constexpr int tile_bits = 4;
inline constexpr int tile_size = 1 << tile_bits;

/// The entries of one line (a row or a column) in a tile, as teams of many members read them: all loads are
/// independent. A word: index of the value << tile_bits | position in the tile; for no entry the index is
/// LowerPatternView::values(), which holds 0.
struct alignas(16) TileLine {
  std::uint32_t word[tile_size];
};
/// The lines of a tile: [first, first + count), starting at line[begin].
struct TileLines {
  int begin, first, count;
};
struct TileWords {
  TileLines const* tile = nullptr;  ///< [tiles]
  TileLine const* line = nullptr;
};
/// For solves by tiles of unknowns (tiled_triangle.hpp).
struct TileView {
  int count = 0;
  TileWords rows;     ///< rows below each tile, in its columns
  TileWords columns;  ///< columns before each tile, in its rows
};

/// The rows of the symmetric matrix in the same encoding: slot s of row i is word[s * unknowns + i].
struct ProductWords {
  static constexpr int column_bits = 12;  ///< a word: index of the value << column_bits | column
  std::uint32_t const* word = nullptr;    ///< null: products use the pattern
  std::int32_t const* slots = nullptr;    ///< [unknowns] of each row
};

/// The strictly lower triangle of a symmetric structural pattern, by columns and by rows. Pointers must be accessible
/// to the launch; created once per pattern by src/sparse/lower_pattern.hpp. Its values are [entries by columns,
/// unknowns of the diagonal].
struct LowerPatternView {
  int unknowns = 0;
  int entries = 0;
  std::int32_t const* col_ptrs = nullptr;  ///< [unknowns + 1]
  std::int32_t const* row_idxs = nullptr;  ///< [entries] ascending within a column
  std::int32_t const* row_ptrs = nullptr;  ///< [unknowns + 1]
  std::int32_t const* col_idxs = nullptr;  ///< [entries] ascending within a row
  std::int32_t const* entry = nullptr;     ///< [entries] by rows: its index by columns
  LevelView forward;                       ///< rows; null: column by column is faster
  LevelView backward;                      ///< columns; null likewise
  TileView tiles;                          ///< count 0: solves do not use tiles
  ProductWords product;

  METASOLVE_HD int values() const { return entries + unknowns; }
};

/// to = A v for A symmetric, by its lower values a. v and to must not overlap. The caller syncs.
template <class T, class Values, class In, class Out>
METASOLVE_HD void symmetric_product(T const& team, LowerPatternView const& p, Values a, In v, Out to) {
  using Number = typename Out::value_type;
  if constexpr (T::is_solo) {  // each value is read once and used twice
    for (int j = 0; j < p.unknowns; ++j) to[j] = a[p.entries + j] * Number(v[j]);
    for (int j = 0; j < p.unknowns; ++j) {
      Number const v_j = v[j];
      Number sum(typename Values::value_type(0));
      for (int e = p.col_ptrs[j]; e < p.col_ptrs[j + 1]; ++e) {
        int const i = p.row_idxs[e];
        sum += a[e] * Number(v[i]);
        to[i] += a[e] * v_j;
      }
      to[j] += sum;
    }
  } else if (p.product.word != nullptr) {
    for_each(team, p.unknowns, [&](int i) {
      constexpr std::uint32_t column_mask = (1u << ProductWords::column_bits) - 1;
      Number sum = a[p.entries + i] * Number(v[i]);
      int const slots = p.product.slots[i];
      auto const* const word = p.product.word + i;
#if defined(__CUDA_ARCH__)
#pragma unroll 8
#endif
      for (int s = 0; s < slots; ++s) {
        std::uint32_t const w = word[s * p.unknowns];
        sum += a[static_cast<int>(w >> ProductWords::column_bits)] * Number(v[static_cast<int>(w & column_mask)]);
      }
      to[i] = sum;
    });
  } else {
    for_each(team, p.unknowns, [&](int i) {
      Number sum = a[p.entries + i] * Number(v[i]);
      for (int e = p.row_ptrs[i]; e < p.row_ptrs[i + 1]; ++e) sum += a[p.entry[e]] * Number(v[p.col_idxs[e]]);
      for (int e = p.col_ptrs[i]; e < p.col_ptrs[i + 1]; ++e) sum += a[e] * Number(v[p.row_idxs[e]]);
      to[i] = sum;
    });
  }
}

/// The values of one task, from those of all tasks.
template <class Scalar>
struct TaskValues {
  using value_type = Scalar;
  BatchView<Scalar const> values;
  std::int64_t task;
  std::int32_t const* place = nullptr;  ///< of value e; null: e itself
  Scalar scale[2] = {1, 1};
  METASOLVE_HD Scalar operator[](int e) const {
    return values(task, place != nullptr ? place[e] : e) * scale[0] * scale[1];
  }
};

/// Sum of |a_ij| over j != i. Values: anything with operator[].
template <class Scalar, class Values>
METASOLVE_HD Scalar off_diagonal_sum(LowerPatternView const& p, Values const& a, int i) {
  Scalar sum(0);
  for (int e = p.col_ptrs[i]; e < p.col_ptrs[i + 1]; ++e) sum += abs(a[e]);
  for (int e = p.row_ptrs[i]; e < p.row_ptrs[i + 1]; ++e) sum += abs(a[p.entry[e]]);
  return sum;
}
template <class Scalar, class Values>
METASOLVE_HD Scalar frobenius_norm(LowerPatternView const& p, Values const& a) {
  Scalar squares(0);
  for (int e = 0; e < p.values(); ++e) squares += (e < p.entries ? Scalar(2) : Scalar(1)) * a[e] * a[e];
  return sqrt(squares);
}

/// Processes the columns (or rows) of a triangle in turn, with several members: v[target(e)] -= l[entry(e)] v_j / L_jj
/// for the entries e of each, which are begin[j] ... begin[j + 1] - 1. The indices are in the global workspace and do
/// not depend on v, so they are prefetched: bounds two columns ahead, each member's first entry one ahead. Prefetched
/// values are not touched before use, which would stall.
template <class State, class T, class Values, class Column, class Target, class Entry>
METASOLVE_HD void eliminate_in_turn(T const& team, LowerPatternView const& p, Values l, State v,
                                    std::int32_t const* begin, Column&& column, Target&& target, Entry&& entry) {
  using Number = typename State::value_type;
  struct Bounds {
    int begin = 0, end = 0;
  };
  int const n = p.unknowns, diagonal = p.entries, rank = team.rank();
  auto const bounds = [&](int s) { return s < n ? Bounds{begin[column(s)], begin[column(s) + 1]} : Bounds{}; };
  int to = 0, from = 0;  // of this member's first entry
  auto const read_ahead = [&](Bounds const& b) {
    if (b.begin + rank < b.end) {
      to = target(b.begin + rank);
      from = entry(b.begin + rank);
    }
  };
  Bounds now = bounds(0), next = bounds(1);
  read_ahead(now);
  for (int s = 0; s < n; ++s) {
    int const j = column(s);
    Number const v_j = Number(v[j]) * l[diagonal + j];
    if (now.begin + rank < now.end) v[to] -= l[from] * v_j;
    for (int e = now.begin + rank + team.size(); e < now.end; e += team.size()) v[target(e)] -= l[entry(e)] * v_j;
    now = next;
    read_ahead(now);
    next = bounds(s + 2);
    team.sync();
  }
}

/// v = L^-1 v, by the values of L with 1 / L_jj for the diagonal. Called after a sync; syncs at the end.
template <class T, class Values, class State>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void solve_lower(T const& team, LowerPatternView const& p, Values l, State v) {
  using Number = typename State::value_type;
  if (!T::is_solo && p.forward.begin != nullptr) {
    for (int s = 0; s < p.forward.levels; ++s) {
      int const first = p.forward.begin[s];
      for_each(team, p.forward.begin[s + 1] - first, [&](int m) {
        int const i = p.forward.item[first + m];
        Number sum = v[i];
        for (int e = p.row_ptrs[i]; e < p.row_ptrs[i + 1]; ++e) sum -= l[p.entry[e]] * Number(v[p.col_idxs[e]]);
        v[i] = sum * l[p.entries + i];
      });
      team.sync();
    }
    return;
  }
  if constexpr (T::is_solo) {
    for (int j = 0; j < p.unknowns; ++j) {
      Number const v_j = Number(v[j]) * l[p.entries + j];
      v[j] = v_j;
      int const first = p.col_ptrs[j];
      for_each(team, p.col_ptrs[j + 1] - first, [&](int m) { v[p.row_idxs[first + m]] -= l[first + m] * v_j; });
    }
  } else {
    eliminate_in_turn(
        team, p, l, v, p.col_ptrs, [](int s) { return s; }, [&](int e) { return p.row_idxs[e]; },
        [](int e) { return e; });
    for_each(team, p.unknowns, [&](int j) { v[j] = Number(v[j]) * l[p.entries + j]; });  // each has been read by all
                                                                                         // members
    team.sync();
  }
}

/// v = L^-T v, likewise.
template <class T, class Values, class State>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void solve_lower_transposed(T const& team, LowerPatternView const& p, Values l,
                                                                    State v) {
  using Number = typename State::value_type;
  auto const dot = [&](int j) {
    int const first = p.col_ptrs[j];
    Number const sum = sum_over<Number>(SoloTeam{}, p.col_ptrs[j + 1] - first,
                                        [&](int m) { return l[first + m] * Number(v[p.row_idxs[first + m]]); });
    v[j] = (Number(v[j]) - sum) * l[p.entries + j];
  };
  if constexpr (T::is_solo) {
    for (int j = p.unknowns - 1; j >= 0; --j) dot(j);
  } else if (p.backward.begin != nullptr) {
    for (int s = 0; s < p.backward.levels; ++s) {
      int const first = p.backward.begin[s];
      for_each(team, p.backward.begin[s + 1] - first, [&](int m) { dot(p.backward.item[first + m]); });
      team.sync();
    }
  } else {
    eliminate_in_turn(
        team, p, l, v, p.row_ptrs, [&](int s) { return p.unknowns - 1 - s; }, [&](int e) { return p.col_idxs[e]; },
        [&](int e) { return p.entry[e]; });
    for_each(team, p.unknowns, [&](int i) { v[i] = Number(v[i]) * l[p.entries + i]; });
    team.sync();
  }
}

}  // namespace metasolve::kernels
