// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "metasolve/executor.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Batches of implicit Euler steps of a small stiff system y' = f(t, y; p): for each task g(y) = y - h f(t + h, y; p) -
/// y_prev = 0 is solved by the one-step Newton-SOR method (paper, section 4.1, eqs. 14, 45, 46),
///   y <- clamp(y - r (D - r L)^-1 g(y)),   J = D - L - U the Jacobian of g at y,
/// from a guess y_0, until ||g||_2 <= eps. Double precision. A meta-solver chooses r, y_0, or both.
///
/// The unknowns of robertson, orego, hires and pollution are concentrations. A root of g with one of them below 0 is no
/// step of the reaction and never counts as converged: y is reflected to its positive side and goes on with r at
/// most 1. A task that comes to such a root again breaks down. Below 0 by no more than y_prev, rounding or eps account
/// for is not outside.
///
/// All memory is taken when the solver is made; a call takes none, does not synchronize, and touches no stream but the
/// executor's, so that it can be captured in a CUDA graph. A task's result depends on that task alone: bitwise the same
/// in any batch, on the same executor. One solver, and its executor, is to be used by one host thread at a time; any
/// number of them by as many threads.
class ImplicitEulerSolver {
 public:
  /// How the equations of a step are solved.
  enum class Method : std::int32_t {
    newton_sor = 0,  ///< the one-step Newton-SOR method, as above
    newton = 1,      ///< y <- clamp(y - r J^-1 g(y)), by Gaussian elimination with partial pivoting: what the paper
                     ///< compares Newton-SOR with. r = 1 is Newton's own; it takes no meta-solver
  };

  /// A system that the library knows; problem_solver.hpp solves a user's own.
  struct System {
    std::string name = "robertson";  ///< or "van_der_pol", "orego", "hires", "pollution"
    bool clamps = false;             ///< hold every entry of y within [low, high] after each iteration
    double low = -1, high = 2;
    Method method = Method::newton_sor;
  };

  /// The caller's tasks: views that must stay valid until the executor has done the call. n: unknowns of the system.
  struct Tasks {
    std::int64_t count = 0;                   ///< 0 to the capacity
    BatchView<double const> previous = {};    ///< y_prev [count][n]
    BatchView<double const> parameters = {};  ///< p [count][parameters]; task_stride 0: the same for all
    Column<double> step = {};                 ///< h > 0
    Column<double> time = {};                 ///< t, where f depends on it
    Column<double> relaxation = 1;            ///< r: the constant that a meta-solver is measured against
    BatchView<double const> guess = {};       ///< y_0 [count][n]; null: y_prev
  };

  /// @throws InputError an unknown system or method, a capacity under 1, a meta-solver of another problem or shape, or
  ///         for a method that takes none, a workspace that is misaligned or too small; DeviceError; std::bad_alloc
  ImplicitEulerSolver(Executor const& executor, System const& system, Setup const& setup);
  /// What `workspace` must hold for this setup. Does not allocate.
  static std::size_t workspace_bytes(Executor const& executor, System const& system, Setup const& setup);

  ImplicitEulerSolver(ImplicitEulerSolver&&) noexcept;
  ImplicitEulerSolver& operator=(ImplicitEulerSolver&&) noexcept;
  ~ImplicitEulerSolver();

  [[nodiscard]] int unknowns() const noexcept;    ///< n
  [[nodiscard]] int parameters() const noexcept;  ///< numbers of p

  /// Solves. results.solution may be tasks.previous or tasks.guess itself, or both, to the pointer and strides: tasks
  /// that do not converge then keep what they had. Otherwise no array may overlap another.
  /// A task with h not positive, or with a number that is not finite, breaks down; so does one with a zero on the
  /// diagonal of J, or with a concentration below 0 where it converges. Newton's method does not look at the diagonal:
  /// where J is singular a task ends as not_finite. The others are solved.
  /// @throws InputError an argument is missing, misaligned, out of range, overlapping, or not reachable by the
  ///         executor, naming it; nothing has run then
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// Implementation, an executor each.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
