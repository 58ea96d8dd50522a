// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/lockstep/difference.hpp"
#include "kernels/network/levenberg_marquardt.hpp"
#include "src/engine/choices.hpp"
#include "src/engine/learner.hpp"
#include "src/engine/tasks.hpp"

namespace metasolve::engine {

/// How a learner or an evaluator is made.
struct LearnerOptions {
  network::MetaNetworkShape network;
  Precision network_precision = Precision::double_precision;
  Precision solver_precision = Precision::double_precision;
  Optimizer optimizer = Optimizer::adam;
  kernels::AdamSettings adam;
  kernels::LmSettings lm;
  std::int64_t members = 1;  ///< more than one with Levenberg-Marquardt alone
  kernels::Surrogate<double> surrogate;
  double gain = 1;
  double failure_slope = 0;  ///< kernels::HeadAdjoint, a task
  double task_clip = 0;      ///< likewise
  Gradient gradient = Gradient::tangent;
  kernels::DifferenceSettings<double> difference;
  std::int32_t max_iterations = 0;  ///< m of training
  std::int64_t batch = 0;           ///< tasks a step
  std::int64_t memory = 1 << 30;    ///< bytes of network activations and tape together, about; batches are split
  bool regroup = true;              ///< group the tasks of a pack by their last counts
};

/// With several members: [members][tasks], one member's after the other's.
struct LearnerTasks {
  Tasks train, validation;
};

/// @throws InputError, DeviceError, std::bad_alloc. While the executor is planning, only counts memory.
std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks);
std::unique_ptr<Evaluator> make_evaluator(Executor const& executor, LearnerOptions const& options, Tasks const& tasks);

}  // namespace metasolve::engine
