// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/kinds.hpp"
#include "metasolve/detail/estimate/probe_points.hpp"

namespace metasolve::estimate {

namespace {

class Spsa final : public Estimator {
 public:
  Spsa(ParameterSpace space, engine::EstimatorSettings const& settings)
      : space_(std::move(space)), step_(settings.step), samples_(settings.samples), seed_(settings.seed) {}

  [[nodiscard]] int probes() const override { return 2 * samples_; }
  [[nodiscard]] bool has_center() const override { return false; }

  void place(Batch const& batch, double* points) const override {
    std::int64_t const d = space_.parameters(), size = batch.tasks * d;
    for (std::int64_t task = 0; task < batch.tasks; ++task) {
      TaskDraws const draws(seed_, batch, task);
      for (int k = 0; k < samples_; ++k) {
        for (std::int64_t p = 0; p < d; ++p) {
          auto const i = task * d + p;
          auto pair = pair_around(space_.entries[static_cast<std::size_t>(p)], batch.theta[i], step_);
          if (draws.sign(static_cast<std::uint64_t>(k * d + p)) < 0) std::swap(pair.down, pair.up);
          points[2 * k * size + i] = pair.down;
          points[(2 * k + 1) * size + i] = pair.up;
        }
      }
    }
  }

  void estimate(Batch const& batch, double const* points, Losses const& losses, double* gradient) override {
    std::int64_t const d = space_.parameters(), n = batch.tasks, size = n * d;
    std::fill_n(gradient, size, 0.0);
    for (std::int64_t i = 0; i < size; ++i) {
      for (int k = 0; k < samples_; ++k) {
        auto const first = 2 * k * n + i / d, second = first + n;
        if (losses.failed[first] && losses.failed[second]) continue;
        gradient[i] += slope(space_.entries[static_cast<std::size_t>(i % d)], points[2 * k * size + i],
                             points[(2 * k + 1) * size + i], losses.loss[second] - losses.loss[first]) /
                       samples_;
      }
    }
    remove_non_finite(gradient, size);
  }

 private:
  ParameterSpace space_;
  double step_;
  int samples_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Estimator> make_spsa(ParameterSpace const& space, engine::EstimatorSettings const& settings) {
  return std::make_unique<Spsa>(space, settings);
}

}  // namespace metasolve::estimate
