// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <numeric>

#include "metasolve/detail/exec/backend.hpp"
#include "support/cases.hpp"
#include "support/ceilings.hpp"
#include "support/device_clock.hpp"
#include "support/guarded.hpp"

namespace metasolve::bench {

/// The work of one run. 0: not counted, or none.
struct Work {
  double task_iterations = 0;
  double flops = 0, single_flops = 0;  ///< in double and in single precision
  double bytes = 0;                    ///< from and to main memory
};

/// Sets counters per second, and as shares of the machine's ceilings. For runs timed by `timed`.
inline void declare(benchmark::State& state, Executor const& executor, Work const& work) {
  auto const rate = [&](double amount) {
    return benchmark::Counter(amount * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  };
  auto const& best = ceilings_of(executor);
  if (work.task_iterations > 0) state.counters["task_iterations/s"] = rate(work.task_iterations);
  if (work.flops + work.single_flops > 0) {
    state.counters["flop/s"] = rate(work.flops + work.single_flops);
    state.counters["of_multiply_adds"] =
        rate(work.flops / best.multiply_adds_double + work.single_flops / best.multiply_adds_float);
  }
  if (work.bytes > 0) {
    state.counters["bytes/s"] = rate(work.bytes);
    state.counters["of_copy"] = rate(work.bytes / best.copy);
  }
}

/// Times f on the device, after one untimed run. Synchronizes.
inline void timed(benchmark::State& state, Executor const& executor, std::function<void()> const& f) {
  auto const clock = make_clock(executor);
  f();
  executor.synchronize();
  for (auto _ : state) {
    clock->start();
    f();
    state.SetIterationTime(clock->stop());
  }
}

/// A case's tasks bound to an executor, and the arrays of a solve.
template <class Scalar>
class Solving {
 public:
  Solving(Executor executor, Case const& of, engine::Tasks const& tasks, engine::StageLimits limits)
      : executor_(std::move(executor)), case_(of), gain_(backend(), 1) {
    limits.max_iterations = of.limits.max_iterations;
    group = engine::bind<Scalar>(backend(), tasks, limits);
    iterations_ = exec::Buffer<std::int32_t>(backend(), group.count);
    loss_ = exec::Buffer<Scalar>(backend(), group.count);
    parameters_ = group.solver->parameter_size();
    theta_ = exec::Buffer<Scalar>(backend(), group.default_parameters ? 0 : parameters_);
    auto const gain = Scalar(1);
    gain_.upload(&gain, 1);
    run.slots = group.count;
    run.theta = group.default_parameters;
    if (!run.theta) run.theta = {theta_.data(), 0, 1};  // the zero guess
    run.tolerance.value = static_cast<Scalar>(of.limits.tolerance);
    run.max_iterations.value = of.limits.max_iterations;
    run.iterations = iterations_.data();
    run.gain = gain_.data();
    run.surrogate.scale = kernels::LossScale::logarithm;
  }

  /// Enables `differentiate`.
  void want_gradient() {
    theta_bar_ = exec::Buffer<Scalar>(backend(), group.count * parameters_);
    run.loss = loss_.data();
    run.theta_bar = {theta_bar_.data(), parameters_, 1};
  }

  /// Reports one run: task-iterations are those of the solve itself, however it is differentiated.
  void report(benchmark::State& state, Way way = Way::forward) const {
    auto const all = counts();
    double const made = std::accumulate(all.begin(), all.end(), 0.0), tasks = static_cast<double>(group.count);
    double const starts = way == Way::difference ? 3 : 1;
    double const flops = made * case_.flops_of(way) + starts * tasks * case_.start_flops;
    declare(state, executor_,
            {.task_iterations = made,
             .flops = case_.single ? 0 : flops,
             .single_flops = case_.single ? flops : 0,
             .bytes = tasks * (case_.bytes_of(way, made / tasks) + sizeof(std::int32_t))});
    state.counters["mean_iterations"] = made / tasks;
  }

  [[nodiscard]] std::vector<std::int32_t> counts() const {
    std::vector<std::int32_t> all(static_cast<std::size_t>(group.count));
    iterations_.download(all.data(), group.count);
    return all;
  }

  engine::TaskGroup<Scalar> group;
  kernels::LockstepArguments<Scalar> run;

 private:
  [[nodiscard]] exec::Backend& backend() const { return executor_.backend(); }
  Executor executor_;
  Case case_;
  exec::Buffer<std::int32_t> iterations_;
  exec::Buffer<Scalar> loss_, theta_, theta_bar_, gain_;
  int parameters_ = 0;
};

/// A device to measure on: "cpu:1", "cpu:2", "cuda".
struct Device {
  std::string name;
  Executor executor;
};
/// The CPU with one thread and with all; and the first CUDA device, if any.
std::vector<Device> const& devices();

/// Defined by each executable: registers its benchmarks, which support/main.cpp runs.
void register_all();

}  // namespace metasolve::bench
