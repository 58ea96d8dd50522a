// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm.hpp"

/// Adjoints of Admm, derived in docs/adjoints/admm.md. K is symmetric, so the adjoint of a solve is a solve with the
/// same factor, and the cotangent of K needs no factorisation: it is minus the product of the two solutions. Where a
/// row is at a kink of the projection, its bound holds it.
namespace metasolve::kernels {

template <AdmmFactor source>
template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
          class WorkBar, class Mask>
METASOLVE_HD void Admm<source>::step_adjoint(T const& team, Task data, Theta, Work work, State state, NextBar next_bar,
                                             StateBar state_bar, ThetaBar theta_bar, WorkBar work_bar,
                                             Mask active) const {
  using Number = typename NextBar::value_type;
  auto const at = layout();
  int const n = variables(), m = rows();
  Number const zero(0.0), one(1.0), sigma(settings.sigma), alpha = alpha_of(work, state), rest = one - alpha;
  auto const rho = work.subview(rho_at()), inverse_rho = work.subview(inverse_rho_at());
  auto const rho_bar = work_bar.subview(rho_at());
  auto const v = solve(team, data, work, state);
  KktVector<Number> const bar{&work_bar[solve_at()], kkt.position};
  auto const keep = [&](Number const& x) { return select(active, x, zero); };

  with_matrices(data, [&](auto const&, auto const& a) {
    Number const of_rows = sum_over<Number>(team, m, [&](int i) {
      Number const z_i = state[at.z() + i], y_i = state[at.y() + i], ax = state[at.ax() + i], inverse = inverse_rho[i];
      Number const z_tilde = z_i + (v[n + i] - y_i) * inverse;
      Number const w = alpha * z_tilde + rest * z_i + y_i * inverse, z_next = clip(w, data, i);
      Number const lower = data[lower_at() + i], upper = data[upper_at() + i];
      auto const is_inside = w > lower && w < upper;
      // A'y' and P x~ = sigma (x - x~) - q - A'nu.
      Number aty_bar = zero, px_bar = zero;
      for (int e = kkt.a_row_ptrs[i]; e < kkt.a_row_ptrs[i + 1]; ++e) {
        int const j = kkt.a_col_idxs[e];
        aty_bar = fused_multiply_add(Number(a[e]), Number(next_bar[at.aty() + j]), aty_bar);
        px_bar = fused_multiply_add(Number(a[e]), Number(next_bar[at.px() + j]), px_bar);
      }
      Number const y_bar = Number(next_bar[at.y() + i]) + aty_bar;
      Number const w_bar = select(is_inside, Number(next_bar[at.z() + i]), Number(rho[i]) * y_bar);
      Number const ax_bar = next_bar[at.ax() + i];
      Number const z_tilde_bar = alpha * (w_bar + ax_bar);
      // Through the penalty itself and through its reciprocal.
      Number const of_rho = select(is_inside, zero, y_bar * (w - z_next));
      Number const of_inverse = w_bar * y_i + z_tilde_bar * (v[n + i] - y_i);
      rho_bar[i] += keep(of_rho - inverse * inverse * of_inverse);
      state_bar[at.z() + i] = keep(rest * w_bar + z_tilde_bar);
      state_bar[at.y() + i] = keep((w_bar - z_tilde_bar) * inverse);
      state_bar[at.ax() + i] = keep(rest * ax_bar);
      bar[n + i] = keep(z_tilde_bar * inverse - alpha * px_bar);
      return w_bar * (z_tilde - z_i) + ax_bar * (z_tilde - ax);
    });
    Number const of_variables = sum_over<Number>(team, n, [&](int j) {
      Number nu_product = zero;
      for (int e = kkt.a_col_ptrs[j]; e < kkt.a_col_ptrs[j + 1]; ++e) {
        nu_product = fused_multiply_add(Number(a[kkt.a_value[e]]), v[n + kkt.a_row_idxs[e]], nu_product);
      }
      Number const x = state[at.x() + j], px = state[at.px() + j], x_tilde = v[j];
      Number const x_bar = next_bar[at.x() + j], px_bar = next_bar[at.px() + j];
      Number const px_tilde = sigma * (x - x_tilde) - data[j] - nu_product;
      state_bar[at.x() + j] = keep(rest * x_bar + alpha * sigma * px_bar);
      state_bar[at.px() + j] = keep(rest * px_bar);
      state_bar[at.aty() + j] = zero;
      bar[j] = keep(alpha * (x_bar - sigma * px_bar));
      return x_bar * (x_tilde - x) + px_bar * (px_tilde - px);
    });
    if (team.rank() == 0) {
      auto const relaxes = settings.start != AdmmStart::dual ? one > zero : Number(state[at.begun()]) > zero;
      theta_bar[alpha_at()] += keep(select(relaxes, of_rows + of_variables, zero));
      state_bar[at.begun()] = zero;
      state_bar[at.since()] = zero;
      state_bar[at.end()] = zero;
    }
  });
  team.sync();
  solve_kkt(team, work, bar.data);
  for_each(team, m, [&](int i) {
    Number const inverse = inverse_rho[i], z_bar = bar[n + i];
    // The right-hand side z - y / rho, and K's -1 / rho.
    Number const of_inverse = z_bar * (v[n + i] - Number(state[at.y() + i]));
    rho_bar[i] += keep(zero - inverse * inverse * of_inverse);
    state_bar[at.z() + i] += keep(z_bar);
    state_bar[at.y() + i] -= keep(z_bar * inverse);
  });
  for_each(team, n, [&](int j) { state_bar[at.x() + j] += keep(sigma * bar[j]); });
}

template <AdmmFactor source>
template <class T, class Task, class Theta, class Work, class State, class ThetaBar, class WorkBar>
METASOLVE_HD void Admm<source>::start_adjoint(T const& team, Task data, Theta theta, Work, State state_bar,
                                              ThetaBar theta_bar, WorkBar work_bar) const {
  using Number = typename State::value_type;
  auto const at = layout();
  int const n = variables(), m = rows();
  Number const zero(0.0);
  if constexpr (has_own_factor) {
    for_each(team, settings.groups, [&](int g) {
      Number sum = zero;
      for (int r = settings.group_ptrs[g]; r < settings.group_ptrs[g + 1]; ++r) {
        int const i = settings.group_rows[r];
        double const weight = settings.weight[i];
        if (weight > 0) sum += Number(weight) * Number(work_bar[rho_at() + i]);
      }
      theta_bar[g] += sum;
    });
  }
  if (settings.start == AdmmStart::cold) return;
  auto const given = theta.subview(start_at()), given_bar = theta_bar.subview(start_at());
  with_matrices(data, [&](auto const& p, auto const& a) {
    auto const aty_bar = [&](int i) { return kkt.template a_row<Number>(a, state_bar.subview(at.aty()), i); };
    auto const is_inside = [&](Number const& w, int i) {
      Number const lower = data[lower_at() + i], upper = data[upper_at() + i];
      return w > lower && w < upper;
    };
    if (settings.start == AdmmStart::dual) {
      for_each(team, settings.guessed, [&](int g) {
        int const i = settings.guess_row[g];
        Number const y_bar = Number(state_bar[at.y() + i]) + aty_bar(i);
        given_bar[g] +=
            select(is_inside(given[g], i), Number(state_bar[at.z() + i]), Number(settings.guess_rho) * y_bar);
      });
      return;
    }
    auto const ax_bar = work_bar.subview(solve_at());
    for_each(team, m, [&](int i) {
      Number const ax = kkt.template a_row<Number>(a, given, i);
      ax_bar[i] = Number(state_bar[at.ax() + i]) + select(is_inside(ax, i), Number(state_bar[at.z() + i]), zero);
      given_bar[n + i] += Number(state_bar[at.y() + i]) + aty_bar(i);
    });
    team.sync();
    for_each(team, n, [&](int j) {
      given_bar[j] += Number(state_bar[at.x() + j]) + kkt.template p_row<Number>(p, state_bar.subview(at.px()), j) +
                      kkt.template a_column<Number>(a, ax_bar, j);
    });
  });
}

}  // namespace metasolve::kernels
