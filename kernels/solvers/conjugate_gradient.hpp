// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/doubled_residual.hpp"
#include "../operators/preconditioner.hpp"
#include "cg_recurrence.hpp"
#include "cg_systems.hpp"

namespace metasolve::kernels {

/// The preconditioned conjugate gradient method for A x = b (Saad, Iterative Methods, algorithm 9.1), A symmetric
/// positive definite in a pattern shared by the batch. Measure: ||r_k|| / ||b||, r_k the recursive residual; confirmed
/// by the true one. Adjoint: docs/adjoints/iccg.md. A task breaks down if its preconditioner does, or if p'Ap <= 0: A
/// is not positive definite. b = 0 converges at once.
///
/// Parameters: the preconditioner's, such as the shift alpha; with scales_guess a factor on x_0. Adjoints are of x_0 =
/// 0. Works on a scaled system s A y = t b: state [y, r, p, r'z, r'r, 1 or -1 after a breakdown]. Workspace:
/// [preconditioner, 4 vectors], the last of which holds the confirmed y: y is then the correction to it.
template <class Scalar, class Preconditioner>
struct ConjugateGradient : CgSystems<Scalar, Preconditioner> {
  using Systems = CgSystems<Scalar, Preconditioner>;
  using scalar = Scalar;
  using Systems::matrix, Systems::preconditioner, Systems::scales_exactly, Systems::scales_guess, Systems::takes_guess,
      Systems::unknowns;
  static constexpr bool is_wide = true;
  /// Enough that a pack waits for half of its lanes before it loads new tasks.
  static constexpr bool starts_cost_iterations = Preconditioner::parameter_size() > 0;
  /// For the shift alone.
  static constexpr bool has_one_parameter = Preconditioner::parameter_size() == 1;
  static constexpr bool confirms_at_limit = true;
  static constexpr double confirm_margin = refinement_margin;

  METASOLVE_HD int state_size() const { return 3 * unknowns() + 3; }
  METASOLVE_HD int parameter_size() const { return preconditioner.parameter_size() + (scales_guess ? 1 : 0); }
  METASOLVE_HD int workspace_size() const { return preconditioner.size() + 4 * unknowns(); }

