// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "metasolve/error.hpp"
#include "src/engine/make_learner.hpp"
#include "src/engine/pipeline.hpp"
#include "src/problems/bind_poisson.hpp"

namespace metasolve::engine {

/// The learner on one kind of executor. Real: the network's precision; Scalar: the solver's.
template <class Exec, class Real, class Scalar>
class LearnerOn final : public Learner {
 public:
  LearnerOn(Executor executor, Exec& exec, LearnerOptions const& options, LearnerTasks const& tasks)
      : executor_(std::move(executor)),
        exec_(exec),
        options_(options),
        capacity_(choose_capacity(options, tasks)),
        network_(exec, options.network, capacity_, options.trains),
        clock_(exec, 1),
        settings_(exec, 2),
        status_(exec, capacity_),
        iterations_(exec, capacity_),
        measure_(exec, capacity_),
        loss_(exec, capacity_) {
    set_schedule(0);
    if (options.trains) {
      train_ = bind(tasks.train, options.memory / 2);
      validation_ = bind(tasks.validation, 0);
      if (train_.solver->parameter_size() != options.network.parameters) {
        throw Error("make_learner: the network proposes " + std::to_string(options.network.parameters) +
                    " parameters, the solver takes " + std::to_string(train_.solver->parameter_size()));
      }
      auto const weights = network_.mlp().weights().size();
      first_moment_ = exec::Buffer<Real>(exec, weights);
      second_moment_ = exec::Buffer<Real>(exec, weights);
      for (auto* buffer : {&order_, &last_count_}) *buffer = exec::Buffer<std::int32_t>(exec, train_.count);
      for (auto* buffer : {&task_of_slot_, &slot_order_, &key_}) *buffer = exec::Buffer<std::int32_t>(exec, capacity_);
      if (options.regroup) exec.reserve_sort(capacity_);
    }
    evaluation_ = bind(tasks.evaluation, 0);
    outcome_status_ = exec::Buffer<std::int32_t>(exec, evaluation_.count);
    outcome_iterations_ = exec::Buffer<std::int32_t>(exec, evaluation_.count);
    outcome_measure_ = exec::Buffer<Scalar>(exec, evaluation_.count);
  }

  void begin_epoch(std::span<std::int32_t const> order, EpochSettings const& settings) override {
    order_.upload(order.data(), static_cast<std::int64_t>(order.size()));
    auto clock = read_clock();
    clock.position = 0;
    clock.rate = settings.rate;
    clock.loss_sum = clock.iteration_sum = 0;
    clock_.upload(&clock, 1);
    set_schedule(settings.tolerance);
  }

  void step(std::int64_t tasks) override {
    exec_.replay(replay_key(tasks), [&] {
      TrainState<Exec, Real, Scalar> const state{network_,
                                                 train_,
                                                 options_.adam,
                                                 first_moment_,
                                                 second_moment_,
                                                 clock_.data(),
                                                 order_.data(),
                                                 options_.regroup ? last_count_.data() : nullptr,
                                                 task_of_slot_.data(),
                                                 slot_order_.data(),
                                                 key_.data(),
                                                 arguments()};
      train_step(exec_, state, tasks, capacity_);
    });
  }

  Totals epoch_totals() override {
    auto const clock = read_clock();
    return {clock.position, clock.loss_sum, clock.iteration_sum};
  }

  Totals validate(SolveLimits const& limits, bool with_loss) override {
    auto const before = read_clock();
    auto sums = before;
    sums.loss_sum = sums.iteration_sum = 0;
    clock_.upload(&sums, 1);
    for (std::int64_t first = 0; first < validation_.count; first += capacity_) {
      std::int64_t const slots = std::min(capacity_, validation_.count - first);
      auto run = arguments(limits);
      if (!with_loss) run.loss = nullptr;
      engine::solve(&network_, validation_, run, first, slots);
      if (with_loss) exec_.add_sum(loss_.data(), slots, &clock_.data()->loss_sum);
      exec_.add_sum(iterations_.data(), slots, &clock_.data()->iteration_sum);
    }
    auto const after = read_clock();
    clock_.upload(&before, 1);
    return {validation_.count, after.loss_sum, after.iteration_sum};
  }

  void solve(Guess guess, SolveLimits const& limits, std::int64_t first, std::int64_t count) override {
    if (count > capacity_ || first + count > evaluation_.count) {
      throw InputError("solve: tasks " + std::to_string(first) + " to " + std::to_string(first + count) + " of " +
                       std::to_string(evaluation_.count) + " asked for, at most " + std::to_string(capacity_) +
                       " at a time");
    }
    auto run = arguments(limits);
    run.loss = nullptr;
    run.status = outcome_status_.data() + first;
    run.iterations = outcome_iterations_.data() + first;
    run.measure = outcome_measure_.data() + first;
    engine::solve(guess == Guess::meta_solver ? &network_ : nullptr, evaluation_, run, first, count);
  }

  Outcomes outcomes() override {
    auto const n = static_cast<std::size_t>(evaluation_.count);
    Outcomes all{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n), {}};
    std::vector<Scalar> measure(n);
    outcome_status_.download(all.status.data(), evaluation_.count);
    outcome_iterations_.download(all.iterations.data(), evaluation_.count);
    outcome_measure_.download(measure.data(), evaluation_.count);
    all.measure.assign(measure.begin(), measure.end());
    return all;
  }

  [[nodiscard]] std::int64_t capacity() const override { return capacity_; }

