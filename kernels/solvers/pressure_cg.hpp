// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/solver.hpp"
#include "../operators/face_cycle.hpp"

namespace metasolve::kernels {

/// What is compared with the tolerance.
enum class PressureMeasure {
  largest_residual,   ///< max |r|, r = b - A p
  residual,           ///< ||r||
  relative_residual,  ///< ||r|| / ||b||
  error,              ///< ||p - p*||, p* the task's reference; up to a constant where constants are the null space
};

/// M of conjugate gradients.
enum class PressurePreconditioner {
  none,
  modified_cholesky,  ///< an incomplete factor, part of whose dropped fill is added to the diagonal
  multigrid,          ///< a FaceCycle
};

/// Which part of the derivative of an iteration its adjoint holds (docs/adjoints/pressure.md).
enum class PressureGradient {
  frozen,  ///< the step lengths are constants: exact for the energy norm of the error, which they minimise
  exact,
};

/// Conjugate gradients for pressure systems (FaceTasks) from a guess, the parameters, with a preconditioner or
/// none. Where no cell touches an open side, constants are the null space, and b loses its mean.
/// The recursive residual's measure is confirmed by the true one's. A task breaks down if p'Ap or r'Mr is not positive
/// or a weight is negative.
///
/// Task: [system, 1 / ||b||, share of the cells that is removed as a mean, the cycle's coarse systems, p* with the
/// measure `error`]. State: [x, r, direction, r'z, measure, 1 or -1 after a breakdown]. Workspace: [z, A p, the
/// cycle's]; of the adjoint two arrays.
template <class Scalar>
struct PressureCg {
  using scalar = Scalar;
  static constexpr bool is_wide = true, is_scalar = true, confirms_at_limit = true;

  FaceTasks<Scalar> tasks;
  FaceSystem<Scalar> system;
  FaceCycle<Scalar> cycle;           ///< no levels: another preconditioner
  Scalar fill_share = Scalar(0.97);  ///< of the factor
  PressureMeasure measure_kind = PressureMeasure::largest_residual;
  PressureGradient gradient = PressureGradient::frozen;
  PressurePreconditioner preconditioner = PressurePreconditioner::none;

  /// Sets the members that these two determine, on the host.
  constexpr void set(DiagonalGrid of, PressurePreconditioner with) {
    preconditioner = with;
    system = {of, with != PressurePreconditioner::none};
    cycle = {};
    if (with == PressurePreconditioner::multigrid) cycle = FaceCycle<Scalar>::of(of, numbers_at() + 2);
  }

  METASOLVE_HD DiagonalGrid const& grid() const { return system.grid; }
  METASOLVE_HD int array() const { return system.grid.size(); }
  METASOLVE_HD int task_size() const { return reference_at() + (measure_kind == PressureMeasure::error ? array() : 0); }
  METASOLVE_HD int parameter_size() const { return grid().points(); }
  METASOLVE_HD int solution_size() const { return grid().points(); }
  METASOLVE_HD int state_size() const { return 3 * array() + 3; }
  METASOLVE_HD int workspace_size() const { return 2 * array() + cycle.work_size(); }
  METASOLVE_HD int workspace_bar_size() const { return 2 * array(); }

