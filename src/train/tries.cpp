// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/tries.hpp"

#include <algorithm>
#include <numeric>

#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/detail/train/timing.hpp"
#include "metasolve/types.hpp"

namespace metasolve::train {

namespace {

std::int64_t count_status(engine::Outcomes const& outcomes, Status status) {
  return std::ranges::count(outcomes.status, static_cast<std::int32_t>(status));
}
}  // namespace

double mean_of(std::vector<std::int32_t> const& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
}

std::int64_t breakdowns(engine::Outcomes const& outcomes) { return count_status(outcomes, Status::breakdown); }

Tries::Tries(Executor const& executor, config::RunConfig const& config, engine::Tasks tasks, std::int32_t limit,
             engine::ParameterOrigin origin)
    : executor_(executor), config_(config), tasks_(std::move(tasks)), limit_(limit), origin_(origin) {}

engine::Outcomes Tries::at(double value, double* seconds_per_task) {
  return outcomes_of_own(executor_, config_, engine::with_parameter(tasks_, value, origin_), limit_, seconds_per_task);
}

engine::Outcomes outcomes_of_own(Executor const& executor, config::RunConfig const& given, engine::Tasks const& tasks,
                                 std::int32_t limit, double* seconds_per_task) {
  auto config = given;
  config.network.hidden = {1};  // not used
  auto const width = static_cast<std::size_t>(architecture(config).features());
  FeatureScale const unused{std::vector<double>(width), std::vector<double>(width)};
  auto const evaluator = engine::make_evaluator(executor, learner_options(config, unused), tasks);
  auto const count = tasks.count;
  auto const pass = [&] {
    auto const start = io::Clock::now();
    solve_all(*evaluator, engine::Parameters::given, {config.solver.tolerance, limit}, count);
    evaluator->synchronize();
    return evaluator->agreed(io::seconds_since(start));
  };
  double total = pass(), least = total;
  // Repeat short passes: the first also wakes threads and fills caches, and other load can disturb each of a few that
  // take less than a millisecond.
  constexpr double slow = 0.3, enough = 0.03;
  constexpr int few = 3;
  for (int i = 1; seconds_per_task != nullptr && total < (i < few ? slow : enough); ++i) {
    double const now = pass();
    total += now;
    least = std::min(least, now);
  }
  if (seconds_per_task != nullptr) *seconds_per_task = least / static_cast<double>(count);
  return evaluator->outcomes();
}

TunedValue const& TriedValues::add(Tries& tries, double value) {
  TunedValue v{.value = value};
  auto const outcomes = tries.at(value, &v.seconds_per_task);
  auto const& counts = outcomes.iterations;
  v.mean_iterations = mean_of(counts);
  std::int64_t const here = breakdowns(outcomes);
  v.breakdowns = here + count_status(outcomes, Status::not_finite);
  v.unconverged = static_cast<std::int64_t>(counts.size()) - count_status(outcomes, Status::converged) - v.breakdowns;
  if (least.empty()) least = counts;
  converges.resize(counts.size(), 0);
  for (std::size_t t = 0; t < counts.size(); ++t) {
    least[t] = std::min(least[t], counts[t]);
    if (outcomes.status[t] == static_cast<std::int32_t>(Status::converged)) converges[t] = 1;
  }
  auto const at = std::ranges::lower_bound(values, value, {}, &TunedValue::value) - values.begin();
  broken.insert(broken.begin() + at, here);
  return *values.insert(values.begin() + at, v);
}

std::size_t TriedValues::least_by(double TunedValue::*figure) const {
  // Choose 0 only if it is strictly better than all others: a small shift does no harm.
  auto const first = values.begin() + (values.size() > 1 && values.front().value == 0 ? 1 : 0);
  auto const found = std::ranges::min_element(first, values.end(), {}, figure);
  return values.front().*figure < (*found).*figure ? 0 : static_cast<std::size_t>(found - values.begin());
}

}  // namespace metasolve::train
