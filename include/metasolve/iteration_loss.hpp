// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "metasolve/training.hpp"
#include "metasolve/types.hpp"

namespace metasolve {

class IterationLoss;

namespace api {
/// For iteration_loss<P> in train_problem.hpp. solver: a P::Solver with its settings.
IterationLoss iteration_loss(ProblemIdentity const& problem, Executor const& executor,
                             std::shared_ptr<void const> solver, TrainingSettings const& settings,
                             std::int64_t capacity);
}  // namespace api

/// The training loss of each task, a surrogate of its number of iterations, as a function of its solver parameters
/// theta, and the gradient by theta. With it a network of the caller's own, for example in another framework, can be
/// trained as a meta-solver: features_of -> the network -> theta -> evaluate -> gradient -> the network's backward
/// pass.
///
/// Numbers and parameters of tasks are as the solver takes them, in double precision; `description` names them. The
/// class is for training: unlike the solver classes it neither guards parameters, retries, confirms convergence by the
/// true residual nor checks the bounds of unknowns.
class IterationLoss {
 public:
  /// configuration: TOML text with the keys of configs/*.toml (`metasolve keys`), of which problem.*, solver.*, loss.*,
  /// training.seed (of the problem's own tasks), training.regroup (tasks that take gradients together are grouped by
  /// their last counts) and resources.memory (half of it bounds the tape) matter. settings: overrides, applied in
  /// order. A relative path is relative to the current folder. capacity: most tasks per call of `set_tasks` and of
  /// `evaluate`. Generates no tasks, but reads those of a folder.
  ///
  /// loss.task_clip, loss.failure_slope and loss.tolerance_start act on metasolve's own network and epochs: they are
  /// not used here (`set_tolerance`).
  /// @throws InputError the text is no TOML; an unknown key, or a value out of range; solver.precision = "float"; the
  ///         capacity; data that cannot be read
  IterationLoss(Executor const& executor, std::string const& configuration, TrainingSettings const& settings,
                std::int64_t capacity);
  /// Can be moved, not copied.
  IterationLoss(IterationLoss&&) noexcept;
  IterationLoss& operator=(IterationLoss&&) noexcept;
  ~IterationLoss();

  [[nodiscard]] std::int64_t capacity() const noexcept;    ///< as constructed
  [[nodiscard]] std::int64_t columns() const noexcept;     ///< numbers per task, its row
  [[nodiscard]] std::int64_t features() const noexcept;    ///< what a meta-solver sees of a task
  [[nodiscard]] std::int64_t parameters() const noexcept;  ///< length of theta
  /// JSON, an object: `problem`; `columns` (number) and `column_names` (empty: unknown); `features`: a list of name and
  /// count; `parameters`: a list of name, unit, count, low and high (the range of metasolve's own predictions; null:
  /// unlimited) and `default` (what is used without a meta-solver, for display); `head`: how metasolve's own network
  /// maps an output to each parameter (kernels/network/head.hpp; empty: linearly); `tolerance`, `max_iterations`;
  /// `loss`: kind, scale, value, gain and margin; `gradient`: the method for a solver with one parameter; `tasks`: the
  /// sizes of the problem's own sets.
  [[nodiscard]] std::string description() const;

  /// Size of a set of the problem's own tasks, as configured; 0 for a program's own problem.
  [[nodiscard]] std::int64_t tasks(TaskSet set) const;
  /// Tasks first ... first + n - 1 of a set: rows [n][columns] in host memory.
  /// @throws InputError there are no such tasks, or rows is null
  void rows(TaskSet set, std::int64_t first, std::int64_t n, double* rows) const;
  /// Features [n][features] of rows [n][columns], not scaled; both in host memory. @throws InputError n, or a null
  /// pointer
  void features_of(std::int64_t n, double const* rows, double* features) const;

  /// Copies tasks, rows [count][columns] in host memory, to the executor, in the place of those before. Allocates;
  /// synchronizes. After an exception, the tasks before are kept if an argument was wrong; otherwise none are set.
  /// @throws InputError count is not 1 to the capacity, rows is null or contains NaN (names task and column); a
  ///         solver.gradient that the solver lacks; DeviceError; std::bad_alloc
  void set_tasks(std::int64_t count, double const* rows);
  /// Parameters [count][parameters] of all tasks set without a meta-solver, those that `evaluate` uses without theta:
  /// a start for a network, or what it corrects. A shift relative to the diagonal is negative. Host memory;
  /// synchronizes. @throws InputError no tasks are set, or parameters is null
  void own_parameters(double* parameters) const;

  /// The tolerance from now on, in the place of solver.tolerance: training may begin with a large one. Tasks stop at
  /// loss.margin times it. With loss.kind = "measure" it has no effect. @throws InputError it is not above 0 and finite
  void set_tolerance(double tolerance);
  [[nodiscard]] double tolerance() const noexcept;  ///< solver.tolerance, or the last one set

  /// The caller's arrays, each optional, in memory accessible to the executor. None may overlap another or an input.
  struct Results {
    double* loss = nullptr;              ///< [count]
    std::int32_t* iterations = nullptr;  ///< [count]
    std::int32_t* status = nullptr;      ///< [count] values of Status
    double* measure = nullptr;           ///< [count] at the last iterate
    /// [count][parameters]: of each task's own loss, not of a mean, by its own theta, at a fixed number of iterations.
    /// Null: the tasks are only solved, which is cheaper.
    BatchView<double> gradient = {};
  };

  /// Evaluates `count` tasks, 0 to the capacity. tasks [count]: indices into the tasks set, in any order, also
  /// repeatedly, in memory accessible to the executor; null: the first `count`. theta [count][parameters]: row
  /// i for tasks[i]; null data: the tasks' own parameters, without gradient.
  ///
  /// theta is used as it is. A task for which it is out of the solver's range or not finite usually breaks down or does
  /// not stay finite; a negative shift is one relative to the diagonal. A task that broke down or did not stay finite
  /// counts as the iteration limit, in loss (infinity with loss.kind = "measure") and iterations, with gradient 0. A
  /// gradient that is not finite becomes 0 too. With solver.gradient = "difference", the default, which moves a shift
  /// up and down, a neighbour that breaks down costs the penalty loss.failure_weight.
  ///
  /// A task's results depend on that task and its theta alone, to the bit. Does not allocate and, unless
  /// solver.batching solves tasks as one block-diagonal system, does not synchronize.
  /// @throws InputError no tasks are set; as JacobiSolver::solve; a gradient without theta; on an executor with host
  ///         memory also an index out of range, for which a device has undefined behaviour
  void evaluate(std::int64_t count, std::int32_t const* tasks, BatchView<double const> theta, Results const& results);

  class Implementation;

 private:
  friend IterationLoss api::iteration_loss(api::ProblemIdentity const&, Executor const&, std::shared_ptr<void const>,
                                           TrainingSettings const&, std::int64_t);
  explicit IterationLoss(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve
