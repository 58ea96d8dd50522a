// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include "metasolve/training.hpp"
// From here on the library's own headers, which the package's component `kernels` brings: a user's solver is compiled
// into the engine's launches, in the user's program.
#include "kernels/nonlinear_problem.hpp"
#include "kernels/ode_problem.hpp"
#include "src/api/problem_calls_on.hpp"
#include "src/api/problem_registration.hpp"
#include "src/exec/cpu_exec.hpp"
#if defined(__CUDACC__)
#include "src/exec/cuda_exec.cuh"
#endif

namespace metasolve {

/// Batches of tasks of a user's own problem P (kernels/problem.hpp): NonlinearProblem<G> for a small system g(y; c) =
/// 0, OdeProblem<O> for implicit Euler steps of an ODE, or a solver written from the ground up. Link
/// metasolve::kernels. On CPU executors alone so far.
///
/// Promises as OdeSolver's: a call takes no memory, waits for nothing and touches no stream but the executor's.
template <kernels::Problem P>
class ProblemSolver {
 public:
  static constexpr int columns = P::columns, parameters = P::parameters;

  /// The caller's tasks: views that must stay valid until the executor has done the call. Of the columns, those of the
  /// parameters' defaults are the constants that a meta-solver is measured against.
  struct Tasks {
    std::int64_t count = 0;  ///< 0 to the capacity
    std::array<Column<double>, P::columns> column = {};
  };

  /// solver: with settings of its own, such as NewtonSor's clamp.
  /// @throws InputError a capacity under 1, a meta-solver of another problem or shape, a workspace that is misaligned
  /// or
  ///         too small; DeviceError; std::bad_alloc
  ProblemSolver(Executor const& executor, Setup const& setup, typename P::Solver const& solver = {})
      : unknowns_(solver.state_size()),
        calls_(api::with_workspace(executor, setup, [&] { return make(executor, solver, setup); })) {}
  /// What setup.workspace must hold. Takes no memory.
  static std::size_t workspace_bytes(Executor const& executor, Setup const& setup,
                                     typename P::Solver const& solver = {}) {
    return api::planned_workspace(executor, setup, [&] { return make(executor, solver, setup); });
  }

  /// Solves. results.solution: the solver's state. @throws InputError as OdeSolver::solve
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {}) {
    api::check_count(tasks.count, calls_->capacity());
    auto& a = calls_->arguments();
    a.begin(tasks.count);
    for (auto const& column : tasks.column) a.reads("tasks.column", column);
    api::name_results(a, stopping, results, unknowns_);
    a.finish();
    calls_->solve(tasks.count, tasks.column.data(), stopping, results, policy, false);
  }

 private:
  static std::unique_ptr<api::ProblemCalls> make(Executor const& executor, typename P::Solver const& solver,
                                                 Setup const& setup) {
    [[maybe_unused]] bool const known = api::is_registered<P>;  // so that checkpoints of it can be read
    if (executor.kind() == DeviceKind::cpu) return api::make_calls_on<exec::CpuExec, P>(executor, solver, setup);
#if defined(__CUDACC__)
    return api::make_calls_on<exec::CudaExec, P>(executor, solver, setup);
#else
    throw DeviceError(std::string("problem ") + P::name + " was compiled for the CPU alone; compile it by nvcc");
#endif
  }

  std::int64_t unknowns_;
  std::unique_ptr<api::ProblemCalls> calls_;
};

/// Trains a meta-solver for problem P. run: a folder for its checkpoints, which MetaSolver::load reads in any program
/// that is compiled with P; an older run there is overwritten. Waits.
/// @throws InputError a setting that is not known or out of range, or another training of P under way; OutputError;
///         DeviceError; std::bad_alloc
template <kernels::Problem P>
TrainingReport train_meta_solver(Executor const& executor, std::filesystem::path const& run, TaskRows const& rows,
                                 TrainingSettings const& settings = {}) {
  [[maybe_unused]] bool const known = api::is_registered<P>;
  return api::train_problem(P::name, executor, run, rows, settings);
}

}  // namespace metasolve
