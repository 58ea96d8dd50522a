// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grid.hpp"

namespace metasolve::kernels {

/// One anti-diagonal x + y = d of a DiagonalGrid.
struct Diagonal {
  int begin = 0;   ///< index of its first point
  int length = 0;  ///< points; x ascends
  /// From a point's index to its neighbours' at x + 1 and y + 1, on the next diagonal, and x - 1 and y - 1, on the one
  /// before.
  int east = 0, north = 0, west = 0, south = 0;
  int number = 0;  ///< d
};

/// Cells of a rectangle, stored by anti-diagonals: incomplete factors of five points then read earlier diagonals alone,
/// so a diagonal's cells are computed side by side from contiguous numbers. A diagonal is filled up to whole blocks of
/// 8 numbers, so that a single member's loops run over whole vectors: the same number of them for 8 diagonals in turn.
/// The numbers that are no cells must be 0, and stay so: whatever is computed of a cell must be 0 there, too.
struct DiagonalGrid {
  static constexpr int block = 8;
  int columns = 1, rows = 1;

  METASOLVE_HD constexpr int points() const { return columns * rows; }
  METASOLVE_HD constexpr int diagonals() const { return columns + rows - 1; }
  METASOLVE_HD constexpr int longest() const { return columns < rows ? columns : rows; }
  /// Numbers of an array.
  METASOLVE_HD constexpr int size() const { return begin_of(diagonals()) + block; }
  /// The index of cell (x, y).
  METASOLVE_HD int at(int x, int y) const { return begin_of(x + y) + x - first_x(x + y); }
  METASOLVE_HD Diagonal diagonal(int d) const {
    int const length = length_of(d), east = filled(length) + (d + 1 < rows ? 2 : 1);
    int const south = -filled(length_of(d - 1)) - (d < rows ? 1 : 0);
    return {begin_of(d), length, east, east - 1, south - 1, south, d};
  }
  /// The next diagonal, in fewer operations than from its number.
  METASOLVE_HD constexpr Diagonal after(Diagonal const& of) const {
    int const d = of.number + 1, length = length_of(d), before = filled(of.length);
    int const east = filled(length) + (d + 1 < rows ? 2 : 1), south = -before - (d < rows ? 1 : 0);
    return {of.begin + before + 1, length, east, east - 1, south - 1, south, d};
  }
  /// x of a diagonal's first cell.
  METASOLVE_HD int first_x(int d) const { return d < rows ? 0 : d - rows + 1; }
  METASOLVE_HD constexpr static int filled(int length) { return (length + block - 1) / block * block; }

