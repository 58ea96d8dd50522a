// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "krylov_systems.hpp"

namespace metasolve::kernels {

/// BiCGSTAB, preconditioned from the right, for A x = b (van der Vorst, SIAM J. Sci. Stat. Comput. 13(2), 1992; Saad,
/// Iterative Methods, algorithm 7.7). An iteration, of two products:
///
///   v = A M^-1 p, alpha = rho / r0'v, s = r - alpha v, t = A M^-1 s, omega = t's / t't,
///   x += alpha M^-1 p + omega M^-1 s, r = s - omega t, rho' = r0'r, p = r + (rho' alpha / (rho omega)) (p - omega v)
///
/// Measure: ||r_k|| / ||b||, r_k the recursive residual; confirmed by the true one, from which a task continues. Where
/// r0'v, omega or rho' is 0 within rounding, the method starts anew from x_k with r_k for the shadow residual r0; where
/// that gives no iteration either, the task breaks down, as it does with its preconditioner. b = 0 converges at once.
///
/// Parameter: the preconditioner's. Works on a scaled system. State: [y, rho, r0'r0, r'r, 1 or -1 after a breakdown, 1
/// if it has just started anew]. Workspace: [preconditioner, 6 vectors].
template <class Scalar, ForwardPreconditioner Preconditioner>
struct BiCgStab : KrylovSystems<Scalar, Preconditioner> {
  using Systems = KrylovSystems<Scalar, Preconditioner>;
  using scalar = Scalar;
  using Systems::matrix, Systems::preconditioner, Systems::unknowns;
  static constexpr bool is_wide = true;
  static constexpr bool starts_cost_iterations = true;
  static constexpr bool confirms_at_limit = true;
  static constexpr double confirm_margin = refinement_margin;

