// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/kinds.hpp"
#include "metasolve/detail/estimate/probe_points.hpp"
#include "metasolve/detail/estimate/surrogate_network.hpp"
#include "metasolve/error.hpp"

namespace metasolve::estimate {

namespace {

/// A coordinate as the network sees it, and how fast that changes with a step of one unit.
struct NetworkInput {
  double value, slope;

  /// For a range: the logarithm of the ratio of the distances to its ends, which moves by 1 to 2 per unit anywhere.
  NetworkInput(Entry const& e, double x) : value(x / e.scale), slope(1) {
    if (e.kind == Kind::real) return;
    double const least = 1e-12 * (e.high - e.low);
    double const below = std::max(x - e.low, least), above = std::max(e.high - x, least);
    value = std::log(below / above);
    slope = ParameterSpace::unit(e, x) * (1 / below + 1 / above);
  }
};

class ControlVariate final : public Estimator {
 public:
  ControlVariate(ParameterSpace space, engine::EstimatorSettings const& settings, int features)
      : space_(std::move(space)),
        step_(settings.step),
        samples_(settings.samples),
        seed_(settings.seed),
        features_(features),
        network_(space_.parameters() + features, settings.surrogate_hidden, settings.surrogate_rate, settings.seed) {}

  [[nodiscard]] int probes() const override { return 1 + samples_; }
  [[nodiscard]] bool has_center() const override { return true; }

  void place(Batch const& batch, double* points) const override {
    std::int64_t const d = space_.parameters(), size = batch.tasks * d;
    std::copy_n(batch.theta, size, points);
    for_each_direction(batch, [&](std::int64_t i, int k, Entry const& e, double sign) {
      points[(1 + k) * size + i] = batch.theta[i] + sign * step_size(e, batch.theta[i], step_);
    });
  }

  void estimate(Batch const& batch, double const* /*points*/, Losses const& losses, double* gradient) override {
    std::int64_t const d = space_.parameters(), n = batch.tasks, rows = samples_ * n;
    derivatives_.assign(static_cast<std::size_t>(rows), 0.0);
    predicted_.assign(static_cast<std::size_t>(rows), 0.0);
    auto const* const of_network = differentiate(batch);

    std::fill_n(gradient, n * d, 0.0);
    double const scale = this->scale();
    std::vector<int> known(static_cast<std::size_t>(n));
    for (std::int64_t row = 0; row < rows; ++row) {
      auto const task = row % n, probe = n + row;
      double const derivative = (losses.loss[probe] - losses.loss[task]) / step_;
      bool const is_known = !losses.failed[task] && !losses.failed[probe] && std::isfinite(derivative);
      derivatives_[static_cast<std::size_t>(row)] = is_known ? derivative : NAN;
      if (is_known) ++known[static_cast<std::size_t>(task)];
    }
    for_each_direction(batch, [&](std::int64_t i, int k, Entry const& e, double sign) {
      auto const task = i / d, row = k * n + task;
      double const unit = ParameterSpace::unit(e, batch.theta[i]);
      double const derivative = derivatives_[static_cast<std::size_t>(row)];
      if (unit == 0 || std::isnan(derivative)) return;
      double const slope = NetworkInput(e, batch.theta[i]).slope;
      double const own = scale * slope * of_network[row * network_.inputs() + i % d];
      double const rest = derivative - scale * predicted_[static_cast<std::size_t>(row)];
      gradient[i] += (rest * sign + own) / unit / known[static_cast<std::size_t>(task)];
    });
    learn();
    remove_non_finite(gradient, n * d);
  }

  [[nodiscard]] std::vector<double> state() const override {
    auto state = network_.state();
    state.push_back(square_);
    state.push_back(batches_);
    return state;
  }
  void restore(std::vector<double> const& state) override {
    if (state.empty()) {
      network_.reset();
      square_ = batches_ = 0;
      return;
    }
    if (state.size() != network_.state_size() + 2) {
      throw InputError("the control variate's state has " + std::to_string(state.size()) + " numbers, expected " +
                       std::to_string(network_.state_size() + 2) + "; continue with the settings of its run");
    }
    network_.restore(state.data());
    square_ = state[network_.state_size()];
    batches_ = state[network_.state_size() + 1];
  }

