// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/kinds.hpp"
#include "metasolve/detail/estimate/probe_points.hpp"

namespace metasolve::estimate {

namespace {

class Differences final : public Estimator {
 public:
  Differences(ParameterSpace space, double step) : space_(std::move(space)), step_(step) {}

  [[nodiscard]] int probes() const override { return 1 + 2 * space_.parameters(); }
  [[nodiscard]] bool has_center() const override { return true; }

  void place(Batch const& batch, double* points) const override {
    std::int64_t const d = space_.parameters(), size = batch.tasks * d;
    for (int probe = 0; probe < probes(); ++probe) std::copy_n(batch.theta, size, points + probe * size);
    for (std::int64_t i = 0; i < size; ++i) {
      auto const p = i % d;
      auto const pair = pair_around(space_.entries[static_cast<std::size_t>(p)], batch.theta[i], step_);
      points[down(p) * size + i] = pair.down;
      points[up(p) * size + i] = pair.up;
    }
  }

  void estimate(Batch const& batch, double const* points, Losses const& losses, double* gradient) override {
    std::int64_t const d = space_.parameters(), n = batch.tasks, size = n * d;
    for (std::int64_t i = 0; i < size; ++i) {
      auto const task = i / d, p = i % d, below = down(p) * n + task, above = up(p) * n + task;
      // Where one of the two failed, its loss says to which side it is worse.
      bool const is_known = !losses.failed[below] || !losses.failed[above];
      gradient[i] = is_known ? slope(space_.entries[static_cast<std::size_t>(p)], points[down(p) * size + i],
                                     points[up(p) * size + i], losses.loss[above] - losses.loss[below])
                             : 0;
    }
    remove_non_finite(gradient, size);
  }

 private:
  static std::int64_t down(std::int64_t parameter) { return 1 + 2 * parameter; }
  static std::int64_t up(std::int64_t parameter) { return 2 + 2 * parameter; }

  ParameterSpace space_;
  double step_;
};

}  // namespace

std::unique_ptr<Estimator> make_differences(ParameterSpace const& space, engine::EstimatorSettings const& settings) {
  return std::make_unique<Differences>(space, settings.step);
}

}  // namespace metasolve::estimate
