// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "metasolve/executor.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of implicit Euler steps of a small stiff system y' = f(t, y; p). For each task, g(y) = y - h f(t + h,
/// y; p) - y_prev = 0 is solved by the one-step Newton-SOR method (paper, section 4.1, eqs. 14, 45, 46),
///   y <- clamp(y - r (D - r L)^-1 g(y)),   J = D - L - U the Jacobian of g at y,
/// from a guess y_0, until ||g||_2 <= eps. Double precision. A meta-solver chooses r, y_0, or both.
///
/// The unknowns of robertson, orego, hires and pollution are concentrations. A root of g with a negative concentration
/// is not physical and never counts as converged: y is reflected to the positive side and the iteration continues with
/// r at most 1. A task that reaches such a root again breaks down. A value below 0 within the error explained by
/// y_prev, rounding or eps is accepted.
///
/// All memory is allocated in the constructor. A call does not allocate or synchronize and uses only the executor's
/// stream, so it can be captured in a CUDA graph. A task's result depends on that task alone: bitwise the same in any
/// batch, on the same executor. Use one solver, and its executor, from one host thread at a time; several solvers may
/// run in several threads.
class ImplicitEulerSolver {
 public:
  /// How the equations of a step are solved.
  enum class Method : std::int32_t {
    newton_sor = 0,    ///< the one-step Newton-SOR method, as above
    newton = 1,        ///< y <- clamp(y - r J^-1 g(y)), by Gaussian elimination with partial pivoting: the paper's
                       ///< baseline for Newton-SOR. r = 1 is Newton's method; it takes no meta-solver
    anderson_sor = 2,  ///< Newton-SOR with Anderson's acceleration of depth 1: from the second iteration on a
                       ///< combination of the last two sweeps, of least linearised ||g||. Best with r = 1
  };

  /// A built-in system; problem_solver.hpp solves user-defined ones.
  struct System {
    std::string name = "robertson";  ///< or "van_der_pol", "orego", "hires", "pollution"
    bool clamps = false;             ///< clamp every entry of y to [low, high] after each iteration
    double low = -1, high = 2;
    Method method = Method::newton_sor;
  };

  /// The caller's tasks: views that must stay valid until the executor has completed the call. n: unknowns of the
  /// system.
  struct Tasks {
    std::int64_t count = 0;                   ///< 0 to the capacity
    BatchView<double const> previous = {};    ///< y_prev [count][n]
    BatchView<double const> parameters = {};  ///< p [count][parameters]; task_stride 0: the same for all
    Column<double> step = {};                 ///< h > 0
    Column<double> time = {};                 ///< t, if f depends on it
    Column<double> relaxation = 1;            ///< r: the constant that a meta-solver is compared with
    BatchView<double const> guess = {};       ///< y_0 [count][n]; null: y_prev
  };

  /// @throws InputError an unknown system or method, a capacity below 1, a meta-solver of another problem or shape, or
  ///         for a method that takes none, a misaligned or too small workspace; DeviceError; std::bad_alloc
  ImplicitEulerSolver(Executor const& executor, System const& system, Setup const& setup);
  /// Size of `workspace` for this setup. Does not allocate.
  static std::size_t workspace_bytes(Executor const& executor, System const& system, Setup const& setup);

  /// Can be moved, not copied.
  ImplicitEulerSolver(ImplicitEulerSolver&&) noexcept;
  ImplicitEulerSolver& operator=(ImplicitEulerSolver&&) noexcept;
  ~ImplicitEulerSolver();

  [[nodiscard]] int unknowns() const noexcept;    ///< n
  [[nodiscard]] int parameters() const noexcept;  ///< size of p

  /// Solves. results.solution may be identical to tasks.previous, tasks.guess, or both, in pointer and strides: tasks
  /// that do not converge then keep their values. Otherwise arrays must not overlap. A task breaks down if h is not
  /// positive, if an input is not finite, if the diagonal of J has a zero, or if it converges with a negative
  /// concentration. Newton's method does not check the diagonal: if J is singular, the task ends as not_finite. The
  /// other tasks are solved.
  /// @throws InputError an argument is missing, misaligned, out of range, overlapping, or not accessible to the
  ///         executor (names it); nothing has run then
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// The implicit gradient of a step (docs/adjoints/implicit_euler.md). With lambda of (I - h df/dy)' lambda =
  /// solution_bar, all at (t + h, y; p):
  struct Gradient {
    BatchView<double const> solution = {};      ///< y [count][n], converged
    BatchView<double const> solution_bar = {};  ///< dF/dy [count][n]
    BatchView<double> previous_bar = {};        ///< dF/dy_prev [count][n] = lambda; required
    BatchView<double> parameters_bar = {};      ///< dF/dp [count][parameters] = h (df/dp)' lambda, of each task, also
                                                ///< where tasks share p; null: not computed
    double* step_bar = nullptr;                 ///< dF/dh [count] = lambda . (f + h df/dt); null: not computed
    double* time_bar = nullptr;                 ///< dF/dt [count] = h lambda . df/dt; null: not computed
  };
  /// Differentiates solutions of `solve`, whatever its method, with the same guarantees. One launch; the systems of
  /// lambda are solved by elimination with partial pivoting. Of the tasks, count, parameters, step and time are read.
  /// The gradient is that of the exact root: neither the clamp nor the remaining ||g|| enters. previous_bar may be
  /// identical to solution_bar in pointer and strides. status [count], values of Status, or null: converged; breakdown
  /// if h is not positive, if h, t or p is not finite, or if I - h df/dy is singular; not_finite if a number of the
  /// gradient is not finite, as for a y or dF/dy that is not. These two get NaN in all their outputs.
  /// @throws InputError as solve; solution, solution_bar or previous_bar is null
  void gradient(Tasks const& tasks, Gradient const& gradient, std::int32_t* status = nullptr);

  /// One implementation per executor.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
