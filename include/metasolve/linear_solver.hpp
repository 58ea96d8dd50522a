// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/executor.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/preconditioner.h"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of linear systems A x = b whose matrices share one structural pattern, by a direct method or by a
/// preconditioned Krylov method. The pattern is analysed once, when the solver is created.
///
/// Every task stops for itself, and its result is bitwise the same alone and in any batch, on the same executor and
/// with the same options. Same guarantees as ImplicitEulerSolver: a call does not allocate or synchronize, uses no
/// other stream, and can be captured in a graph.
class LinearSolver {
 public:
  /// How the systems are solved.
  enum class Method {
    automatic,  ///< by Options::matrix: cholesky, ldl, or lu (dense_lu up to 64 unknowns)
    cholesky,   ///< A = L L' (George and Liu, 1981), supernodal; A symmetric positive definite
    ldl,        ///< A = L D L' without pivoting; A symmetric
    lu,         ///< A = L U without pivoting, on the pattern of A + A'
    dense_lu,   ///< with partial pivoting (Golub and Van Loan, algorithm 3.4.1); at most 64 unknowns
    cg,         ///< conjugate gradients (Saad, Iterative Methods, algorithm 9.1); A symmetric positive definite
    bicgstab,   ///< (van der Vorst, 1992), preconditioned from the right; an iteration has two products with A
    gmres,      ///< GMRES(restart), modified Gram-Schmidt, preconditioned from the right (Saad, algorithm 9.5)
  };
  /// What the caller knows about the matrices: which methods apply, and which entries are read.
  enum class Matrix {
    general,            ///< every entry of the pattern is read
    symmetric,          ///< of a_ij and a_ji the lower one is read
    positive_definite,  ///< likewise, and all eigenvalues are positive
  };
  /// In which order unknowns are eliminated.
  enum class Ordering {
    automatic,  ///< amd for direct methods, rcm for the others; Krylov methods: rcm
    natural,    ///< as given
    rcm,        ///< reverse Cuthill-McKee: a small band
    amd,        ///< approximate minimum degree (Amestoy, Davis and Duff, 1996): little fill; direct methods alone
  };
  /// Number format of factors and preconditioners. The residual, which decides, is always double.
  enum class Precision {
    full,   ///< double
    mixed,  ///< float factors, refined to the tolerance by double residuals: direct methods alone
  };
  using Preconditioner = PreconditionerKind;  ///< preconditioner.h

  /// The method, and how it is set up.
  struct Options {
    Matrix matrix = Matrix::general;
    Method method = Method::automatic;
    Ordering ordering = Ordering::automatic;
    Precision precision = Precision::full;
    bool keeps_factors = false;  ///< direct methods: store each task's factors for solve_again and gradient
    /// Of cg, bicgstab and gmres. automatic: incomplete_cholesky for cg, ilu for the others; neither takes the other's.
    Preconditioner preconditioner = Preconditioner::automatic;
    int fill_level = 0;  ///< of ilu and incomplete_cholesky
    int block_size = 4;  ///< of block_jacobi: unknowns that are consecutive in the caller's numbering, 1 to 16
    int restart = 30;    ///< of gmres: iterations between restarts, 1 to 200
  };

  /// The caller's tasks: views that must stay valid until the executor has completed the call.
  struct Tasks {
    std::int64_t count = 0;               ///< 0 to the capacity
    BatchView<double const> values = {};  ///< A [count][entries], in the pattern's order
    BatchView<double const> rhs = {};     ///< b [count][N]
    BatchView<double const> guess = {};   ///< x_0 [count][N] of Krylov methods; null: zeros. One that is not finite, or
                                          ///< whose residual overflows, makes its task not_finite
    Column<double> shift = 0;  ///< of ilu and incomplete_cholesky, in units of the diagonal: alpha >= 0 is added as
                               ///< alpha diag(A). If that has no factor, 0.001, doubled until it has one
    Column<double> omega = 1;  ///< of ssor: 0 < omega < 2, else the task breaks down
  };

  /// @throws InputError a malformed pattern (names the row); an option or the capacity out of range; a method that does
  ///         not apply to Options::matrix; setup.meta_solver given (CgSolver takes one); a misaligned or too small
  ///         workspace; DeviceError; std::bad_alloc
  LinearSolver(Executor const& executor, Pattern const& pattern, Options const& options, Setup const& setup);
  /// What setup.workspace must hold for that. Keeps no memory.
  static std::size_t workspace_bytes(Executor const& executor, Pattern const& pattern, Options const& options,
                                     Setup const& setup);

  /// Can be moved, not copied.
  LinearSolver(LinearSolver&&) noexcept;
  LinearSolver& operator=(LinearSolver&&) noexcept;
  ~LinearSolver();

  [[nodiscard]] int unknowns() const noexcept;                 ///< N
  [[nodiscard]] Method method() const noexcept;                ///< never automatic
  [[nodiscard]] Ordering ordering() const noexcept;            ///< never automatic
  [[nodiscard]] std::int64_t factor_entries() const noexcept;  ///< numbers in a task's factors; 0: no factors

  /// Solves. results.measure is the true relative residual ||b - A x|| / ||b||, computed in double from x, as exactly
  /// as rounding allows; where x is below 1e-308 and underflows, from x before it does. Direct methods refine x while
  /// that lowers the residual and it exceeds the tolerance: results.iterations counts refinements, at most
  /// min(max_iterations, 10), or the limit for a task that breaks down or is not finite. A task breaks down if a pivot
  /// is zero, not finite, or (cholesky) not positive; or if the factors grew so much that x is not backward stable, as
  /// where pivoting would be needed. In Krylov methods it breaks down if its preconditioner has no factor (as for a
  /// zero on the diagonal, a singular block, omega out of range); in cg if p'Ap <= 0: A is not positive definite; in
  /// bicgstab if no step is possible from the residual even as a new shadow residual; in gmres if A is singular on the
  /// subspace. A task that cannot reach its tolerance in this precision ends as Status::stagnated. b = 0 converges at
  /// once.
  /// policy: policy.online alone has an effect, on Krylov methods.
  /// @throws InputError as ImplicitEulerSolver::solve; policy.online given to a direct method
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// Solves the tasks of the last `solve` for other right-hand sides, with the factors kept. tasks.values: as in that
  /// call, for the residual. A task whose factorisation broke down does so again.
  /// @throws InputError the solver does not keep factors; tasks.count is not that of the last `solve`
  void solve_again(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results);

  /// The implicit gradient of x = A^-1 b (Giles, 2008, section 2.3.1).
  struct Gradient {
    BatchView<double const> solution = {};      ///< x [count][N]
    BatchView<double const> solution_bar = {};  ///< dF/dx [count][N]
    BatchView<double> rhs_bar = {};             ///< dF/db [count][N] = A^-T solution_bar; required
    BatchView<double> values_bar = {};  ///< dF/dA [count][entries] = -rhs_bar_i x_j at (i, j), in the pattern's order;
                                        ///< null: not computed. Symmetric, from the lower triangle alone: entries off
                                        ///< the diagonal hold the sum of both
  };
  /// Solves A' y = solution_bar for the tasks, by the solver's method; with kept factors, by these. tasks.rhs and
  /// tasks.guess are not read. results: of these solves; results.solution is not used. A task that breaks down or is
  /// not finite gets NaN.
  /// @throws InputError as solve; rhs_bar, solution_bar or (with values_bar) solution is null
  void gradient(Tasks const& tasks, Gradient const& gradient, Stopping<double> const& stopping,
                Results<double> const& results);

  /// One implementation per executor.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
