// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "metasolve/executor.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of systems A u = f with N = 1 to 1024 unknowns by Jacobi iteration in lockstep: u_{k+1} = u_k + D^-1
/// (f - A u_k) (Saad, Iterative Methods for Sparse Linear Systems, section 4.1). Each task stops independently, and its
/// result depends on that task alone: bitwise the same in any batch, on the same executor.
///
/// All memory is allocated when the solver is created. Use one solver from one host thread at a time. Real: float or
/// double.
template <class Real>
class JacobiSolver {
 public:
  /// The caller's tasks: views that must stay valid until the executor has completed the call.
  struct Tasks {
    std::int64_t count = 0;               ///< 0 to the capacity
    BatchView<Real const> rhs = {};       ///< f [count][N]; ||f|| > 0, of any magnitude
    BatchView<Real const> solution = {};  ///< u [count][N]; with relative_error only
    BatchView<Real const> values = {};    ///< A [count][entries] in the pattern's order; sparse only
    BatchView<Real const> guess = {};     ///< u_0 [count][N], the constant of a meta-solver; null: zeros
  };

  /// Where tasks stop, in this precision.
  using Stopping = metasolve::Stopping<Real>;
  /// What a call writes, in this precision.
  using Results = metasolve::Results<Real>;

  /// 1-D Poisson, A = tridiag(-1, 2, -1), not divided by h^2. A meta-solver predicts guesses from f.
  /// @throws InputError N, the measure or the capacity out of range, a meta-solver of another problem or N, a
  ///         misaligned or too small workspace; std::bad_alloc; DeviceError
  static JacobiSolver poisson(Executor const& executor, int unknowns, Measure measure, Setup const& setup);
  /// Size of setup.workspace for that. Does not allocate.
  static std::size_t poisson_workspace_bytes(Executor const& executor, int unknowns, Measure measure,
                                             Setup const& setup);

  /// Matrices of one structural pattern, with values per task. The caller must ensure that these matrices belong to the
  /// meta-solver's problem.
  /// @throws InputError as poisson, and a malformed pattern (names the row)
  static JacobiSolver sparse(Executor const& executor, Pattern const& pattern, Measure measure, Setup const& setup);
  /// What setup.workspace must hold for that. Keeps no memory.
  static std::size_t sparse_workspace_bytes(Executor const& executor, Pattern const& pattern, Measure measure,
                                            Setup const& setup);

  /// Can be moved, not copied.
  JacobiSolver(JacobiSolver&&) noexcept;
  JacobiSolver& operator=(JacobiSolver&&) noexcept;
  ~JacobiSolver();

  [[nodiscard]] int unknowns() const noexcept;  ///< N

  /// Solves. Same guarantees as ImplicitEulerSolver: does not allocate or synchronize, uses no other stream.
  /// @throws InputError as ImplicitEulerSolver::solve
  void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy = {});

  /// One implementation per executor.
  class Implementation;

 private:
  explicit JacobiSolver(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

extern template class JacobiSolver<float>;
extern template class JacobiSolver<double>;

/// Solutions u [count][N] of 1-D Poisson tasks f [count][N] by elimination, on the host: for relative_error when the
/// solutions are not known. @throws InputError N out of range, or a row that is not finite or zero (names it)
void solve_poisson_directly(int unknowns, std::span<double const> rhs, std::span<double> solution);

}  // namespace metasolve
