// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "line_solve.hpp"

/// A smoother is a list of steps u += B (f - A u), each with a symmetric B of its own.
namespace metasolve::kernels {

enum class StepKind : std::int8_t {
  diagonal,  ///< B = w D^-1, D the diagonal of A
  stencil,   ///< B = D^-1/2 S D^-1/2, S a symmetric stencil of half_entries weights
  lines,     ///< B = w T^-1, T the couplings of A along lines of an axis
};

/// The axis, x or y, nearest to a task's strong coupling (Orientation in grid_weights.hpp).
inline constexpr std::int8_t strong_axis = -1;

/// One step, on all points or (of kinds diagonal and lines) on a part that is not coupled within itself.
struct SmoothingStep {
  StepKind kind = StepKind::diagonal;
  std::int8_t axis = 0;     ///< of lines; strong_axis until a task is known
  bool is_partial = false;  ///< `part` is not all points
  std::int16_t weight = 0;  ///< position of its first weight
  Sublattice part;
};

/// The points of a step: whole lines, of kind lines.
METASOLVE_HD inline Sublattice part_of(SmoothingStep const& step) {
  Sublattice part = step.part;
  if (step.kind == StepKind::lines) part.first[step.axis] = 0, part.stride[step.axis] = 1;
  return part;
}

/// One level's operator and what was prepared from it. Number arrays are of the level.
template <class Stencil>
struct LevelOperator {
  using Number = typename Stencil::value_type;
  static constexpr bool is_constant = Stencil::is_constant;
  Stencil a;
  Number const* inverse_root = nullptr;  ///< of the diagonal: 1 / sqrt(c), 0 where c is; null if it is constant
  Number constant_inverse = Number(0);   ///< 1 / c where that is constant
  LineFactors<Number, is_constant> lines[3];

