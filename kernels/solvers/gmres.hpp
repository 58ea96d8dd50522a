// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "krylov_systems.hpp"

namespace metasolve::kernels {

/// GMRES(m), preconditioned from the right, for A x = b (Saad and Schultz, 1986; Saad, Iterative Methods,
/// algorithm 9.5), with modified Gram-Schmidt and Givens rotations. An iteration is one Arnoldi step; after m of them x
/// is formed, and the method restarts from b - A x. Measure: ||r_k|| / ||b|| from the rotations; x is formed and the
/// true residual computed where a task is confirmed, and a task continues from there. An invariant subspace ends in
/// convergence, or where A is singular on it in a breakdown. A task breaks down if its preconditioner does. b = 0
/// converges at once.
///
/// Lanes begin and restart at different times: each has its own position k in its cycle, and writes its basis vector k
/// by selects. Loops go to the largest k of all lanes, so a lane's numbers depend on that lane alone.
///
/// Parameters: the preconditioner's; with scales_guess a factor on x_0; with varies_restart m. Works on a scaled
/// system. State: [y of the last restart, k, the last entry of the rotated right-hand side, ||r||, 1 or -1 after a
/// breakdown]. Without confirmation x is thus that of the last restart. Workspace: [preconditioner, m basis vectors, 3
/// vectors, m (m + 1) / 2 + 5 m numbers].
template <class Scalar, ForwardPreconditioner Preconditioner>
struct Gmres : KrylovSystems<Scalar, Preconditioner> {
  using Systems = KrylovSystems<Scalar, Preconditioner>;
  using scalar = Scalar;
  using Systems::matrix, Systems::preconditioner, Systems::unknowns;
  static constexpr bool is_wide = true;
  static constexpr bool starts_cost_iterations = true;
  static constexpr bool confirms_at_limit = true;
  static constexpr double confirm_margin = refinement_margin;

  int restart = 30;             ///< the largest m, at least 1
  bool varies_restart = false;  ///< the last parameter is m; one beyond 1 to restart counts as the nearer of these