 private:
  /// f(index in theta, sample, entry, sign of the direction)
  template <class F>
  void for_each_direction(Batch const& batch, F&& f) const {
    std::int64_t const d = space_.parameters();
    for (std::int64_t task = 0; task < batch.tasks; ++task) {
      TaskDraws const draws(seed_, batch, task);
      for (int k = 0; k < samples_; ++k) {
        for (std::int64_t p = 0; p < d; ++p) {
          f(task * d + p, k, space_.entries[static_cast<std::size_t>(p)],
            draws.sign(static_cast<std::uint64_t>(k * d + p)));
        }
      }
    }
  }

  /// The network's gradient at theta [samples][tasks][inputs], and along the directions (predicted_). A reference
  /// is subtracted from theta.
  float const* differentiate(Batch const& batch) {
    std::int64_t const d = space_.parameters(), n = batch.tasks, width = network_.inputs(), rows = samples_ * n;
    auto* const x = network_.input(rows);
    auto* const v = x + rows * width;
    std::fill_n(v, rows * width, 0.0F);
    for (std::int64_t row = 0; row < rows && features_ > 0; ++row) {
      std::copy_n(batch.features + row % n * features_, features_, x + row * width + d);
    }
    for_each_direction(batch, [&](std::int64_t i, int k, Entry const& e, double sign) {
      NetworkInput const input(e, batch.theta[i]);
      auto const at = (k * n + i / d) * width + i % d;
      double const origin = batch.reference != nullptr ? NetworkInput(e, batch.reference[i]).value : 0;
      x[at] = static_cast<float>(input.value - origin);
      v[at] = static_cast<float>(sign * input.slope);
    });
    auto const* const of_input = network_.differentiate();
    // Not the network's own tangent, which rounds differently: the estimate is unbiased only if both agree.
    for_each_direction(batch, [&](std::int64_t i, int k, Entry const& e, double sign) {
      auto const row = k * n + i / d;
      predicted_[static_cast<std::size_t>(row)] +=
          sign * NetworkInput(e, batch.theta[i]).slope * of_input[row * width + i % d];
    });
    return of_input;
  }

  /// What the network's output is multiplied by: the root mean square of recent derivatives, so that its targets are
  /// about 1. From earlier batches alone, for this one's directions must not change it. 0 in the first batch.
  [[nodiscard]] double scale() const {
    return batches_ > 0 ? std::sqrt(square_ / (1 - std::pow(old_share, batches_))) : 0;
  }
  void learn() {
    double const before = scale();
    double sum = 0;
    int known = 0;
    for (double const derivative : derivatives_) {
      if (std::isnan(derivative)) continue;
      double const size = before > 0 ? std::min(std::abs(derivative), outlier * before) : std::abs(derivative);
      sum += size * size;
      ++known;
    }
    if (known == 0 || !std::isfinite(sum)) return;
    square_ += (1 - old_share) * (sum / known - square_);
    ++batches_;
    double const now = scale();
    if (!(now > 0)) return;
    for (std::size_t row = 0; row < derivatives_.size(); ++row) {
      double const rest = derivatives_[row] / now - predicted_[row];
      // Where the count jumps within the step, the difference is no derivative and may be of any size.
      derivatives_[row] = std::isnan(rest) ? 0 : -2 * std::clamp(rest, -outlier, outlier) / known;
    }
    network_.learn(derivatives_.data());
  }

  static constexpr double old_share = 0.99, outlier = 10;

  ParameterSpace space_;
  double step_;
  int samples_;
  std::uint64_t seed_;
  int features_;
  SurrogateNetwork network_;
  double square_ = 0, batches_ = 0;
  std::vector<double> derivatives_, predicted_;  ///< [samples][tasks] of the loss and of the network along directions
};

}  // namespace

std::unique_ptr<Estimator> make_control_variate(ParameterSpace const& space, engine::EstimatorSettings const& settings,
                                                int features) {
  return std::make_unique<ControlVariate>(space, settings, features);
}

}  // namespace metasolve::estimate
