// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shift.hpp"

namespace metasolve::kernels {

/// M = the diagonal blocks of A: of `block` consecutive unknowns of the owner's numbering, the last one possibly
/// smaller. The factor holds their inverses, by Gauss-Jordan elimination with partial pivoting (Anzt, Dongarra, Flegar
/// and Quintana-Orti, Batched Gauss-Jordan elimination for block-Jacobi preconditioner generation on GPUs, 2017): lanes
/// choose pivots by selects. Not usable if a block is singular. Blocks of 1: Jacobi. No parameter.
///
/// A factor's numbers: [blocks] [block][block] by rows, then a vector for products.
struct BlockJacobi {
  int unknowns = 0;
  int block = 1;
  std::int32_t const* member = nullptr;  ///< [unknowns] the unknown at each position, block by block
  std::int32_t const* place = nullptr;   ///< [unknowns * block] index of a block's entry among A's values; -1: it is 0

  METASOLVE_HD int blocks() const { return (unknowns + block - 1) / block; }
  METASOLVE_HD int inverses() const { return unknowns * block; }
  METASOLVE_HD int size() const { return inverses() + unknowns; }

  /// Called after a sync; syncs.
  template <class T, class Values, class Factor>
  METASOLVE_HD auto build(T const& team, Values a, Factor f) const {
    using Number = typename Factor::value_type;
    Number const zero(real_of<Number>(0));
    Number worst = zero;
    for_each(team, blocks(), [&](int k) {
      int const first = k * block, rows = unknowns - first < block ? unknowns - first : block;
      auto const m = f.subview(first * block);
      for (int e = 0; e < rows * block; ++e) {
        int const from = place[first * block + e];
        m[e] = from < 0 ? zero : Number(a[from]);
      }
      worst += invert(rows, m, f.subview(inverses() + first));
    });
    Number const bad = team.sum(worst);
    team.sync();
    return bad == zero;
  }

  /// v = M^-1 v. Called after a sync; syncs.
  template <class T, class Factor, class State>
  METASOLVE_HD void apply(T const& team, Factor f, State v) const {
    using Number = typename State::value_type;
    auto const product = f.subview(inverses());
    for_each(team, unknowns, [&](int at) {
      int const first = at / block * block, columns = unknowns - first < block ? unknowns - first : block;
      Number sum(real_of<Number>(0));
      for (int c = 0; c < columns; ++c) sum += Number(f[at * block + c]) * Number(v[member[first + c]]);
      product[at] = sum;
    });
    team.sync();
    for_each(team, unknowns, [&](int at) { v[member[at]] = Number(product[at]); });
    team.sync();
  }

 private:
  /// Inverts m [rows][block] in place. pivots [rows]: scratch. Returns 0, or more in the lanes where it is singular.
  template <class Matrix, class Pivots>
  METASOLVE_HD typename Matrix::value_type invert(int rows, Matrix m, Pivots pivots) const {
    using Number = typename Matrix::value_type;
    Number const zero(real_of<Number>(0)), one(real_of<Number>(1));
    Number worst = zero;
    for (int k = 0; k < rows; ++k) {
      Number largest = abs(Number(m[k * block + k])), pivot = number<Number>(k);
      for (int i = k + 1; i < rows; ++i) {
        Number const size = abs(Number(m[i * block + k]));
        auto const is_larger = size > largest;
        largest = select(is_larger, size, largest);
        pivot = select(is_larger, number<Number>(i), pivot);
      }
      pivots[k] = pivot;
      for (int i = k + 1; i < rows; ++i) {
        auto const swaps = pivot == number<Number>(i);
        if (bits(swaps) == 0) continue;
        for (int c = 0; c < rows; ++c) swap(swaps, m[k * block + c], m[i * block + c]);
      }
      Number const inverse = one / Number(m[k * block + k]);
      worst += select(is_positive_and_finite(abs(inverse)) && largest > zero, zero, one);
      m[k * block + k] = one;
      for (int c = 0; c < rows; ++c) m[k * block + c] = Number(m[k * block + c]) * inverse;
      for (int i = 0; i < rows; ++i) {
        if (i == k) continue;
        Number const factor = m[i * block + k];
        m[i * block + k] = zero;
        for (int c = 0; c < rows; ++c) m[i * block + c] -= factor * Number(m[k * block + c]);
      }
    }
    for (int k = rows - 1; k >= 0; --k) {  // the inverse of P A is A^-1 P'
      for (int c = k + 1; c < rows; ++c) {
        auto const swaps = Number(pivots[k]) == number<Number>(c);
        if (bits(swaps) == 0) continue;
        for (int i = 0; i < rows; ++i) swap(swaps, m[i * block + k], m[i * block + c]);
      }
    }
    return worst;
  }
  template <class Number>
  METASOLVE_HD static Number number(int i) {
    return Number(real_of<Number>(i));
  }
  template <class Mask, class Number>
  METASOLVE_HD static void swap(Mask where, Number& a, Number& b) {
    Number const old = a;
    a = select(where, b, old);
    b = select(where, old, b);
  }
};

}  // namespace metasolve::kernels
