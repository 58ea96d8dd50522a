// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "metasolve/executor.hpp"
#include "metasolve/meta_solver.hpp"
#include "metasolve/types.hpp"

namespace metasolve {

/// Batches of Jacobi solves A u = f, N = 1 to 1024 unknowns, in lockstep: u_{k+1} = u_k + D^-1 (f - A u_k) (Saad,
/// Iterative Methods for Sparse Linear Systems, section 4.1). Each task stops by itself, and its result depends on it
/// alone: bitwise the same in any batch, on the same executor.
///
/// All memory is taken when the solver is made. One solver is to be used by one host thread at a time. Real: float or
/// double.
template <class Real>
class JacobiSolver {
 public:
  /// The caller's tasks: views that must stay valid until the executor has done the call.
  struct Tasks {
    std::int64_t count = 0;          ///< 0 to the capacity
    BatchView<Real const> force;     ///< f [count][N]; ||f|| > 0
    BatchView<Real const> solution;  ///< u [count][N]; with relative_error only
    BatchView<Real const> values;    ///< [count][entries] in the pattern's order; sparse only
    BatchView<Real const> guess;     ///< u_0 [count][N]; null: the meta-solver's, or zeros if there is none
  };

  /// When a task stops. The arrays [count] lie where the executor can reach them and win over the scalars.
  struct Stopping {
    Real tolerance = Real(1e-6);  ///< eps > 0: stop at measure <= eps
    std::int32_t max_iterations = 10000;
    Real const* tolerances = nullptr;
    std::int32_t const* limits = nullptr;
  };

  /// The caller's arrays, each or none, where the executor can reach them; none may overlap another or the tasks.
  struct Results {
    std::int32_t* status = nullptr;      ///< [count] values of Status
    std::int32_t* iterations = nullptr;  ///< [count] made; the limit where not finite or broken down
    Real* measure = nullptr;             ///< [count] of the last iterate
    BatchView<Real> solution;            ///< [count][N] the last iterate; untouched on breakdown
    BatchView<Real> history;             ///< [count][limit + 1] the measures L_0 ... L_K; the rest untouched
  };

  /// 1-D Poisson, A = tridiag(-1, 2, -1), not divided by h^2. capacity: most tasks in one call.
  /// @throws InputError N or capacity out of range; std::bad_alloc; DeviceError
  static JacobiSolver poisson(Executor const& executor, int unknowns, Measure measure, std::int64_t capacity);

  /// Matrices of one structural pattern with values of their own, in compressed rows: row_begin [N + 1], column
  /// [entries], 0-based, ascending within a row, each row with its diagonal entry. Host memory, copied.
  /// @throws InputError as poisson, and a malformed pattern, naming the row
  static JacobiSolver sparse(Executor const& executor, std::span<std::int32_t const> row_begin,
                             std::span<std::int32_t const> column, Measure measure, std::int64_t capacity);

  JacobiSolver(JacobiSolver&&) noexcept;
  JacobiSolver& operator=(JacobiSolver&&) noexcept;
  ~JacobiSolver();

  /// From now on guesses that the caller does not give come from this meta-solver, by f. Allocates. Waits.
  /// It is the caller who knows that a sparse solver's matrices are those of the meta-solver's problem.
  /// @throws InputError trained for another problem or another N
  void use(MetaSolver const& meta_solver);

  /// Solves. Does not allocate; on a CUDA device it returns before the work is done, on the executor's stream.
  /// @throws InputError an argument is missing or out of range, naming it; nothing has run then
  void solve(Tasks const& tasks, Stopping const& stopping, Results const& results);

  /// Implementation, an executor each.
  class Implementation;

 private:
  explicit JacobiSolver(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

extern template class JacobiSolver<float>;
extern template class JacobiSolver<double>;

/// Solutions u [count][N] of 1-D Poisson tasks f [count][N] by elimination, on the host: what relative_error needs when
/// the solutions are not known. @throws InputError N out of range, or a row that is not finite or zero; names it
void solve_poisson_directly(int unknowns, std::span<double const> force, std::span<double> solution);

}  // namespace metasolve
