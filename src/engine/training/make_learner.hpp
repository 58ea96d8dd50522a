// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/training/batch_share.hpp"
#include "metasolve/detail/engine/training/learner.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/kernels/lockstep/difference.hpp"
#include "metasolve/kernels/network/levenberg_marquardt.hpp"

namespace metasolve::engine {

/// Options of a learner or an evaluator.
struct LearnerOptions {
  network::MetaNetworkShape network;
  Precision network_precision = Precision::double_precision;
  Precision solver_precision = Precision::double_precision;
  Optimizer optimizer = Optimizer::adam;
  kernels::AdamSettings adam;
  kernels::LmSettings lm;
  std::int64_t members = 1;  ///< meta-solvers, each with its own tasks
  kernels::Surrogate<double> surrogate;
  double gain = 1;
  double failure_slope = 0;  ///< kernels::HeadAdjoint, per task
  double task_clip = 0;      ///< the same
  Gradient gradient = Gradient::tangent;
  kernels::DifferenceSettings<double> difference;
  EstimatorSettings estimator;
  bool costs_by_solver = false;    ///< kernels::Prices::by_solver
  std::vector<Price> prices = {};  ///< StageLimits
  ChoiceGradient choice = ChoiceGradient::mean;
  std::int32_t max_iterations = 0;  ///< training's iteration limit m
  std::int64_t batch = 0;           ///< tasks per step
  std::int64_t memory =
      1 << 30;          ///< approximate bytes of all members' activations and tapes together; batches are split
  bool regroup = true;  ///< group the tasks of a pack by their last counts
  Reproducible reproducible = Reproducible::ranks;
  bool costly = false;  ///< tasks take so long that a block of a batch may be a few (rows_for)

  /// How `tasks` tasks are shared among the executor's ranks.
  [[nodiscard]] BatchShare share_of(Executor const& executor, std::int64_t tasks) const;
};

/// With several members: [members][tasks].
struct LearnerTasks {
  Tasks train, validation;
};

/// Over the executor's ranks, if it has some: all of them make one, and make the same calls.
/// @throws InputError, DeviceError, std::bad_alloc. While the executor is planning, only counts memory.
std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks);
std::unique_ptr<Evaluator> make_evaluator(Executor const& executor, LearnerOptions const& options, Tasks const& tasks);

}  // namespace metasolve::engine
