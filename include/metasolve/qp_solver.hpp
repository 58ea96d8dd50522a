// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "metasolve/executor.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of convex quadratic programs
///     minimise x'P x / 2 + q'x  subject to  l <= A x <= u
/// by the alternating direction method of multipliers as OSQP iterates (Stellato et al., Math. Prog. Comp. 12, 2020,
/// algorithm 1), with a penalty rho for each row of A. x has n numbers, A has m rows. All tasks share the patterns of P
/// and A, which are analysed once; their values are shared or a task's own. A meta-solver predicts rho, the
/// over-relaxation alpha and the start. Double precision, in the caller's units.
///
/// Every task stops for itself, and its result is bitwise the same alone and in any batch, on the same executor and
/// with the same options. Same guarantees as ImplicitEulerSolver: a call does not allocate or synchronize, uses no
/// other stream, and can be captured in a graph.
class QpSolver {
 public:
  /// What the tasks have in common, and a typical task, as OSQP's setup takes it. Views of host memory; the solver
  /// copies what it needs.
  struct Problem {
    Pattern p;  ///< n x n: the lower triangle, or all entries, or the upper triangle; of p_ij and p_ji the lower one is
                ///< read. Entries of the diagonal may be absent
    Pattern a;  ///< m x n, by rows; any entries. row_ptrs {0}: no constraints
    /// Of a typical task, for the scaling: [entries of P], [n], [entries of A]. Without both P and A: no scaling.
    std::span<double const> p_values = {}, q = {}, a_values = {};
    /// [m] of a typical task, for the classes of rows: an equality where both are the same, unbounded where both are
    /// infinite, else an inequality. Both empty: inequalities. A task may have other bounds; only speed depends on it.
    std::span<double const> lower = {}, upper = {};
  };

  /// How tasks are solved.
  struct Options {
    /// > 0: where a call has no Tasks::rho. 0: automatic: of 13 values from 0.001 to 1000, the one that takes the
    /// typical task to 1e-5 in the fewest iterations; with a meta-solver the constants of its training; 1 if neither is
    /// known.
    double rho = 0;
    double sigma = 1e-6;    ///< > 0: added to the diagonal of P in each iteration's system
    double absolute = 1;    ///< OSQP's eps_abs / eps_rel, >= 0: see `solve`
    bool scaling = true;    ///< multiplies each row's penalty by E_i^2 / c of a Ruiz equilibration of the typical task
    double equality = 1e3;  ///< > 0: on the penalties of equality rows
    double unbounded = 1e-6;              ///< > 0: the penalty of unbounded rows, whatever rho is
    double certificate_tolerance = 1e-4;  ///< of certificates that a task has no solution; 0: none are looked for
    /// [m] in place of these classes and the scaling: a row's penalty is its weight times rho, or minus the weight
    /// where that is negative. Empty, with a meta-solver: the weights of its training.
    std::span<double const> row_weights = {};
    /// [m] which of Tasks::rho a row uses, 0 ... groups - 1, each for some row; empty: one group, or with a meta-solver
    /// the groups of its training.
    std::span<std::int32_t const> penalty_group = {};
    double guess_rho = 0;  ///< > 0: by which a predicted start is split into z and y; 0: that of the training
    int codebook = 0;  ///< 0: each task's K is factored, or one K for all; else entries of `set_codebook`, which are
                       ///< factored once
    /// Where a shifted guess of x_j (y_i) is in Tasks::guess: [n] of 0 ... n - 1, [m] of 0 ... m - 1; -1: 0. Empty: not
    /// shifted. For the next step of a receding horizon.
    std::span<std::int32_t const> shift_x = {}, shift_y = {};
  };

  /// The caller's tasks: views that must stay valid until the executor has completed the call.
  struct Tasks {
    std::int64_t count = 0;                 ///< 0 to the capacity
    BatchView<double const> p_values = {};  ///< [count][entries of P]; task_stride 0: one P for all
    BatchView<double const> a_values = {};  ///< [count][entries of A]; task_stride 0: one A for all
    BatchView<double const> q = {};         ///< [count][n]
    BatchView<double const> lower = {};     ///< l [count][m]; -infinity: no bound; null: none has
    BatchView<double const> upper = {};     ///< u [count][m]; infinity: no bound; null: none has
    BatchView<double const> rho = {};       ///< [count][groups] > 0; task_stride 0: the same for all; null: `rho()`.
                                            ///< With a codebook the entry is used that is nearest in log rho
    Column<double> alpha = 0.0;             ///< over-relaxation, above 0 and below 2; 0 for all: 1.6, or with a
                                            ///< meta-solver the constant of its training
    BatchView<double const> guess = {};   ///< [count][n + m]: x_0, then y_0, as in Results::solution; null: zeros. Of a
                                          ///< meta-solver that predicts the start the fallback
    bool shifts_guess = false;            ///< guess is of the step before: Options::shift_x, shift_y
    Column<std::int32_t> entry = -1;      ///< of the codebook; -1: the nearest to rho
    BatchView<double const> scales = {};  ///< [count][2] s_p, s_d > 0, in place of OSQP's rule: see `solve`
    BatchView<double const> features = {};  ///< [count][F] of setup.meta_solver, as it was trained with
  };

  /// Penalties whose factors are kept, for tasks with one P and A: arrays accessible to the executor.
  struct Codebook {
    BatchView<double const> rho = {};       ///< [options.codebook][groups] > 0
    BatchView<double const> p_values = {};  ///< [1][entries of P]
    BatchView<double const> a_values = {};  ///< [1][entries of A]
  };

