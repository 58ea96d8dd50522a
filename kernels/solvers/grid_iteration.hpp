// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grid_systems.hpp"

namespace metasolve::kernels {

/// Solvers of a grid's systems by cycles M of multigrid, or by a smoother on one level: x += M (f - A x), or conjugate
/// gradients with M as preconditioner, which must be symmetric then (CycleShape::is_symmetric). Measure: ||r_k|| /
/// ||f||, r_k the recursive residual; confirmed by the true one. f = 0 converges at once. Adjoint:
/// docs/adjoints/multigrid.md. A task breaks down if a level's operator is not positive definite or, of conjugate
/// gradients, if p'Ap or r'Mr is not positive.
///
/// State: [x, r, p, r'z, r'r, 1 or -1 after a breakdown], p the next direction: without conjugate gradients p = M r.
/// Workspace: [weights, scratch, z, A p]. Its adjoint: [weights, the adjoint of z, M' of that, two records of the
/// cycle].
template <class Scalar, int Dim, bool IsConstant>
struct GridIteration : GridSystems<Scalar, Dim, IsConstant> {
  using Systems = GridSystems<Scalar, Dim, IsConstant>;
  using scalar = Scalar;
  using Systems::array, Systems::grid, Systems::hierarchy, Systems::operators, Systems::weights_size;
  static constexpr bool confirms_at_limit = true;

  bool by_conjugate_gradients = true;

  METASOLVE_HD int state_size() const { return 3 * array() + 3; }
  METASOLVE_HD int workspace_size() const { return weights_size() + Systems::scratch_size() + 2 * array(); }
  METASOLVE_HD int workspace_bar_size() const { return weights_size() + 2 * array() + 2 * record_size(); }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task task, Theta theta, Work work, State state, Mask) const {
    Systems::make_weights(team, task, theta, work);
    Scalar *const x = state.data, *const z = vector(work, 0);
    for_each_rolled(team, state_size(), [&](int i) { x[i] = Scalar(0); });
    for_each_rolled(team, 2 * array(), [&](int i) { z[i] = Scalar(0); });
    team.sync();
    if (Systems::takes_guess) {
      Scalar const* const guess = task.data + Systems::guess_at();
      for_each_rolled(team, array(), [&](int i) { x[i] = guess[i]; });
      team.sync();
    }
    begin(team, task, work, state);
  }

  template <class T, class Task, class State>
  METASOLVE_HD Scalar measure(T const&, Task task, State state) const {
    Scalar const L = Systems::relative(task.data, state[rr_at()]);
    return state[sign_at()] < Scalar(0) ? -L : L;
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task task, Theta, Work work, State state, Next next, Mask) const {
    int const n = array();
    GridLevel const& g = grid();
    auto const own = Systems::of_task(task.data);
    auto const A = own.level(0, Systems::finest(task.data), task.data + Systems::operators_at());
    Scalar const *const x = state.data, *const r = x + n, *const p = r + n;
    Scalar *const next_x = next.data, *const next_r = next_x + n, *const next_p = next_r + n;
    Scalar *const z = vector(work, 0), *const q = vector(work, 1);
    Scalar const rz = state[rz_at()];
    clear_halo(team, g, next_x), clear_halo(team, g, next_r), clear_halo(team, g, next_p);
    for_each_product(team, g, A.a, p, [=](int i, Scalar product) { q[i] = product; });
    team.sync();
    Scalar const pAp = sum_over_points<Scalar>(team, g, [=](int i) { return p[i] * q[i]; });
    Scalar const length = by_conjugate_gradients ? rz / pAp : Scalar(1);
    for_each_row(team, g, [=](int i) {
      return [=](int j) {
        next_x[i + j] = x[i + j] + length * p[i + j];
        next_r[i + j] = r[i + j] - length * q[i + j];
      };
    });
    team.sync();
    update_halo(team, hierarchy(), 0, next_r);
    Scalar const rr = sum_over_points<Scalar>(team, g, [=](int i) { return next_r[i] * next_r[i]; });
    apply_cycle(own, team, Systems::memory(task.data, work.data), next_r, z);
    Scalar const next_rz = sum_over_points<Scalar>(team, g, [=](int i) { return next_r[i] * z[i]; });
    Scalar const beta = by_conjugate_gradients ? next_rz / rz : Scalar(0);
    // A residual of 0 is the end, whatever M makes of it.
    bool const moves =
        !by_conjugate_gradients || (pAp > Scalar(0) && rz > Scalar(0) && (next_rz > Scalar(0) || !(rr > Scalar(0))));
    bool const is_lost = !(pAp == pAp) || !(next_rz == next_rz);  // not finite: the measure says so
    for_each_row(team, g, [=](int i) {
      return [=](int j) {
        next_p[i + j] = z[i + j] + beta * p[i + j];
        if (!moves && !is_lost) next_x[i + j] = x[i + j], next_r[i + j] = r[i + j];
      };
    });
    team.sync();
    update_halo(team, hierarchy(), 0, next_p);
    if (team.rank() != 0) return;
    next[rz_at()] = next_rz;
    next[rr_at()] = is_lost ? pAp + next_rz : moves ? rr : Scalar(state[rr_at()]);
    next[sign_at()] = moves || is_lost ? Scalar(1) : Scalar(-1);
  }

