// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/executor.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/preconditioner.h"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of systems A x = b by preconditioned conjugate gradients (Saad, Iterative Methods, algorithm 9.1),
/// until ||b - A x_k|| <= eps ||b||. The matrices are symmetric positive definite and share one structural pattern. The
/// recursive residual decides when the true residual is checked. Where the two differ, x_k is refined; where rounding
/// prevents further progress, the task ends as Status::stagnated. The preconditioner ICCG(alpha) is the incomplete
/// Cholesky factorisation of A + alpha I (paper, section 4.2); a meta-solver chooses alpha, or omega of SSOR. Double
/// precision. A and b may be in any units, even where a norm would overflow or underflow; x is in the matching units.
///
/// Same guarantees as ImplicitEulerSolver: no allocation, no synchronization, no other stream, capturable in a graph.
/// All systems therefore run in lockstep, each close to its data: for systems of up to some thousand unknowns.
class CgSolver {
 public:
  using Preconditioner = PreconditionerKind;  ///< preconditioner.h; not ilu, automatic
  /// In which order unknowns are numbered: as given, or by reverse Cuthill-McKee.
  enum class Ordering { natural, rcm };
  /// What the caller's shift alpha means. The meta-solver's alpha is always absolute.
  enum class ShiftScale {
    automatic,  ///< absolute if alpha > 0, diagonal if alpha is 0
    absolute,   ///< A + alpha I; the task breaks down if that has no factor
    diagonal,   ///< A + alpha diag(A), independent of A's units; if that has no factor, alpha = 0.001, doubled until it
                ///< has one (Manteuffel, 1980)
  };

  static constexpr int automatic_fill = -1;
  /// Which preconditioner, and how it is made. By default what is fastest and safe for most matrices: nearly a complete
  /// factor, whose shift is 0 unless a pivot fails.
  struct Options {
    Preconditioner preconditioner = Preconditioner::incomplete_cholesky;
    Ordering ordering = Ordering::rcm;  ///< numbering of the unknowns for the factorisation
    int fill_level =
        automatic_fill;     ///< level of fill of the factor, used if fill_entries is negative. automatic_fill:
                            ///< 8, with a meta-solver instead 5 fill_entries, as it is trained with by default
    int fill_entries = -1;  ///< largest entries kept per column of the factor beyond A's own; from N on: all
    ShiftScale shift_scale = ShiftScale::automatic;
    int block_size = 4;  ///< of block_jacobi: consecutive unknowns, 1 to 16
  };

  /// The caller's tasks: views that must stay valid until the executor has completed the call.
  struct Tasks {
    std::int64_t count = 0;               ///< 0 to the capacity
    BatchView<double const> values = {};  ///< A [count][entries], in the pattern's order; of a_ij and a_ji the lower
                                          ///< one is read
    BatchView<double const> rhs = {};     ///< b [count][N]
    Column<double> shift = 0;             ///< alpha >= 0, else the task breaks down: the constant that a meta-solver is
                                          ///< compared with
    Column<double> omega = 1;             ///< of ssor, likewise: 0 < omega < 2, else the task breaks down
    BatchView<double const> guess = {};   ///< x_0 [count][N]; null: zeros. One that is not finite, or whose residual
                                          ///< overflows, makes its task not_finite
  };

  /// pattern: all entries of a symmetric pattern, or only its lower triangle. A meta-solver is accepted for any
  /// matrices and any fill, including those it was not trained for.
  /// @throws InputError a malformed pattern (names the row); an option or the capacity out of range; a meta-solver of
  ///         another problem, or of another parameter than the preconditioner's; a misaligned or too small workspace;
  ///         DeviceError; std::bad_alloc
  CgSolver(Executor const& executor, Pattern const& pattern, Options const& options, Setup const& setup);
  /// What setup.workspace must hold for that. Keeps no memory.
  static std::size_t workspace_bytes(Executor const& executor, Pattern const& pattern, Options const& options,
                                     Setup const& setup);

  /// Can be moved, not copied.
  CgSolver(CgSolver&&) noexcept;
  CgSolver& operator=(CgSolver&&) noexcept;
  ~CgSolver();

  [[nodiscard]] int unknowns() const noexcept;  ///< N

  /// Solves. results.measure is the true relative residual ||b - A x|| / ||b||. A task breaks down if its factorisation
  /// does, or if p'Ap <= 0: A is not positive definite. b = 0 converges at once. An x that overflows is not_finite.
  /// @throws InputError as ImplicitEulerSolver::solve
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// One implementation per executor.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
