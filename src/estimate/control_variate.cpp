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

/// Which coordinates the network sees at once: all, or for each coordinate those in a window around it, with a mark
/// where the window goes beyond the ends. The outputs are summed over the places.
struct Places {
  std::int64_t coordinates, window;

  [[nodiscard]] std::int64_t count() const { return window > 0 ? coordinates : 1; }
  [[nodiscard]] std::int64_t slots() const { return window > 0 ? window : coordinates; }
  [[nodiscard]] std::int64_t marks() const { return window; }
  /// -1: beyond an end.
  [[nodiscard]] std::int64_t coordinate(std::int64_t place, std::int64_t slot) const {
    auto const c = window > 0 ? place + slot - window / 2 : slot;
    return c < coordinates ? std::max<std::int64_t>(c, -1) : -1;
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
        places_{space_.parameters(), settings.surrogate_window},
        network_(static_cast<int>(places_.slots() + places_.marks()) + features, settings.surrogate_hidden,
                 settings.surrogate_rate, settings.seed, settings.threads) {}

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
    differentiate(batch);

    std::fill_n(gradient, n * d, 0.0);
    double const scale = this->scale();
    std::vector<int> known(static_cast<std::size_t>(n));
    for (std::int64_t row = 0; row < rows; ++row) {
      auto const task = row % n, probe = n + row;
      double const derivative = (losses.loss[probe] - losses.loss[task]) / step_;
      bool const is_known = !(losses.failed[task] && losses.failed[probe]) && std::isfinite(derivative);
      derivatives_[static_cast<std::size_t>(row)] = is_known ? derivative : NAN;
      if (is_known) ++known[static_cast<std::size_t>(task)];
    }
    for_each_direction(batch, [&](std::int64_t i, int k, Entry const& e, double sign) {
      auto const task = i / d, row = k * n + task;
      double const unit = ParameterSpace::unit(e, batch.theta[i]);
      double const derivative = derivatives_[static_cast<std::size_t>(row)];
      if (unit == 0 || std::isnan(derivative)) return;
      double const own = scale * of_theta_[static_cast<std::size_t>(row * d + i % d)];
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

  /// The network's gradient in steps of the units (of_theta_), and along the directions (predicted_). A reference is
  /// subtracted from theta.
  void differentiate(Batch const& batch) {
    std::int64_t const d = space_.parameters(), n = batch.tasks, rows = samples_ * n, width = network_.inputs();
    std::vector<double> value(static_cast<std::size_t>(rows * d)), direction(value.size()), slope(value.size());
    for_each_direction(batch, [&](std::int64_t i, int k, Entry const& e, double sign) {
      NetworkInput const input(e, batch.theta[i]);
      auto const at = static_cast<std::size_t>(k * n * d + i);
      value[at] = input.value - (batch.reference != nullptr ? NetworkInput(e, batch.reference[i]).value : 0);
      direction[at] = sign;
      slope[at] = input.slope;
    });

    auto* x = network_.input(rows * places_.count());
    auto* v = x + rows * places_.count() * width;
    std::fill_n(x, 2 * rows * places_.count() * width, 0.0F);
    for_each_place(rows, [&](std::int64_t row, std::int64_t place) {
      for (std::int64_t slot = 0; slot < places_.slots(); ++slot) {
        auto const c = places_.coordinate(place, slot);
        if (c < 0) {
          x[places_.slots() + slot] = 1;
          continue;
        }
        auto const at = static_cast<std::size_t>(row * d + c);
        x[slot] = static_cast<float>(value[at]);
        v[slot] = static_cast<float>(direction[at] * slope[at]);
      }
      if (features_ > 0) {
        std::copy_n(batch.features + row % n * features_, features_, x + places_.slots() + places_.marks());
      }
      x += width;
      v += width;
    });

    auto const* of_input = network_.differentiate();
    of_theta_.assign(value.size(), 0.0);
    for_each_place(rows, [&](std::int64_t row, std::int64_t place) {
      for (std::int64_t slot = 0; slot < places_.slots(); ++slot) {
        auto const c = places_.coordinate(place, slot);
        if (c >= 0) of_theta_[static_cast<std::size_t>(row * d + c)] += of_input[slot];
      }
      of_input += width;
    });
    // Not the network's own tangent, which rounds differently: the estimate is unbiased only if both agree.
    for (std::size_t at = 0; at < value.size(); ++at) {
      of_theta_[at] *= slope[at];
      predicted_[at / static_cast<std::size_t>(d)] += direction[at] * of_theta_[at];
    }
  }
  /// f(row, place)
  template <class F>
  void for_each_place(std::int64_t rows, F&& f) const {
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t place = 0; place < places_.count(); ++place) f(row, place);
    }
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
    std::vector<double> seeds;
    for_each_place(std::ssize(derivatives_), [&](std::int64_t row, std::int64_t) {
      auto const at = static_cast<std::size_t>(row);
      double const rest = derivatives_[at] / now - predicted_[at];
      // Where the count jumps within the step, the difference is no derivative and may be of any size.
      seeds.push_back(std::isnan(rest) ? 0 : -2 * std::clamp(rest, -outlier, outlier) / known);
    });
    network_.learn(seeds.data());
  }

  static constexpr double old_share = 0.99, outlier = 10;

  ParameterSpace space_;
  double step_;
  int samples_;
  std::uint64_t seed_;
  int features_;
  Places places_;
  SurrogateNetwork network_;
  double square_ = 0, batches_ = 0;
  std::vector<double> derivatives_, predicted_;  ///< [samples][tasks] of the loss and of the network along directions
  std::vector<double> of_theta_;                 ///< [samples][tasks][parameters] of the network, not yet scaled
};

}  // namespace

std::unique_ptr<Estimator> make_control_variate(ParameterSpace const& space, engine::EstimatorSettings const& settings,
                                                int features) {
  return std::make_unique<ControlVariate>(space, settings, features);
}

}  // namespace metasolve::estimate