  template <class T>
  METASOLVE_HD bool load(T const& team, std::int64_t task, LocalView<Scalar> to) const {
    Scalar* const a = to.data;
    for_each_rolled(team, task_size(), [&](int i) { a[i] = Scalar(0); });
    team.sync();
    system.load(team, tasks, task, a);
    Scalar const* const diagonal = a + system.diagonal_at();
    auto const is_fluid = [=](int i) { return diagonal[i] > Scalar(0); };
    Scalar const *const east = a + system.east_at(), *const north = a + system.north_at();
    Scalar wrong = sum_over_cells<Scalar>(team, grid(), [=](int i) {
      return (east[i] < Scalar(0) ? Scalar(1) : Scalar(0)) + (north[i] < Scalar(0) ? Scalar(1) : Scalar(0));
    });
    if (tasks.open) {
      Scalar negative(0);
      for_each_rolled(team, grid().points(),
                      [&](int p) { negative += Scalar(tasks.open(task, p)) < Scalar(0) ? Scalar(1) : Scalar(0); });
      wrong += team.sum(negative);
    }
    Scalar const share = system.share_of_mean(team, tasks, task, a);
    system.remove_mean(team, share, a);
    if (measure_kind == PressureMeasure::error) {
      Scalar* const reference = a + reference_at();
      for_each_place(team, grid(),
                     [&](int p, int i) { reference[i] = is_fluid(i) ? Scalar(tasks.reference(task, p)) : Scalar(0); });
      team.sync();
    }
    Scalar const* const b = a;
    Scalar const bb = sum_over_cells<Scalar>(team, grid(), [=](int i) { return b[i] * b[i]; });
    if (team.rank() == 0) {
      bool const is_relative = measure_kind == PressureMeasure::relative_residual && bb > Scalar(0);
      a[numbers_at()] = is_relative ? Scalar(1) / sqrt(bb) : Scalar(1);
      a[numbers_at() + 1] = share;
    }
    if (preconditioner == PressurePreconditioner::modified_cholesky) system.factor(team, fill_share, a);
    if (preconditioner == PressurePreconditioner::multigrid) cycle.prepare(team, tasks, task, a);
    team.sync();
    return wrong == Scalar(0);
  }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task task, Theta theta, Work work, State state, Mask) const {
    Scalar *const x = state.data, *const z = work.data;
    for_each_rolled(team, state_size(), [&](int i) { x[i] = Scalar(0); });
    for_each_rolled(team, workspace_size(), [&](int i) { z[i] = Scalar(0); });
    team.sync();
    load_guess(team, task, theta, x);
    begin(team, task, work, state);
  }

  template <class T, class Task, class State>
  METASOLVE_HD Scalar measure(T const& team, Task task, State state) const {
    Scalar L = state[scalars_at() + 1];
    if (measure_kind == PressureMeasure::error) {
      Scalar const *const x = state.data, *const reference = task.data + reference_at();
      Scalar const *const diagonal = task.data + system.diagonal_at(), mean = mean_error(team, task, x);
      L = sqrt(sum_over_cells<Scalar>(team, grid(), [=](int i) {
        return diagonal[i] > Scalar(0) ? square_of(x[i] - reference[i] - mean) : Scalar(0);
      }));
    }
    return state[scalars_at() + 2] < Scalar(0) ? -L : L;
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task task, Theta, Work work, State state, Next next, Mask) const {
    int const n = array();
    Scalar const *const x = state.data, *const r = x + n, *const p = r + n;
    Scalar *const next_x = next.data, *const next_r = next_x + n, *const next_p = next_r + n;
    Scalar *const z = work.data, *const q = z + n;
    Scalar const rz = state[scalars_at()];
    clear_neighbours(team, next_p);
    Scalar const pAp = system.for_each_product(
        team, task.data, p, [=](int i, Scalar product) { q[i] = product; }, [=](int i) { return p[i] * q[i]; });
    Scalar const length = rz / pAp;
    auto const of_next = for_each_cell_summed<Scalar>(
        team, grid(),
        [=](Diagonal const&) {
          return [=](int i) {
            next_x[i] = x[i] + length * p[i];
            next_r[i] = r[i] - length * q[i];
          };
        },
        [=](int i) { return next_r[i] * next_r[i]; }, [=](int i) { return abs(next_r[i]); });
    team.sync();
    Scalar const* const of_r = preconditioned(team, task, work, next_r, z);
    Scalar next_rz = of_next.sum;
    if (preconditioner != PressurePreconditioner::none) {
      next_rz = sum_over_cells<Scalar>(team, grid(), [=](int i) { return next_r[i] * of_r[i]; });
    }
    Scalar const L = residual_measure(task, of_next);
    Scalar const beta = next_rz / rz;
    // A residual of 0 is the end.
    bool const moves = pAp > Scalar(0) && rz > Scalar(0) && (next_rz > Scalar(0) || !(L > Scalar(0)));
    bool const is_lost = !(pAp == pAp) || !(next_rz == next_rz);  // not finite: the measure says so
    for_each_cell(team, grid(), [=](Diagonal const&) {
      return [=](int i) {
        next_p[i] = of_r[i] + beta * p[i];
        if (!moves && !is_lost) next_x[i] = x[i], next_r[i] = r[i];
      };
    });
    team.sync();
    if (team.rank() != 0) return;
    next[scalars_at()] = next_rz;
    next[scalars_at() + 1] = is_lost ? pAp + next_rz : moves ? L : Scalar(state[scalars_at() + 1]);
    next[scalars_at() + 2] = moves || is_lost ? Scalar(1) : Scalar(-1);
  }

