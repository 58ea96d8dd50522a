// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>

#include "metasolve/detail/engine/training/lm_step.hpp"
#include "metasolve/detail/exec/from_first.hpp"

namespace metasolve::engine {

/// Second-order training by Levenberg-Marquardt, in double precision and full-batch: an epoch is one step. For any
/// solver whose measure is the norm of a residual (kernels::LeastSquaresSolver). Each rank has some blocks of tasks;
/// matrices, gradients and losses are summed over blocks and ranks; what follows, all ranks do alike.
class LmLearner final : public Learner {
 public:
  LmLearner(Executor executor, LearnerOptions const& o, LearnerTasks const& tasks)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        options_(require_fitting(o, tasks)),
        members_(o.members),
        n_(network::weight_count(network::layer_shapes(o.network.sizes))),
        train_share_(share_of(tasks.train.count / members_)),
        validation_share_(share_of(tasks.validation.count / members_)),
        train_(blocks_of(tasks.train, train_share_, true)),
        validation_(blocks_of(tasks.validation, validation_share_, false)),
        model_sum_(executor_, members_ * (n_ * n_ + n_ + 1), train_share_, o.reproducible),
        second_sum_(executor_, members_ * n_, train_share_, o.reproducible),
        loss_sum_(executor_, members_ * kernels::LmSettings::candidates, train_share_, o.reproducible),
        train_totals_(executor_, members_ * 2, train_share_, o.reproducible),
        validation_totals_(executor_, members_ * 2, validation_share_, o.reproducible) {
    auto const make = [&](exec::Buffer<double>& buffer, std::int64_t size) {
      buffer = exec::Buffer<double>(exec_, size);
    };
    std::int64_t const outputs = o.network.sizes.back();
    for (auto* buffer : {&weights_, &step_, &second_}) make(*buffer, members_ * n_);
    make(direction_, outputs * o.network.parameters);
    make(model_, members_ * (n_ * n_ + n_ + 1));
    make(factor_, members_ * n_ * n_);
    make(largest_, members_);
    make(candidate_loss_, kernels::LmSettings::candidates * members_);
    make(candidates_, kernels::LmSettings::candidates * members_ * n_);
    make(totals_, 2 * members_);
    info_ = exec::Buffer<std::int32_t>(exec_, members_);
    member_ = exec::Buffer<kernels::LmMember>(exec_, members_);
    cholesky_ = exec::functions_for<exec::CholeskyFunctions>(exec_).make(exec_, members_);
    if (!exec_.planning()) upload_directions();
  }

  [[nodiscard]] std::int64_t members() const override { return members_; }

  void begin_epoch(std::span<std::int32_t const>, std::span<EpochSettings const> settings) override {
    for (auto const& block : train_) block->set_tolerances(settings);
    done_ = 0;
  }

  void step(std::int64_t tasks) override {
    lm_step(exec_, options_, state());
    done_ += tasks;
  }

  /// Totals before the step.
  std::vector<Totals> epoch_totals() override {
    auto totals = sums_by_member(train_, train_totals_, false, train_share_.tasks);
    auto const members = read_members();
    for (std::size_t m = 0; m < totals.size(); ++m) {
      totals[m].tasks = done_;
      totals[m].loss = members[m].loss * static_cast<double>(train_share_.tasks);
    }
    return totals;
  }

