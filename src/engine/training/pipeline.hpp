// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/engine/training/shared_sum.hpp"
#include "metasolve/detail/network/meta_network.hpp"
#include "metasolve/kernels/network/batch_bodies.hpp"

/// The data flow of training, on one screen. Calls are ordered on the executor's stream, allocate nothing and do not
/// wait.
namespace metasolve::engine {

/// The state of a training step, in the executor's memory.
template <class Real, class Scalar>
struct TrainState {
  network::MetaNetwork<Real, Scalar>& network;
  TaskGroup<Scalar>& tasks;
  SharedSum<Real>& sum;
  kernels::AdamSettings adam;
  exec::Buffer<Real>&first_moment, &second_moment;
  kernels::StepClock* clock;
  std::int32_t const* order;                      ///< the epoch's permutation of the tasks
  std::int32_t* last_count;                       ///< [tasks]; null: no regrouping
  std::int32_t *task_of_slot, *slot_order, *key;  ///< [capacity]
  double failure_slope, task_clip;                ///< LearnerOptions
  kernels::LockstepArguments<Scalar> run;         ///< tolerance, limit, surrogate, result arrays
};

template <class Real, class Scalar>
void train_step(exec::Backend& ex, TrainState<Real, Scalar> const& s, std::int64_t batch, std::int64_t capacity) {
  s.sum.begin();
  auto const& share = s.sum.share();
  std::int64_t const first = share.first_task(batch), own = share.own_tasks(batch);
  std::int64_t slots = 0;
  for (std::int64_t offset = 0; offset < own; offset += slots) {  // parts of a batch that exceeds memory
    std::int64_t const block = offset / share.rows;
    slots = share.part(offset, own, capacity);
    ex.launch(1, slots, kernels::SelectTasks{s.clock, first + offset, s.order, s.task_of_slot});
    // features -> MLP -> theta
    s.network.predict(s.tasks.features, s.tasks.default_parameters, s.task_of_slot, 0, slots);
    differentiate(ex, s, slots, batch, block);  // theta -> loss, theta_bar
    // theta_bar -> gradient
    auto const share_of = [&](double x) { return static_cast<Scalar>(x / static_cast<double>(batch)); };
    s.network.backward(slots, s.run.status, share_of(s.failure_slope), share_of(s.task_clip), s.sum.gradients(block));
  }
  s.sum.finish(s.network.network().gradient().data(), &s.clock->loss_sum);  // over blocks and ranks
  learn(ex, s);                                                             // gradient -> weights
  ex.launch(1, 1, kernels::AdvanceClock{s.clock, batch});
}

/// Lockstep solve with tape, surrogate loss, and the solver's adjoint: one launch
/// (kernels/lockstep/lockstep_adjoint.hpp). block: of the sum, to which the slots' losses and counts are added.
template <class Real, class Scalar>
void differentiate(exec::Backend& ex, TrainState<Real, Scalar> const& s, std::int64_t slots, std::int64_t batch,
                   std::int64_t block) {
  auto run = s.run;
  run.slots = slots;
  run.task_of_slot = s.task_of_slot;
  run.theta = s.network.theta();
  run.theta_bar = s.network.theta_bar();
  run.weight = Scalar(1) / static_cast<Scalar>(batch);
  if (s.last_count != nullptr) {
    ex.launch(1, slots, kernels::ExpectedCount{s.task_of_slot, s.last_count, s.key, s.slot_order});
    ex.sort_by_key(s.key, s.slot_order, slots);
    run.slot_order = s.slot_order;
  }
  s.tasks.solver->differentiate(run);
  if (s.last_count != nullptr) {
    ex.launch(1, slots, kernels::RememberCount{s.task_of_slot, run.iterations, s.last_count});
  }
  s.sum.add(0, run.loss, slots, block);
  s.sum.add(1, run.iterations, slots, block);
}

template <class Real, class Scalar>
void learn(exec::Backend& ex, TrainState<Real, Scalar> const& s) {
  auto& mlp = s.network.network();
  std::int64_t const weights = mlp.weights().size();
  ex.add_square_sum(mlp.gradient().data(), weights, &s.clock->gradient_square_sum);
  ex.launch(1, 1, kernels::PrepareUpdate{s.adam, s.clock});
  ex.launch(1, weights,
            kernels::AdamUpdate<Real>{s.adam, s.clock, mlp.weights().data(), mlp.gradient().data(),
                                      s.first_moment.data(), s.second_moment.data()});
}

}  // namespace metasolve::engine
