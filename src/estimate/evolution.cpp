// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/kinds.hpp"
#include "metasolve/detail/estimate/probe_points.hpp"

namespace metasolve::estimate {

namespace {

class Evolution final : public Estimator {
 public:
  Evolution(ParameterSpace space, engine::EstimatorSettings const& settings)
      : space_(std::move(space)), step_(settings.step), samples_(settings.samples), seed_(settings.seed) {}

  [[nodiscard]] int probes() const override { return 2 * samples_; }
  [[nodiscard]] bool has_center() const override { return false; }

  void place(Batch const& batch, double* points) const override {
    std::int64_t const d = space_.parameters(), size = batch.tasks * d;
    for_each_draw(batch, [&](std::int64_t i, int k, Entry const& e, Spread const& spread, double z) {
      points[2 * k * size + i] = Spread::point(e, batch.theta[i], -spread.sigma * z);
      points[(2 * k + 1) * size + i] = Spread::point(e, batch.theta[i], spread.sigma * z);
    });
  }

  void estimate(Batch const& batch, double const* /*points*/, Losses const& losses, double* gradient) override {
    std::int64_t const d = space_.parameters(), n = batch.tasks;
    std::fill_n(gradient, n * d, 0.0);
    for_each_draw(batch, [&](std::int64_t i, int k, Entry const&, Spread const& spread, double z) {
      auto const minus = 2 * k * n + i / d, plus = minus + n;
      if (losses.failed[minus] && losses.failed[plus]) return;
      gradient[i] += (losses.loss[plus] - losses.loss[minus]) / 2 * spread.weight(z) / samples_;
    });
    remove_non_finite(gradient, n * d);
  }

 private:
  /// f(index in theta, sample, entry, spread, z)
  template <class F>
  void for_each_draw(Batch const& batch, F&& f) const {
    std::int64_t const d = space_.parameters();
    for (std::int64_t task = 0; task < batch.tasks; ++task) {
      TaskDraws const draws(seed_, batch, task);
      for (std::int64_t p = 0; p < d; ++p) {
        auto const i = task * d + p;
        auto const& entry = space_.entries[static_cast<std::size_t>(p)];
        Spread const spread(entry, batch.theta[i], step_);
        for (int k = 0; k < samples_; ++k) {
          f(i, k, entry, spread, draws.normal(static_cast<std::uint64_t>(k * d + p), spread.bound));
        }
      }
    }
  }

  ParameterSpace space_;
  double step_;
  int samples_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Estimator> make_evolution(ParameterSpace const& space, engine::EstimatorSettings const& settings) {
  return std::make_unique<Evolution>(space, settings);
}

}  // namespace metasolve::estimate