  /// The measure from f - A x.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD Scalar confirm(T const& team, Task task, Theta, Work work, State state, Mask) const {
    update_halo(team, hierarchy(), 0, state.data);
    Scalar const* const r = vector(work, 1);
    true_residual(team, task, state.data, vector(work, 1));
    Scalar const rr = sum_over_points<Scalar>(team, grid(), [=](int i) { return r[i] * r[i]; });
    if (team.rank() == 0) state[rr_at()] = rr;
    return Systems::relative(task.data, rr);
  }
  /// Begins anew from x.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void resume(T const& team, Task task, Theta, Work work, State state, Mask) const {
    begin(team, task, work, state);
  }

  template <class T, class Task, class State, class StateBar>
  METASOLVE_HD void measure_adjoint(T const& team, Task task, State, Scalar L, Scalar L_bar, StateBar state_bar) const {
    if (team.rank() == 0) state_bar[rr_at()] += Systems::relative_adjoint(task.data, L, L_bar);
  }

  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const& team, Task task, Theta, Work work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar, WorkBar work_bar, Mask) const {
    int const n = array();
    GridLevel const& g = grid();
    auto const own = Systems::of_task(task.data);
    auto const A = own.level(0, Systems::finest(task.data), task.data + Systems::operators_at());
    auto const memory = Systems::memory(task.data, work.data);
    Scalar const *const r = state.data + n, *const p = r + n;
    Scalar *const r_bar = next_bar.data + n, *const p_bar = r_bar + n;  // of the next state; used as scratch too
    Scalar *const to_r = state_bar.data + n, *const to_p = to_r + n;
    Scalar *const z = vector(work, 0), *const q = vector(work, 1);
    Scalar *const z_bar = work_bar.data + weights_size(), *const v = z_bar + n, *const record = v + n;
    Scalar* const record_of_z_bar = record + record_size();
    Scalar const rz = state[rz_at()];

    // The step again; next_r stands in to_r for the time being. The adjoint of x is never read.
    clear_halo(team, g, to_r), clear_halo(team, g, to_p);
    for_each_product(team, g, A.a, p, [=](int i, Scalar product) { q[i] = product; });
    team.sync();
    Scalar const pAp = sum_over_points<Scalar>(team, g, [=](int i) { return p[i] * q[i]; });
    Scalar const length = by_conjugate_gradients ? rz / pAp : Scalar(1);
    Scalar* const next_r = to_r;
    for_each_row(team, g, [=](int i) { return [=](int j) { next_r[i + j] = r[i + j] - length * q[i + j]; }; });
    team.sync();
    update_halo(team, hierarchy(), 0, next_r);
    apply_cycle_recorded(own, team, memory, false, next_r, z, record);
    Scalar const next_rz = sum_over_points<Scalar>(team, g, [=](int i) { return next_r[i] * z[i]; });
    Scalar const beta = by_conjugate_gradients ? next_rz / rz : Scalar(0);

    // p' = z + beta p, beta = rz' / rz, rz' = r'z, z = M r'.
    Scalar const beta_bar = sum_over_points<Scalar>(team, g, [=](int i) { return p_bar[i] * p[i]; });
    Scalar const rr_bar = next_bar[rr_at()];
    Scalar const next_rz_bar = by_conjugate_gradients ? next_bar[rz_at()] + beta_bar / rz : Scalar(0);
    Scalar rz_bar = by_conjugate_gradients ? -beta_bar * beta / rz : Scalar(0);
    for_each_row(team, g,
                 [=](int i) { return [=](int j) { z_bar[i + j] = p_bar[i + j] + next_rz_bar * next_r[i + j]; }; });
    team.sync();
    update_halo(team, hierarchy(), 0, z_bar);
    apply_cycle_recorded(own, team, memory, true, z_bar, v, record_of_z_bar);
    cycle_adjoint(own, team, memory, static_cast<Scalar const*>(record), static_cast<Scalar const*>(record_of_z_bar),
                  work_bar.data);
    // r' = r - length q, length = rz / p'q, q = A p. Nothing depends on x.
    for_each_row(team, g, [=](int i) {
      return [=](int j) {
        to_r[i + j] = r_bar[i + j] + Scalar(2) * rr_bar * next_r[i + j] + next_rz_bar * z[i + j] + v[i + j];
      };
    });
    team.sync();
    Scalar pAp_bar(0);
    if (by_conjugate_gradients) {
      Scalar const length_bar = -sum_over_points<Scalar>(team, g, [=](int i) { return to_r[i] * q[i]; });
      rz_bar += length_bar / pAp;
      pAp_bar = -length_bar * length / pAp;
    }
    for_each_row(team, g, [=](int i) {
      return [=](int j) { z_bar[i + j] = -length * to_r[i + j] + Scalar(2) * pAp_bar * p[i + j]; };
    });
    team.sync();
    update_halo(team, hierarchy(), 0, z_bar);
    for_each_product(team, g, A.a, static_cast<Scalar const*>(z_bar),
                     [=](int i, Scalar product) { to_p[i] = beta * p_bar[i] + product; });
    if (team.rank() != 0) return;
    state_bar[rz_at()] = rz_bar;
    state_bar[rr_at()] = Scalar(0);
    state_bar[sign_at()] = Scalar(0);
  }

  template <class T, class Task, class Theta, class Work, class StateBar, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const& team, Task task, Theta theta, Work work, StateBar state_bar,
                                  ThetaBar theta_bar, WorkBar work_bar) const {
    int const n = array();
    auto const own = Systems::of_task(task.data);
    auto const memory = Systems::memory(task.data, work.data);
    Scalar const* const p_bar = state_bar.data + 2 * n;
    Scalar *const z = vector(work, 0), *const r = vector(work, 1);
    Scalar *const z_bar = work_bar.data + weights_size(), *const v = z_bar + n, *const record = v + n;
    Scalar* const record_of_z_bar = record + record_size();
    // p = z, rz = r'z, z = M r.
    Scalar* const x = state_bar.data;  // its adjoint is 0 and no longer needed
    for_each_rolled(team, n,
                    [&](int i) { x[i] = Systems::takes_guess ? Scalar(task[Systems::guess_at() + i]) : Scalar(0); });
    team.sync();
    true_residual(team, task, x, r);
    apply_cycle_recorded(own, team, memory, false, r, z, record);
    Scalar const rz_bar = state_bar[rz_at()];
    for_each_row(team, grid(), [=](int i) { return [=](int j) { z_bar[i + j] = p_bar[i + j] + rz_bar * r[i + j]; }; });
    team.sync();
    update_halo(team, hierarchy(), 0, z_bar);
    apply_cycle_recorded(own, team, memory, true, z_bar, v, record_of_z_bar);
    cycle_adjoint(own, team, memory, static_cast<Scalar const*>(record), static_cast<Scalar const*>(record_of_z_bar),
                  work_bar.data);
    Systems::make_weights_adjoint(team, task, theta, theta_bar, work, work_bar);
  }

 private:
  METASOLVE_HD int rz_at() const { return 3 * array(); }
  METASOLVE_HD int rr_at() const { return 3 * array() + 1; }
  METASOLVE_HD int sign_at() const { return 3 * array() + 2; }
  METASOLVE_HD int record_size() const { return cycle_record_size(hierarchy(), operators.shape); }
  template <class Work>
  METASOLVE_HD Scalar* vector(Work work, int k) const {
    return work.data + weights_size() + Systems::scratch_size() + k * array();
  }
  /// r = f - A x, with its halo. Syncs at the end.
  template <class T, class Task>
  METASOLVE_HD void true_residual(T const& team, Task task, Scalar const* x, Scalar* r) const {
    auto const A = Systems::finest_operator(task.data);
    residual(team, grid(), A.a, static_cast<Scalar const*>(task.data), x, r);
    team.sync();
    update_halo(team, hierarchy(), 0, r);
  }
  template <class T, class Task, class Work, class State>
  METASOLVE_HD void begin(T const& team, Task task, Work work, State state) const {
    int const n = array();
    Scalar *const r = state.data + n, *const p = r + n, *const z = vector(work, 0);
    true_residual(team, task, state.data, r);
    apply_cycle(Systems::of_task(task.data), team, Systems::memory(task.data, work.data), r, z);
    for_each_rolled(team, n, [&](int i) { p[i] = z[i]; });
    Scalar const rz = sum_over_points<Scalar>(team, grid(), [=](int i) { return r[i] * z[i]; });
    Scalar const rr = sum_over_points<Scalar>(team, grid(), [=](int i) { return r[i] * r[i]; });
    team.sync();
    if (team.rank() != 0) return;
    state[rz_at()] = rz;
    state[rr_at()] = rr;
    bool const moves = !by_conjugate_gradients || rz > Scalar(0) || !(rr > Scalar(0));
    state[sign_at()] = moves ? Scalar(1) : Scalar(-1);
  }
};

}  // namespace metasolve::kernels
