// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "symbols.hpp"

/// Keeps what a network chooses for a smoother in the range where a cycle is a positive definite operator: each step's
/// B has a positive symbol and 0 < B A < 2, at the frequencies and for the local stencils of symbols.hpp.
namespace metasolve::kernels {

struct GuardBounds {
  static constexpr double least_symbol = 0.01;  ///< of a stencil B D
  /// A symbol's minimum lies below that at the frequencies by up to this share of the sum of all couplings' sizes.
  template <int Dim>
  static constexpr double between = Dim == 2 ? 0.03 : 0.1;
  static constexpr double most_product = 1.96;  ///< of B A
  static constexpr double least_damping = 0.05;
  static constexpr double most_scale = 0.9;  ///< of coarse corrections, which counts from 1 on; least: the negative
  static constexpr double most_mixed = 32;   ///< of the transfer's mixed parts, likewise
};

/// What a guard has done, for its adjoint.
template <class Number>
struct StencilGuard {
  int least_at = -1;            ///< the frequency that decided the shift; -1: none was needed
  bool by_couplings = false;    ///< the shift is by GuardBounds::between, not by least_symbol
  int most_at = -1;             ///< and the one that decided the factor
  Number product = Number(0);   ///< the largest B A before it
  Number a_symbol = Number(0);  ///< of A there
};

namespace detail {
template <class Number, int Dim>
METASOLVE_HD Number symbol(Number const* stencil, Number const* mode) {
  Number sum = stencil[0] * mode[0];
  for (int e = 1; e < half_entries<Dim>; ++e) sum += stencil[e] * mode[e];
  return sum;
}
/// The sum of the sizes of all couplings.
template <class Number, int Dim>
METASOLVE_HD Number couplings(Number const* stencil) {
  Number sum(0);
  for (int e = 1; e < half_entries<Dim>; ++e) sum += Number(2) * (stencil[e] < Number(0) ? -stencil[e] : stencil[e]);
  return sum;
}
}  // namespace detail

/// Writes the largest symbol of the local stencils at each frequency, 0 if none is positive: the guards of all stencils
/// share it. modes: [Frequencies<Dim>::count][entries]. local: [count][entries]. to: [Frequencies<Dim>::count]. Syncs
/// at the end.
template <int Dim, Team T, class Number>
METASOLVE_HD void largest_local_symbols(T const& team, Number const* modes, Number const* local, int count,
                                        Number* to) {
  constexpr int entries = half_entries<Dim>;
  for_each_rolled(team, Frequencies<Dim>::count, [&](int f) {
    Number most(0);
    METASOLVE_ROLLED
    for (int b = 0; b < count; ++b) {
      Number const of_b = detail::symbol<Number, Dim>(local + b * entries, modes + f * entries);
      if (of_b > most) most = of_b;
    }
    to[f] = most;
  });
  team.sync();
}

/// s becomes safe. a_symbols: of largest_local_symbols. Every caller computes it all.
template <int Dim, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD StencilGuard<Number> guard_stencil(Number const* modes, Number const* a_symbols,
                                                                           Number* s) {
  constexpr int entries = half_entries<Dim>;
  StencilGuard<Number> guard;
  Number least = Number(1e30);
  int least_at = 0;
  METASOLVE_ROLLED
  for (int f = 0; f < Frequencies<Dim>::count; ++f) {
    Number const at = detail::symbol<Number, Dim>(s, modes + f * entries);
    if (!(at >= least)) least = at, least_at = f;
  }
  auto floor = static_cast<Number>(GuardBounds::least_symbol);
  Number const between = Number(GuardBounds::between<Dim>) * detail::couplings<Number, Dim>(s);
  bool const by_couplings = between > floor;
  if (by_couplings) floor = between;
  if (least < floor) {
    s[0] += floor - least;
    guard.least_at = least_at, guard.by_couplings = by_couplings;
  }
  Number most(0);
  int most_at = 0;
  METASOLVE_ROLLED
  for (int f = 0; f < Frequencies<Dim>::count; ++f) {
    Number const product = a_symbols[f] * detail::symbol<Number, Dim>(s, modes + f * entries);
    if (!(product <= most)) most = product, most_at = f;
  }
  if (most > Number(GuardBounds::most_product)) {
    Number const factor = Number(GuardBounds::most_product) / most;
    for (int e = 0; e < entries; ++e) s[e] *= factor;
    guard.most_at = most_at, guard.product = most, guard.a_symbol = a_symbols[most_at];
  }
  return guard;
}

/// s: the guarded stencil; s_bar: its adjoint, which becomes that of the unguarded one.
template <int Dim, class Number>
METASOLVE_HD void guard_stencil_adjoint(StencilGuard<Number> const& guard, Number const* modes, Number const* s,
                                        Number* s_bar) {
  constexpr int entries = half_entries<Dim>;
  if (guard.most_at >= 0) {
    // s = factor s_1, factor = most / product, product = a_symbol (mode . s_1).
    Number const factor = Number(GuardBounds::most_product) / guard.product;
    Number along(0);
    for (int e = 0; e < entries; ++e) along += s_bar[e] * s[e];
    for (int e = 0; e < entries; ++e) {
      s_bar[e] = factor * s_bar[e] - along / guard.product * guard.a_symbol * modes[guard.most_at * entries + e];
    }
  }
  if (guard.least_at >= 0) {
    Number const centre = s_bar[0];
    for (int e = 0; e < entries; ++e) s_bar[e] -= centre * modes[guard.least_at * entries + e];
    if (guard.by_couplings) {  // s has the signs of the unguarded stencil
      Number const slope = Number(2 * GuardBounds::between<Dim>) * centre;
      for (int e = 1; e < entries; ++e) s_bar[e] += s[e] < Number(0) ? -slope : slope;
    }
  }
}

/// The largest symbol of D^-1 A or, with lines along an axis, of T^-1 A; the same on each member.
template <int Dim, Team T, class Number>
METASOLVE_HD Number largest_symbol(T const& team, Number const* modes, Number const* local, int count,
                                   int axis_of_lines) {
  constexpr int entries = half_entries<Dim>;
  Number most(0);
  for_each_rolled(team, Frequencies<Dim>::count, [&](int f) {
    Number const* const mode = modes + f * entries;
    METASOLVE_ROLLED
    for (int b = 0; b < count; ++b) {
      Number const* const a = local + b * entries;
      Number line = a[0];
      if (axis_of_lines >= 0) {
        int const e = detail::axis_entry<Dim>(axis_of_lines);
        line += a[e] * mode[e];
      }
      Number const ratio = detail::symbol<Number, Dim>(a, mode) / line;
      if (line > Number(0) && ratio > most) most = ratio;
    }
  });
  return team.max(most);
}

/// A damping within [least_damping, most_product / largest]; the derivative is 1 inside and 0 at the ends.
template <class Number>
METASOLVE_HD Number guard_damping(Number w, Number largest, Number* derivative) {
  Number const least = Number(GuardBounds::least_damping);
  Number const most = largest > Number(0) ? Number(GuardBounds::most_product) / largest : Number(1);
  *derivative = Number(w > least && w < most ? 1 : 0);
  if (!(w > least)) w = least;
  return w < most ? w : most;
}

}  // namespace metasolve::kernels
