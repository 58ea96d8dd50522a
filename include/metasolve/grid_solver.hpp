// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metasolve/executor.hpp"
#include "metasolve/grid.hpp"
#include "metasolve/setup.hpp"

namespace metasolve {

/// Solves batches of systems A u = f on one structured grid, by conjugate gradients with a cycle of multigrid as
/// preconditioner, or by the cycle alone (Trottenberg, Oosterlee and Schueller, Multigrid, 2001). A is symmetric
/// positive definite, or semidefinite with constants as its null space, and couples a point to its nearest neighbours,
/// also over edges and corners: 5 or 9 points in two dimensions, 7 or 27 in three.
///
/// A is given by half stencils, so that it is symmetric whatever the numbers are: entry 0 couples a point to itself,
/// entry e > 0 to the point at offset
///     (1, 0), (-1, 1), (0, 1), (1, 1)                                                      in two dimensions,
///     (1, 0, 0), (x, 1, 0), (x, y, 1), each of x, y = -1, 0, 1, x fastest                  in three.
/// grid_stencils.hpp makes them. Couplings to what lies beyond a boundary that is not periodic are not read. A point
/// whose row is 0 is an obstacle: u is 0 there.
///
/// Every task stops for itself, and its result is bitwise the same alone and in any batch, on the same executor and
/// with the same options. Same guarantees as ImplicitEulerSolver: a call does not allocate or synchronize, uses no
/// other stream, and can be captured in a graph. Real: float or double.
template <class Real>
class GridSolver {
 public:
  /// What a cycle is used for.
  enum class Method {
    conjugate_gradients,  ///< the cycle preconditions them; it must be symmetric (see Options::before)
    iteration,            ///< u_{k+1} = u_k + M (f - A u_k), M the cycle
  };
  /// How the error is smoothed on each grid.
  enum class Smoother {
    jacobi,        ///< damped; parameters: the damping
    chebyshev,     ///< a polynomial of Jacobi steps; the lower end of the damped spectrum, as share of the upper end
    colors,        ///< Gauss and Seidel's by 4 colours, 8 in three dimensions; for 5 and 7 points these are the half
                   ///< sweeps over red and over black points; the relaxation factor, in (0, 2)
    zebra_x,       ///< every second line along x, then the others; the relaxation factor
    zebra_y,       ///< along y
    zebra_z,       ///< along z, in three dimensions
    zebra,         ///< along each axis in turn
    stencil,       ///< a point-symmetric stencil, scaled by the diagonal: its entries, in the order of half stencils
    two_stencils,  ///< one after the other
    line_and_stencil,  ///< lines along the strong coupling, then a stencil; in two dimensions; the stencil's entries,
                       ///< then the damping of lines
  };
  /// How often a cycle visits coarse grids.
  enum class Cycle {
    v,  ///< once
    w,  ///< twice from each grid
    f,  ///< a W whose second half is a V; not symmetric, so of Method::iteration
  };
  /// Between a grid and the next coarser one, whose operator is Galerkin's.
  enum class Transfer {
    linear,       ///< bilinear or trilinear
    by_operator,  ///< by A's own couplings (Dendy, 1982), for coefficients that jump; fields in two dimensions
  };

  /// How systems are solved.
  struct Options {
    /// Whether each task's A has the same numbers at all points: faster, and for Dirichlet and periodic sides. Else a
    /// number for each point, which obstacles and Neumann sides need.
    bool constant_stencils = false;
    Method method = Method::conjugate_gradients;
    Smoother smoother = Smoother::colors;
    Cycle cycle = Cycle::v;
    /// Sweeps of the smoother before and after the coarser grids; those after run backwards. A cycle is symmetric if
    /// both are the same. On one level any are, with jacobi, chebyshev and stencil.
    int before = 1, after = 1;
    int degree = 3;  ///< of chebyshev, 1 to 12
    Transfer transfer = Transfer::linear;
    bool coarse_weights = false;  ///< more parameters: what is added to the weight 1 of coarse corrections, then the
                                  ///< mixed parts of the transfer, one in two dimensions, three in three
    bool is_singular = false;     ///< constants are the null space: no Dirichlet side or obstacle. f loses its mean,
                                  ///< and u is one of the solutions
    bool one_level = false;       ///< no coarser grids: the smoother alone. Sizes are then free
    std::array<bool, 3> coarsens = {true, true, true};  ///< which axes are halved (semi-coarsening)
    /// [parameters()] of tasks without their own; empty: the smoother's usual ones.
    std::span<Real const> parameters = {};
  };

