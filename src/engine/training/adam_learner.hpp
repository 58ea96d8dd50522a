// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/batch_solver.hpp"
#include "metasolve/detail/engine/training/learner_parts.hpp"
#include "metasolve/detail/engine/training/pipeline.hpp"

namespace metasolve::engine {

/// First-order training by Adam, with one member. Real: the network's precision; Scalar: the solver's.
template <class Real, class Scalar>
class AdamLearner final : public Learner {
 public:
  AdamLearner(Executor executor, LearnerOptions const& options, LearnerTasks const& tasks)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        options_(options),
        sum_share_(options.share_of(executor_, options.batch)),
        validation_share_(options.share_of(executor_, tasks.validation.count)),
        capacity_(choose_capacity(
            options, std::max<std::int64_t>({1, sum_share_.most_tasks(), validation_share_.most_tasks()}))),
        network_(exec_, options.network, capacity_, true),
        train_(bind<Scalar>(exec_, tasks.train,
                            {.capacity = capacity_,
                             .tape_bytes = options.memory / 2,
                             .max_iterations = options.max_iterations,
                             .gradient = options.gradient,
                             .difference = options.difference,
                             .estimator = options.estimator,
                             .prices = options.prices,
                             .choice = options.choice})),
        validation_(bind<Scalar>(exec_, tasks.validation, {.capacity = capacity_, .prices = options.prices})),
        first_moment_(exec_, network_.network().weights().size()),
        second_moment_(exec_, network_.network().weights().size()),
        clock_(exec_, 1),
        sum_(executor_, network_.network().weights().size(), sum_share_, options.reproducible),
        validation_sum_(executor_, 0, validation_share_, options.reproducible),
        tolerance_(exec_, 1),
        results_(exec_, capacity_),
        work_(exec_, options.prices.empty() ? 0 : capacity_) {
    if (validation_.count > 0) {
      validator_ = {exec_, *validation_.solver, capacity_, false};
      validator_.set_meta_solver({std::shared_ptr<void>{}, &network_}, inputs_of(validation_), capacity_);
    }
    if (train_.solver->parameter_size() != options.network.parameters) {
      throw Error("make_learner: the network predicts " + std::to_string(options.network.parameters) +
                  " parameters, the solver takes " + std::to_string(train_.solver->parameter_size()));
    }
    if (sum_share_.ranks > 1 && !exec_.planning() && !train_.solver->state().empty()) {
      throw InputError(
          "solver.gradient \"control_variate\", \"score\" with one sample, and solver.choice \"score\" remember the "
          "tasks of all batches, which several ranks share; take another, or one process");
    }
    train_.solver->follow(clock_.data());
    results_.set_gain(options.gain);
    for (auto* buffer : {&order_, &last_count_}) *buffer = exec::Buffer<std::int32_t>(exec_, train_.count);
    for (auto* buffer : {&task_of_slot_, &slot_order_, &key_}) *buffer = exec::Buffer<std::int32_t>(exec_, capacity_);
    if (options.regroup) exec_.reserve_sort(capacity_);
  }

  [[nodiscard]] std::int64_t members() const override { return 1; }

  void begin_epoch(std::span<std::int32_t const> order, std::span<EpochSettings const> settings) override {
    order_.upload(order.data(), static_cast<std::int64_t>(order.size()));
    auto clock = read_clock();
    clock.position = 0;
    clock.rate = settings.front().rate;
    clock.loss_sum = clock.iteration_sum = 0;
    clock_.upload(&clock, 1);
    auto const tolerance = static_cast<Scalar>(settings.front().tolerance);
    tolerance_.upload(&tolerance, 1);
  }

