// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm_data.hpp"
#include "admm_measure.hpp"

namespace metasolve::kernels {

/// Starting a task that computes its own factor costs as much as several iterations.
template <AdmmFactor source>
struct AdmmStartCost {};
template <>
struct AdmmStartCost<AdmmFactor::own> {
  static constexpr bool starts_cost_iterations = true;
};

/// The alternating direction method of multipliers for quadratic programs, OSQP's iteration (Stellato et al., Math.
/// Prog. Comp. 12, 2020, algorithm 1) with a penalty a row:
///     K [x~; nu] = [sigma x - q; z - y / rho],  z~ = z + (nu - y) / rho,  x' = alpha x~ + (1 - alpha) x,
///     v = alpha z~ + (1 - alpha) z + y / rho,  z' = clip(v, l, u),  y' = rho (v - z').
/// Parameters: [rho of the groups (own alone), alpha, start's]. Stops by the larger relative residual
/// (admm_measure.hpp). Adjoints: docs/adjoints/admm.md.
///
/// task_data: [q (n), l (m), u (m), scales (2), P, A (if each task has its own)]. work: [factor (own), rho (m),
/// 1 / rho (m), alpha, solution of K (n + m)]. Solution: [x, y].
template <AdmmFactor source>
struct Admm : AdmmStartCost<source> {
  using scalar = double;
  static constexpr bool is_wide = true;
  static constexpr bool has_own_factor = source == AdmmFactor::own;

  KktView kkt;
  AdmmTasks tasks;
  AdmmSettings settings;
  AdmmCodebook codebook;  ///< shared: one entry

  METASOLVE_HD int variables() const { return kkt.variables; }
  METASOLVE_HD int rows() const { return kkt.rows; }
  METASOLVE_HD AdmmLayout layout() const { return {kkt.variables, kkt.rows}; }
  METASOLVE_HD int state_size() const { return layout().size(); }
  METASOLVE_HD int solution_size() const { return variables() + rows(); }
  METASOLVE_HD int penalties() const { return has_own_factor ? settings.groups : 0; }
  METASOLVE_HD int alpha_at() const { return penalties(); }
  METASOLVE_HD int start_at() const { return penalties() + 1; }
  METASOLVE_HD int start_size() const {
    if (settings.start == AdmmStart::dual) return settings.guessed;
    return settings.start == AdmmStart::primal_dual ? variables() + rows() : 0;
  }
  METASOLVE_HD int parameter_size() const { return start_at() + start_size(); }
  METASOLVE_HD int task_size() const {
    return matrices_at() + (tasks.shares_matrices() ? 0 : kkt.p_entries + kkt.a_entries);
  }
  METASOLVE_HD int workspace_size() const { return solve_at() + kkt.size(); }

