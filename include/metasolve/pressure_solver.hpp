// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/executor.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of the pressure systems of projection methods on one rectangle of cells (Chorin, 1968), by conjugate
/// gradients from a guess:
///     s_i p_i + sum over the faces between cell i and another fluid cell j of w (p_i - p_j) = b_i,
/// w > 0 the weight of a face, such as dt / rho, 0 at walls and solid cells; s_i >= 0 for what lies beyond open sides,
/// where p is known. A cell without either is solid, and p is 0 there. Where no s is positive, p is one of the
/// solutions up to a constant, and b loses its mean; fluid that walls cut in two parts is not supported then.
///
/// Every task stops for itself, and its result is bitwise the same alone and in any batch, on the same executor and
/// with the same options. Same guarantees as ImplicitEulerSolver: a call does not allocate or synchronize, uses no
/// other stream, and can be captured in a graph. In double precision.
class PressureSolver {
 public:
  /// Of conjugate gradients.
  enum class Preconditioner {
    none,
    modified_cholesky,  ///< MIC(0): an incomplete Cholesky factor of five points, with a share of the dropped fill
                        ///< added to its diagonal (Gustafsson, BIT 18, 1978)
    multigrid,          ///< a V-cycle over grids of joined cells (Braess, Computing 55, 1995): the fewest iterations
  };
  /// What is compared with the tolerance; r = b - A p, confirmed by the true residual.
  enum class Measure {
    largest_residual,   ///< max |r_i|, in the unit of b
    residual,           ///< ||r||, in the unit of b
    relative_residual,  ///< ||r|| / ||b||; of b = 0, ||r||
  };

  /// How systems are solved.
  struct Options {
    int rows = 0, columns = 0;  ///< cells along y and x, 1 to 4096 each
    Preconditioner preconditioner = Preconditioner::multigrid;
    double fill_share = 0.97;  ///< 0 to 1, of modified_cholesky; 0: IC(0)
    Measure measure = Measure::relative_residual;
  };

  /// The caller's tasks: views that must stay valid until the executor has completed the call. Cells are x fastest.
  struct Tasks {
    std::int64_t count = 0;                  ///< 0 to the capacity
    BatchView<double const> rhs = {};        ///< b [count][rows][columns]
    BatchView<double const> weights_x = {};  ///< w [count][rows][columns - 1], between (x, y) and (x + 1, y);
                                             ///< task_stride 0: the same for all; null: all 1, and then weights_y too
    BatchView<double const> weights_y = {};  ///< w [count][rows - 1][columns], between (x, y) and (x, y + 1)
    BatchView<double const> open = {};       ///< s [count][rows][columns]; null: zeros
    BatchView<double const> guess = {};      ///< p_0 [count][rows][columns]; null: zeros
  };

  /// Where tasks stop.
  using Stopping = metasolve::Stopping<double>;
  /// What a call writes.
  using Results = metasolve::Results<double>;

  /// @throws InputError an option or the capacity out of range; a meta-solver of another problem or number of cells; a
  ///         misaligned or too small workspace; std::bad_alloc; DeviceError
  PressureSolver(Executor const& executor, Options const& options, Setup const& setup);
  /// What setup.workspace must hold for that. Keeps no memory.
  static std::size_t workspace_bytes(Executor const& executor, Options const& options, Setup const& setup);

  /// Can be moved, not copied.
  PressureSolver(PressureSolver&&) noexcept;
  PressureSolver& operator=(PressureSolver&&) noexcept;
  ~PressureSolver();

  [[nodiscard]] int unknowns() const noexcept;  ///< cells

  /// Solves. results.solution: [count][rows][columns]; it may be tasks.guess. A task breaks down if a weight or s is
  /// negative, or if p'A p or r'M r turns out not to be positive.
  ///
  /// A meta-solver of the problem pressure predicts the guess from the residual of tasks.guess; it must have been
  /// trained on systems with weights if and only if they are given, and its prediction is added to tasks.guess if it
  /// was trained so. policy.retry falls back to tasks.guess; policy.online may choose "guess_scale", a factor on it.
  /// @throws InputError as ImplicitEulerSolver::solve; tasks.rhs is null, or one of the weights alone; the weights do
  ///         not fit the meta-solver's training
  void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy = {});

  /// One implementation per executor.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
