// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_arguments.hpp"
#include "factorize.hpp"

namespace metasolve::kernels {

/// Pivots are searched by one member after another: for few unknowns.
inline constexpr int most_dense_unknowns = 64;

/// P A = L U with partial pivoting (Golub and Van Loan, Matrix Computations, algorithm 3.4.1), by rows: a row's numbers
/// are adjacent, the rows an odd number apart, so that columns of packs do not share sets of a cache. Every lane
/// chooses its own pivots. A factor's numbers: [L and U, 1 / U_kk; the row that row k was exchanged with, for each k].
template <class Real, Within within>
struct DenseLu {
  using real = Real;
  static constexpr bool has_growth = true;

  int unknowns = 0;

  METASOLVE_HD static int stride_of(int unknowns) { return unknowns | 1; }
  METASOLVE_HD static int size_of(int unknowns) { return unknowns * (stride_of(unknowns) + 1); }
  METASOLVE_HD int size() const { return size_of(unknowns); }

  template <class T, class F>
  METASOLVE_HD auto factor(T const& team, F* a) const {
    int const n = unknowns, w = stride_of(n);
    auto usable = F(Real(1)) > F(Real(0));
    constexpr int block = 8;
    for (int first = 0; first < n; first += block) {
      int const last = first + block < n ? first + block : n;
      for (int k = first; k < last; ++k) {
        usable = usable && is_positive_and_finite(abs(exchange(team, a, k)));
        F const inverse = F(Real(1)) / F(a[k * w + k]);
        team.sync();
        if (team.rank() == 0) a[k * w + k] = inverse;
        // Column k of L, and its products with the rest of these columns.
        for_each(team, n - k - 1, [&](int m) {
          F* const row = a + (k + 1 + m) * w;
          F const l = row[k] * inverse;
          row[k] = l;
          for (int j = k + 1; j < last; ++j) row[j] = minus_product(F(row[j]), l, F(a[k * w + j]));
        });
        team.sync();
      }
      for_each(team, n - last, [&](int m) {  // these rows of U
        int const j = last + m;
        F u[block];
        for (int i = first; i < last; ++i) u[i - first] = a[i * w + j];
        for (int k = first; k < last; ++k) {
          for (int i = k + 1; i < last; ++i) u[i - first] = minus_product(u[i - first], F(a[i * w + k]), u[k - first]);
        }
        for (int i = first + 1; i < last; ++i) a[i * w + j] = u[i - first];
      });
      team.sync();
      subtract(team, a, first, last);
      team.sync();
    }
    return usable;
  }

  template <class T, class F>
  METASOLVE_HD void solve(T const& team, F* a, F* v, bool transposed) const {
    int const n = unknowns, w = stride_of(n);
    if (transposed) {
      for (int k = 0; k < n; ++k) {  // U' y = v
        if (team.rank() == 0) v[k] = F(v[k]) * F(a[k * w + k]);
        team.sync();
        for_each(team, n - k - 1, [&](int m) { take(v[k + 1 + m], a[k * w + k + 1 + m], v[k]); });
        team.sync();
      }
      for (int k = n - 1; k >= 0; --k) {  // L' x = y
        for_each(team, k, [&](int i) { take(v[i], a[k * w + i], v[k]); });
        team.sync();
      }
      if (team.rank() == 0) {
        for (int k = n - 1; k >= 0; --k) exchange_entries(v, k, a[n * w + k]);
      }
      team.sync();
      return;
    }
    if (team.rank() == 0) {
      for (int k = 0; k < n; ++k) exchange_entries(v, k, a[n * w + k]);
    }
    team.sync();
    for (int k = 0; k < n; ++k) {
      for_each(team, n - k - 1, [&](int m) { take(v[k + 1 + m], a[(k + 1 + m) * w + k], v[k]); });
      team.sync();
    }
    for (int k = n - 1; k >= 0; --k) {
      if (team.rank() == 0) v[k] = F(v[k]) * F(a[k * w + k]);
      team.sync();
      for_each(team, k, [&](int i) { take(v[i], a[i * w + k], v[k]); });
      team.sync();
    }
  }