  /// A penalty must be positive, alpha in (0, 2).
  METASOLVE_HD bool admits(int p, double value) const {
    if (p < penalties()) return value > 0;
    return p > alpha_at() || (value > 0 && value < 2);
  }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    double crossed = 0;
    for_each(team, variables(), [&](int j) { data[j] = tasks.q(task, j); });
    for_each(team, rows(), [&](int i) {
      double const l = tasks.lower(task, i), u = tasks.upper(task, i);
      data[lower_at() + i] = l;
      data[upper_at() + i] = u;
      // False where one is NaN too.
      bool const sensible = l <= u && l < infinity<double>() && u > -infinity<double>();
      crossed += sensible ? 0 : 1;
    });
    if (team.rank() == 0) {
      for (int s = 0; s < 2; ++s) {
        double const scale = tasks.scales ? tasks.scales(task, s) : 1.0;
        data[scales_at() + s] = scale;
        crossed += scale > 0 && scale < infinity<double>() ? 0 : 1;
      }
    }
    if (!tasks.shares_matrices()) {
      for_each(team, kkt.p_entries, [&](int e) { data[matrices_at() + e] = tasks.p(task, e); });
      for_each(team, kkt.a_entries, [&](int e) { data[matrices_at() + kkt.p_entries + e] = tasks.a(task, e); });
    }
    return team.sum(crossed) == 0.0;
  }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task data, Theta theta, Work work, State state, Mask fresh) const {
    with_matrices(data, [&](auto const& p, auto const& a) {
      prepare(team, p, a, theta, work, state, fresh);
      start_state(team, data, p, a, theta, state, fresh);
    });
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const& team, Task data, State state) const {
    using Number = typename State::value_type;
    auto const norms = norms_of<Number>(team, data, state);
    Number const end = state[layout().end()], L = larger_of(norms.primal(), norms.dual());
    Number const ended = Number(0.0) - select(end >= Number(AdmmEnd::breakdown), Number(AdmmEnd::of_breakdown), L);
    return select(end > Number(AdmmEnd::none), ended, L);
  }
  template <class T, class Task, class State, class Number, class StateBar>
  METASOLVE_HD void measure_adjoint(T const& team, Task data, State state, Number L, Number L_bar,
                                    StateBar state_bar) const {
    add_norms_adjoint(team, layout(), data, state, norms_of<Number>(team, data, state), L, L_bar, state_bar);
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task data, Theta, Work work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    auto const at = layout();
    int const n = variables(), m = rows();
    auto const x = state, z = state.subview(at.z()), y = state.subview(at.y());
    auto const rho = work.subview(rho_at()), inverse_rho = work.subview(inverse_rho_at());
    Number const one(1.0), sigma(settings.sigma), alpha = alpha_of(work, state), rest = one - alpha;
    auto const v = solve(team, data, work, state);
    for_each(team, m, [&](int i) {
      Number const z_i = z[i], y_i = y[i], inverse = inverse_rho[i];
      Number const z_tilde = z_i + (v[n + i] - y_i) * inverse;
      Number const w = alpha * z_tilde + rest * z_i + y_i * inverse;
      Number const z_next = clip(w, data, i);
      next[at.z() + i] = select(active, z_next, z_i);
      next[at.y() + i] = select(active, Number(rho[i]) * (w - z_next), y_i);
      Number const ax = state[at.ax() + i];
      next[at.ax() + i] = select(active, alpha * z_tilde + rest * ax, ax);
    });
    team.sync();
    with_matrices(data, [&](auto const&, auto const& a) {
      for_each(team, n, [&](int j) {
        Number nu_product(0.0), y_product(0.0);
        for (int e = kkt.a_col_ptrs[j]; e < kkt.a_col_ptrs[j + 1]; ++e) {
          int const i = kkt.a_row_idxs[e];
          Number const a_ij = a[kkt.a_value[e]];
          nu_product = fused_multiply_add(a_ij, v[n + i], nu_product);
          y_product = fused_multiply_add(a_ij, Number(next[at.y() + i]), y_product);
        }
        Number const x_j = x[j], x_tilde = v[j], px = state[at.px() + j];
        Number const px_tilde = sigma * (x_j - x_tilde) - data[j] - nu_product;
        next[j] = select(active, alpha * x_tilde + rest * x_j, x_j);
        next[at.px() + j] = select(active, alpha * px_tilde + rest * px, px);
        next[at.aty() + j] = select(active, y_product, Number(state[at.aty() + j]));
      });
    });
    if (team.rank() == 0) {
      Number const since = state[at.since()];
      next[at.begun()] = select(active, one, Number(state[at.begun()]));
      next[at.since()] = select(active, since + one, since);
      next[at.end()] = Number(state[at.end()]);
    }
    if (settings.certificate > 0) {
      team.sync();
      with_matrices(data, [&](auto const& p, auto const& a) {
        certify(team, kkt, settings.certificate, p, a, data, state, next, active);
      });
    }
  }

  /// What the state at an end of AdmmEnd proves.
  template <class State>
  METASOLVE_HD Status certified(State state) const {
    double const end = state[layout().end()];
    if (end == AdmmEnd::primal_infeasible) return Status::primal_infeasible;
    return end == AdmmEnd::dual_infeasible ? Status::dual_infeasible : Status::breakdown;
  }

  template <class T, class Task, class State>
  METASOLVE_HD void write_solution(T const& team, Task, State state, BatchView<double> solution,
                                   std::int64_t slot) const {
    int const n = variables();
    for_each(team, n, [&](int j) { solution(slot, j) = state[j]; });
    for_each(team, rows(), [&](int i) { solution(slot, n + i) = state[layout().y() + i]; });
  }

  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const& team, Task data, Theta, Work work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar theta_bar, WorkBar work_bar, Mask active) const;
  template <class T, class Task, class Theta, class Work, class State, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const& team, Task data, Theta theta, Work work, State state_bar, ThetaBar theta_bar,
                                  WorkBar work_bar) const;

 private:
  METASOLVE_HD int lower_at() const { return variables(); }
  METASOLVE_HD int upper_at() const { return variables() + rows(); }
  METASOLVE_HD int scales_at() const { return variables() + 2 * rows(); }
  METASOLVE_HD int matrices_at() const { return scales_at() + 2; }
  METASOLVE_HD int rho_at() const { return has_own_factor ? kkt.factor_size() : 0; }
  METASOLVE_HD int inverse_rho_at() const { return rho_at() + rows(); }
  METASOLVE_HD int work_alpha_at() const { return inverse_rho_at() + rows(); }
  METASOLVE_HD int solve_at() const { return work_alpha_at() + 1; }

  /// use(p, a): the task's values of P and A.
  template <class Task, class Use>
  METASOLVE_HD void with_matrices(Task data, Use&& use) const {
    if (tasks.shares_matrices()) {
      use(tasks.p.data, tasks.a.data);
    } else {
      use(data.subview(matrices_at()), data.subview(matrices_at() + kkt.p_entries));
    }
  }
  template <class Number, class Task>
  METASOLVE_HD Number clip(Number const& w, Task data, int i) const {
    Number const l = data[lower_at() + i], u = data[upper_at() + i];
    return select(w < l, l, select(w > u, u, w));
  }
  /// The first step from a guess of y does not relax: there is no x_0 yet.
  template <class Work, class State>
  METASOLVE_HD auto alpha_of(Work work, State state) const {
    using Number = typename State::value_type;
    Number const alpha = work[work_alpha_at()], one(1.0);
    if (settings.start != AdmmStart::dual) return alpha;
    return select(Number(state[layout().begun()]) > Number(0.0), alpha, one);
  }
  template <class Number, class T, class Task, class State>
  METASOLVE_HD AdmmNorms<Number> norms_of(T const& team, Task data, State state) const {
    Number const primal_scale = data[scales_at()], dual_scale = data[scales_at() + 1];
    return AdmmNorms<Number>::of(team, layout(), settings.absolute, static_cast<bool>(tasks.scales), primal_scale,
                                 dual_scale, data, state);
  }

  /// [x~; nu], by their own indices; in the workspace. Syncs.
  template <class T, class Task, class Work, class State>
  METASOLVE_HD auto solve(T const& team, Task data, Work work, State state) const {
    using Number = typename State::value_type;
    auto const at = layout();
    int const n = variables();
    KktVector<Number> const v{&work[solve_at()], kkt.position};
    Number const sigma(settings.sigma);
    for_each(team, n, [&](int j) { v[j] = sigma * Number(state[j]) - data[j]; });
    for_each(team, rows(), [&](int i) {
      v[n + i] = Number(state[at.z() + i]) - Number(state[at.y() + i]) * Number(work[inverse_rho_at() + i]);
    });
    team.sync();
    solve_kkt(team, work, v.data);
    return v;
  }
  template <class T, class Work, class Number>
  METASOLVE_HD void solve_kkt(T const& team, Work work, Number* v) const {
    if constexpr (has_own_factor) {
      kkt.solve(team, &work[0], v);
    } else {
      kkt.solve(team, codebook.factors, v);
    }
  }

  template <class T, class P, class A, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void prepare(T const& team, P const& p, A const& a, Theta theta, Work work, State state,
                            Mask fresh) const;
  template <class T, class Work, class Theta, class Mask>
  METASOLVE_HD auto copy_nearest(T const& team, Theta theta, Work work, Mask fresh) const -> typename Work::value_type;
  template <class T, class Task, class P, class A, class Theta, class State, class Mask>
  METASOLVE_HD void start_state(T const& team, Task data, P const& p, A const& a, Theta theta, State state,
                                Mask fresh) const;
};

}  // namespace metasolve::kernels

#include "admm_adjoint.hpp"
#include "admm_start.hpp"