  METASOLVE_HD METASOLVE_INLINE Number inverse(int i) const {
    if constexpr (is_constant) {
      return constant_inverse;
    } else {
      return inverse_root[i] * inverse_root[i];
    }
  }
};

/// (B r)_i of a step of kind stencil, with weights w. The halo of r must be up to date.
template <class Stencil, class Number>
METASOLVE_HD METASOLVE_INLINE inline Number smoothed(LevelOperator<Stencil> const& op, GridLevel const& g,
                                                     ConstantStencil<Number, Stencil::dimensions> const& w,
                                                     Number const* r, int i) {
  constexpr int dim = Stencil::dimensions;
  if constexpr (Stencil::is_constant) {
    return op.constant_inverse * stencil_product(w, g, r, i);
  } else {
    Number sum = w.a[0] * op.inverse_root[i] * r[i];
    [&]<int... E>(std::integer_sequence<int, E...>) METASOLVE_INLINE {
      ((sum +=
        w.a[E + 1] * (op.inverse_root[i + stencil_distance<dim>(g, E + 1)] * r[i + stencil_distance<dim>(g, E + 1)] +
                      op.inverse_root[i - stencil_distance<dim>(g, E + 1)] * r[i - stencil_distance<dim>(g, E + 1)])),
       ...);
    }
    (std::make_integer_sequence<int, half_entries<dim> - 1>{});
    return op.inverse_root[i] * sum;
  }
}

template <int Dim, class Number>
METASOLVE_HD ConstantStencil<Number, Dim> stencil_weights(Number const* w) {
  ConstantStencil<Number, Dim> s;
  for (int e = 0; e < half_entries<Dim>; ++e) s.a[e] = w[e];
  return s;
}

/// Where a step computes: arrays of its level.
template <class Number>
struct StepMemory {
  Number *f, *u, *r, *t;
};

namespace detail {
/// A part of the points in place: none of them is coupled to another one.
template <Team T, class Stencil, class Number>
METASOLVE_HD void relax_part(T const& team, GridLevel const& g, LevelOperator<Stencil> const& op,
                             Sublattice const& part, Number w, Number const* f, Number* u) {
  auto const make = [&](int i) {
    return [i, op, g, w, f, u](int x) METASOLVE_INLINE {
      u[i + x] += w * op.inverse(i + x) * (f[i + x] - stencil_product(op.a, g, static_cast<Number const*>(u), i + x));
    };
  };
  for_each_row_of(team, g, part, make);
}
/// t = f - A u on a part of the points.
template <Team T, class Stencil, class Number>
METASOLVE_HD void residual_of_part(T const& team, GridLevel const& g, LevelOperator<Stencil> const& op,
                                   Sublattice const& part, StepMemory<Number> const& m) {
  for_each_row_of(team, g, part, [&](int i) {
    return [i, op, g, m](int x) METASOLVE_INLINE {
      m.t[i + x] = m.f[i + x] - stencil_product(op.a, g, static_cast<Number const*>(m.u), i + x);
    };
  });
  team.sync();
}
/// u += w T^-1 r on the lines of a step.
template <Team T, class Stencil, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void relax_lines(T const& team, GridLevel const& g,
                                                         LevelOperator<Stencil> const& op, SmoothingStep const& step,
                                                         Number w, Number const* r, StepMemory<Number> const& m) {
  Number* const u = m.u;
  solve_lines(team, g, step.axis, part_of(step), op.a, op.lines[step.axis], r, m.t,
              [=](int i, Number x) METASOLVE_INLINE { u[i] += w * x; });
}
}  // namespace detail

/// u += B (f - A u), or u = B f with from_zero. Halos of f and u are up to date before, and of u afterwards. Syncs at
/// the end. With keeps_residual r is f - A u afterwards, u as it was; else it is scratch.
template <Team T, class Stencil, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void smooth(T const& team, GridHierarchy const& h, int level,
                                                    LevelOperator<Stencil> const& op, SmoothingStep const& step,
                                                    Number const* weights, StepMemory<Number> const& m, bool from_zero,
                                                    bool keeps_residual) {
  constexpr int dim = Stencil::dimensions;
  GridLevel const& g = h.level[level];
  Number const w = weights[step.weight];
  if (step.is_partial) {
    if (from_zero) {
      set_zero(team, g.size, m.u);
      team.sync();
    }
    if (keeps_residual) {
      residual(team, g, op.a, static_cast<Number const*>(m.f), static_cast<Number const*>(m.u), m.r);
      team.sync();
    }
    if (step.kind == StepKind::diagonal) {
      detail::relax_part(team, g, op, step.part, w, static_cast<Number const*>(m.f), m.u);
    } else {
      detail::residual_of_part(team, g, op, part_of(step), m);
      detail::relax_lines(team, g, op, step, w, static_cast<Number const*>(m.t), m);
    }
    team.sync();
    update_halo(team, h, level, m.u);
    return;
  }
  Number* r = m.r;
  Number* const u = m.u;
  if (!from_zero) {
    residual(team, g, op.a, static_cast<Number const*>(m.f), static_cast<Number const*>(u), r);
    team.sync();
    update_halo(team, h, level, r);
  } else if (keeps_residual) {
    for_each_rolled(team, g.size, [=](int i) { r[i] = m.f[i]; });
    team.sync();
  } else {
    r = m.f;
  }
  auto const add = [&](auto assigns, auto const& b) {  // u += b(i), or u = b(i)
    for_each_row(team, g, [&](int i) {
      return [i, u, b](int x) METASOLVE_INLINE {
        if constexpr (decltype(assigns)::value) {
          u[i + x] = b(i + x);
        } else {
          u[i + x] += b(i + x);
        }
      };
    });
  };
  auto const add_or_assign = [&](auto const& b) {
    if (from_zero) {
      add(std::true_type{}, b);
    } else {
      add(std::false_type{}, b);
    }
  };
  switch (step.kind) {
    case StepKind::diagonal:
      add_or_assign([op, r, w](int i) METASOLVE_INLINE { return w * op.inverse(i) * r[i]; });
      break;
    case StepKind::stencil:
      add_or_assign([op, g, r, s = stencil_weights<dim>(weights + step.weight)](int i)
                        METASOLVE_INLINE { return smoothed(op, g, s, static_cast<Number const*>(r), i); });
      break;
    case StepKind::lines:
      if (from_zero) {
        set_zero(team, g.size, u);
        team.sync();
      }
      detail::relax_lines(team, g, op, step, w, static_cast<Number const*>(r), m);
      break;
  }
  team.sync();
  update_halo(team, h, level, u);
}

/// weights_bar += gain * the derivative of s' B r with respect to the step's weights; halos of s and r are up to date.
/// t: scratch of the level. The same on each member; syncs at the end.
template <Team T, class Stencil, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void smooth_adjoint(T const& team, GridHierarchy const& h, int level,
                                                            LevelOperator<Stencil> const& op, SmoothingStep const& step,
                                                            Number gain, Number const* s, Number const* r, Number* t,
                                                            Number* weights_bar) {
  constexpr int dim = Stencil::dimensions;
  GridLevel const& g = h.level[level];
  auto const sum_over_step = [&](auto const& term) {
    return step.is_partial ? sum_over_sublattice<Number>(team, g, part_of(step), term)
                           : sum_over_points<Number>(team, g, term);
  };
  switch (step.kind) {
    case StepKind::diagonal: {
      Number const sum = sum_over_step([&](int i) METASOLVE_INLINE { return s[i] * op.inverse(i) * r[i]; });
      if (team.rank() == 0) weights_bar[step.weight] += gain * sum;
      break;
    }
    case StepKind::stencil:
      METASOLVE_ROLLED
      for (int e = 0; e < half_entries<dim>; ++e) {
        int const d = stencil_distance<dim>(g, e);
        auto const scaled = [&](Number const* v, int i) METASOLVE_INLINE {
          if constexpr (Stencil::is_constant) {
            return v[i];
          } else {
            return op.inverse_root[i] * v[i];
          }
        };
        Number sum = sum_over_points<Number>(team, g, [&](int i) METASOLVE_INLINE {
          return e == 0 ? scaled(s, i) * scaled(r, i) : scaled(s, i) * (scaled(r, i + d) + scaled(r, i - d));
        });
        if constexpr (Stencil::is_constant) sum *= op.constant_inverse;
        if (team.rank() == 0) weights_bar[step.weight + e] += gain * sum;
      }
      break;
    case StepKind::lines: {
      solve_lines(team, g, step.axis, part_of(step), op.a, op.lines[step.axis], r, t, [](int, Number) {});
      team.sync();
      Number const sum = sum_over_step([&](int i) METASOLVE_INLINE { return s[i] * t[i]; });
      if (team.rank() == 0) weights_bar[step.weight] += gain * sum;
      break;
    }
  }
  team.sync();
}

}  // namespace metasolve::kernels
