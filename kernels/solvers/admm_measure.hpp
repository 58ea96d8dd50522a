// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm_data.hpp"

namespace metasolve::kernels {

/// The residuals of a state and what they are measured in, all in the maximum norm: OSQP's rule (Stellato et al., 2020,
/// section 3.4) with eps_abs = absolute eps and eps_rel = eps, or given scales.
template <class Number>
struct AdmmNorms {
  Number primal_residual;  ///< |A x - z|
  Number dual_residual;    ///< |P x + q + A'y|
  Number primal_scale;     ///< absolute + max(|A x|, |z|)
  Number dual_scale;       ///< absolute + max(|P x|, |A'y|, |q|)
  bool given_scales;

  METASOLVE_HD Number primal() const { return ratio(primal_residual, primal_scale); }
  METASOLVE_HD Number dual() const { return ratio(dual_residual, dual_scale); }

  /// 0 where the residual is, whatever the scale.
  METASOLVE_HD static Number ratio(Number const& residual, Number const& scale) {
    return select(residual > Number(0.0) || !(residual == residual), residual / scale, Number(0.0));
  }

  template <class T, class Task, class State>
  METASOLVE_HD static AdmmNorms of(T const& team, AdmmLayout at, double absolute, bool given, Number primal_scale,
                                   Number dual_scale, Task data, State state) {
    MaxNorm<Number> primal, dual, of_primal, of_dual;
    for_each(team, at.m, [&](int i) {
      Number const ax = state[at.ax() + i], z = state[at.z() + i];
      primal.add(ax - z);
      if (given) return;
      of_primal.add(ax);
      of_primal.add(z);
    });
    for_each(team, at.n, [&](int j) {
      Number const px = state[at.px() + j], aty = state[at.aty() + j], q = data[j];
      dual.add(px + q + aty);
      if (given) return;
      of_dual.add(px);
      of_dual.add(aty);
      of_dual.add(q);
    });
    if (!given) {
      Number const rest(absolute);
      primal_scale = rest + of_primal.over(team);
      dual_scale = rest + of_dual.over(team);
    }
    return {primal.over(team), dual.over(team), primal_scale, dual_scale, given};
  }
};

/// state_bar += (dL/dstate)' L_bar of L = max(primal, dual), in lanes where L_bar is not 0. Where several numbers are
/// the largest, each has an equal share: the mean of their subgradients.
template <class T, class Task, class State, class Number, class StateBar>
METASOLVE_HD void add_norms_adjoint(T const& team, AdmmLayout at, Task data, State state,
                                    AdmmNorms<Number> const& norms, Number L, Number L_bar, StateBar state_bar) {
  Number const zero(0.0), one(1.0);
  auto const wanted = (L_bar > zero || L_bar < zero) && L > zero;
  if (bits(wanted) == 0) return;  // the same on each member
  auto const by_primal = norms.primal() >= norms.dual();
  auto const sign = [&](Number const& x) { return select(x < zero, zero - one, one); };
  /// The share of each element of this magnitude.
  auto const share = [&](int count, auto&& element, Number const& largest) {
    Number const ties = sum_over<Number>(team, count, [&](int i) {
      Number const size = abs(Number(element(i)));
      return select(size >= largest && size <= largest, one, zero);
    });
    return select(ties > zero, one / ties, zero);
  };
  auto const of = [&](Number const& x, Number const& largest, Number const& bar) {
    Number const size = abs(x);
    return select(size >= largest && size <= largest, bar * sign(x), zero);
  };
  Number const scale = select(by_primal, norms.primal_scale, norms.dual_scale);
  Number const residual_bar = select(wanted, L_bar / scale, zero);
  Number const primal_bar = select(by_primal, residual_bar, zero), dual_bar = residual_bar - primal_bar;
  auto const primal_at = [&](int i) { return Number(state[at.ax() + i]) - Number(state[at.z() + i]); };
  auto const dual_at = [&](int j) { return Number(state[at.px() + j]) + data[j] + Number(state[at.aty() + j]); };
  Number const of_primal = primal_bar * share(at.m, primal_at, norms.primal_residual);
  Number const of_dual = dual_bar * share(at.n, dual_at, norms.dual_residual);
  for_each(team, at.m, [&](int i) {
    Number const bar = of(primal_at(i), norms.primal_residual, of_primal);
    state_bar[at.ax() + i] += bar;
    state_bar[at.z() + i] -= bar;
  });
  for_each(team, at.n, [&](int j) {
    Number const bar = of(dual_at(j), norms.dual_residual, of_dual);
    state_bar[at.px() + j] += bar;
    state_bar[at.aty() + j] += bar;
  });
  if (norms.given_scales) return;
  // Through the scale: q has its part, which leads nowhere.
  Number const ratio = select(by_primal, norms.primal(), norms.dual());
  Number const scale_bar = zero - residual_bar * ratio;
  auto const ax = [&](int k) { return Number(state[(k < at.m ? at.ax() + k : at.z() + k - at.m)]); };
  auto const px = [&](int k) {
    if (k >= 2 * at.n) return Number(data[k - 2 * at.n]);
    return Number(state[(k < at.n ? at.px() + k : at.aty() + k - at.n)]);
  };
  // Not from the scales, which are rounded.
  auto const largest = [&](auto&& element, int count) {
    return max_over<Number>(team, count, [&](int k) { return abs(element(k)); });
  };
  Number const exact_primal = largest(ax, 2 * at.m), exact_dual = largest(px, 3 * at.n);
  Number const primal_scale_bar = select(by_primal, scale_bar, zero) * share(2 * at.m, ax, exact_primal);
  Number const dual_scale_bar = select(by_primal, zero, scale_bar) * share(3 * at.n, px, exact_dual);
  for_each(team, at.m, [&](int i) {
    state_bar[at.ax() + i] += of(ax(i), exact_primal, primal_scale_bar);
    state_bar[at.z() + i] += of(ax(at.m + i), exact_primal, primal_scale_bar);
  });
  for_each(team, at.n, [&](int j) {
    state_bar[at.px() + j] += of(px(j), exact_dual, dual_scale_bar);
    state_bar[at.aty() + j] += of(px(at.n + j), exact_dual, dual_scale_bar);
  });
}

/// next - state, from an element on.
template <class Number, class State, class Next>
struct StateChange {
  State state;
  Next next;
  METASOLVE_HD Number operator[](int k) const { return Number(next[k]) - Number(state[k]); }
};

/// Looks, every certificate_interval steps, whether the last step proves that a task has no solution (Banjac et al., J.
/// Optim. Theory Appl. 183, 2019; Stellato et al., 2020, section 3.5): dy = y' - y if |A'dy| <= eps |A| |dy| and
/// u'max(dy, 0) + l'min(dy, 0) < -eps |b| |dy|; dx if |P dx| <= eps |P| |dx|, q'dx < -eps |q| |dx|, and A dx leads out
/// of no finite bound by more than eps |A| |dx|. All norms are the largest magnitudes, b the finite bounds: a program
/// in other units has the same certificates. Then next holds the normalised certificate in place of y or x, and its end
/// says so. Called after a sync; syncs.
template <class T, class P, class A, class Task, class State, class Next, class Mask>
METASOLVE_HD void certify(T const& team, KktView const& kkt, double tolerance, P const& p, A const& a, Task data,
                          State state, Next next, Mask active) {
  using Number = typename State::value_type;
  int const n = kkt.variables, m = kkt.rows;
  AdmmLayout const at{n, m};
  Number const zero(0.0), none(infinity<double>()), interval(AdmmSettings::certificate_interval), eps(tolerance);
  auto const due = active && Number(next[at.since()]) >= interval && Number(state[at.end()]) <= zero;
  if (bits(due) == 0) return;
  team.sync();
  if (team.rank() == 0) next[at.since()] = select(due, zero, Number(next[at.since()]));
  StateChange<Number, State, Next> const change{state, next};  // x first
  auto const size = [&](int from, int length) {
    return max_over<Number>(team, length, [&](int k) { return abs(change[from + k]); });
  };
  auto const finite_size = [&](Number const& bound) { return select(abs(bound) < none, abs(bound), zero); };
  auto const& place = kkt.template places<Number>();
  Number const p_size =
      max_over<Number>(team, kkt.p_entries, [&](int e) { return place.p[e] >= 0 ? abs(Number(p[e])) : Number(0.0); });
  Number const a_size = max_over<Number>(team, kkt.a_entries, [&](int e) { return abs(Number(a[e])); });
  Number const q_size = max_over<Number>(team, n, [&](int j) { return abs(Number(data[j])); });
  Number const b_size = max_over<Number>(team, 2 * m, [&](int i) { return finite_size(Number(data[n + i])); });
  Number const dy = size(at.y(), m), dx = size(at.x(), n);
  Number const support = sum_over<Number>(team, m, [&](int i) {
    Number const d = change[at.y() + i], l = data[n + i], u = data[n + m + i];
    Number const bound = select(d > zero, u, l);
    auto const is_bounded = abs(bound) < none;
    return select(is_bounded, bound * d, select(abs(d) <= eps * dy, zero, none));
  });
  auto const primal = due && dy > zero && size(at.aty(), n) <= eps * a_size * dy && support < zero - eps * b_size * dy;
  Number const slope = sum_over<Number>(team, n, [&](int j) { return data[j] * change[at.x() + j]; });
  Number const leads_out = max_over<Number>(team, m, [&](int i) {
    Number const d = kkt.template a_row<Number>(a, change, i), l = data[n + i], u = data[n + m + i];
    Number const up = select(u < none, d, zero), down = select(l > zero - none, zero - d, zero);
    return select(up > down, select(up > zero, up, zero), select(down > zero, down, zero));
  });
  // By products: the recurrences have rounding errors where P or A is 0.
  Number const p_dx = max_over<Number>(team, n, [&](int i) { return abs(kkt.template p_row<Number>(p, change, i)); });
  auto const dual = due && !primal && dx > zero && p_dx <= eps * p_size * dx && leads_out <= eps * a_size * dx &&
                    slope < zero - eps * q_size * dx;
  if (bits(primal || dual) == 0) return;
  team.sync();
  for_each(team, m,
           [&](int i) { next[at.y() + i] = select(primal, change[at.y() + i] / dy, Number(next[at.y() + i])); });
  for_each(team, n, [&](int j) { next[at.x() + j] = select(dual, change[at.x() + j] / dx, Number(next[at.x() + j])); });
  if (team.rank() == 0) {
    Number const of_dual = select(dual, Number(AdmmEnd::dual_infeasible), Number(next[at.end()]));
    next[at.end()] = select(primal, Number(AdmmEnd::primal_infeasible), of_dual);
  }
  team.sync();
}

}  // namespace metasolve::kernels
