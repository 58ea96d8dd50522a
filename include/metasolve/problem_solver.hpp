// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "metasolve/setup.hpp"
// The library's internal headers, installed by the package's component `kernels`: a user-defined solver is compiled
// into the engine's launches in the user's program.
#include "metasolve/detail/api/compiled_problem.hpp"
#include "metasolve/kernels/problems/nonlinear_problem.hpp"
#include "metasolve/kernels/problems/ode_problem.hpp"

namespace metasolve {

/// A required column of a problem's tasks: memory or a number, as in Column.
struct GivenColumn : Column<double> {
  using Column<double>::Column;
  GivenColumn() : Column<double>(std::numeric_limits<double>::quiet_NaN()) {}
  /// One that is given.
  GivenColumn(Column<double> const& column) : Column<double>(column) {}  // NOLINT
};

/// Compiles P for CPUs in a .cpp file, for CUDA devices in a .cu file. Using ProblemSolver<P> in a file does the same.
/// To run on devices too, a program of .cpp files needs one .cu file with
///   static bool const on_devices = metasolve::compile_problem<P>();
/// linked directly: a linker drops unreferenced objects of static libraries. For the reference executor "serial", call
/// compile_problem<P, exec::SerialExec>() in a .cpp file. For training: train_problem.hpp.
template <kernels::Problem P, class Exec = api::ThisExec>
bool compile_problem() {
  return api::is_compiled<Exec, P>;
}

/// Solves batches of tasks of a user-defined problem P (kernels/problems/problem.hpp): NonlinearProblem<G> for a small
/// system g(y; c) = 0, OdeProblem<O> for implicit Euler steps of an ODE, or a custom solver. Link metasolve::kernels
/// and let it set -march: program and library must agree on the memory layout.
///
/// Same guarantees as ImplicitEulerSolver: a call does not allocate or synchronize, and uses only the executor's
/// stream.
template <kernels::Problem P>
class ProblemSolver {
 public:
  static constexpr int columns = P::columns, parameters = P::parameters;

  /// The caller's tasks: views that must stay valid until the executor has completed the call. The columns of the
  /// parameters' defaults are the constants that a meta-solver is compared with.
  struct Tasks {
    std::int64_t count = 0;                           ///< 0 to the capacity
    std::array<GivenColumn, P::columns> column = {};  ///< all required
  };

  /// solver: with its own settings, such as NewtonSor's clamp.
  /// @throws InputError a capacity below 1, a meta-solver of another problem or shape, a misaligned or too small
  ///         workspace; DeviceError, also if no file of the program compiles P for this executor; std::bad_alloc
  template <class Exec = api::ThisExec>
  ProblemSolver(Executor const& executor, Setup const& setup, typename P::Solver const& solver = {})
      : unknowns_(solver.state_size()),
        calls_(api::with_workspace(executor, setup, [&] { return make<Exec>(executor, solver, setup); })) {}
  /// Size of setup.workspace. Does not allocate.
  template <class Exec = api::ThisExec>
  static std::size_t workspace_bytes(Executor const& executor, Setup const& setup,
                                     typename P::Solver const& solver = {}) {
    return api::planned_workspace(executor, setup, [&] { return make<Exec>(executor, solver, setup); });
  }

  [[nodiscard]] std::int64_t unknowns() const noexcept { return unknowns_; }  ///< size of the solver's state

  /// Solves. results.solution: the solver's state. @throws InputError as ImplicitEulerSolver::solve; missing columns
  /// (names them)
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
                 model::column_name<P>(c) + ")";
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

}  // namespace metasolve
