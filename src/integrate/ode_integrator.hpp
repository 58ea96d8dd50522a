// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "kernels/problems/ode_bodies.hpp"
#include "kernels/solvers/newton.hpp"
#include "src/exec/executor_type.hpp"
#include "src/exec/team_body.hpp"
#include "src/integrate/ode_solver_on.hpp"

namespace metasolve::integrate {

/// A batch of trajectories of one system, in lockstep through the same implicit Euler steps: one solve a step, whose
/// solutions are the next step's y_prev, all in the executor's memory.
template <exec::ExecutorType Exec, kernels::Ode O>
class OdeIntegrator {
 public:
  using System = kernels::ImplicitEuler<O, double>;

  /// parameters [sets][O::parameters], initial [sets][O::size]: host memory, copied.
  OdeIntegrator(Exec& exec, std::span<double const> parameters, std::span<double const> initial, double relaxation,
                bool clamps)
      : exec_(exec),
        sets_(static_cast<std::int64_t>(initial.size()) / O::size),
        clamps_(clamps),
        rows_(exec, sets_ * System::columns),
        solution_(exec, sets_ * O::size),
        workspace_(exec, std::max(exec.team_bytes(exec::SolveBody<OdeSolver<O, double>>{}, sets_),
                                  exec.team_bytes(exec::SolveBody<kernels::Newton<System>>{}, sets_))) {
    restart(parameters, initial, relaxation);
  }

  /// Back to the first step. As many sets as before.
  void restart(std::span<double const> parameters, std::span<double const> initial, double relaxation) {
    steps_ = 0;
    std::vector<double> rows(static_cast<std::size_t>(rows_.size()), 0.0);
    for (std::int64_t s = 0; s < sets_; ++s) {
      double* const row = rows.data() + s * System::columns;
      for (int i = 0; i < O::parameters; ++i) {
        row[System::parameters_at + i] = parameters[static_cast<std::size_t>(s * O::parameters + i)];
      }
      row[System::relaxation_at] = relaxation;
      for (int i = 0; i < O::size; ++i) {
        row[System::state_at + i] = initial[static_cast<std::size_t>(s * O::size + i)];
      }
    }
    rows_.upload(rows.data(), rows_.size());
    solution_.upload(initial.data(), solution_.size());  // what a step that fails leaves as it was
  }

  [[nodiscard]] std::int64_t sets() const { return sets_; }
  /// The tasks of this step, as implicit_euler.hpp lays them out.
  [[nodiscard]] double const* rows() const { return rows_.data(); }
  /// r and y_prev: the parameters that a solve has without a meta-solver.
  [[nodiscard]] kernels::BatchView<double const> default_parameters() const {
    return {rows_.data() + System::relaxation_at, System::columns, 1};
  }
  /// y after the last solve [sets][O::size].
  [[nodiscard]] exec::Buffer<double> const& solution() const { return solution_; }
  /// One set's task of this step, and its state after it, in host memory.
  [[nodiscard]] std::array<double, System::columns> row(std::int64_t set) const {
    std::array<double, System::columns> numbers{};
    rows_.download(numbers.data(), System::columns, set * System::columns);
    return numbers;
  }
  void put_state(std::int64_t set, double const* y) { solution_.upload(y, O::size, set * O::size); }

  /// From t to t + h: `begin` makes the tasks, `solve` solves them. run: parameters, limits and where results go.
  void begin(double t, double h) {
    exec_.launch(1, sets_, kernels::NextStep<O>{t, h, steps_++ == 0 ? nullptr : solution_.data(), rows_.data()});
  }
  template <class Solver = OdeSolver<O, double>>
  void solve(kernels::LockstepArguments<double> const& run) {
    exec_.launch_teams(exec::SolveBody<Solver>{on_rows<Solver>(rows_.data(), clamps_), completed(run)},
                       workspace_.data(), sets_);
  }
  /// run with what belongs to this batch.
  [[nodiscard]] kernels::LockstepArguments<double> completed(kernels::LockstepArguments<double> run) {
    run.slots = sets_;
    run.solution = {solution_.data(), O::size, 1};
    return run;
  }

 private:
  Exec& exec_;
  std::int64_t sets_;
  bool clamps_;
  exec::Buffer<double> rows_, solution_;
  exec::Buffer<std::byte> workspace_;
  std::int64_t steps_ = 0;
};

}  // namespace metasolve::integrate
