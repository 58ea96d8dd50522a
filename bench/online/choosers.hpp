// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "metasolve/online_meta_solver.hpp"

namespace metasolve::bench::online {

inline constexpr int grid_values = 20;
/// 20 omegas in [1, 1.95], of Khodak et al. (2024).
std::vector<double> omega_grid();

/// Chooses omega before each solve, and learns from its count.
class Chooser {
 public:
  struct Choice {
    double omega;
    std::int32_t limit;  ///< of this attempt's iterations
  };
  Chooser() = default;
  Chooser(Chooser const&) = delete;
  Chooser& operator=(Chooser const&) = delete;
  virtual ~Chooser() = default;
  virtual Choice choose(double feature) = 0;
  /// iterations: of both attempts. again: there was a second one, with the constant.
  virtual void learn(std::int32_t iterations, bool again) = 0;
  [[nodiscard]] virtual double constant() const { return 1; }
};

/// Tsallis-INF (Zimmert and Seldin, 2021) over the grid, without features, as Khodak et al. (2024) use it: learning
/// rate 2 / sqrt(t), costs less one and divided by their mean so far.
class Tsallis final : public Chooser {
 public:
  explicit Tsallis(std::uint64_t seed) : random_(seed), lost_(grid_values, 0.0), omegas_(omega_grid()) {}
  Choice choose(double feature) override;
  void learn(std::int32_t iterations, bool again) override;

 private:
  std::mt19937_64 random_;
  std::vector<double> lost_;  ///< [grid] importance-weighted
  std::vector<double> omegas_;
  std::size_t chosen_ = 0;
  double probability_ = 1, solves_ = 1, sum_ = 0, scale_ = 1;
};

/// How ours is set up on this problem.
OnlineMetaSolver::Options learner_options(double most_coupling, double constant,
                                          OnlineMetaSolver::Exploration exploration, std::uint64_t seed,
                                          std::int64_t capacity = 1);

/// Ours, by the two steps of which a solver's call consists, so that several learn side by side in one call's lanes.
class Ours final : public Chooser {
 public:
  explicit Ours(OnlineMetaSolver::Options const& options);
  Choice choose(double feature) override;
  void learn(std::int32_t iterations, bool again) override;
  [[nodiscard]] double constant() const override { return constant_; }
  [[nodiscard]] OnlineReport report() const { return meta_solver_.report(); }

 private:
  double constant_;
  OnlineMetaSolver meta_solver_;
};

}  // namespace metasolve::bench::online
