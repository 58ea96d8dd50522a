// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/executor.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/preconditioner.h"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Batches of systems A x = b with symmetric positive definite matrices of one structural pattern, by preconditioned
/// conjugate gradients from x_0 = 0 (Saad, Iterative Methods, algorithm 9.1), until ||b - A x_k|| <= eps ||b||. The
/// recursive residual decides when that is looked at; where the two have parted, x_k is refined, and where rounding
/// leaves no more to be had the task ends as Status::stagnated. The preconditioner ICCG(alpha) is the incomplete
/// Cholesky factorisation of A + alpha I (paper, section 4.2); a meta-solver chooses alpha. Double precision. A and b
/// may be in any units: x is theirs, also where a norm would leave the range of numbers.
///
/// Promises as ImplicitEulerSolver's: no memory, no waiting, no other stream, a graph may capture the calls. Therefore
/// all systems go in lockstep, each near its numbers: for systems of up to some thousand unknowns.
class CgSolver {
 public:
  using Preconditioner = PreconditionerKind;  ///< none, jacobi, incomplete_cholesky, ... (preconditioner.h)
  enum class Ordering { natural, rcm };
  /// What a caller's shift alpha stands for. What a meta-solver chooses is absolute.
  enum class ShiftScale {
    automatic,  ///< absolute where alpha > 0; where alpha is 0, as diagonal
    absolute,   ///< A + alpha I; where that has no factor the task breaks down
    diagonal,  ///< A + alpha diag(A), in whatever units A is; where that has no factor, alpha = 0.001 and twice as much
               ///< again until it has one (Manteuffel, 1980)
  };

  struct Options {
    Preconditioner preconditioner = Preconditioner::incomplete_cholesky;
    Ordering ordering = Ordering::rcm;  ///< in which unknowns are numbered before they are factored
    int fill_level = 0;                 ///< level of fill of the factor, where fill_entries is negative
    int fill_entries = 5;  ///< entries that a column of the factor keeps beyond A's own, the largest; from N on: all
    ShiftScale shift_scale = ShiftScale::automatic;
  };

  /// The caller's tasks: views that must stay valid until the executor has done the call.
  struct Tasks {
    std::int64_t count = 0;               ///< 0 to the capacity
    BatchView<double const> values = {};  ///< of A [count][entries], in the pattern's order; of two entries a_ij and
                                          ///< a_ji the lower one is read
    BatchView<double const> rhs = {};     ///< b [count][N]
    Column<double> shift = 0;             ///< alpha >= 0, else the task breaks down: the constant that a
                                          ///< meta-solver is measured against
  };

  /// pattern: all entries of a symmetric one, or its lower triangle alone.
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

  /// Solves. results.measure is relative and true, ||b - A x|| / ||b||. A task breaks down where its factorisation
  /// does, or where p'Ap <= 0 is met: A is not positive definite. b = 0 has converged at once. An x that leaves the
  /// range of numbers is not_finite.
  /// @throws InputError as ImplicitEulerSolver::solve
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// Implementation, an executor each.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