  LearnerState save() override {
    return {read(network_.mlp().weights()), read(first_moment_), read(second_moment_), read_clock()};
  }

  void restore(LearnerState const& state) override {
    write(network_.mlp().weights(), state.weights);
    if (options_.trains) {
      write(first_moment_, state.first_moment);
      write(second_moment_, state.second_moment);
    }
    clock_.upload(&state.clock, 1);
  }

  void synchronize() override { exec_.synchronize(); }

 private:
  /// Names a recorded step: this learner's, of this many tasks. Learners may share an executor, one after another too.
  [[nodiscard]] std::uint64_t replay_key(std::int64_t tasks) const {
    return identity_ << 32 | static_cast<std::uint64_t>(tasks);
  }
  static std::uint64_t next_identity() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }

  /// Tasks at a time: a batch, or the largest group that is solved at once, unless memory says less.
  static std::int64_t choose_capacity(LearnerOptions const& o, LearnerTasks const& tasks) {
    auto const count = [](problems::AnyTasks const& t) { return std::visit([](auto const& x) { return x.count; }, t); };
    std::int64_t wanted = std::max<std::int64_t>(1, count(tasks.evaluation));
    if (o.trains) wanted = std::max({o.batch, count(tasks.validation), wanted});
    std::int64_t widths = 2 * o.network.parameters;
    for (auto const size : o.network.sizes) widths += 4 * size;
    std::int64_t const fits = o.memory / 2 / (widths * static_cast<std::int64_t>(sizeof(double)));
    // Whole blocks, so that splitting a batch leaves each row's arithmetic as it was.
    return std::min(wanted, std::max(exec::row_block, fits / exec::row_block * exec::row_block));
  }

  TaskGroup<Scalar> bind(problems::AnyTasks const& tasks, std::int64_t tape_bytes) {
    StageLimits const limits{capacity_, tape_bytes, options_.iterations};
    return std::visit(
        [&](auto const& t) {
          return t.count == 0 ? TaskGroup<Scalar>{} : problems::bind_tasks<Exec, Scalar>(exec_, t, limits);
        },
        tasks);
  }

  void set_schedule(double tolerance) {
    Scalar const values[2] = {static_cast<Scalar>(tolerance), static_cast<Scalar>(options_.gain)};
    settings_.upload(values, 2);
  }

  /// For a training step, which is recorded: what changes is read from device memory.
  kernels::LockstepArguments<Scalar> arguments() {
    auto run = arguments({0, options_.iterations});
    run.tolerance = {settings_.data(), 0};
    return run;
  }
  kernels::LockstepArguments<Scalar> arguments(SolveLimits const& limits) {
    kernels::LockstepArguments<Scalar> run;
    run.tolerance.value = static_cast<Scalar>(limits.tolerance);
    run.limit.value = limits.iterations;
    run.gain = settings_.data() + 1;
    run.surrogate = {options_.surrogate.kind, options_.surrogate.scale, options_.surrogate.value,
                     options_.surrogate.squared};
    run.status = status_.data();
    run.iterations = iterations_.data();
    run.measure = measure_.data();
    run.loss = loss_.data();
    return run;
  }

  kernels::StepClock read_clock() {
    kernels::StepClock clock;
    clock_.download(&clock, 1);
    return clock;
  }
  static std::vector<double> read(exec::Buffer<Real> const& from) {
    std::vector<Real> values(static_cast<std::size_t>(from.size()));
    from.download(values.data(), from.size());
    return {values.begin(), values.end()};
  }
  static void write(exec::Buffer<Real>& to, std::vector<double> const& from) {
    if (static_cast<std::int64_t>(from.size()) != to.size()) {
      throw InputError("a network of " + std::to_string(to.size()) + " weights was given " +
                       std::to_string(from.size()));
    }
    std::vector<Real> const values(from.begin(), from.end());
    to.upload(values.data(), to.size());
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are gone
  Exec& exec_;
  std::uint64_t identity_ = next_identity();
  LearnerOptions options_;
  std::int64_t capacity_;
  network::MetaNetwork<Exec, Real, Scalar> network_;
  TaskGroup<Scalar> train_, validation_, evaluation_;
  exec::Buffer<Real> first_moment_, second_moment_;
  exec::Buffer<kernels::StepClock> clock_;
  exec::Buffer<Scalar> settings_;  ///< tolerance, gain
  exec::Buffer<std::int32_t> order_, last_count_, task_of_slot_, slot_order_, key_;
  exec::Buffer<std::int32_t> status_, iterations_;
  exec::Buffer<Scalar> measure_, loss_;
  exec::Buffer<std::int32_t> outcome_status_, outcome_iterations_;
  exec::Buffer<Scalar> outcome_measure_;
};

/// The precisions, chosen at run time.
template <class Exec>
std::unique_ptr<Learner> make_learner_on(Executor const& executor, LearnerOptions const& options,
                                         LearnerTasks const& tasks) {
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  bool const wide_network = options.network_precision == Precision::double_precision;
  bool const wide_solver = options.solver_precision == Precision::double_precision;
  if (wide_network && wide_solver)
    return std::make_unique<LearnerOn<Exec, double, double>>(executor, exec, options, tasks);
  if (wide_network) return std::make_unique<LearnerOn<Exec, double, float>>(executor, exec, options, tasks);
  if (wide_solver) return std::make_unique<LearnerOn<Exec, float, double>>(executor, exec, options, tasks);
  return std::make_unique<LearnerOn<Exec, float, float>>(executor, exec, options, tasks);
}

}  // namespace metasolve::engine
