// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cycle.hpp"

/// The derivative of v' M r with respect to the weights of a cycle (docs/adjoints/multigrid.md).
///
/// M is made of steps u += Q (f - A u), the coarse correction one of them. With r_k the residual that step k meets in
/// M r, and s_k the one that it meets in M' v, where the steps run backwards, d(v' M r) = sum_k s_k' dQ_k r_k. A coarse
/// correction has Q = (1 + scale) P M_c P': its steps are the coarse level's, with the restricted residuals.
namespace metasolve::kernels {

namespace detail {
/// Arrays kept one after the other.
template <class Number>
struct CycleRecord {
  static constexpr bool keeps = true;
  Number* to;
  METASOLVE_HD Number* next(int size) {
    Number* const array = to;
    to += size;
    return array;
  }
};

/// A visitor that counts the numbers of a record.
struct RecordSize {
  GridHierarchy const& h;
  CycleShape const& shape;
  int size = 0;
  METASOLVE_HD void step(int level, int, bool) { size += h.level[level].size; }
  METASOLVE_HD void descend(int level, bool) {
    if (shape.corrects_with_weights()) size += h.level[level].size;
  }
  METASOLVE_HD void coarsest(int) {}
  METASOLVE_HD void correct(int level) {
    if (shape.corrects_with_weights()) size += h.level[level + 1].size;
  }
};

/// A visitor in the order of M r: r's arrays forwards, those of M' v, which ran backwards, from their end.
template <class Operators, class Number, class T>
struct CycleGradient {
  Operators const& operators;
  T const& team;
  CycleMemory<Number> const& memory;
  Number const *r, *s_end;  ///< the next array of r; the end of the next one of s
  Number* weights_bar;
  Number gain[GridHierarchy::most_levels];  ///< of M on M_c: the product of 1 + scale of the levels above
  Number const* r_at[GridHierarchy::most_levels] = {};
  Number const* e_adjoint[GridHierarchy::most_levels] = {};  ///< the correction of M' v that is paired with r_at

  METASOLVE_HD Number const* take(int size, Number const*& of_s) {
    Number const* const of_r = r;
    r += size;
    s_end -= size;
    of_s = s_end;
    return of_r;
  }
  METASOLVE_HD Number* bar(int level) const { return weights_bar + level * operators.shape.weights; }
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void step(int level, int s, bool) {
    auto const& step = operators.shape.step[s];
    Number const* s_k = nullptr;
    Number const* const r_k = take(operators.h.level[level].size, s_k);
    auto const m = step_memory<Number>(operators.h, operators.shape, memory.scratch, level, nullptr, nullptr);
    smooth_adjoint(team, operators.h, level, operators.level(level, memory.finest, memory.operators), step, gain[level],
                   s_k, r_k, m.t, bar(level));
  }
  METASOLVE_HD void descend(int level, bool) {
    auto const& shape = operators.shape;
    gain[level + 1] = gain[level];
    if (!shape.corrects_with_weights()) return;
    // Backwards, what is paired with the residual before the restriction is the correction after it.
    auto const& h = operators.h;
    r_at[level] = r;
    r += h.level[level].size;
    s_end -= h.level[level + 1].size;
    e_adjoint[level] = s_end;
    if (shape.scale >= 0) {
      gain[level + 1] *= Number(1) + memory.weights[level * shape.weights + shape.scale];
    }
  }
  METASOLVE_HD void coarsest(int) {}
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void correct(int level) {
    auto const& shape = operators.shape;
    if (!shape.corrects_with_weights()) return;
    auto const& h = operators.h;
    constexpr int dim = Operators::dimensions, mixed_parts = dim == 2 ? 1 : 3;
    GridLevel const &fine = h.level[level], &coarse = h.level[level + 1];
    Number const* const e = r;
    r += coarse.size;
    s_end -= fine.size;
    Number const* const s = s_end;
    Number const* const mixed = shape.mixed >= 0 ? memory.weights + level * shape.weights + shape.mixed : nullptr;
    if (shape.scale >= 0) {
      Number sum(0);
      operators.with_transfer(level, memory.operators, mixed, [&](auto const& transfer) {
        for_each_coarse(team, fine, coarse, [&](int i, int at) {
          sum += e[i] * gather<dim>(fine, s, at, [&](int x, int y, int z) { return transfer.weight(i, x, y, z); });
        });
      });
      sum = team.sum(sum);
      if (team.rank() == 0) bar(level)[shape.scale] += gain[level] * sum;
    }
    if (shape.mixed >= 0) {
      Number of_e[mixed_parts], of_r[mixed_parts];
      mixed_derivative<dim>(team, fine, coarse, s, e, of_e);
      mixed_derivative<dim>(team, fine, coarse, r_at[level], e_adjoint[level], of_r);
      if (team.rank() == 0) {
        for (int k = 0; k < mixed_parts; ++k) bar(level)[shape.mixed + k] += gain[level + 1] * (of_e[k] + of_r[k]);
      }
    }
    team.sync();
  }
};
}  // namespace detail

/// Numbers that apply_cycle_recorded keeps.
METASOLVE_HD inline int cycle_record_size(GridHierarchy const& h, CycleShape const& shape) {
  detail::RecordSize count{h, shape};
  walk_cycle(h, shape, false, count);
  return count.size;
}

/// z = M r, or with transposed M' r, keeping in record [cycle_record_size] what cycle_adjoint needs.
template <class Operators, class Number, Team T>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void apply_cycle_recorded(Operators const& operators, T const& team,
                                                                  CycleMemory<Number> const& memory, bool transposed,
                                                                  Number* r, Number* z, Number* record) {
  detail::CycleRecord<Number> kept{record};
  detail::CycleRun<Operators, Number, T, detail::CycleRecord<Number>> run{operators, team, memory, kept, r, z};
  walk_cycle(operators.h, operators.shape, transposed, run);
}

/// weights_bar [levels][shape.weights] += d(v' M r)/dweights, from the records of M r and of M' v. Syncs at the end.
template <class Operators, class Number, Team T>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void cycle_adjoint(Operators const& operators, T const& team,
                                                           CycleMemory<Number> const& memory, Number const* record_of_r,
                                                           Number const* record_of_v, Number* weights_bar) {
  int const size = cycle_record_size(operators.h, operators.shape);
  detail::CycleGradient<Operators, Number, T> gradient{operators,          team,        memory,     record_of_r,
                                                       record_of_v + size, weights_bar, {Number(1)}};
  walk_cycle(operators.h, operators.shape, false, gradient);
  team.sync();
}

}  // namespace metasolve::kernels
