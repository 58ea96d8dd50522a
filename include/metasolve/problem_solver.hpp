// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "metasolve/training.hpp"
// From here on the library's own headers, which the package's component `kernels` brings: a user's solver is compiled
// into the engine's launches, in the user's program.
#include "kernels/problems/nonlinear_problem.hpp"
#include "kernels/problems/ode_problem.hpp"
#include "src/api/compiled_problem.hpp"

namespace metasolve {

/// A column of a problem's tasks, which has to be given: memory or a number, as Column says.
struct GivenColumn : Column<double> {
  using Column<double>::Column;
  GivenColumn() : Column<double>(std::numeric_limits<double>::quiet_NaN()) {}
  GivenColumn(Column<double> const& column) : Column<double>(column) {}  // NOLINT
};

/// Compiles P for CPUs in a .cpp file, for CUDA devices in a .cu file. Files that use ProblemSolver<P> or
/// train_meta_solver<P> do so by that; a program of .cpp files that is to run on devices too needs one .cu file with
///   static bool const on_devices = metasolve::compile_problem<P>();
/// linked into it directly: a linker leaves out objects of static libraries that nobody asks for. For the reference
/// executor "serial" a .cpp file has compile_problem<P, exec::SerialExec>().
template <kernels::Problem P, class Exec = api::ThisExec>
bool compile_problem() {
  return api::is_compiled<Exec, P>;
}

/// Batches of tasks of a user's own problem P (kernels/problems/problem.hpp): NonlinearProblem<G> for a small system
/// g(y; c) = 0, OdeProblem<O> for implicit Euler steps of an ODE, or a solver written from the ground up. Link
/// metasolve::kernels, and leave it the choice of -march: the program and the library lay out the same memory.
///
/// Promises as ImplicitEulerSolver's: a call does not allocate, does not synchronize and touches no stream but the
/// executor's.
template <kernels::Problem P>
class ProblemSolver {
 public:
  static constexpr int columns = P::columns, parameters = P::parameters;

  /// The caller's tasks: views that must stay valid until the executor has done the call. Of the columns, those of the
  /// parameters' defaults are the constants that a meta-solver is measured against.
  struct Tasks {
    std::int64_t count = 0;                           ///< 0 to the capacity
    std::array<GivenColumn, P::columns> column = {};  ///< all of them
  };

  /// solver: with settings of its own, such as NewtonSor's clamp.
  /// @throws InputError a capacity under 1, a meta-solver of another problem or shape, a workspace that is misaligned
  ///         or too small; DeviceError, also where no file of the program compiles P for this executor;
  ///         std::bad_alloc
  template <class Exec = api::ThisExec>
  ProblemSolver(Executor const& executor, Setup const& setup, typename P::Solver const& solver = {})
      : unknowns_(solver.state_size()),
        calls_(api::with_workspace(executor, setup, [&] { return make<Exec>(executor, solver, setup); })) {}
  /// What setup.workspace must hold. Does not allocate.
  template <class Exec = api::ThisExec>
  static std::size_t workspace_bytes(Executor const& executor, Setup const& setup,
                                     typename P::Solver const& solver = {}) {
    return api::planned_workspace(executor, setup, [&] { return make<Exec>(executor, solver, setup); });
  }

  [[nodiscard]] std::int64_t unknowns() const noexcept { return unknowns_; }  ///< of a solution: the solver's state

  /// Solves. results.solution: the solver's state. @throws InputError as ImplicitEulerSolver::solve; columns that were
  /// not given, by name
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {}) {
    api::check_count(tasks.count, calls_->capacity());
    auto& a = calls_->arguments();
    a.begin(tasks.count);
    if (tasks.count > 0) require_all(tasks);
    std::array<Column<double>, P::columns> given;
    std::copy(tasks.column.begin(), tasks.column.end(), given.begin());
    for (int c = 0; c < columns; ++c) a.reads("tasks.column", given[static_cast<std::size_t>(c)], c);
    api::name_results(a, stopping, results, policy, unknowns_);
    a.finish();
    calls_->solve(tasks.count, given.data(), stopping, results, policy, false);
  }

 private:
  static void require_all(Tasks const& tasks) {
    std::string missing;
    for (int c = 0; c < columns; ++c) {
      auto const& column = tasks.column[static_cast<std::size_t>(c)];
      if (column.data != nullptr || !std::isnan(column.value)) continue;
      missing += (missing.empty() ? "tasks.column[" : ", tasks.column[") + std::to_string(c) + "] (" +
                 problems::column_name<P>(c) + ")";
    }
    if (missing.empty()) return;
    throw InputError("solve: not given: " + missing +
                     "; give each a pointer and a stride, or a number that is the same for all tasks");
  }

  template <class Exec>
  static std::unique_ptr<api::ProblemCalls> make(Executor const& executor, typename P::Solver const& solver,
                                                 Setup const& setup) {
    compile_problem<P, Exec>();
    return api::make_calls<P>(executor, api::compiled_for<P>(executor.name()), solver, setup);
  }

  std::int64_t unknowns_;
  std::unique_ptr<api::ProblemCalls> calls_;
};

/// Trains a meta-solver for problem P, solved by `solver`. Training begins at the best constant value of P's first
/// parameter, where that has a range of its own (kernels/problems/problem.hpp), and keeps no weights that take more
/// iterations on the validation tasks than the best constant: where no epoch is better the run holds a meta-solver that
/// gives that constant (TrainingReport::gives_constant). rows: every column of each task. run: a folder, made if need
/// be, for checkpoints that MetaSolver::load reads in any program that is compiled with P, metrics.jsonl and
/// manifest.json, as `metasolve train` writes them. A run that is there is never overwritten: control.resume goes on
/// with it, with the same settings, tasks and solver. Waits; can be killed at any moment.
/// @throws InputError a setting that is not known or out of range, or another than the run was begun with; columns that
///         `rows` leaves unwritten, by name; a feature that is not a finite number; a folder that holds a run, or is
///         being trained into; another training of P under way, or another problem of P's name;
///         OutputError; DeviceError; std::bad_alloc
template <kernels::Problem P, class Exec = api::ThisExec>
TrainingReport train_meta_solver(Executor const& executor, std::filesystem::path const& run, TaskRows const& rows,
                                 TrainingSettings const& settings = {}, typename P::Solver const& solver = {},
                                 TrainingControl const& control = {}) {
  compile_problem<P, Exec>();
  return api::train_problem({P::name, typeid(P)}, executor, run,
                            {rows, std::make_shared<typename P::Solver const>(solver)}, settings, control);
}

/// Compares the meta-solver of a run (its folder: the best checkpoint, or the last where there is no best) with the
/// rows' own parameters, on the test tasks. settings: "problem.test_tasks=1000", "evaluation.tolerances=[1e-6]", of
/// which the first tolerance is reported, "evaluation.max_iterations=500"; those of the network are the run's. Waits;
/// writes nothing.
/// @throws InputError no such run, or one of another problem; a setting as above; otherwise as train_meta_solver
template <kernels::Problem P, class Exec = api::ThisExec>
TrainingReport evaluate_meta_solver(Executor const& executor, std::filesystem::path const& run, TaskRows const& rows,
                                    TrainingSettings const& settings = {}, typename P::Solver const& solver = {}) {
  compile_problem<P, Exec>();
  return api::evaluate_problem({P::name, typeid(P)}, executor, run,
                               {rows, std::make_shared<typename P::Solver const>(solver)}, settings);
}

}  // namespace metasolve