  /// @throws InputError a malformed pattern (names the row); arrays of other lengths; an option or the capacity out of
  ///         range; a meta-solver of another problem; a misaligned or too small workspace; DeviceError; std::bad_alloc
  QpSolver(Executor const& executor, Problem const& problem, Options const& options, Setup const& setup);
  /// What setup.workspace must hold for that. Keeps no memory.
  static std::size_t workspace_bytes(Executor const& executor, Problem const& problem, Options const& options,
                                     Setup const& setup);

  /// Can be moved, not copied.
  QpSolver(QpSolver&&) noexcept;
  QpSolver& operator=(QpSolver&&) noexcept;
  ~QpSolver();

  [[nodiscard]] int variables() const noexcept;  ///< n
  [[nodiscard]] int rows() const noexcept;       ///< m
  [[nodiscard]] int groups() const noexcept;     ///< of penalties
  [[nodiscard]] int features() const noexcept;   ///< F of the meta-solver; 0: there is none
  /// Of tasks without Tasks::rho; NaN: none is known, or groups have different ones.
  [[nodiscard]] double rho() const noexcept;
  [[nodiscard]] std::int64_t factor_entries() const noexcept;  ///< numbers in the factor of K
  /// [m] what a row's rho is multiplied by; where negative, minus its penalty. On the host.
  [[nodiscard]] std::span<double const> row_weights() const noexcept;

  /// Factors K = [P + sigma I, A'; A, -1 / rho] for each entry. A call as `solve`; the arrays are not needed after it.
  /// An entry whose K has other than n positive eigenvalues breaks down the tasks that use it.
  /// @throws InputError as solve; options.codebook is 0
  void set_codebook(Codebook const& codebook);

  /// Solves. results.solution: [count][n + m] x, then y, the multipliers: P x + q + A'y = 0, y_i < 0 where l_i is
  /// active, y_i > 0 where u_i is. results.measure is
  ///     max(|A x - z| / s_p, |P x + q + A'y| / s_d)
  /// in maximum norms, with l <= z <= u, and s_p = a + max(|A x|, |z|), s_d = a + max(|P x|, |A'y|, |q|), a =
  /// options.absolute: at or below a tolerance eps, OSQP has stopped with eps_rel = eps, eps_abs = a eps. With
  /// tasks.scales these are s_p and s_d.
  ///
  /// A task whose constraints, or whose objective, are certified to have no solution ends as Status::primal_infeasible,
  /// dual_infeasible. results.solution then holds the certificate in place of y (A'y = 0, u'max(y, 0) + l'min(y, 0) <
  /// 0) or of x (P x = 0, q'x < 0, A x in no bound's way), with maximum norm 1. A task breaks down if l > u or a bound
  /// is NaN, if a penalty is not positive, or if P + sigma I + A' rho A is not positive definite, so that P is not
  /// positive semidefinite; a P with negative eigenvalues for which A' rho A makes up is not noticed, and the result is
  /// then a stationary point. P x and A x follow by recurrences: where K is very ill-conditioned the true residuals may
  /// be some times the measure.
  ///
  /// One K is factored for the call if P, A and rho are the same for all tasks (task_stride 0) and rho is not
  /// predicted; else one for each task, and with a codebook none. Codebook: tasks.p_values and a_values are those of
  /// set_codebook.
  ///
  /// results.solution may be tasks.guess. policy.retry: the caller's rho, alpha and guess. policy.online may choose a
  /// factor on all of a task's rho ("rho") and alpha ("alpha").
  /// @throws InputError as ImplicitEulerSolver::solve; tasks.p_values, a_values or q is null (a_values: with m > 0)
  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy = {});

  /// Improves solutions by solving the equations of their active rows (Stellato et al., 2020, section 4): at
  /// convergence nearly to rounding. Null outputs are not written.
  struct Polish {
    BatchView<double> solution = {};       ///< [count][n + m] of a solve; in and out
    std::int32_t const* status = nullptr;  ///< [count] of that solve; only converged tasks are polished; null: all
    double* measure = nullptr;             ///< [count] of polished tasks anew
    std::int32_t* polished = nullptr;  ///< [count] 1: improved, 0: left as it was, since a residual would have grown
  };
  /// tasks: of that solve; rho, alpha, guess, entry and features are not read.
  /// @throws InputError as solve; polish.solution is null
  void polish(Tasks const& tasks, Polish const& polish);

  /// The implicit gradient of the solution (Amos and Kolter, OptNet, 2017), of a function F of x and y. It exists where
  /// the active rows are linearly independent, their multipliers are not 0, and P is positive definite on their null
  /// space; accurate for a solution to a small tolerance, or polished. Null outputs are not computed.
  struct Gradient {
    BatchView<double const> solution = {};             ///< [count][n + m] x, y
    BatchView<double const> solution_bar = {};         ///< [count][n + m] dF/dx, dF/dy; or [count][n] with `of_x`
    bool of_x = false;                                 ///< F depends on x alone
    BatchView<double> q_bar = {};                      ///< dF/dq [count][n]
    BatchView<double> lower_bar = {}, upper_bar = {};  ///< dF/dl, dF/du [count][m]; of an equality row their sum counts
    BatchView<double> p_bar = {};    ///< dF/dP [count][entries of P]; an entry that is read for p_ij and p_ji holds the
                                     ///< sum of both, one that is not read holds 0
    BatchView<double> a_bar = {};    ///< dF/dA [count][entries of A]
    std::int32_t* status = nullptr;  ///< [count]: converged; breakdown: a singular system; not_finite. These get NaN
  };
  /// tasks: of the solve; rho, alpha, guess, entry, scales and features are not read.
  /// @throws InputError as solve; gradient.solution or solution_bar is null
  void gradient(Tasks const& tasks, Gradient const& gradient);

  /// One implementation per executor.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
