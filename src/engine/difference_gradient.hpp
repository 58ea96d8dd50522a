// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/kernels/lockstep/difference.hpp"

namespace metasolve::engine {

/// Gradients of a one-parameter solver by differences (kernels/lockstep/difference.hpp).
template <class Scalar>
class DifferenceGradient {
 public:
  using Arguments = kernels::LockstepArguments<Scalar>;

  DifferenceGradient() = default;
  /// For at most `capacity` slots per call.
  DifferenceGradient(exec::Backend& exec, std::int64_t capacity, kernels::DifferenceSettings<double> const& settings)
      : settings_{static_cast<Scalar>(settings.step), static_cast<Scalar>(settings.penalty),
                  static_cast<Scalar>(settings.below)},
        reals_(exec, 4 * tripled(capacity)),
        integers_(exec, 4 * tripled(capacity)) {}

  /// Slots of the run for a call with `slots` slots.
  static constexpr std::int64_t tripled(std::int64_t slots) { return 3 * slots; }

  /// Calls solve(arguments of the tripled run) once. Does not write solution and history.
  template <class Solve>
  void run(exec::Backend& exec, Arguments const& a, Solve&& solve) {
    std::int64_t const slots = tripled(a.slots);
    kernels::TripledRun<Scalar> run{};
    Scalar** const reals[] = {&run.parameter, &run.tolerance, &run.loss, &run.measure};
    std::int32_t** const integers[] = {&run.task, &run.max_iterations, &run.status, &run.iterations};
    for (int i = 0; i < 4; ++i) {
      *reals[i] = reals_.data() + i * slots;
      *integers[i] = integers_.data() + i * slots;
    }
    exec.launch(3, a.slots, kernels::TripleTasks<Scalar>{a, settings_, run});
    Arguments all = a;
    all.slots = slots;
    all.task_of_slot = run.task;
    all.slot_order = nullptr;
    all.theta = {run.parameter, 1, 1};
    all.tolerance = {run.tolerance, 1};
    all.max_iterations = {run.max_iterations, 1};
    all.surrogate.value = kernels::LossValue::soft;
    all.status = run.status;
    all.iterations = run.iterations;
    all.measure = run.measure;
    all.loss = run.loss;
    all.work = nullptr;
    all.solution = all.history = all.theta_bar = {};
    solve(all);
    exec.launch(1, a.slots, kernels::DifferenceSlopes<Scalar>{a, settings_, run});
  }

 private:
  kernels::DifferenceSettings<Scalar> settings_;
  exec::Buffer<Scalar> reals_;           ///< TripledRun's
  exec::Buffer<std::int32_t> integers_;  ///< the same
};

}  // namespace metasolve::engine