  METASOLVE_HD int state_size() const { return unknowns() + 4; }
  METASOLVE_HD int parameter_size() const {
    return preconditioner.parameter_size() + (this->scales_guess ? 1 : 0) + (varies_restart ? 1 : 0);
  }
  METASOLVE_HD int workspace_size() const { return preconditioner.size() + numbers_at() + r_size() + 5 * restart; }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task a, Theta theta, Work work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    Number const one(scalar(1)), zero(scalar(0));
    auto const residual = z_of(work);
    auto const usable = preconditioner.build(team, matrix, a, theta, work, w_of(work), fresh);
    team.sync();
    Number const square = this->start_residual(team, a, theta, state, residual, fresh);
    begin_cycle(team, work, residual, square, state, fresh);
    if (team.rank() != 0) return;
    put(state, norm_at, fresh, this->norm_of(square));
    put(state, sign_at, fresh, select(usable, one, zero - one));
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const&, Task a, State state) const {
    return number(state, norm_at) * number(state, sign_at) * a[this->inverse_norm_at()];
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task a, Theta theta, Work work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0)), one(scalar(1));
    int const n = unknowns();
    auto const latest = latest_of(work), w = w_of(work), z = z_of(work), column = numbers(work, column_at());
    Number const k = number(state, position_at), g = number(state, last_at);

    for_each(team, n, [&](int i) { z[i] = Number(latest[i]); });
    team.sync();
    this->precondition(team, work, z);
    general_product(team, matrix, a, z, w);
    Number const whole = sqrt(sum_over<Number>(team, n, [&](int i) { return Number(w[i]) * Number(w[i]); }));
    for (int j = 0; j < restart; ++j) {
      auto const has = k >= scalar(j);
      if (bits(has) == 0) break;
      auto const v = basis(work, j);
      Number const h = sum_over<Number>(team, n, [&](int i) { return Number(w[i]) * Number(v[i]); });
      for_each(team, n, [&](int i) { w[i] = select(has, Number(w[i]) - h * Number(v[i]), Number(w[i])); });
      if (team.rank() == 0) column[j] = h;
    }
    Number const left = sqrt(sum_over<Number>(team, n, [&](int i) { return Number(w[i]) * Number(w[i]); }));
    // What rounding left of a vector of an invariant subspace is no new direction.
    Number const beyond = select(left > Number(scalar(invariant)) * whole, left, zero);
    Number const inverse = select(beyond > zero, one / beyond, zero);
    auto const is_full = k >= scalar(restart - 1);
    auto const is_last =
        active && (varies_restart ? is_full || k >= Number(theta[parameter_size() - 1]) - one : is_full);
    auto const grows = active && !is_last;
    for (int j = 1; j < restart; ++j) {
      auto const here = grows && k == scalar(j - 1);
      if (bits(here) == 0) continue;
      auto const v = basis(work, j);
      for_each(team, n, [&](int i) { v[i] = select(here, Number(w[i]) * inverse, Number(v[i])); });
    }
    for_each(team, n, [&](int i) {
      latest[i] = select(grows, Number(w[i]) * inverse, Number(latest[i]));
      next[i] = Number(state[i]);
    });
    if (team.rank() == 0) {
      Number last = g;
      auto const moves = rotate(work, active, k, last, beyond);
      next[n + position_at] = select(active, k + one, k);
      next[n + last_at] = select(active, last, g);
      // After a breakdown x is that of the last restart, whatever the rotations promised.
      Number const norm = select(moves, abs(last), one / a[this->inverse_norm_at()]);
      next[n + norm_at] = select(active, norm, number(state, norm_at));
      next[n + sign_at] = select(active && !moves, zero - one, number(state, sign_at));
    }
    team.sync();
    auto const restarts = is_last && number(next, sign_at) > zero;
    if (bits(restarts) == 0) return;
    form(team, work, next, restarts);
    Number square = zero;
    this->true_measure(team, a, next, z, square);
    begin_cycle(team, work, z, square, next, restarts);
    if (team.rank() == 0) put(next, norm_at, restarts, this->norm_of(square));
  }

  /// Forms x. The measure from b - A x; not finite if x is not.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD auto confirm(T const& team, Task a, Theta, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    form(team, work, state, where);
    Number square(scalar(0));
    Number const measure = this->true_measure(team, a, state, z_of(work), square);
    if (team.rank() == 0) {
      put(state, position_at, where, Number(scalar(0)));
      put(state, norm_at, where, this->norm_of(square));
    }
    return measure;
  }

  /// Restarts from b - A x, in twice the precision.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void resume(T const& team, Task a, Theta, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    auto const doubled = w_of(work);
    Number const square = this->doubled_measure(team, a, state, z_of(work), doubled);
    begin_cycle(team, work, doubled, square, state, where);
  }

 private:
  using Systems::number, Systems::put;
  enum { position_at, last_at, norm_at, sign_at };  ///< after y in the state
  static constexpr double invariant = 1e-14;

  /// A cycle of the lanes `where` from a residual, whose square is given.
  template <class T, class Work, class Residual, class Number, class State, class Mask>
  METASOLVE_HD void begin_cycle(T const& team, Work work, Residual residual, Number const& square, State state,
                                Mask where) const {
    Number const zero(scalar(0)), one(scalar(1)), norm = this->norm_of(square);
    Number const inverse = select(norm > zero, one / norm, zero);
    auto const v = basis(work, 0), latest = latest_of(work);
    for_each(team, unknowns(), [&](int i) {
      Number const first = Number(residual[i]) * inverse;
      v[i] = select(where, first, Number(v[i]));
      latest[i] = select(where, first, Number(latest[i]));
    });
    if (team.rank() != 0) return;
    put(state, position_at, where, zero);
    put(state, last_at, where, norm);
  }

  /// Rotates the new column k, entries 0 ... k in `column` and k + 1 in `beyond`, into R, and the right-hand side,
  /// whose last entry g becomes the new one. Returns the lanes where R is regular. By one member.
  template <class Work, class Mask, class Number>
  METASOLVE_HD auto rotate(Work work, Mask active, Number const& k, Number& g, Number const& beyond) const {
    Number const zero(scalar(0));
    auto const column = numbers(work, column_at()), c = numbers(work, cosine_at()), s = numbers(work, sine_at()),
               rotated = numbers(work, rotated_at());
    Number corner = column[0];  // entry k
    for (int j = 0; j < restart - 1; ++j) {
      auto const has = k > scalar(j);
      if (bits(has) == 0) break;
      Number const upper = c[j] * Number(column[j]) + s[j] * Number(column[j + 1]);
      Number const lower = c[j] * Number(column[j + 1]) - s[j] * Number(column[j]);
      column[j] = select(has, upper, Number(column[j]));
      column[j + 1] = select(has, lower, Number(column[j + 1]));
      corner = select(has, lower, corner);
    }
    Number const length = sqrt(corner * corner + beyond * beyond);
    Number const cosine = corner / length, sine = beyond / length;
    for (int j = 0; j < restart; ++j) {
      auto const here = active && k == scalar(j);
      if (bits(here) == 0) continue;
      auto const r = r_column(work, j);
      for (int i = 0; i < j; ++i) r[i] = select(here, Number(column[i]), Number(r[i]));
      r[j] = select(here, length, Number(r[j]));
      c[j] = select(here, cosine, Number(c[j]));
      s[j] = select(here, sine, Number(s[j]));
      rotated[j] = select(here, cosine * g, Number(rotated[j]));
    }
    g = zero - sine * g;
    return !(length == zero);
  }

  /// y += M^-1 V R^-1 g in the lanes `where`. Called after a sync; syncs.
  template <class T, class Work, class State, class Mask>
  METASOLVE_HD void form(T const& team, Work work, State state, Mask where) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0)), k = number(state, position_at);
    auto const coefficient = numbers(work, coefficient_at()), rotated = numbers(work, rotated_at()), z = z_of(work);
    int columns = 0;  // the most of any of these lanes
    while (columns < restart && bits(where && k > scalar(columns)) != 0) ++columns;
    if (team.rank() == 0) {
      for (int j = columns - 1; j >= 0; --j) {
        Number sum = rotated[j];
        for (int i = j + 1; i < columns; ++i) {
          sum -= select(k > scalar(i), Number(r_column(work, i)[j]) * Number(coefficient[i]), zero);
        }
        coefficient[j] = sum / Number(r_column(work, j)[j]);
      }
    }
    team.sync();
    for_each(team, unknowns(), [&](int i) {
      Number sum = zero;
      for (int j = 0; j < columns; ++j) {
        sum += select(k > scalar(j), Number(coefficient[j]) * Number(basis(work, j)[i]), zero);
      }
      z[i] = sum;
    });
    team.sync();
    this->precondition(team, work, z);
    for_each(team, unknowns(),
             [&](int i) { state[i] = select(where, Number(state[i]) + Number(z[i]), Number(state[i])); });
    team.sync();
  }

  METASOLVE_HD int r_size() const { return restart * (restart + 1) / 2; }
  METASOLVE_HD int numbers_at() const { return (restart + 3) * unknowns(); }
  METASOLVE_HD int cosine_at() const { return r_size(); }
  METASOLVE_HD int sine_at() const { return cosine_at() + restart; }
  METASOLVE_HD int rotated_at() const { return sine_at() + restart; }
  METASOLVE_HD int column_at() const { return rotated_at() + restart; }
  METASOLVE_HD int coefficient_at() const { return column_at() + restart; }

  template <class Work>
  METASOLVE_HD Work basis(Work work, int j) const {
    return work.subview(preconditioner.size() + std::int64_t{j} * unknowns());
  }
  template <class Work>
  METASOLVE_HD Work latest_of(Work work) const {
    return basis(work, restart);
  }
  template <class Work>
  METASOLVE_HD Work w_of(Work work) const {
    return basis(work, restart + 1);
  }
  template <class Work>
  METASOLVE_HD Work z_of(Work work) const {
    return basis(work, restart + 2);
  }
  template <class Work>
  METASOLVE_HD Work numbers(Work work, int at) const {
    return work.subview(preconditioner.size() + numbers_at() + at);
  }
  /// Entries 0 ... j.
  template <class Work>
  METASOLVE_HD Work r_column(Work work, int j) const {
    return numbers(work, j * (j + 1) / 2);
  }
};

}  // namespace metasolve::kernels