  /// A shift is not negative.
  METASOLVE_HD bool admits(int p, scalar value) const {
    return p >= preconditioner.parameter_size() || value >= scalar(0);
  }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task a, Theta theta, Work work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0)), one(scalar(1));
    int const n = unknowns();
    auto const z = scratch(work), q = scratch(work, 1), confirmed = scratch(work, 3);
    if constexpr (has_absolute_shift<Preconditioner>()) {  // a shift of A is scaled by s, a relative one is not
      if (team.rank() == 0) {
        Number const shift = theta[0];
        theta[0] = select(fresh, select(shift > zero, shift * a[matrix_at()] * a[matrix_at() + 1], shift), shift);
      }
      team.sync();
    }
    auto const usable = preconditioner.build(team, matrix, a, theta, work, z, fresh);
    // 0, or NaN if A is not finite: this differs from a breakdown.
    Number const of_matrix = sum_over<Number>(team, matrix.values(), [&](int e) { return a[e] * zero; });
    if (takes_guess) {
      symmetric_product(team, matrix, a, a.subview(guess_at()), q);
      team.sync();
    }
    Number const of_guess = scales_guess ? Number(theta[preconditioner.parameter_size()]) : one;
    auto const r_0 = [&](int i) {
      Number const b = a[matrix.values() + i];
      return takes_guess ? b - of_guess * Number(q[i]) : b;
    };
    Number const rr = of_matrix + sum_over<Number>(team, n, [&](int i) {
                        Number const r = r_0(i);
                        z[i] = r;
                        return r * r;
                      });
    team.sync();
    preconditioner.forward(team, work, z);
    preconditioner.backward(team, work, z);
    Number const rz = sum_over<Number>(team, n, [&](int i) { return r_0(i) * Number(z[i]); });
    for_each(team, n, [&](int i) {
      Number const y_0 = takes_guess ? of_guess * Number(a[guess_at() + i]) : zero;
      confirmed[i] = select(fresh, zero, Number(confirmed[i]));
      state[i] = select(fresh, y_0, Number(state[i]));
      state[n + i] = select(fresh, r_0(i), Number(state[n + i]));
      state[2 * n + i] = select(fresh, Number(z[i]), Number(state[2 * n + i]));
    });
    if (team.rank() != 0) return;
    state[rz_at()] = select(fresh, rz, Number(state[rz_at()]));
    state[rr_at()] = select(fresh, rr, Number(state[rr_at()]));
    state[sign_at()] = select(fresh, select(usable, one, zero - one), Number(state[sign_at()]));
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const&, Task a, State state) const {
    return scalars_of(state).measure(a[inverse_norm_at()], scales_exactly);
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task a, Theta, Work work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    int const n = unknowns();
    auto const x = state, r = state.subview(n), p = state.subview(2 * n);
    auto const next_x = next, next_r = next.subview(n), z = next.subview(2 * n);  // position of p'
    Number const rz = state[rz_at()];

    symmetric_product(team, matrix, a, p, z);
    team.sync();
    Number const pAp = sum_over<Number>(team, n, [&](int i) { return Number(p[i]) * Number(z[i]); });
    auto const moves = active && is_definite(pAp);
    Number const step_length = step_length_of(rz, pAp);
    Number const rr = sum_over<Number>(team, n, [&](int i) {
      Number const residual = Number(r[i]) - step_length * Number(z[i]);
      next_x[i] = select(moves, Number(x[i]) + step_length * Number(p[i]), Number(x[i]));
      next_r[i] = select(moves, residual, Number(r[i]));
      z[i] = residual;
      return residual * residual;
    });
    team.sync();
    preconditioner.forward(team, work, z);
    preconditioner.backward(team, work, z);
    Number const next_rz = sum_over<Number>(team, n, [&](int i) { return Number(next_r[i]) * Number(z[i]); });
    Number const beta = beta_of(next_rz, rz);
    for_each(team, n, [&](int i) { z[i] = select(moves, Number(z[i]) + beta * Number(p[i]), Number(p[i])); });
    if (team.rank() != 0) return;
    auto const scalars = scalars_of(state).after(active, moves, next_rz, rr);
    next[rz_at()] = scalars.rz;
    next[rr_at()] = scalars.rr;
    next[sign_at()] = scalars.sign;
  }

  /// The measure from b - A x, x the whole solution so far; not finite if x is not.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD auto confirm(T const& team, Task a, Theta, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0)), one(scalar(1));
    int const n = unknowns();
    auto const q = scratch(work), confirmed = scratch(work, 3);
    Number lost = zero;
    for_each(team, n, [&](int i) {
      Number const y = Number(state[i]) + Number(confirmed[i]), x = solution_of(a, y);
      lost += select(x - x == zero, zero, one);
      state[i] = select(where, y, Number(state[i]));
      confirmed[i] = select(where, zero, Number(confirmed[i]));
    });
    lost = team.sum(lost);
    team.sync();
    symmetric_product(team, matrix, a, state, q);
    team.sync();
    Number const rr = sum_over<Number>(team, n, [&](int i) {
      Number const r = a[matrix.values() + i] - Number(q[i]);
      q[i] = r;
      return r * r;
    });
    if (team.rank() == 0) state[rr_at()] = select(where, rr, Number(state[rr_at()]));
    return select(lost > zero, Number(infinity<scalar>()), residual_norm(rr, scales_exactly) * a[inverse_norm_at()]);
  }

  /// Continues from b - A x, in twice the precision, to compute the correction to x. The direction is kept if that
  /// residual is near the recursive one: then a step or two suffice.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void resume(T const& team, Task a, Theta, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0));
    int const n = unknowns();
    auto const plain = scratch(work), residual = scratch(work, 1), v = scratch(work, 2), confirmed = scratch(work, 3);
    auto const y = state, r = state.subview(n), p = state.subview(2 * n);
    Number const squares = sum_over<Number>(team, n, [&](int i) {
      Number const b_i = a[matrix.values() + i], r_i = doubled_residual<Number>(matrix, a, b_i, y, i);
      residual[i] = r_i;
      return r_i * r_i;
    });
    // Zero residual: b - A x is rounding error, and no step can change that.
    for_each(team, n, [&](int i) { residual[i] = select(squares > zero, Number(residual[i]), Number(plain[i])); });
    Number const change = sum_over<Number>(team, n, [&](int i) {
      Number const d = Number(residual[i]) - Number(r[i]);
      return d * d;
    });
    Number const before = sum_over<Number>(team, n, [&](int i) { return Number(r[i]) * Number(r[i]); });
    auto const near = keeps_direction(change, before);
    for_each(team, n, [&](int i) {
      Number const t = residual[i];
      v[i] = select(near, t - Number(r[i]), t);
      r[i] = select(where, t, Number(r[i]));
    });
    team.sync();
    preconditioner.forward(team, work, v);
    preconditioner.backward(team, work, v);
    Number const rz = sum_over<Number>(team, n, [&](int i) {
      Number const direction = select(near, Number(p[i]) + Number(v[i]), Number(v[i]));
      p[i] = select(where, direction, Number(p[i]));
      confirmed[i] = select(where, Number(y[i]), Number(confirmed[i]));
      y[i] = select(where, zero, Number(y[i]));
      return Number(residual[i]) * direction;
    });
    if (team.rank() == 0) state[rz_at()] = select(where, rz, Number(state[rz_at()]));
  }

  template <class T, class Task, class State, class Number, class StateBar>
  METASOLVE_HD void measure_adjoint(T const& team, Task a, State, Number L, Number L_bar, StateBar state_bar) const {
    Number const zero(scalar(0)), c = a[inverse_norm_at()];
    auto const wanted = (L_bar > zero || L_bar < zero) && L > zero;
    if (team.rank() == 0) state_bar[rr_at()] += select(wanted, L_bar / (L + L) * c * c, zero);
  }

  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const& team, Task a, Theta, Work work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar, WorkBar work_bar, Mask active) const {
    using Number = typename NextBar::value_type;
    Number const zero(scalar(0));
    int const n = unknowns();
    auto const r = state.subview(n), p = state.subview(2 * n);
    auto const x_bar = next_bar, r_bar = next_bar.subview(n), p_bar = next_bar.subview(2 * n);
    auto const q = scratch(work), z = scratch(work, 1), y = scratch(work, 2), w = scratch(work, 3);
    auto const residual = scratch(work_bar), v = scratch(work_bar, 1), q_bar = scratch(work_bar, 2),
               a_q_bar = scratch(work_bar, 3);
    Number const rz = state[rz_at()];

    // Recomputes the iteration.
    symmetric_product(team, matrix, a, p, q);
    team.sync();
    Number const pAp = sum_over<Number>(team, n, [&](int i) { return Number(p[i]) * Number(q[i]); });
    Number const step_length = step_length_of(rz, pAp);
    for_each(team, n, [&](int i) {
      residual[i] = Number(r[i]) - step_length * Number(q[i]);
      y[i] = Number(residual[i]);
    });
    team.sync();
    preconditioner.forward(team, work, y);
    for_each(team, n, [&](int i) { z[i] = Number(y[i]); });
    team.sync();
    preconditioner.backward(team, work, z);
    Number const next_rz = sum_over<Number>(team, n, [&](int i) { return Number(residual[i]) * Number(z[i]); });
    Number const beta = beta_of(next_rz, rz);

    // p' = z + beta p, beta = rz' / rz, rz' = r'z, z = M^-1 r'.
    Number const beta_bar = sum_over<Number>(team, n, [&](int i) { return Number(p_bar[i]) * Number(p[i]); });
    Number const next_rz_bar = Number(next_bar[rz_at()]) + beta_bar / rz;
    Number rz_bar = zero - beta_bar * beta / rz;
    Number const rr_bar = next_bar[rr_at()];
    for_each(team, n, [&](int i) { w[i] = Number(p_bar[i]) + next_rz_bar * Number(residual[i]); });
    team.sync();
    preconditioner.forward(team, work, w);
    for_each(team, n, [&](int i) { v[i] = Number(w[i]); });
    team.sync();
    preconditioner.backward(team, work, v);
    // r' = r - step_length q, x' = x + step_length p, step_length = rz / p'q, q = A p.
    Number const step_length_bar = sum_over<Number>(team, n, [&](int i) {
      Number const bar =
          Number(r_bar[i]) + (rr_bar + rr_bar) * Number(residual[i]) + next_rz_bar * Number(z[i]) + Number(v[i]);
      residual[i] = bar;  // of r' and so of r
      q_bar[i] = zero - step_length * bar;
      return Number(x_bar[i]) * Number(p[i]) - bar * Number(q[i]);
    });
    rz_bar += step_length_bar / pAp;
    Number const pAp_bar = zero - step_length_bar * step_length / pAp;
    team.sync();
    symmetric_product(team, matrix, a, q_bar, a_q_bar);
    team.sync();
    for_each(team, n, [&](int i) {
      Number const of_p = beta * Number(p_bar[i]) + step_length * Number(x_bar[i]) + Number(a_q_bar[i]) +
                          (pAp_bar + pAp_bar) * Number(q[i]);
      state_bar[i] = select(active, Number(x_bar[i]), zero);
      state_bar[n + i] = select(active, Number(residual[i]), zero);
      state_bar[2 * n + i] = select(active, of_p, zero);
    });
    if (team.rank() == 0) {
      state_bar[rz_at()] = select(active, rz_bar, zero);
      state_bar[rr_at()] = zero;
      state_bar[sign_at()] = zero;
    }
    // Frozen lanes contribute nothing, whatever they hold.
    for (auto const vector : {v, y, z, w}) {
      for_each(team, n, [&](int i) { vector[i] = select(active, Number(vector[i]), zero); });
    }
    team.sync();
    preconditioner.apply_adjoint(team, v, y, z, w, work_bar);
  }

  /// Also propagates the factor's cotangent through the factorisation.
  template <class T, class Task, class Theta, class Work, class State, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const& team, Task a, Theta, Work work, State state_bar, ThetaBar theta_bar,
                                  WorkBar work_bar) const {
    using Number = typename State::value_type;
    int const n = unknowns();
    auto const z = scratch(work, 1), y = scratch(work, 2), w = scratch(work, 3), v = scratch(work_bar);
    Number const rz_bar = state_bar[rz_at()];

    for_each(team, n, [&](int i) { y[i] = Number(a[matrix.values() + i]); });
    team.sync();
    preconditioner.forward(team, work, y);
    for_each(team, n, [&](int i) { z[i] = Number(y[i]); });
    team.sync();
    preconditioner.backward(team, work, z);
    for_each(team, n, [&](int i) { w[i] = Number(state_bar[2 * n + i]) + rz_bar * a[matrix.values() + i]; });
    team.sync();
    preconditioner.forward(team, work, w);
    for_each(team, n, [&](int i) { v[i] = Number(w[i]); });
    team.sync();
    preconditioner.backward(team, work, v);
    preconditioner.apply_adjoint(team, v, y, z, w, work_bar);
    team.sync();
    preconditioner.build_adjoint(team, work, work_bar, theta_bar, v);
  }

 private:
  using Systems::guess_at, Systems::inverse_norm_at, Systems::matrix_at, Systems::solution_of;
  METASOLVE_HD int rz_at() const { return 3 * unknowns(); }
  METASOLVE_HD int rr_at() const { return 3 * unknowns() + 1; }
  METASOLVE_HD int sign_at() const { return 3 * unknowns() + 2; }
  template <class State>
  METASOLVE_HD auto scalars_of(State state) const {
    using Number = typename State::value_type;
    return CgScalars<Number>{state[rz_at()], state[rr_at()], state[sign_at()]};
  }
  template <class Work>
  METASOLVE_HD Work scratch(Work work, int which = 0) const {
    return work.subview(preconditioner.size() + which * unknowns());
  }
};

}  // namespace metasolve::kernels
