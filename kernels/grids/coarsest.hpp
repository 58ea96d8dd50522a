// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"
#include "stencil.hpp"

/// The coarsest level of a hierarchy is solved by the inverse of its matrix, whose points are few.
namespace metasolve::kernels {

inline constexpr int most_coarsest_points = 64;

/// Numbers of the inverse and of a vector.
METASOLVE_HD constexpr int coarsest_size(int points) { return points * points + points; }

namespace detail {
/// The index of point p in an array of the level.
METASOLVE_HD inline int coarsest_index(GridLevel const& g, int p) {
  int const line = p / g.n[0], z = line / g.n[1];
  return g.at(p - line * g.n[0], line - z * g.n[1], z);
}
}  // namespace detail

/// Writes the inverse [points][points] of the operator, and more (coarsest_size). Points whose row is 0, or that depend
/// on others, are left out. With is_singular constants are its null space: the inverse is then that of A + s 1 1',
/// right for what sums to 0. False: not positive definite.
template <Team T, class Stencil, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD bool invert_coarsest(T const& team, GridHierarchy const& h, Stencil const& a,
                                                             bool is_singular, Number* inverse) {
  constexpr int dim = Stencil::dimensions;
  GridLevel const& g = h.level[h.levels - 1];
  int const n = g.points();
  for_each_rolled(team, n * n, [&](int k) { inverse[k] = Number(0); });
  team.sync();
  if (team.rank() == 0) {  // couplings of a periodic axis of one or two points fall on one another
    METASOLVE_ROLLED
    for (int p = 0; p < n; ++p) {
      int const i = detail::coarsest_index(g, p), line = p / g.n[0], z = line / g.n[1];
      int const at[3] = {p - line * g.n[0], line - z * g.n[1], z};
      METASOLVE_ROLLED
      for (int e = 0; e < half_entries<dim>; ++e) {
        auto const o = stencil_offset<dim>(e);
        int q[3] = {at[0] + o.x, at[1] + o.y, at[2] + o.z};
        bool exists = true;
        for (int d = 0; d < 3; ++d) {
          if (q[d] >= 0 && q[d] < g.n[d]) continue;
          exists = exists && h.periodic[d];
          q[d] = (q[d] + g.n[d]) % g.n[d];
        }
        if (!exists) continue;
        int const to = (q[2] * g.n[1] + q[1]) * g.n[0] + q[0];
        inverse[p * n + to] += a.entry(e, i);
        if (e != 0) inverse[to * n + p] += a.entry(e, i);
      }
      if (!(a.centre(i) != Number(0))) inverse[p * n + p] = Number(1);
    }
    if (is_singular) {
      Number trace(0);
      METASOLVE_ROLLED
      for (int p = 0; p < n; ++p) trace += inverse[p * n + p];
      METASOLVE_ROLLED
      for (int p = 0; p < n; ++p) {
        METASOLVE_ROLLED
        for (int q = 0; q < n; ++q) inverse[p * n + q] += trace / Number(n * n);
      }
    }
  }
  team.sync();
  Number* const diagonal = inverse + n * n;
  for_each_rolled(team, n, [&](int p) { diagonal[p] = inverse[p * n + p]; });
  team.sync();
  // Gauss-Jordan elimination in place, without pivoting: all pivots are positive.
  bool definite = true;
  METASOLVE_ROLLED
  for (int k = 0; k < n; ++k) {
    Number const pivot = inverse[k * n + k];
    team.sync();
    if (is_dependent(pivot, diagonal[k])) {
      for_each_rolled(team, n, [&](int j) { inverse[k * n + j] = inverse[j * n + k] = Number(0); });
      team.sync();
      continue;
    }
    definite = definite && pivot > Number(0);
    Number const reciprocal = Number(1) / pivot;
    for_each_rolled(team, n, [&](int j) {
      if (j != k) inverse[k * n + j] *= reciprocal;
    });
    team.sync();
    for_each_rolled(team, n, [&](int i) {
      if (i == k) return;
      Number const f = inverse[i * n + k];
      for (int j = 0; j < n; ++j) {
        if (j != k) inverse[i * n + j] -= f * inverse[k * n + j];
      }
      inverse[i * n + k] = -f * reciprocal;
    });
    if (team.rank() == 0) inverse[k * n + k] = reciprocal;
    team.sync();
  }
  return definite;
}

/// u = the inverse times f, on the coarsest level; vector [points] is scratch. Syncs at the end.
template <Team T, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void solve_coarsest(T const& team, GridLevel const& g, Number const* inverse,
                                                            Number* vector, Number const* f, Number* u) {
  int const n = g.points();
  for_each_rolled(team, n, [&](int p) { vector[p] = f[detail::coarsest_index(g, p)]; });
  team.sync();
  for_each_rolled(team, n, [&](int p) {
    Number sum(0);
    for (int q = 0; q < n; ++q) sum += inverse[p * n + q] * vector[q];
    u[detail::coarsest_index(g, p)] = sum;
  });
  team.sync();
}

}  // namespace metasolve::kernels