 private:
  template <class F>
  METASOLVE_HD static void take(F& to, F const& a, F const& b) {
    to = minus_product(F(to), F(a), F(b));
  }

  /// Brings the largest number of column k, from row k on, to row k: the whole rows. Returns it.
  template <class T, class F>
  METASOLVE_HD F exchange(T const& team, F* a, int k) const {
    int const n = unknowns, w = stride_of(n);
    F largest = abs(F(a[k * w + k])), row = F(Real(k));
    for (int i = k + 1; i < n; ++i) {
      F const size = abs(F(a[i * w + k]));
      auto const is_larger = size > largest;
      largest = select(is_larger, size, largest);
      row = select(is_larger, F(Real(i)), row);
    }
    team.sync();
    if (team.rank() == 0) a[n * w + k] = row;
    int other[lanes_of<F>];
    for (int l = 0; l < lanes_of<F>; ++l) other[l] = static_cast<int>(lane(row, l)) * w;
    for_each(team, n, [&](int j) {
      F const own = a[k * w + j];
      F taken = own;
      for (int l = 0; l < lanes_of<F>; ++l) {
        set_lane(taken, l, lane(a[other[l] + j], l));
        set_lane(a[other[l] + j], l, lane(own, l));
      }
      a[k * w + j] = taken;  // last, and whole: it is read soon
    });
    team.sync();
    return a[k * w + k];
  }
  template <class F>
  METASOLVE_HD static void exchange_entries(F* v, int k, F const& row) {
    for (int l = 0; l < lanes_of<F>; ++l) {
      int const other = static_cast<int>(lane(row, l));
      Real const x = lane(v[k], l);
      set_lane(v[k], l, lane(v[other], l));
      set_lane(v[other], l, x);
    }
  }

  /// Rows and columns from `last` on lose the products of columns and rows first ... last - 1.
  template <class T, class F>
  METASOLVE_HD void subtract(T const& team, F* a, int first, int last) const {
    int const n = unknowns, w = stride_of(n);
    if constexpr (!T::is_solo) {
      for_each(team, (n - last) * (n - last), [&](int m) {
        int const i = last + m / (n - last), j = last + m % (n - last);
        F sum = a[i * w + j];
        for (int k = first; k < last; ++k) sum = minus_product(sum, F(a[i * w + k]), F(a[k * w + j]));
        a[i * w + j] = sum;
      });
    } else {
      int i = last;
      for (; i + 4 <= n; i += 4) {
        int j = last;
        for (; j + 4 <= n; j += 4) tile<4, 4>(a, i, j, first, last);
        for (; j < n; ++j) tile<4, 1>(a, i, j, first, last);
      }
      for (; i < n; ++i) {
        int j = last;
        for (; j + 4 <= n; j += 4) tile<1, 4>(a, i, j, first, last);
        for (; j < n; ++j) tile<1, 1>(a, i, j, first, last);
      }
    }
  }
  template <int Rows, int Columns, class F>
  METASOLVE_INLINE METASOLVE_HD void tile(F* a, int i, int j, int first, int last) const {
    int const n = unknowns, w = stride_of(n);
    F sum[Rows][Columns];
    for (int x = 0; x < Rows; ++x) {
      for (int y = 0; y < Columns; ++y) sum[x][y] = a[(i + x) * w + j + y];
    }
    for (int k = first; k < last; ++k) {
      for (int x = 0; x < Rows; ++x) {
        F const l = a[(i + x) * w + k];
        for (int y = 0; y < Columns; ++y) sum[x][y] = minus_product(sum[x][y], l, F(a[k * w + j + y]));
      }
    }
    for (int x = 0; x < Rows; ++x) {
      for (int y = 0; y < Columns; ++y) a[(i + x) * w + j + y] = sum[x][y];
    }
  }
};

}  // namespace metasolve::kernels
