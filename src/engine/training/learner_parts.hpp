// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/error.hpp"

/// Shared parts of learners and evaluators.
namespace metasolve::engine {

using network::read_all;
using network::write_all;

/// Tasks at a time: as many as wanted and as memory allows.
inline std::int64_t choose_capacity(LearnerOptions const& o, std::int64_t wanted) {
  std::int64_t const widths = 2 * o.network.parameters + network::numbers_per_task(o.network);
  std::int64_t const fits = o.memory / 2 / (widths * static_cast<std::int64_t>(sizeof(double)));
  // Whole blocks, so that splitting a batch does not change the arithmetic of a row.
  return std::min(wanted, std::max(exec::row_block, fits / exec::row_block * exec::row_block));
}

/// Result arrays of a lockstep run, and its arguments.
template <class Scalar>
class RunArrays {
 public:
  RunArrays(exec::Backend& exec, std::int64_t slots)
      : status(exec, slots), iterations(exec, slots), measure(exec, slots), loss(exec, slots), gain_(exec, 1) {}

  [[nodiscard]] kernels::LockstepArguments<Scalar> arguments(LearnerOptions const& options, SolveLimits const& limits) {
    kernels::LockstepArguments<Scalar> run;
    run.tolerance.value = static_cast<Scalar>(limits.tolerance);
    run.max_iterations.value = limits.max_iterations;
    run.gain = gain_.data();
    auto const& s = options.surrogate;
    run.surrogate = {s.kind, s.scale, s.value, s.squared, static_cast<Scalar>(s.center)};
    run.prices.by_solver = options.costs_by_solver;
    run.status = status.data();
    run.iterations = iterations.data();
    run.measure = measure.data();
    run.loss = loss.data();
    return run;
  }
  void set_gain(double gain) {
    auto const value = static_cast<Scalar>(gain);
    gain_.upload(&value, 1);
  }

  exec::Buffer<std::int32_t> status, iterations;
  exec::Buffer<Scalar> measure, loss;

 private:
  exec::Buffer<Scalar> gain_;
};

}  // namespace metasolve::engine
