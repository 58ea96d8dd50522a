// SPDX-License-Identifier: Apache-2.0
#include "choosers.hpp"

#include <cmath>
#include <limits>

#include "metasolve/detail/api/online_call.hpp"
#include "metasolve/detail/online/learner.hpp"

namespace metasolve::bench::online {

std::vector<double> omega_grid() {
  std::vector<double> omegas;
  for (int k = 0; k < grid_values; ++k) omegas.push_back(1 + 0.95 * k / (grid_values - 1));
  return omegas;
}

Chooser::Choice Tsallis::choose(double) {
  double const rate = 2 / std::sqrt(solves_);
  std::vector<double> p(grid_values);
  // Probabilities 4 / (rate (loss - x))^2 sum to one: by Newton's method in x, from below.
  double x = -1;
  for (int i = 0; i < 20; ++i) {
    double sum = 0, slope = 0;
    for (std::size_t k = 0; k < p.size(); ++k) {
      double const q = rate * (lost_[k] / scale_ - x);
      p[k] = 4 / (q * q);
      sum += p[k];
      slope += std::pow(p[k], 1.5);
    }
    x -= (sum - 1) / (rate * slope);
  }
  double sum = 0;
  for (double const share : p) sum += share;
  double const unit = static_cast<double>(random_() >> 11) * 0x1p-53;
  if (!(sum > 0 && std::isfinite(sum))) {
    chosen_ = static_cast<std::size_t>(unit * grid_values);
    probability_ = 1.0 / grid_values;
    return {omegas_[chosen_], std::numeric_limits<std::int32_t>::max()};
  }
  double left = unit * sum;
  chosen_ = 0;
  while (chosen_ + 1 < p.size() && left > p[chosen_]) left -= p[chosen_++];
  probability_ = p[chosen_];
  return {omegas_[chosen_], std::numeric_limits<std::int32_t>::max()};
}

void Tsallis::learn(std::int32_t iterations, bool) {
  sum_ += iterations;
  scale_ = std::max(sum_ / solves_ - 1, 1e-9);
  lost_[chosen_] += (iterations - 1) / probability_;
  solves_ += 1;
}

OnlineMetaSolver::Options learner_options(double most_coupling, double constant,
                                          OnlineMetaSolver::Exploration exploration, std::uint64_t seed,
                                          std::int64_t capacity) {
  return {.parameters = {{.name = "omega", .low = 1, .high = 1.95, .constant = constant, .values = grid_values}},
          .features = {{.name = "coupling", .low = 1, .high = 1 + most_coupling, .is_logarithmic = true}},
          .capacity = capacity,
          .exploration = exploration,
          .seed = seed};
}

Ours::Ours(OnlineMetaSolver::Options const& options)
    : constant_(options.parameters[0].constant), meta_solver_(Executor::cpu(1), options) {}

Chooser::Choice Ours::choose(double feature) {
  auto const proposal = api::choose(meta_solver_, 1, {&feature, 1});
  auto const limit = proposal.limits[0];
  return {meta_solver_.learner().chosen()[0], limit < 0 ? std::numeric_limits<std::int32_t>::max() : limit};
}

void Ours::learn(std::int32_t iterations, bool again) {
  auto const origin = again ? Origin::retried : Origin::chosen;
  std::int32_t const converged = 0;
  api::learn(meta_solver_, &iterations, &converged, &origin);
}

}  // namespace metasolve::bench::online