  /// The caller's tasks: views that must stay valid until the executor has completed the call.
  struct Tasks {
    std::int64_t count = 0;  ///< 0 to the capacity
    /// A: [count][entries] with constant stencils, else [count][entries][points], contiguous within a task. task_stride
    /// 0: one A for all.
    BatchView<Real const> stencils = {};
    BatchView<Real const> rhs = {};         ///< f [count][unknowns]; where it is 0, so is u
    BatchView<Real const> guess = {};       ///< u_0 [count][unknowns]; null: zeros
    BatchView<Real const> parameters = {};  ///< [count][parameters()]; task_stride 0: the same for all; null: those of
                                            ///< the options. Out of range they are led back: see `solve`
  };

  /// Where tasks stop, in this precision.
  using Stopping = metasolve::Stopping<Real>;
  /// What a call writes, in this precision.
  using Results = metasolve::Results<Real>;

  /// @throws InputError a grid that cannot be halved (says which can); a smoother or transfer that it has not; a cycle
  ///         that is not symmetric, with conjugate gradients; an option or the capacity out of range; a meta-solver of
  ///         another problem or cycle; a misaligned or too small workspace; std::bad_alloc; DeviceError
  GridSolver(Executor const& executor, Grid const& grid, Options const& options, Setup const& setup);
  /// What setup.workspace must hold for that. Keeps no memory.
  static std::size_t workspace_bytes(Executor const& executor, Grid const& grid, Options const& options,
                                     Setup const& setup);

  /// Can be moved, not copied.
  GridSolver(GridSolver&&) noexcept;
  GridSolver& operator=(GridSolver&&) noexcept;
  ~GridSolver();

  [[nodiscard]] int unknowns() const noexcept;          ///< points of the grid
  [[nodiscard]] int levels() const noexcept;            ///< grids, the coarsest included
  [[nodiscard]] std::int64_t numbers() const noexcept;  ///< of a task's A: entries, or entries * points
  [[nodiscard]] int parameters() const noexcept;        ///< of the cycle, the same on all levels
  [[nodiscard]] std::span<Real const> default_parameters() const noexcept;      ///< on the host
  [[nodiscard]] std::span<std::string const> parameter_names() const noexcept;  ///< "damping", "centre", "east", ...

  /// Solves. results.solution: [count][unknowns]; it may be tasks.guess. results.measure: ||f - A u|| / ||f||, which is
  /// confirmed by the true residual before a task counts as converged. A task with f = 0 has converged.
  ///
  /// A task breaks down if A is not positive definite on the coarsest grid or, of conjugate gradients, if A or the
  /// cycle turns out not to be. The solver keeps the smoother in its range, by the symbols of the task's operators on
  /// all grids at a set of frequencies: dampings and stencils are scaled down, and a stencil's centre is raised, until
  /// 0 < B A < 1.96 for the step u += B (f - A u).
  ///
  /// A meta-solver of the problem diffusion, which takes double and two dimensions, predicts all parameters from the
  /// tasks' stencils, relative to the options' parameters; policy.retry falls back to the tasks' own. policy.online may
  /// choose a factor on all of a task's parameters ("factor").
  /// @throws InputError as ImplicitEulerSolver::solve; tasks.stencils or tasks.rhs is null, or stencils are not
  ///         contiguous
  void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy = {});

  /// One implementation per executor.
  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

extern template class GridSolver<float>;
extern template class GridSolver<double>;

}  // namespace metasolve
