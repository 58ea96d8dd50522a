// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shift.hpp"
#include "triangular_pair.hpp"

namespace metasolve::kernels {

/// Symmetric successive over-relaxation as a preconditioner: M = (D + omega L) D^-1 (D + omega U) / (omega (2 -
/// omega)), A = L + D + U (Saad, Iterative Methods, sections 4.1.2 and 10.2). Parameter: omega, 0 < omega < 2, else not
/// usable; nor with a zero on the diagonal. As a TriangularPair: F = D + omega L, B = I + omega D^-1 U, c = omega (2 -
/// omega).
struct Ssor : TriangularPair {
  int upper_of_matrix = 0;  ///< index of the first value of A's upper triangle; 0: A is symmetric, by its lower values

  METASOLVE_HD static constexpr int parameter_size() { return 1; }

  template <class T, class Values, class Theta, class Factor>
  METASOLVE_HD auto build(T const& team, Values a, Theta theta, Factor f) const {
    using Number = typename Factor::value_type;
    Number const zero(real_of<Number>(0)), one(real_of<Number>(1)), two(real_of<Number>(2));
    Number const omega = theta[0];
    Number worst = zero;
    for_each(team, pattern.unknowns, [&](int j) {
      Number const inverse = one / Number(a[pattern.entries + j]), of_row = omega * inverse;
      f[diagonal_at() + j] = inverse;
      worst += select(is_positive_and_finite(abs(inverse)), zero, one);
      for (int e = pattern.col_ptrs[j]; e < pattern.col_ptrs[j + 1]; ++e) {
        f[e] = omega * Number(a[e]);
        f[upper_at() + e] = of_row * Number(a[upper_of_matrix + e]);
      }
    });
    if (team.rank() == 0) f[scale_at()] = omega * (two - omega);
    Number const bad = team.sum(worst);
    team.sync();
    return bad == zero && (omega > zero && omega < two);
  }
};

}  // namespace metasolve::kernels