  void step(std::int64_t tasks) override {
    if (tasks > sum_share_.tasks) {
      throw Error("step: " + std::to_string(tasks) + " tasks, and the learner was made for batches of " +
                  std::to_string(sum_share_.tasks));
    }
    // The step is recorded where possible; varying values are read from device memory.
    auto const once = [&] {
      auto run = results_.arguments(options_, {0, options_.max_iterations});
      run.tolerance = {tolerance_.data(), 0};
      TrainState<Real, Scalar> const state{network_,
                                           train_,
                                           sum_,
                                           options_.adam,
                                           first_moment_,
                                           second_moment_,
                                           clock_.data(),
                                           order_.data(),
                                           options_.regroup ? last_count_.data() : nullptr,
                                           task_of_slot_.data(),
                                           slot_order_.data(),
                                           key_.data(),
                                           options_.failure_slope,
                                           options_.task_clip,
                                           run};
      train_step(exec_, state, tasks, capacity_);
    };
    train_.solver->waits() || sum_.waits() ? once() : replays_->run(static_cast<std::uint64_t>(tasks), once);
  }

  std::vector<Totals> epoch_totals() override {
    auto const clock = read_clock();
    return {{clock.position, clock.loss_sum, clock.iteration_sum}};
  }

  std::vector<Totals> validate(std::span<SolveLimits const> limits, bool with_loss, Parameters parameters) override {
    validation_sum_.begin();
    auto const& share = validation_share_;
    std::int64_t const begin = share.first_task(share.tasks), own = share.own_tasks(share.tasks);
    std::int64_t slots = 0;
    for (std::int64_t offset = 0; offset < own; offset += slots) {
      slots = share.part(offset, own, capacity_);
      auto run = results_.arguments(options_, limits.front());
      if (!with_loss) run.loss = nullptr;
      if (work_.size() > 0) run.work = work_.data();
      run.slots = slots;
      run.first_task = begin + offset;
      bool const predicts = parameters == Parameters::meta_solver;
      if (!predicts) run.theta = from(validation_.default_parameters, run.first_task);
      validator_.solve(run, {.predicts = predicts});
      std::int64_t const block = offset / share.rows;
      if (with_loss) validation_sum_.add(0, run.loss, slots, block);
      if (run.work != nullptr) {
        validation_sum_.add(1, run.work, slots, block);
      } else {
        validation_sum_.add(1, run.iterations, slots, block);
      }
    }
    validation_totals_.zero();
    validation_sum_.finish(nullptr, validation_totals_.data());
    double totals[2];
    validation_totals_.download(totals, 2);
    return {{validation_.count, totals[0], totals[1]}};
  }

  std::vector<LearnerState> save() override {
    return {{read_all(network_.network().weights()), read_all(first_moment_), read_all(second_moment_), read_clock(), 0,
             train_.solver->state()}};
  }

  void restore(std::span<LearnerState const> states) override {
    auto const& state = states.front();
    network_.set_weights(state.weights);
    // A fresh start has no moments.
    auto const moments = [&](exec::Buffer<Real>& to, std::vector<double> const& from) {
      return from.empty() ? to.zero() : write_all(to, from);
    };
    moments(first_moment_, state.first_moment);
    moments(second_moment_, state.second_moment);
    clock_.upload(&state.clock, 1);
    train_.solver->restore(state.gradient);
  }

 private:
  kernels::StepClock read_clock() {
    kernels::StepClock clock;
    clock_.download(&clock, 1);
    return clock;
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  LearnerOptions options_;
  BatchShare sum_share_, validation_share_;
  std::int64_t capacity_;
  network::MetaNetwork<Real, Scalar> network_;
  TaskGroup<Scalar> train_, validation_;
  BatchSolver<Scalar> validator_;
  exec::Buffer<Real> first_moment_, second_moment_;
  exec::Buffer<kernels::StepClock> clock_;
  SharedSum<Real> sum_, validation_sum_;
  exec::Buffer<double> validation_totals_{exec_, SharedSum<Real>::totals};
  exec::Buffer<Scalar> tolerance_;
  RunArrays<Scalar> results_;
  exec::Buffer<Scalar> work_;  ///< empty: iterations count
  exec::Buffer<std::int32_t> order_, last_count_, task_of_slot_, slot_order_, key_;
  /// Recorded steps, keyed by the number of tasks; destroyed before the memory they refer to.
  std::unique_ptr<exec::Replays> replays_ = exec_.replays();
};

}  // namespace metasolve::engine
