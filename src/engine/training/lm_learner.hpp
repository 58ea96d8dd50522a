// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/learner_parts.hpp"
#include "metasolve/detail/engine/training/lm_step.hpp"

namespace metasolve::engine {

/// Second-order training by Levenberg-Marquardt, in double precision and full-batch: an epoch is one step. For any
/// solver whose measure is the norm of a residual (kernels::LeastSquaresSolver).
class LmLearner final : public Learner {
 public:
  LmLearner(Executor executor, LearnerOptions const& o, LearnerTasks const& tasks)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        options_(require_fitting(o, tasks)),
        members_(o.members),
        outputs_(o.network.sizes.back()),
        parameters_(o.network.parameters),
        mlp_(exec_, o.network.sizes, o.network.activation, members_, tasks.train.count / members_, true),
        validation_mlp_(exec_, o.network.sizes, o.network.activation, members_, tasks.validation.count / members_,
                        false),
        gauss_newton_(exec_, mlp_),
        n_(mlp_.weights()),
        train_(bind<double>(exec_, tasks.train, {.capacity = mlp_.pitch(), .directions = static_cast<int>(outputs_)})),
        validation_(bind<double>(exec_, tasks.validation, {.capacity = validation_mlp_.pitch()})),
        train_results_(exec_, mlp_.pitch()),
        validation_results_(exec_, validation_mlp_.pitch()) {
    auto const make = [&](exec::Buffer<double>& buffer, std::int64_t size) {
      buffer = exec::Buffer<double>(exec_, size);
    };
    std::int64_t const slots = mlp_.pitch();
    for (auto* results : {&train_results_, &validation_results_}) results->set_gain(o.gain);
    make(weights_, members_ * n_);
    make(direction_, outputs_ * parameters_);
    make(theta_, parameters_ * std::max(slots, validation_mlp_.pitch()));
    make(gradient_of_output_, outputs_ * slots);
    make(curvature_, outputs_ * outputs_ * slots);
    make(bar_, outputs_ * slots);
    for (auto* buffer : {&gradient_, &step_, &second_}) make(*buffer, members_ * n_);
    for (auto* buffer : {&matrix_, &factor_}) make(*buffer, members_ * n_ * n_);
    make(largest_, members_);
    make(current_, members_);
    make(candidate_loss_, kernels::LmSettings::candidates * members_);
    make(candidates_, kernels::LmSettings::candidates * members_ * n_);
    make(ones_, mlp_.tasks());
    make(tolerance_, slots);
    make(sums_, 2 * members_);
    info_ = exec::Buffer<std::int32_t>(exec_, members_);
    member_ = exec::Buffer<kernels::LmMember>(exec_, members_);
    cholesky_ = exec::functions_for<exec::CholeskyFunctions>(exec_).make(exec_, members_);
    if (exec_.planning()) return;
    std::vector<double> const ones(static_cast<std::size_t>(mlp_.tasks()), 1.0);
    ones_.upload(ones.data(), mlp_.tasks());
    upload_directions();
    gather(mlp_, train_);
    gather(validation_mlp_, validation_);
  }

  [[nodiscard]] std::int64_t members() const override { return members_; }

  void begin_epoch(std::span<std::int32_t const>, std::span<EpochSettings const> settings) override {
    std::vector<double> tolerance;
    for (auto const& s : settings)
      tolerance.insert(tolerance.end(), static_cast<std::size_t>(mlp_.tasks()), s.tolerance);
    tolerance_.upload(tolerance.data(), tolerance_.size());
    done_ = 0;
  }

  void step(std::int64_t tasks) override {
    auto run = train_results_.arguments(options_, {0, options_.max_iterations});
    run.tolerance = {tolerance_.data(), 1};
    lm_step(exec_, state(run));
    done_ += tasks;
  }

  /// Totals before the step.
  std::vector<Totals> epoch_totals() override {
    auto totals = sums_by_member(mlp_, train_results_, false);
    auto const members = read_members();
    for (std::size_t m = 0; m < totals.size(); ++m) {
      totals[m].tasks = done_;
      totals[m].loss = members[m].loss * static_cast<double>(mlp_.tasks());
    }
    return totals;
  }

  /// The supported problems have zeros as defaults.
  std::vector<Totals> validate(std::span<SolveLimits const> limits, bool with_loss, Parameters parameters) override {
    std::int64_t const slots = validation_mlp_.pitch(), tasks = validation_mlp_.tasks();
    bool const predicts = parameters == Parameters::meta_solver;
    if (predicts) {
      validation_mlp_.forward(weights_.data(), false);
      predict(exec_, state({}), validation_mlp_);
    }
    for (std::int64_t m = 0; m < members_; ++m) {
      auto run = validation_results_.arguments(options_, limits[static_cast<std::size_t>(m)]);
      std::int64_t const first = m * tasks;
      run.slots = tasks;
      run.first_task = first;
      if (predicts) run.theta = {theta_.data() + first, 1, slots};
      run.status += first;
      run.iterations += first;
      run.measure += first;
      run.loss = with_loss ? run.loss + first : nullptr;
      validation_.solver->solve(run);
    }
    return sums_by_member(validation_mlp_, validation_results_, with_loss);
  }

  std::vector<LearnerState> save() override {
    auto const weights = read_all(weights_);
    auto const members = read_members();
    std::vector<LearnerState> states(members.size());
    for (std::size_t m = 0; m < states.size(); ++m) {
      auto const begin = weights.begin() + static_cast<std::ptrdiff_t>(m) * n_;
      states[m].weights.assign(begin, begin + n_);
      states[m].damping = members[m].damping;
      states[m].clock.position = done_;
    }
    return states;
  }