 private:
  METASOLVE_HD constexpr int length_of(int d) const {
    int const left = diagonals() - d, most = longest();
    int const up = d + 1 < left ? d + 1 : left;
    return up < most ? up : most;
  }
  /// Numbers of diagonals of 1, 2, ... m cells.
  METASOLVE_HD constexpr static int filled_up_to(int m) {
    int const whole = m / block;
    return block * (whole + 1) * (whole * block / 2 + m % block);
  }
  /// One more number is between two diagonals.
  METASOLVE_HD constexpr int begin_of(int d) const {
    int const short_side = longest(), long_side = columns + rows - short_side, left = diagonals() - d;
    int before = 0;
    if (d <= short_side) {
      before = d > 0 ? filled_up_to(d) : 0;
    } else {
      int const constant = d < long_side ? d - short_side : long_side - short_side;
      before = filled_up_to(short_side) + constant * filled(short_side);
      if (d > long_side) before += filled_up_to(short_side - 1) - filled_up_to(left > 0 ? left : 0);
    }
    return block + before + d;
  }
};

/// make(diagonal)(i) for the index i of each cell, split over the members. A single member makes one body a diagonal,
/// and unless `CellsAlone` runs it on what fills the diagonal too. No sync before or after.
template <bool CellsAlone = false, Team T, class Make>
METASOLVE_HD void for_each_cell(T const& team, DiagonalGrid const& g, Make&& make) {
  if constexpr (T::is_solo) {
    for (Diagonal row = g.diagonal(0); row.number < g.diagonals(); row = g.after(row)) {
      auto const body = make(row);
      int const end = CellsAlone ? row.length : g.filled(row.length);
      METASOLVE_POINTS
      for (int k = 0; k < end; ++k) body(row.begin + k);
    }
  } else {
    int const most = g.longest();
    for_each_rolled(team, g.diagonals() * most, [&](int p) {
      Diagonal const row = g.diagonal(p / most);
      int const k = p % most;
      if (k < row.length) make(row)(row.begin + k);
    });
  }
}

/// body(p, i, x, y), or without x and y: cell (x, y), p = x + y columns of the caller's arrays, is number i of an array
/// here. No sync.
template <Team T, class Body>
METASOLVE_HD void for_each_place(T const& team, DiagonalGrid const& g, Body&& body) {
  int const most = g.longest(), of_members = T::is_solo ? 1 : most;
  for_each_rolled(team, g.diagonals() * of_members, [&](int member) {
    int const d = member / of_members, first = T::is_solo ? 0 : member % most;
    Diagonal const row = g.diagonal(d);
    int const last = T::is_solo ? row.length : first < row.length ? first + 1 : first;
    int const x = g.first_x(d), p = x + (d - x) * g.columns;
    for (int k = first; k < last; ++k) {
      int const place = p - k * (g.columns - 1);
      if constexpr (std::is_invocable_v<Body, int, int, int, int>) {
        body(place, row.begin + k, x + k, d - x - k);
      } else {
        body(place, row.begin + k);
      }
    }
  });
}

/// The sum of a first and the largest of a second number over all cells.
template <class Number>
struct CellSums {
  Number sum{}, largest{};
};

/// Numbers x >= 0 in the order of their sizes, NaN the largest: compilers make vector operations of the largest of
/// integers, but not of floating-point numbers.
template <class Number>
using SizeBits = std::conditional_t<sizeof(Number) == sizeof(double), std::int64_t, std::int32_t>;
template <class Number>
METASOLVE_HD SizeBits<Number> size_bits(Number x) {
  return __builtin_bit_cast(SizeBits<Number>, x);  // std::bit_cast is no device function
}
template <class Number>
METASOLVE_HD Number number_of_size(SizeBits<Number> bits) {
  return __builtin_bit_cast(Number, bits);
}

/// make(diagonal)(i) for each cell, then the reductions of term(i) and size(i) over all of them, the same on each
/// member. A single member adds eight strands of a diagonal, which the compiler keeps in vectors. No sync before.
template <class Number, Team T, class Make, class Term, class Size>
METASOLVE_HD CellSums<Number> for_each_cell_summed(T const& team, DiagonalGrid const& g, Make&& make, Term&& term,
                                                   Size&& size) {
  if constexpr (T::is_solo) {
    constexpr int strands = DiagonalGrid::block;
    Number sum[strands] = {};
    SizeBits<Number> most[strands] = {};
    for (Diagonal row = g.diagonal(0); row.number < g.diagonals(); row = g.after(row)) {
      auto const body = make(row);
      int const filled = g.filled(row.length);
      METASOLVE_POINTS
      for (int k = 0; k < filled; ++k) body(row.begin + k);
      for (int k = 0; k < filled; k += strands) {
        for (int s = 0; s < strands; ++s) {
          sum[s] += term(row.begin + k + s);
          auto const x = size_bits<Number>(size(row.begin + k + s));
          most[s] = x > most[s] ? x : most[s];
        }
      }
    }
    for (int s = 1; s < strands; ++s) most[0] = most[s] > most[0] ? most[s] : most[0];
    return {((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7])),
            number_of_size<Number>(most[0])};
  } else {
    Number sum(0);
    SizeBits<Number> most = 0;
    for_each_cell(team, g, [&](Diagonal const& d) {
      return [&, body = make(d)](int i) {
        body(i);
        sum += term(i);
        auto const x = size_bits<Number>(size(i));
        most = x > most ? x : most;
      };
    });
    Number const total = team.sum(sum);
    return {total, team.max(number_of_size<Number>(most))};
  }
}

struct NothingOfCell {
  template <class Index>
  METASOLVE_HD void operator()(Index) const {}
};

/// The sum of term(i) over all cells, the same on each member.
template <class Number, Team T, class Term>
METASOLVE_HD Number sum_over_cells(T const& team, DiagonalGrid const& g, Term&& term) {
  return for_each_cell_summed<Number>(
             team, g, [](Diagonal const&) { return NothingOfCell{}; }, term, [](int) { return Number(0); })
      .sum;
}

/// The same loop diagonal by diagonal, each after a sync: ascending, or descending with `backward`. Syncs at the end.
template <Team T, class Make>
METASOLVE_HD void sweep_cells(T const& team, DiagonalGrid const& g, bool backward, Make&& make) {
  int const last = g.diagonals() - 1;
  METASOLVE_ROLLED
  for (int step = 0; step <= last; ++step) {
    Diagonal const row = g.diagonal(backward ? last - step : step);
    auto const body = make(row);
    if constexpr (T::is_solo) {
      int const filled = g.filled(row.length);
      METASOLVE_POINTS
      for (int k = 0; k < filled; ++k) body(row.begin + k);
    } else {
      for_each_rolled(team, row.length, [&](int k) { body(row.begin + k); });
      team.sync();
    }
  }
}

}  // namespace metasolve::kernels
