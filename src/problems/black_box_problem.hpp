// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/black_box.hpp"
#include "metasolve/detail/problems/row_problem.hpp"

namespace metasolve::problems {

/// Part of a configuration (RunConfig::of): gradients that are estimated from solves alone. solver.gradient and
/// solver.difference are in GradientSettings.
struct EstimatorKeys {
  int samples = 1;
  std::vector<int> surrogate_hidden = {64, 64};
  int surrogate_window = 0;
  double surrogate_rate = 1e-3;
  bool operator==(EstimatorKeys const&) const = default;
};

/// The greatest limit of a solve whose cost is its time: that of solver.max_iterations.
inline constexpr int longest_microseconds = 10'000'000;

/// Keys of every black box.
std::vector<config::Field> black_box_keys();
/// Values of these keys that were not given and depend on the box.
void settle_black_box(BlackBox const& box, config::RunConfig& config,
                      std::function<bool(std::string const& key)> const& given);
/// @throws InputError the keys do not fit the box
void check_black_box(BlackBox const& box, config::RunConfig const& config, config::Origins const& origins);
void set_black_box_options(BlackBox const& box, config::RunConfig const& config, engine::LearnerOptions& options);
/// The first parameter, unless it is a choice or has no range.
std::optional<TunedParameter> tuned_of(BlackBox const& box, RowDescription const& description);

/// A program's own black box.
class BlackBoxProblem final : public UserProblem {
 public:
  explicit BlackBoxProblem(BlackBox const& box);

  [[nodiscard]] std::vector<config::Field> keys() const override { return black_box_keys(); }
  void settle(config::RunConfig& config, std::function<bool(std::string const& key)> const& given) const override {
    settle_black_box(shape_, config, given);
  }
  void check(config::RunConfig const& config, config::Origins const& origins) const override {
    check_black_box(shape_, config, origins);
  }
  void set_options(config::RunConfig const& config, engine::LearnerOptions& options) const override {
    set_black_box_options(shape_, config, options);
  }
  /// What a box of the same name must have in common with this one.
  [[nodiscard]] bool has_shape_of(BlackBox const& box) const;
  [[nodiscard]] std::string baseline(config::RunConfig const&) const override { return "the constants"; }
  [[nodiscard]] bool has_costly_tasks() const override { return true; }
  [[nodiscard]] TunedParameter const* tuned() const override { return tuned_ ? &*tuned_ : nullptr; }

 private:
  BlackBox shape_;  ///< without its solve
  std::optional<TunedParameter> tuned_;
};

}  // namespace metasolve::problems