  void restore(std::span<LearnerState const> states) override {
    std::vector<double> weights;
    std::vector<kernels::LmMember> members;
    for (auto const& s : states) {
      weights.insert(weights.end(), s.weights.begin(), s.weights.end());
      members.push_back({.damping = s.damping > 0 ? s.damping : options_.lm.initial});
    }
    write_all(weights_, weights);
    member_.upload(members.data(), members_);
    done_ = states.front().clock.position;
  }

 private:
  /// Memory grows with the matrices: n^2 numbers, twice, and per task a block of all pairs of units.
  static LearnerOptions require_fitting(LearnerOptions const& o, LearnerTasks const& tasks) {
    if (!o.network.head.empty()) {
      throw InputError(
          "optimizer.kind: given \"levenberg_marquardt\", expected \"adam\" for this problem; its bounded parameters "
          "are no linear combination of the network's outputs");
    }
    auto const layers = network::layer_shapes(o.network.sizes);
    std::int64_t const n = network::weight_count(layers);
    std::int64_t units = 0, inputs = 0;
    for (auto const& layer : layers) {
      units += layer.out;
      inputs = std::max(inputs, layer.in + 1);
    }
    double const matrices = 2.0 * static_cast<double>(o.members * n * n) * sizeof(double);
    double const blocks =
        static_cast<double>(tasks.train.count) * sizeof(double) * static_cast<double>(units * units + inputs * inputs);
    if (matrices + blocks <= static_cast<double>(o.memory)) return o;
    auto const mebibytes = [](double bytes) {
      return std::to_string(static_cast<std::int64_t>(bytes / (1 << 20)) + 1);
    };
    throw InputError("optimizer.kind levenberg_marquardt: the matrices of " + std::to_string(o.members) +
                     " network(s) with " + std::to_string(n) + " weights need " + mebibytes(matrices) +
                     " MiB, what they are made of " + mebibytes(blocks) + " MiB, and resources.memory is " +
                     mebibytes(static_cast<double>(o.memory) - 1) +
                     " MiB; take a smaller network, fewer tasks, more memory, or adam");
  }

  [[nodiscard]] LmState state(kernels::LockstepArguments<double> const& run) {
    return {mlp_,
            gauss_newton_,
            *cholesky_,
            train_,
            options_.lm,
            member_.data(),
            weights_.data(),
            direction_.data(),
            parameters_,
            theta_.data(),
            gradient_of_output_.data(),
            curvature_.data(),
            bar_.data(),
            gradient_.data(),
            step_.data(),
            second_.data(),
            matrix_.data(),
            factor_.data(),
            largest_.data(),
            current_.data(),
            candidate_loss_.data(),
            candidates_.data(),
            ones_.data(),
            info_.data(),
            run};
  }

  /// theta per unit of each output: basis times output gain.
  void upload_directions() {
    std::vector<double> direction = options_.network.basis;
    if (direction.empty()) {
      direction.assign(static_cast<std::size_t>(outputs_ * parameters_), 0.0);
      for (std::int64_t i = 0; i < outputs_; ++i) direction[static_cast<std::size_t>(i * parameters_ + i)] = 1;
    }
    for (auto& x : direction) x *= options_.network.output_gain;
    write_all(direction_, direction);
  }

  void gather(network::MlpBatch& mlp, TaskGroup<double> const& tasks) {
    std::int64_t const width = mlp.layers().front().in;
    exec::Buffer<double> shift(exec_, width), scale(exec_, width);
    write_all(shift, options_.network.shift);
    write_all(scale, options_.network.scale);
    exec_.launch(width * members_, mlp.tasks(),
                 kernels::GatherUnits{mlp.rows(), tasks.features, shift.data(), scale.data(), mlp.input(0)});
    exec_.synchronize();  // shift and scale end their lifetime here
  }

  std::vector<Totals> sums_by_member(network::MlpBatch const& mlp, RunArrays<double>& results, bool with_loss) {
    sums_.zero();
    for (std::int64_t m = 0; m < members_; ++m) {
      double* const sums = sums_.data() + 2 * m;
      if (with_loss) exec_.add_sum(results.loss.data() + m * mlp.tasks(), mlp.tasks(), sums);
      exec_.add_sum(results.iterations.data() + m * mlp.tasks(), mlp.tasks(), sums + 1);
    }
    auto const sums = read_all(sums_);
    std::vector<Totals> totals;
    for (std::size_t m = 0; m < static_cast<std::size_t>(members_); ++m) {
      totals.push_back({mlp.tasks(), sums[2 * m], sums[2 * m + 1]});
    }
    return totals;
  }

  std::vector<kernels::LmMember> read_members() {
    std::vector<kernels::LmMember> members(static_cast<std::size_t>(members_));
    member_.download(members.data(), members_);
    return members;
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  LearnerOptions options_;
  std::int64_t members_, outputs_, parameters_;
  network::MlpBatch mlp_, validation_mlp_;
  network::GaussNewton gauss_newton_;
  std::int64_t n_;  ///< weights per member
  TaskGroup<double> train_, validation_;
  RunArrays<double> train_results_, validation_results_;
  exec::Buffer<double> weights_, direction_, theta_, gradient_of_output_, curvature_, bar_, gradient_, step_, second_,
      matrix_, factor_, largest_, current_, candidate_loss_, candidates_, ones_, tolerance_, sums_;
  std::unique_ptr<exec::Cholesky> cholesky_;
  exec::Buffer<std::int32_t> info_;
  exec::Buffer<kernels::LmMember> member_;
  std::int64_t done_ = 0;  ///< tasks of the epoch so far
};

}  // namespace metasolve::engine
