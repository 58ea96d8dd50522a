// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "stencil.hpp"

/// Systems of the couplings along the lines of one axis, tridiagonal, solved line by line (Thomas' algorithm); those of
/// a periodic axis as a correction of rank one to it (Sherman and Morrison).
namespace metasolve::kernels {

/// The factors of all lines along one axis. Of a constant operator all lines have the same: arrays of n[axis] numbers;
/// else arrays of the level. `correction` is 0 unless the axis is periodic.
template <class Number, bool IsConstant>
struct LineFactors {
  Number const* reciprocal = nullptr;  ///< of the pivots; 0 for a point whose row is 0, or that depends on others
  Number const* multiplier = nullptr;  ///< the coupling to the next point times reciprocal
  Number const* correction = nullptr;  ///< what the periodic ends add

  METASOLVE_HD METASOLVE_INLINE int index(int k, int i) const { return IsConstant ? k : i; }
};

/// Numbers of the factors along an axis.
template <bool IsConstant>
METASOLVE_HD int line_factors_size(GridHierarchy const& h, int level, int axis) {
  GridLevel const& g = h.level[level];
  return (h.periodic[axis] ? 3 : 2) * (IsConstant ? g.n[axis] : g.size);
}
template <bool IsConstant, class Number>
METASOLVE_HD LineFactors<Number, IsConstant> line_factors(GridHierarchy const& h, int level, int axis, Number* memory) {
  int const n = IsConstant ? h.level[level].n[axis] : h.level[level].size;
  return {memory, memory + n, h.periodic[axis] ? memory + 2 * n : nullptr};
}

namespace detail {
/// The entry that couples neighbours along an axis.
template <int Dim>
METASOLVE_HD constexpr int axis_entry(int axis) {
  return axis == 0   ? stencil_entry<Dim>(1, 0, 0)
         : axis == 1 ? stencil_entry<Dim>(0, 1, 0)
                     : stencil_entry<Dim>(0, 0, 1);
}

template <class Stencil, class Number, bool IsConstant>
METASOLVE_HD void factor_line(GridHierarchy const& h, int level, int axis, Stencil const& a, int first,
                              LineFactors<Number, IsConstant> const& to) {
  GridLevel const& g = h.level[level];
  int const n = g.n[axis], stride = g.stride(axis), e = axis_entry<Stencil::dimensions>(axis);
  auto* const reciprocal = const_cast<Number*>(to.reciprocal);
  auto* const multiplier = const_cast<Number*>(to.multiplier);
  auto* const correction = const_cast<Number*>(to.correction);
  bool const cyclic = correction != nullptr;
  int const last = first + (n - 1) * stride;
  Number const c_0 = a.centre(first), end = cyclic ? a.entry(e, last) : Number(0);
  Number before(0);
  for (int k = 0; k < n; ++k) {
    int const i = first + k * stride, at = to.index(k, i);
    Number c = a.centre(i);
    if (cyclic && k == 0) c += c_0;
    if (cyclic && k == n - 1 && c_0 != Number(0)) c += end * end / c_0;
    Number const pivot = c - before;
    Number const m = is_dependent(pivot, c) ? Number(0) : Number(1) / pivot;
    Number const next = k < n - 1 ? a.entry(e, i) : Number(0);
    reciprocal[at] = m;
    multiplier[at] = next * m;
    before = next * next * m;
  }
  if (!cyclic) return;
  // The solution for (-c_0, 0, ..., 0, end).
  Number y(0);
  for (int k = 0; k < n; ++k) {
    int const i = first + k * stride, at = to.index(k, i);
    Number const f = (k == 0 ? -c_0 : Number(0)) + (k == n - 1 ? end : Number(0));
    y = k == 0 ? f : f - multiplier[to.index(k - 1, i - stride)] * y;
    correction[at] = y;
  }
  Number x(0);
  for (int k = n - 1; k >= 0; --k) {
    int const at = to.index(k, first + k * stride);
    x = correction[at] * reciprocal[at] - multiplier[at] * x;
    correction[at] = x;
  }
}

/// For `lines` lines at distance `between`, from their first points on: t = T^-1 f, then finish(i, t_i). Along them the
/// points are `stride` apart. f may be t.
template <class Stencil, class Number, bool IsConstant, class Between, class Finish>
METASOLVE_HD METASOLVE_INLINE inline void solve_lines_together(Stencil const& a, int axis, int first, int n, int stride,
                                                               int lines, Between between,
                                                               LineFactors<Number, IsConstant> const factors,
                                                               Number const* f, Number* t, Finish const& finish) {
  Number const *const m = factors.reciprocal, *const l = factors.multiplier, *const z = factors.correction;
  METASOLVE_POINTS
  for (int v = 0; v < lines; ++v) t[first + v * between] = f[first + v * between];
  for (int k = 1; k < n; ++k) {
    int const row = first + k * stride;
    METASOLVE_POINTS
    for (int v = 0; v < lines; ++v) {
      int const i = row + v * between, b = i - stride;
      t[i] = f[i] - l[factors.index(k - 1, b)] * t[b];
    }
  }
  for (int k = n - 1; k >= 0; --k) {
    int const row = first + k * stride;
    if (k == n - 1) {
      METASOLVE_POINTS
      for (int v = 0; v < lines; ++v) {
        int const i = row + v * between;
        t[i] *= m[factors.index(k, i)];
        if (z == nullptr) finish(i, t[i]);
      }
      continue;
    }
    METASOLVE_POINTS
    for (int v = 0; v < lines; ++v) {
      int const i = row + v * between, at = factors.index(k, i);
      Number const x = t[i] * m[at] - l[at] * t[i + stride];
      t[i] = x;
      if (z == nullptr) finish(i, x);
    }
  }
  if (z == nullptr) return;
  for (int v = 0; v < lines; ++v) {
    int const i_0 = first + v * between, last = i_0 + (n - 1) * stride;
    Number const c_0 = a.centre(i_0);
    Number const ratio = c_0 != Number(0) ? -a.entry(axis_entry<Stencil::dimensions>(axis), last) / c_0 : Number(0);
    Number const z_0 = z[factors.index(0, i_0)], z_last = z[factors.index(n - 1, last)];
    Number const share = (t[i_0] + ratio * t[last]) / (Number(1) + z_0 + ratio * z_last);
    for (int k = 0; k < n; ++k) {
      int const i = i_0 + k * stride;
      t[i] -= share * z[factors.index(k, i)];
      finish(i, t[i]);
    }
  }
}
}  // namespace detail

/// Writes the factors. Syncs at the end.
template <Team T, class Stencil, class Number, bool IsConstant>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void factor_lines(T const& team, GridHierarchy const& h, int level, int axis,
                                                          Stencil const& a, LineFactors<Number, IsConstant> const& to) {
  GridLevel const& g = h.level[level];
  if constexpr (IsConstant) {
    if (team.rank() == 0) detail::factor_line(h, level, axis, a, g.origin, to);
  } else {
    int const u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
    for_each_rolled(team, g.n[u] * g.n[v], [&](int p) {
      detail::factor_line(h, level, axis, a, g.origin + p % g.n[u] * g.stride(u) + p / g.n[u] * g.stride(v), to);
    });
  }
  team.sync();
}

/// t = T^-1 f and finish(i, t_i) on the lines along an axis that begin at the points of `part`, all or every second of
/// each other axis. No sync.
template <Team T, class Stencil, class Number, bool IsConstant, class Finish>
METASOLVE_HD void solve_lines(T const& team, GridLevel const& g, int axis, Sublattice const& part, Stencil const& a,
                              LineFactors<Number, IsConstant> const& factors, Number const* f, Number* t,
                              Finish const& finish) {
  int const u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;  // u: the faster of the two other axes
  int const n = g.n[axis], stride = g.stride(axis);
  int const nu = part.count(g, u), nv = part.count(g, v), step_u = part.stride[u] * g.stride(u),
            step_v = part.stride[v] * g.stride(v);
  int const first = g.origin + part.first[u] * g.stride(u) + part.first[v] * g.stride(v);
  if constexpr (T::is_solo) {
    constexpr int together = 8;  // rows at a time where lines are rows: chains of operations side by side
    for (int k = 0; k < nv; ++k) {
      int const i = first + k * step_v;
      if (axis == 0) {
        for (int j = 0; j < nu; j += together) {
          int const lines = nu - j < together ? nu - j : together;
          detail::solve_lines_together(a, axis, i + j * step_u, n, stride, lines, step_u, factors, f, t, finish);
        }
      } else if (step_u == 1) {
        detail::solve_lines_together(a, axis, i, n, stride, nu, std::integral_constant<int, 1>{}, factors, f, t,
                                     finish);
      } else {
        detail::solve_lines_together(a, axis, i, n, stride, nu, std::integral_constant<int, 2>{}, factors, f, t,
                                     finish);
      }
    }
  } else {
    for_each_rolled(team, nu * nv, [&](int p) {
      detail::solve_lines_together(a, axis, first + p % nu * step_u + p / nu * step_v, n, stride, 1,
                                   std::integral_constant<int, 1>{}, factors, f, t, finish);
    });
  }
}

}  // namespace metasolve::kernels