  METASOLVE_HD int state_size() const { return unknowns() + 5; }
  METASOLVE_HD int parameter_size() const { return preconditioner.parameter_size() + (this->scales_guess ? 1 : 0); }
  METASOLVE_HD int workspace_size() const { return preconditioner.size() + 6 * unknowns(); }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task a, Theta theta, Work work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    Number const one(scalar(1)), zero(scalar(0));
    auto const z = vector(work, 5);
    auto const usable = preconditioner.build(team, matrix, a, theta, work, z, fresh);
    team.sync();
    Number const rr = this->start_residual(team, a, theta, state, z, fresh);
    begin_from(team, work, z, fresh);
    if (team.rank() != 0) return;
    put(state, rho_at, fresh, rr);
    put(state, shadow_at, fresh, rr);
    put(state, rr_at, fresh, rr);
    put(state, sign_at, fresh, select(usable, one, zero - one));
    put(state, anew_at, fresh, one);
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const&, Task a, State state) const {
    using Number = typename State::value_type;
    return this->measure_of(a, Number(number(state, rr_at))) * number(state, sign_at);
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task a, Theta, Work work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0)), one(scalar(1));
    int const n = unknowns();
    auto const r = vector(work, 0), shadow = vector(work, 1), p = vector(work, 2), v = vector(work, 3),
               t = vector(work, 4), z = vector(work, 5);
    Number const rho = number(state, rho_at), shadow_square = number(state, shadow_at), rr = number(state, rr_at);
    auto const dot = [&](auto const& x, auto const& y) {
      return sum_over<Number>(team, n, [&](int i) { return Number(x[i]) * Number(y[i]); });
    };

    for_each(team, n, [&](int i) { z[i] = Number(p[i]); });
    team.sync();
    this->precondition(team, work, z);
    general_product(team, matrix, a, z, v);
    team.sync();
    Number const shadow_v = dot(shadow, v);
    auto const moves = active && is_beyond_rounding(shadow_v, shadow_square, dot(v, v));
    Number const alpha = select(moves, rho / shadow_v, zero);
    // A lane that does not move keeps r and y, and s = r.
    Number const ss = sum_over<Number>(team, n, [&](int i) {
      next[i] = select(moves, Number(state[i]) + alpha * Number(z[i]), Number(state[i]));
      Number const s = select(moves, Number(r[i]) - alpha * Number(v[i]), Number(r[i]));
      r[i] = s;
      return s * s;
    });
    team.sync();
    for_each(team, n, [&](int i) { z[i] = Number(r[i]); });
    team.sync();
    this->precondition(team, work, z);
    general_product(team, matrix, a, z, t);
    team.sync();
    Number const ts = dot(t, r), tt = dot(t, t);
    auto const stabilises = moves && is_beyond_rounding(ts, ss, tt);
    Number const omega = select(stabilises, ts / tt, zero);
    Number const shadow_r = sum_over<Number>(team, n, [&](int i) {
      next[i] = select(stabilises, Number(next[i]) + omega * Number(z[i]), Number(next[i]));
      Number const residual = select(stabilises, Number(r[i]) - omega * Number(t[i]), Number(r[i]));
      r[i] = residual;
      return Number(shadow[i]) * residual;
    });
    Number const next_rr = dot(r, r);
    auto const continues = stabilises && is_beyond_rounding(shadow_r, shadow_square, next_rr);
    auto const anew = active && !continues;
    Number const beta = select(continues, shadow_r / rho * (alpha / omega), zero);
    team.sync();
    for_each(team, n, [&](int i) {
      Number const direction = Number(r[i]) + beta * (Number(p[i]) - omega * Number(v[i]));
      p[i] = select(continues, direction, select(anew, Number(r[i]), Number(p[i])));
      shadow[i] = select(anew, Number(r[i]), Number(shadow[i]));
    });
    if (team.rank() != 0) return;
    // Just started anew, and no step is possible even so.
    auto const fails = active && (!moves && number(state, anew_at) > zero);
    Number const sign = number(state, sign_at);
    next[n + rho_at] = select(continues, shadow_r, select(anew, next_rr, rho));
    next[n + shadow_at] = select(anew, next_rr, shadow_square);
    next[n + rr_at] = select(active, next_rr, rr);
    next[n + sign_at] = select(fails, zero - one, sign);
    next[n + anew_at] = select(active, select(anew, one, zero), number(state, anew_at));
  }

  /// The measure from b - A x; not finite if x is not.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD auto confirm(T const& team, Task a, Theta, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    Number square(scalar(0));
    Number const measure = this->true_measure(team, a, state, vector(work, 5), square);
    if (team.rank() == 0) put(state, rr_at, where, square);
    return measure;
  }

  /// Starts anew from b - A x, in twice the precision.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void resume(T const& team, Task a, Theta, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    auto const doubled = vector(work, 4);
    Number const square = this->doubled_measure(team, a, state, vector(work, 5), doubled);
    begin_from(team, work, doubled, where);
    if (team.rank() != 0) return;
    put(state, rho_at, where, square);
    put(state, shadow_at, where, square);
    put(state, anew_at, where, Number(scalar(1)));
  }

 private:
  using Systems::number, Systems::put;
  enum { rho_at, shadow_at, rr_at, sign_at, anew_at };  ///< after y in the state

  /// Whether x'y is more than the rounding error of its sum, from the squares of x and y; false if it is NaN.
  template <class Number>
  METASOLVE_HD static auto is_beyond_rounding(Number const& product, Number const& xx, Number const& yy) {
    Number const eps(scalar(1e-15));
    return abs(product) > eps * sqrt(xx) * sqrt(yy);
  }
  template <class T, class Work, class Residual, class Mask>
  METASOLVE_HD void begin_from(T const& team, Work work, Residual residual, Mask where) const {
    using Number = typename Residual::value_type;
    for_each(team, unknowns(), [&](int i) {
      for (int of = 0; of < 3; ++of) {  // r, r0 and p
        auto const to = vector(work, of);
        to[i] = select(where, Number(residual[i]), Number(to[i]));
      }
    });
  }
  template <class Work>
  METASOLVE_HD Work vector(Work work, int which) const {
    return work.subview(preconditioner.size() + which * unknowns());
  }
};

}  // namespace metasolve::kernels
