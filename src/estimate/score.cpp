// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "metasolve/detail/estimate/kinds.hpp"
#include "metasolve/detail/estimate/option_draw.hpp"
#include "metasolve/detail/estimate/probe_points.hpp"
#include "metasolve/error.hpp"

namespace metasolve::estimate {

namespace {

class Score final : public Estimator {
 public:
  Score(ParameterSpace space, engine::EstimatorSettings const& settings, std::int64_t tasks)
      : space_(std::move(space)), step_(settings.step), samples_(settings.samples), seed_(settings.seed) {
    if (samples_ == 1) state_.resize(static_cast<std::size_t>(2 * tasks));
  }

  [[nodiscard]] int probes() const override { return samples_; }
  [[nodiscard]] bool has_center() const override { return false; }

  void place(Batch const& batch, double* points) const override {
    std::int64_t const parameters = space_.parameters();
    for (std::int64_t task = 0; task < batch.tasks; ++task) {
      TaskDraws const draws(seed_, batch, task);
      auto const* const theta = batch.theta + task * space_.coordinates;
      for (int k = 0; k < samples_; ++k) {
        auto* const point = points + (k * batch.tasks + task) * parameters;
        for (std::int64_t p = 0; p < parameters; ++p) {
          auto const& e = space_.entries[static_cast<std::size_t>(p)];
          if (e.kind == Kind::choice) {
            point[p] = OptionDraw(theta + e.first, e.options).at(draws.uniform(draw_of(k, e)));
          } else {
            Spread const spread(e, theta[e.first], step_);
            point[p] = Spread::point(e, theta[e.first], spread.sigma * draws.normal(draw_of(k, e), spread.bound));
          }
        }
      }
    }
  }

  void estimate(Batch const& batch, double const* points, Losses const& losses, double* gradient) override {
    std::fill_n(gradient, batch.tasks * space_.coordinates, 0.0);
    auto const batch_sum = std::accumulate(losses.loss, losses.loss + batch.tasks, 0.0);
    for (std::int64_t task = 0; task < batch.tasks; ++task) {
      TaskDraws const draws(seed_, batch, task);
      double sum = 0;
      for (int k = 0; k < samples_; ++k) sum += losses.loss[k * batch.tasks + task];
      for (int k = 0; k < samples_; ++k) {
        auto const probe = k * batch.tasks + task;
        double const loss = losses.loss[probe];
        double const advantage = samples_ > 1 ? (loss - (sum - loss) / (samples_ - 1)) / samples_
                                              : loss - running_mean(batch, task, loss, batch_sum);
        add(draws, k, advantage, batch.theta + task * space_.coordinates, points + probe * space_.parameters(),
            gradient + task * space_.coordinates);
      }
    }
    if (samples_ == 1) learn(batch, losses);
    remove_non_finite(gradient, batch.tasks * space_.coordinates);
  }

  [[nodiscard]] std::vector<double> state() const override { return state_; }
  void restore(std::vector<double> const& state) override {
    if (state.empty()) {
      std::ranges::fill(state_, 0.0);
      return;
    }
    if (state.size() != state_.size()) {
      throw InputError("the score function's state has " + std::to_string(state.size()) + " numbers, expected " +
                       std::to_string(state_.size()) + "; continue with the settings and tasks of its run");
    }
    state_ = state;
  }

 private:
  [[nodiscard]] std::uint64_t draw_of(int sample, Entry const& e) const {
    return static_cast<std::uint64_t>(sample) * static_cast<std::uint64_t>(space_.coordinates) +
           static_cast<std::uint64_t>(e.first);
  }

  /// Adds a sample's part of a task's gradient.
  void add(TaskDraws const& draws, int sample, double advantage, double const* theta, double const* point,
           double* gradient) const {
    for (std::size_t p = 0; p < space_.entries.size(); ++p) {
      auto const& e = space_.entries[p];
      if (e.kind == Kind::choice) {
        OptionDraw(theta + e.first, e.options).add_score(static_cast<int>(point[p]), advantage, gradient + e.first);
      } else {
        Spread const spread(e, theta[e.first], step_);
        gradient[e.first] += advantage * spread.weight(draws.normal(draw_of(sample, e), spread.bound));
      }
    }
  }

  /// A task's baseline. It must not depend on this draw: a task that is seen for the first time takes the mean of the
  /// batch's others, and alone in its batch says nothing.
  [[nodiscard]] double running_mean(Batch const& batch, std::int64_t task, double loss, double batch_sum) const {
    auto const number = static_cast<std::size_t>(batch.number[task]);
    if (state_[2 * number + 1] > 0) return state_[2 * number];
    return batch.tasks > 1 ? (batch_sum - loss) / static_cast<double>(batch.tasks - 1) : loss;
  }
  void learn(Batch const& batch, Losses const& losses) {
    for (std::int64_t task = 0; task < batch.tasks; ++task) {
      if (!std::isfinite(losses.loss[task])) continue;
      auto const number = static_cast<std::size_t>(batch.number[task]);
      double& mean = state_[2 * number];
      double& seen = state_[2 * number + 1];
      ++seen;
      mean += (losses.loss[task] - mean) * std::max(1 / seen, newest_share);
    }
  }

  /// As the prediction moves, old losses count less.
  static constexpr double newest_share = 0.2;

  ParameterSpace space_;
  double step_;
  int samples_;
  std::uint64_t seed_;
  std::vector<double> state_;  ///< [tasks][2], with one sample: mean loss, how often seen
};

}  // namespace

std::unique_ptr<Estimator> make_score(ParameterSpace const& space, engine::EstimatorSettings const& settings,
                                      std::int64_t tasks) {
  return std::make_unique<Score>(space, settings, tasks);
}

}  // namespace metasolve::estimate