  /// The measure from b - A x.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD Scalar confirm(T const& team, Task task, Theta, Work work, State state, Mask) const {
    if (measure_kind == PressureMeasure::error) return measure(team, task, state);
    clear_neighbours(team, state.data);
    team.sync();
    Scalar const L = residual_measure(task, true_residual(team, task, state.data, work.data + array()));
    if (team.rank() == 0) state[scalars_at() + 1] = L;
    return L;
  }
  /// Begins anew from x.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void resume(T const& team, Task task, Theta, Work work, State state, Mask) const {
    begin(team, task, work, state);
  }

  template <class T, class Task, class State, class StateBar>
  METASOLVE_HD void measure_adjoint(T const& team, Task task, State state, Scalar L, Scalar L_bar,
                                    StateBar state_bar) const {
    if (!(L > Scalar(0)) || L_bar == Scalar(0)) return;
    int const n = array();
    Scalar* const to = state_bar.data;
    if (measure_kind == PressureMeasure::error) {
      Scalar const *const x = state.data, *const reference = task.data + reference_at();
      Scalar const *const diagonal = task.data + system.diagonal_at(), mean = mean_error(team, task, x);
      Scalar const slope = L_bar / L;
      for_each_cell(team, grid(), [=](Diagonal const&) {
        return [=](int i) { to[i] += diagonal[i] > Scalar(0) ? slope * (x[i] - reference[i] - mean) : Scalar(0); };
      });
      return;
    }
    Scalar const* const r = state.data + n;
    if (measure_kind == PressureMeasure::largest_residual) {
      for_each_cell(team, grid(), [=](Diagonal const&) {
        return [=](int i) {
          Scalar const sign = r[i] < Scalar(0) ? Scalar(-1) : Scalar(1);
          to[n + i] += abs(r[i]) == L ? sign * L_bar : Scalar(0);
        };
      });
      return;
    }
    Scalar const scale = task[numbers_at()], slope = L_bar * scale * scale / L;
    for_each_cell(team, grid(), [=](Diagonal const&) { return [=](int i) { to[n + i] += slope * r[i]; }; });
  }

  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const& team, Task task, Theta, Work work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar, WorkBar work_bar, Mask) const {
    int const n = array();
    bool const exact = gradient == PressureGradient::exact;
    Scalar const *const r = state.data + n, *const p = r + n;
    Scalar const *const x_bar = next_bar.data, *const r_bar = x_bar + n, *const p_bar = r_bar + n;  // of the next state
    Scalar *const to_x = state_bar.data, *const to_r = to_x + n, *const to_p = to_r + n;
    Scalar *const z = work.data, *const q = z + n;
    Scalar *const v = work_bar.data, *const u = v + n;
    Scalar const rz = state[scalars_at()];
    clear_neighbours(team, to_r);

    // The step again. next_r stands in u.
    Scalar const pAp = system.for_each_product(
        team, task.data, p, [=](int i, Scalar product) { q[i] = product; }, [=](int i) { return p[i] * q[i]; });
    Scalar const length = rz / pAp;
    for_each_cell(team, grid(), [=](Diagonal const&) { return [=](int i) { u[i] = r[i] - length * q[i]; }; });
    team.sync();
    Scalar const* const of_r = preconditioned(team, task, work, u, z);
    Scalar const next_rz = sum_over_cells<Scalar>(team, grid(), [=](int i) { return u[i] * of_r[i]; });
    Scalar const beta = next_rz / rz;

    // p' = z + beta p, beta = rz' / rz, rz' = r'z, z = M r'.
    Scalar rz_bar(0), next_rz_bar(0);
    if (exact) {
      Scalar const beta_bar = sum_over_cells<Scalar>(team, grid(), [=](int i) { return p_bar[i] * p[i]; });
      next_rz_bar = next_bar[scalars_at()] + beta_bar / rz;
      rz_bar = -beta_bar * beta / rz;
    }
    Scalar const* const of_bar = preconditioned(team, task, work, p_bar, v);
    for_each_cell(team, grid(), [=](Diagonal const&) {
      return [=](int i) { to_r[i] = r_bar[i] + of_bar[i] + Scalar(2) * next_rz_bar * of_r[i]; };
    });
    team.sync();
    // x' = x + length p, r' = r - length q, length = rz / p'q, q = A p.
    Scalar pAp_bar(0);
    if (exact) {
      Scalar const length_bar =
          sum_over_cells<Scalar>(team, grid(), [=](int i) { return x_bar[i] * p[i] - to_r[i] * q[i]; });
      rz_bar += length_bar / pAp;
      pAp_bar = -length_bar * length / pAp;
    }
    system.for_each_product(team, task.data, to_r, [=](int i, Scalar product) {
      to_p[i] = beta * p_bar[i] + length * (x_bar[i] - product) + Scalar(2) * pAp_bar * q[i];
    });
    for_each_cell(team, grid(), [=](Diagonal const&) { return [=](int i) { to_x[i] = x_bar[i]; }; });
    if (team.rank() != 0) return;
    state_bar[scalars_at()] = rz_bar;
    state_bar[scalars_at() + 1] = state_bar[scalars_at() + 2] = Scalar(0);
  }

  template <class T, class Task, class Theta, class Work, class StateBar, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const& team, Task task, Theta theta, Work work, StateBar state_bar,
                                  ThetaBar theta_bar, WorkBar work_bar) const {
    int const n = array();
    Scalar const *const x_bar = state_bar.data, *const p_bar = x_bar + 2 * n;
    Scalar *const r_bar = state_bar.data + n, *const z = work.data, *const r = z + n;
    Scalar *const v = work_bar.data, *const x = v + n;
    Scalar const rz_bar = state_bar[scalars_at()];
    // p = z, rz = r'z, z = M r, r = b - A x.
    Scalar const* of_r = z;
    if (gradient == PressureGradient::exact) {
      for_each_rolled(team, n, [=](int i) { x[i] = Scalar(0); });
      team.sync();
      load_guess(team, task, theta, x);
      true_residual(team, task, x, r);
      of_r = preconditioned(team, task, work, r, z);
    }
    Scalar const* const of_bar = preconditioned(team, task, work, p_bar, v);
    for_each_cell(team, grid(), [=](Diagonal const&) {
      return [=](int i) {
        Scalar const from_rz = rz_bar == Scalar(0) ? Scalar(0) : Scalar(2) * rz_bar * of_r[i];
        r_bar[i] += of_bar[i] + from_rz;
      };
    });
    team.sync();
    system.for_each_product(team, task.data, r_bar, [=](int i, Scalar product) { x[i] = x_bar[i] - product; });
    team.sync();
    Scalar const* const diagonal = task.data + system.diagonal_at();
    for_each_place(team, grid(), [&](int place, int i) {
      if (diagonal[i] > Scalar(0)) theta_bar[place] += x[i];
    });
  }

  /// Operations of a task's preconditioner, made and applied once.
  [[nodiscard]] double load_operations() const {
    return preconditioner == PressurePreconditioner::none                ? 0
           : preconditioner == PressurePreconditioner::modified_cholesky ? system.factor_operations()
                                                                         : cycle.prepare_operations();
  }
  [[nodiscard]] double precondition_operations() const {
    return preconditioner == PressurePreconditioner::none                ? 0
           : preconditioner == PressurePreconditioner::modified_cholesky ? system.precondition_operations()
                                                                         : cycle.apply_operations();
  }

  /// p; 0 in solid cells.
  template <class T, class Task, class State>
  METASOLVE_HD void write_solution(T const& team, Task, State state, BatchView<Scalar> solution,
                                   std::int64_t slot) const {
    for_each_place(team, grid(), [&](int p, int i) { solution(slot, p) = state[i]; });
  }

 private:
  METASOLVE_HD constexpr int numbers_at() const { return system.size(); }
  METASOLVE_HD int reference_at() const { return cycle.levels > 0 ? cycle.end() : numbers_at() + 2; }
  METASOLVE_HD int scalars_at() const { return 3 * array(); }
  METASOLVE_HD static Scalar square_of(Scalar x) { return x * x; }

  template <class T, class Task>
  METASOLVE_HD Scalar mean_error(T const& team, Task task, Scalar const* x) const {
    Scalar const* const reference = task.data + reference_at();
    Scalar const share = task[numbers_at() + 1];
    if (share == Scalar(0)) return share;
    return share * sum_over_cells<Scalar>(team, grid(), [=](int i) { return x[i] - reference[i]; });
  }
  template <class T, class Task, class Theta>
  METASOLVE_HD void load_guess(T const& team, Task task, Theta theta, Scalar* x) const {
    Scalar const* const diagonal = task.data + system.diagonal_at();
    for_each_place(team, grid(), [&](int p, int i) { x[i] = diagonal[i] > Scalar(0) ? Scalar(theta[p]) : Scalar(0); });
    team.sync();
  }
  /// What products read of an array beside its cells.
  template <class T>
  METASOLVE_HD void clear_neighbours(T const& team, Scalar* array) const {
    for_each_rolled(team, grid().diagonals() + 2, [=, this](int k) {
      Diagonal const d = grid().diagonal(k - 1);
      int const length = d.length > 0 ? d.length : 0, end = d.begin + DiagonalGrid::filled(length);
      // The number between two diagonals is the end of the first: one member writes it.
      if (k == 0) array[d.begin - 1] = Scalar(0);
      for (int i = d.begin + length; i <= end; ++i) array[i] = Scalar(0);
    });
  }
  /// M r: in z, or r itself without a preconditioner.
  template <class T, class Task, class Work>
  METASOLVE_HD Scalar const* preconditioned(T const& team, Task task, Work work, Scalar const* r, Scalar* z) const {
    if (preconditioner == PressurePreconditioner::none) return r;
    if (preconditioner == PressurePreconditioner::multigrid) {
      cycle.apply(team, task.data, r, z, work.data + 2 * array());
    } else {
      system.precondition(team, task.data, r, z);
    }
    return z;
  }
  template <class Task>
  METASOLVE_HD Scalar residual_measure(Task task, CellSums<Scalar> const& of_r) const {
    if (measure_kind == PressureMeasure::largest_residual) return of_r.largest;
    return sqrt(of_r.sum) * task[numbers_at()];
  }
  /// r = b - A x; the sum of its squares and its largest size. Syncs at the end.
  template <class T, class Task>
  METASOLVE_HD CellSums<Scalar> true_residual(T const& team, Task task, Scalar const* x, Scalar* r) const {
    Scalar const* const b = task.data;
    system.for_each_product(team, task.data, x, [=](int i, Scalar product) { r[i] = b[i] - product; });
    team.sync();
    return for_each_cell_summed<Scalar>(
        team, grid(), [](Diagonal const&) { return NothingOfCell{}; }, [=](int i) { return r[i] * r[i]; },
        [=](int i) { return abs(r[i]); });
  }
  template <class T, class Task, class Work, class State>
  METASOLVE_HD void begin(T const& team, Task task, Work work, State state) const {
    int const n = array();
    Scalar *const r = state.data + n, *const p = r + n;
    Scalar const L = residual_measure(task, true_residual(team, task, state.data, r));
    Scalar const* const of_r = preconditioned(team, task, work, r, work.data);
    for_each_cell(team, grid(), [=](Diagonal const&) { return [=](int i) { p[i] = of_r[i]; }; });
    Scalar const rz = sum_over_cells<Scalar>(team, grid(), [=](int i) { return r[i] * of_r[i]; });
    team.sync();
    if (team.rank() != 0) return;
    state[scalars_at()] = rz;
    state[scalars_at() + 1] = L;
    state[scalars_at() + 2] = rz > Scalar(0) || !(L > Scalar(0)) ? Scalar(1) : Scalar(-1);
  }
};

}  // namespace metasolve::kernels