  /// The supported problems have zeros as defaults.
  std::vector<Totals> validate(std::span<SolveLimits const> limits, bool with_loss, Parameters parameters) override {
    bool const predicts = parameters == Parameters::meta_solver;
    for (auto const& block : validation_) {
      if (predicts) block->predict(weights_.data(), direction_.data(), false);
      std::int64_t const tasks = block->mlp().tasks();
      for (std::int64_t m = 0; m < members_; ++m) {
        auto run = block->results().arguments(options_, limits[static_cast<std::size_t>(m)]);
        std::int64_t const first = m * tasks;
        run.slots = tasks;
        run.first_task = first;
        if (predicts) run.theta = {block->theta().data + first, 1, block->mlp().pitch()};
        run.status += first;
        run.iterations += first;
        run.measure += first;
        run.loss = with_loss ? run.loss + first : nullptr;
        block->solver().solve(run);
      }
    }
    return sums_by_member(validation_, validation_totals_, with_loss, validation_share_.tasks);
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
  using Blocks = std::vector<std::unique_ptr<LmBlock>>;

  /// Of the tasks of a member. Each has a matrix of n x n numbers per member: with too few tasks in it, writing and
  /// adding the matrices would take more than a few per cent of the step.
  static std::int64_t blocks_for(std::int64_t tasks) {
    return static_cast<std::int64_t>(
        std::clamp<std::uint64_t>(std::bit_ceil(static_cast<std::uint64_t>(tasks)) / 512, 2, 64));
  }
  [[nodiscard]] BatchShare share_of(std::int64_t tasks) const {
    bool const by_tree = options_.reproducible == Reproducible::ranks;
    std::int64_t const blocks = blocks_for(tasks);
    return BatchShare::of(tasks, by_tree ? std::max<std::int64_t>(1, (tasks + blocks - 1) / blocks) : 0,
                          exec::rank_of(executor_), exec::ranks_of(executor_));
  }
  Blocks blocks_of(Tasks const& tasks, BatchShare const& share, bool trains) {
    Blocks blocks;
    std::int64_t const first = share.first_task(share.tasks), own = share.own_tasks(share.tasks);
    for (std::int64_t at = 0; at < own; at += share.rows) {
      auto const count = std::min(share.rows, own - at);
      blocks.push_back(std::make_unique<LmBlock>(exec_, options_, tasks, first + at, count, trains));
    }
    return blocks;
  }

  /// Memory grows with the matrices: n^2 numbers, twice and for each block, and per task a block of all pairs of units.
  LearnerOptions require_fitting(LearnerOptions const& o, LearnerTasks const& tasks) const {
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
    auto const ranks = exec::ranks_of(executor_);
    double const rows = o.reproducible == Reproducible::ranks
                            ? std::ceil(static_cast<double>(blocks_for(tasks.train.count / o.members)) / ranks)
                            : 1.0;
    double const matrices = (2.0 + rows) * static_cast<double>(o.members * n * n) * sizeof(double);
    double const blocks = static_cast<double>(tasks.train.count) / ranks * sizeof(double) *
                          static_cast<double>(units * units + inputs * inputs);
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

  [[nodiscard]] LmState state() {
    return {train_,
            model_sum_,
            second_sum_,
            loss_sum_,
            *cholesky_,
            options_.lm,
            members_,
            n_,
            train_share_.tasks,
            member_.data(),
            weights_.data(),
            direction_.data(),
            model_.data(),
            model_.data() + members_ * n_ * n_,
            model_.data() + members_ * n_ * (n_ + 1),
            step_.data(),
            second_.data(),
            factor_.data(),
            largest_.data(),
            candidate_loss_.data(),
            candidates_.data(),
            info_.data()};
  }

  /// theta per unit of each output: basis times output gain.
  void upload_directions() {
    std::vector<double> direction = options_.network.basis;
    auto const parameters = static_cast<std::size_t>(options_.network.parameters);
    if (direction.empty()) {
      direction.assign(static_cast<std::size_t>(direction_.size()), 0.0);
      for (std::size_t i = 0; i * parameters < direction.size(); ++i) direction[i * parameters + i] = 1;
    }
    for (auto& x : direction) x *= options_.network.output_gain;
    write_all(direction_, direction);
  }

  std::vector<Totals> sums_by_member(Blocks& blocks, SharedSum<double>& sum, bool with_loss, std::int64_t tasks) {
    sum.begin();
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      blocks[b]->add_totals(with_loss, sum.row(static_cast<std::int64_t>(b)));
    }
    sum.finish(totals_.data(), nullptr);
    auto const sums = read_all(totals_);
    std::vector<Totals> totals;
    for (std::size_t m = 0; m < static_cast<std::size_t>(members_); ++m) {
      totals.push_back({tasks, sums[2 * m], sums[2 * m + 1]});
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
  std::int64_t members_;
  std::int64_t n_;  ///< weights per member
  BatchShare train_share_, validation_share_;
  Blocks train_, validation_;
  SharedSum<double> model_sum_, second_sum_, loss_sum_, train_totals_, validation_totals_;
  exec::Buffer<double> weights_, direction_, model_, step_, second_, factor_, largest_, candidate_loss_, candidates_,
      totals_;
  std::unique_ptr<exec::Cholesky> cholesky_;
  exec::Buffer<std::int32_t> info_;
  exec::Buffer<kernels::LmMember> member_;
  std::int64_t done_ = 0;  ///< tasks of the epoch so far
};

}  // namespace metasolve::engine
