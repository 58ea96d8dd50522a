// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "grid.hpp"

/// Symmetric operators on a grid whose points are coupled to their nearest neighbours, also over edges and corners: 9
/// points in two dimensions, 27 in three; those of 5 and 7 points have zeros.
///
/// They are given by half: entry 0 couples a point to itself, entry e > 0 to the point at offset e, which lies above
/// it, on the next row or further along its own. The other half is the neighbours': A is symmetric by construction.
/// Offsets in two dimensions: (1, 0), (-1, 1), (0, 1), (1, 1); in three likewise: (1, 0, 0), (x, 1, 0) and (x, y, 1),
/// each of x, y = -1, 0, 1, x fastest.
namespace metasolve::kernels {

/// Entries of half a stencil.
template <int Dim>
inline constexpr int half_entries = Dim == 2 ? 5 : 14;

/// A pivot below this share of its diagonal entry is rounding: the unknown depends on others. So it is on coarse levels
/// of linear transfer where obstacles leave fewer fine points than the coarse ones that touch them. Left out, the
/// inverse is a generalized one, right for all that a restriction gives.
template <class Number>
inline constexpr Number least_pivot = Number(sizeof(Number) == sizeof(double) ? 6e-14 : 3e-5);
template <class Number>
METASOLVE_HD METASOLVE_INLINE inline bool is_dependent(Number pivot, Number diagonal) {
  Number const least = least_pivot<Number> * diagonal;
  return pivot <= least && pivot >= -least;
}

/// Along x, y and z, of entry e.
struct StencilOffset {
  int x, y, z;
};
template <int Dim>
METASOLVE_HD constexpr StencilOffset stencil_offset(int e) {
  if (e == 0) return {0, 0, 0};
  if (e == 1) return {1, 0, 0};
  if (e < 5) return {e - 3, 1, 0};
  return {(e - 5) % 3 - 1, (e - 5) / 3 - 1, 1};
}
/// The entry at an offset or, if that is in the other half, at its opposite.
template <int Dim>
METASOLVE_HD constexpr int stencil_entry(int x, int y, int z) {
  if (z < 0 || (z == 0 && (y < 0 || (y == 0 && x < 0)))) x = -x, y = -y, z = -z;
  if (z > 0) return 9 + x + 3 * y;
  if (y > 0) return 3 + x;
  return x;
}
template <int Dim>
METASOLVE_HD int stencil_distance(GridLevel const& g, int e) {
  auto const o = stencil_offset<Dim>(e);
  return o.x + o.y * g.row + o.z * g.plane;
}

/// The same numbers at each point.
template <class Number, int Dim>
struct ConstantStencil {
  static constexpr int dimensions = Dim;
  static constexpr bool is_constant = true;
  using value_type = Number;
  Number a[half_entries<Dim>];

  METASOLVE_HD Number centre(int) const { return a[0]; }
  METASOLVE_HD Number entry(int e, int) const { return a[e]; }
};

/// Numbers of each point: entry e of point i at a[e size + i], an array of the level for each entry. Halos are 0, or
/// copies where an axis is periodic.
template <class Number, int Dim>
struct FieldStencil {
  static constexpr int dimensions = Dim;
  static constexpr bool is_constant = false;
  using value_type = Number;
  Number const* a;
  int size;

  METASOLVE_HD Number centre(int i) const { return a[i]; }
  METASOLVE_HD Number entry(int e, int i) const { return a[e * size + i]; }
};

namespace detail {
template <class Stencil, class Number, int... E>
METASOLVE_HD METASOLVE_INLINE inline Number stencil_row(Stencil const& s, GridLevel const& g, Number const* u, int i,
                                                        std::integer_sequence<int, E...>) {
  constexpr int dim = Stencil::dimensions;
  Number sum = s.centre(i) * u[i];
  if constexpr (Stencil::is_constant) {
    ((sum += s.a[E + 1] * (u[i + stencil_distance<dim>(g, E + 1)] + u[i - stencil_distance<dim>(g, E + 1)])), ...);
  } else {
    ((sum += s.a[(E + 1) * s.size + i] * u[i + stencil_distance<dim>(g, E + 1)] +
             s.a[(E + 1) * s.size + i - stencil_distance<dim>(g, E + 1)] * u[i - stencil_distance<dim>(g, E + 1)]),
     ...);
  }
  return sum;
}
}  // namespace detail

/// (A u) at point i. The halo of u must be up to date.
template <class Stencil, class Number>
METASOLVE_HD METASOLVE_INLINE inline Number stencil_product(Stencil const& s, GridLevel const& g, Number const* u,
                                                            int i) {
  return detail::stencil_row(s, g, u, i, std::make_integer_sequence<int, half_entries<Stencil::dimensions> - 1>{});
}

/// result(i, (A u)_i) for all points.
template <Team T, class Stencil, class Number, class Result>
METASOLVE_HD void for_each_product(T const& team, GridLevel const& g, Stencil const& s, Number const* u,
                                   Result&& result) {
  for_each_row(team, g, [&](int i) {
    return [i, s, g, u, result](int x) METASOLVE_INLINE { result(i + x, stencil_product(s, g, u, i + x)); };
  });
}

/// r = f - A u; f may be r.
template <Team T, class Stencil, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void residual(T const& team, GridLevel const& g, Stencil const& s,
                                                      Number const* f, Number const* u, Number* r) {
  for_each_product(team, g, s, u, [=](int i, Number product) METASOLVE_INLINE { r[i] = f[i] - product; });
}

}  // namespace metasolve::kernels
