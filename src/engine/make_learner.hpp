// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/engine/learner.hpp"
#include "src/engine/precision.hpp"
#include "src/problems/any_tasks.hpp"

namespace metasolve::engine {

/// How a learner is made.
struct LearnerOptions {
  network::MetaNetworkShape network;
  Precision network_precision = Precision::double_precision;
  Precision solver_precision = Precision::double_precision;
  kernels::AdamSettings adam;
  kernels::Surrogate<double> surrogate;
  double gain = 1;
  std::int32_t iterations = 0;    ///< m of training
  std::int64_t batch = 0;         ///< tasks a step
  std::int64_t memory = 1 << 30;  ///< bytes of network activations and tape together, about; batches are split
  bool regroup = true;            ///< group the tasks of a pack by their last counts
  bool trains = true;             ///< false: evaluation alone; train and validation are not looked at
};

struct LearnerTasks {
  problems::AnyTasks train, validation, evaluation;  ///< a group with count 0 is left out
};

/// @throws InputError, DeviceError, std::bad_alloc. While the executor is planning, only counts memory.
std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks);

/// The same, an executor each: in instantiate_cpu.cpp and instantiate_cuda.cu.
std::unique_ptr<Learner> make_learner_cpu(Executor const& executor, LearnerOptions const& options,
                                          LearnerTasks const& tasks);
std::unique_ptr<Learner> make_learner_cuda(Executor const& executor, LearnerOptions const& options,
                                           LearnerTasks const& tasks);

}  // namespace metasolve::engine
