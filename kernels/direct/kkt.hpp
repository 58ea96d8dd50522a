// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/view.hpp"
#include "triangular.hpp"

namespace metasolve::kernels {

/// Where the entries of P, A and the diagonal are in a factor.
struct KktPlaces {
  std::int32_t const* p = nullptr;         ///< [entries of P]; -1: not read
  std::int32_t const* a = nullptr;         ///< [entries of A]
  std::int32_t const* diagonal = nullptr;  ///< [n + m]
};

/// The patterns of P (n x n, symmetric) and A (m x n), and the symbolic factorisation of the quasi-definite matrix
///     K = [P + sigma I, A'; A, -1 / rho]
/// as L D L' without pivoting (Vanderbei, SIAM J. Optim. 5(1), 1995). Pointers must be accessible to the launch; made
/// by src/sparse/kkt_plan.hpp.
struct KktView {
  int variables = 0, rows = 0;  ///< n, m
  int p_entries = 0, a_entries = 0;
  /// Row i of the whole symmetric P: columns p_col_idxs[p_row_ptrs[i]] ..., values P[p_value[...]].
  std::int32_t const *p_row_ptrs = nullptr, *p_col_idxs = nullptr, *p_value = nullptr;
  std::int32_t const *a_row_ptrs = nullptr, *a_col_idxs = nullptr;  ///< by rows, in the order of A's values
  std::int32_t const *a_col_ptrs = nullptr, *a_row_idxs = nullptr, *a_value = nullptr;  ///< by columns
  std::int32_t const* position = nullptr;  ///< [n + m] of an unknown in the order of elimination
  SupernodeView factor;
  KktPlaces by_rows, by_columns;  ///< for packs, and for single numbers (PanelShape)

  METASOLVE_HD int size() const { return variables + rows; }
  /// Numbers of a factor, with what vectors may read behind it.
  METASOLVE_HD int factor_size() const { return factor.entries + factor_padding; }
  template <class Number>
  METASOLVE_HD KktPlaces const& places() const {
    return lanes_of<Number> > 1 ? by_rows : by_columns;
  }

  /// The factor of K with sigma(j) of variable j and these penalties: diagonal(i) of row i, -1 / rho_i. Returns the
  /// mask of the lanes whose P + sigma I + A' rho A is positive definite: K then has n positive pivots (Sylvester).
  /// Syncs.
  template <class T, class Number, class P, class A, class Sigma, class Diagonal>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD auto factorize(T const& team, P const& p, A const& a, Sigma&& sigma,
                                                         Diagonal&& diagonal, Number* to) const {
    auto const& place = places<Number>();
    for_each(team, factor_size(), [&](int i) { to[i] = Number(0.0); });
    team.sync();
    for_each(team, variables, [&](int j) { to[place.diagonal[j]] = Number(sigma(j)); });
    for_each(team, rows, [&](int i) { to[place.diagonal[variables + i]] = diagonal(i); });
    for_each(team, a_entries, [&](int e) { to[place.a[e]] = Number(a[e]); });
    team.sync();
    for_each(team, p_entries, [&](int e) {
      if (place.p[e] >= 0) to[place.p[e]] += Number(p[e]);
    });
    team.sync();
    constexpr auto within = lanes_of < Number >> 1 ? Within::lanes : Within::single;
    auto const usable = Factorizer<Factorization::ldl, within, T, Number>(team, factor, to).run();
    Number const zero(0.0), one(1.0);
    Number const* const pivots = to + factor.entries - factor.unknowns;
    Number const positive = sum_over<Number>(team, size(), [&](int i) { return select(pivots[i] > zero, one, zero); });
    Number const wanted(static_cast<double>(variables));
    return usable && positive >= wanted && positive <= wanted;
  }

  /// v = K^-1 v, v [n + m] in the order of elimination. Entry: Number, or double const for a factor that all lanes
  /// share. Called after a sync; syncs.
  template <class T, class Number, class Entry>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void solve(T const& team, Entry* of, Number* v) const {
    TriangularSolver<Factorization::ldl, T, Number, Entry>(team, factor, of).run(v, false);
  }

  /// (P x)_i.
  template <class Number, class P, class X>
  METASOLVE_HD Number p_row(P const& p, X const& x, int i) const {
    Number sum(0.0);
    for (int e = p_row_ptrs[i]; e < p_row_ptrs[i + 1]; ++e) {
      sum = fused_multiply_add(Number(p[p_value[e]]), Number(x[p_col_idxs[e]]), sum);
    }
    return sum;
  }
  /// (A x)_i.
  template <class Number, class A, class X>
  METASOLVE_HD Number a_row(A const& a, X const& x, int i) const {
    Number sum(0.0);
    for (int e = a_row_ptrs[i]; e < a_row_ptrs[i + 1]; ++e) {
      sum = fused_multiply_add(Number(a[e]), Number(x[a_col_idxs[e]]), sum);
    }
    return sum;
  }
  /// (A'y)_j.
  template <class Number, class A, class Y>
  METASOLVE_HD Number a_column(A const& a, Y const& y, int j) const {
    Number sum(0.0);
    for (int e = a_col_ptrs[j]; e < a_col_ptrs[j + 1]; ++e) {
      sum = fused_multiply_add(Number(a[a_value[e]]), Number(y[a_row_idxs[e]]), sum);
    }
    return sum;
  }
};

/// The numbers of a solution of K, of n variables and m rows, by their own indices.
template <class Number>
struct KktVector {
  Number* data;
  std::int32_t const* position;
  METASOLVE_HD Number& operator[](int i) const { return data[position[i]]; }
};

}  // namespace metasolve::kernels
