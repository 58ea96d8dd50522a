// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/executor.hpp"

/// Constant values of a parameter, tried on tasks: what the searches of tune.hpp and quick_tuning.hpp share.
namespace metasolve::train {

/// Results of solving tasks with one value, without a meta-solver. In means a failed task counts as its limit.
struct TunedValue {
  double value = 0;
  double mean_iterations = 0;
  std::int64_t breakdowns = 0;   ///< tasks that could not be set up, or did not stay finite
  std::int64_t unconverged = 0;  ///< other tasks that did not converge
  double seconds_per_task = 0;   ///< wall-clock, the fastest pass
  [[nodiscard]] std::int64_t failed() const { return breakdowns + unconverged; }
};

double mean_of(std::vector<std::int32_t> const& counts);
/// Tasks that broke down.
std::int64_t breakdowns(engine::Outcomes const& outcomes);

/// Solves tasks with their own parameters, to solver.tolerance. seconds_per_task: the fastest of a few passes; may be
/// null.
engine::Outcomes outcomes_of_own(Executor const& executor, config::RunConfig const& config, engine::Tasks const& tasks,
                                 std::int32_t limit, double* seconds_per_task = nullptr);

/// Solves tasks with a sequence of values of a parameter, to solver.tolerance.
class Tries {
 public:
  Tries(Executor const& executor, config::RunConfig const& config, engine::Tasks tasks, std::int32_t limit,
        engine::ParameterOrigin origin);

  [[nodiscard]] engine::Outcomes at(double value, double* seconds_per_task = nullptr);

 private:
  Executor const& executor_;
  config::RunConfig config_;
  engine::Tasks tasks_;
  std::int32_t limit_;
  engine::ParameterOrigin origin_;
};

/// Results of the values tried, in any order.
struct TriedValues {
  std::vector<TunedValue> values;    ///< ascending
  std::vector<std::int64_t> broken;  ///< Status::breakdown only
  std::vector<std::int32_t> least;   ///< per task: its count at its best value
  std::vector<char> converges;       ///< per task: at some value

  TunedValue const& add(Tries& tries, double value);
  /// The index of the value with the least figure.
  [[nodiscard]] std::size_t least_by(double TunedValue::*figure) const;
};

}  // namespace metasolve::train
