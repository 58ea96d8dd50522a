// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "metasolve/executor.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Batches of systems A x = b with symmetric positive definite matrices of one structural pattern, by preconditioned
/// conjugate gradients from x_0 = 0 (Saad, Iterative Methods, algorithm 9.1), until ||r_k|| <= eps ||b||, r_k the
/// recursive residual. The preconditioner ICCG(alpha) is the incomplete Cholesky factorisation of A + alpha I (paper,
/// section 4.2); a meta-solver chooses alpha. Double precision.
///
/// Promises as OdeSolver's: no memory, no waiting, no other stream, a graph may capture the calls. Therefore all
/// systems go in lockstep, each near its numbers: for systems of up to some thousand unknowns.
class CgSolver {
 public:
  enum class Preconditioner { none, jacobi, incomplete_cholesky };
  enum class Ordering { natural, rcm };

  /// The pattern, in compressed rows: row_begin [N + 1], column [entries], 0-based, ascending within a row. All entries
  /// of a symmetric pattern, or its lower triangle alone; every diagonal entry. Host memory, copied.
  struct Pattern {
    std::span<std::int32_t const> row_begin, column;
  };
  struct Options {
    Preconditioner preconditioner = Preconditioner::incomplete_cholesky;
    Ordering ordering = Ordering::rcm;  ///< in which unknowns are numbered before they are factored
    int fill_level = 0;                 ///< level of fill of the factor, where fill_entries is negative
    int fill_entries = 5;  ///< entries that a column of the factor keeps beyond A's own, the largest; from N on: all
  };

  /// The caller's tasks: views that must stay valid until the executor has done the call.
  struct Tasks {
    std::int64_t count = 0;               ///< 0 to the capacity
    BatchView<double const> values = {};  ///< of A [count][entries], in the pattern's order; of two entries a_ij and
                                          ///< a_ji the lower one is read
    BatchView<double const> right = {};   ///< b [count][N]
    Column<double> shift = 0;             ///< alpha >= 0: the constant that a meta-solver is measured against
  };

  /// A meta-solver is taken for any matrices and any fill, also such as it was not trained for.
  /// @throws InputError a malformed pattern, naming the row; an option or the capacity out of range; a meta-solver of
  /// another problem, or
  ///         for a preconditioner without a shift; a workspace that is misaligned or too small; DeviceError;
  ///         std::bad_alloc
  CgSolver(Executor const& executor, Pattern const& pattern, Options const& options, Setup const& setup);
  static std::size_t workspace_bytes(Executor const& executor, Pattern const& pattern, Options const& options,
                                     Setup const& setup);

  CgSolver(CgSolver&&) noexcept;
  CgSolver& operator=(CgSolver&&) noexcept;
  ~CgSolver();

  [[nodiscard]] int unknowns() const noexcept;  ///< N

  /// Solves. results.measure is relative, ||r_k|| / ||b||. A task breaks down where its factorisation does, or where
  /// p'Ap <= 0 is met: A is not positive definite. b = 0 has converged at once.
  /// @throws InputError as OdeSolver::solve
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// Implementation, an executor each.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
