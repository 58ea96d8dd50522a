// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lower_pattern.hpp"

/// Preconditioners M = F B with F lower triangular and B unit upper triangular, on one lower pattern.
namespace metasolve::kernels {

/// A factor's numbers: [F by columns (entries), 1 / F_jj (unknowns), c, B by rows (entries)]; B's entry e = (i, j), i >
/// j, holds b_ji. The inverse is c B^-1 F^-1.
struct TriangularPair {
  LowerPatternView pattern;

  METASOLVE_HD int size() const { return 2 * pattern.entries + pattern.unknowns + 1; }
  METASOLVE_HD int diagonal_at() const { return pattern.entries; }
  METASOLVE_HD int scale_at() const { return pattern.entries + pattern.unknowns; }
  METASOLVE_HD int upper_at() const { return scale_at() + 1; }

  /// v = F^-1 v. Called after a sync; syncs.
  template <class T, class Factor, class State>
  METASOLVE_HD void forward(T const& team, Factor f, State v) const {
    solve_lower(team, pattern, f, v);
  }
  /// v = c B^-1 v, likewise.
  template <class T, class Factor, class State>
  METASOLVE_HD void backward(T const& team, Factor f, State v) const {
    using Number = typename State::value_type;
    solve_lower_transposed(team, pattern, UnitDiagonal<Factor>{f.subview(upper_at()), pattern.entries}, v);
    Number const c = f[scale_at()];
    for_each(team, pattern.unknowns, [&](int i) { v[i] = Number(v[i]) * c; });
    team.sync();
  }

 private:
  /// The values of a triangle whose diagonal is 1.
  template <class Values>
  struct UnitDiagonal {
    using value_type = typename Values::value_type;
    Values values;
    int entries;
    METASOLVE_HD value_type operator[](int e) const {
      if (e < entries) return values[e];
      return value_type(real_of<value_type>(1));
    }
  };
};

}  // namespace metasolve::kernels
