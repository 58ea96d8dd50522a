// SPDX-License-Identifier: Apache-2.0
#include "src/train/tune.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "metasolve/error.hpp"
#include "metasolve/types.hpp"
#include "src/config/values.hpp"
#include "src/train/evaluate.hpp"
#include "src/train/problem_setup.hpp"

namespace metasolve::train {

namespace {

/// @throws InputError
std::vector<double> values_of(TunedParameter const& p, ParameterGrid const& g) {
  if (!(g.low > 0 && g.low <= g.high && g.high < p.below && g.spacing >= 1e-4)) {
    throw InputError("tune: expected values of the " + std::string(p.name) + " with 0 < from <= to < " +
                     config::real_text(p.below) + " and a spacing of at least 0.0001" + (p.is_shift ? " decades" : ""));
  }
  double const length = p.is_shift ? std::log10(g.high / g.low) : g.high - g.low;
  std::vector<double> values;
  for (int i = 0; i <= static_cast<int>(std::floor(length / g.spacing + 1e-9)); ++i) {
    values.push_back(p.is_shift ? g.low * std::pow(10.0, i * g.spacing) : g.low + i * g.spacing);
  }
  return values;
}

engine::Outcomes outcomes_at(Executor const& executor, config::RunConfig c, Split split, double value) {
  c.solver.*tuned_parameter(c).value = value;
  auto const splits = sampled_tasks(c);
  auto const& tasks = split == Split::train ? splits.train : splits.test;
  auto const width = static_cast<std::size_t>(network_sizes(c).front());
  FeatureScale const unused{std::vector<double>(width), std::vector<double>(width)};
  c.network.hidden = {1};  // not asked
  auto const evaluator = engine::make_evaluator(executor, learner_options(c, unused), tasks);
  solve_all(*evaluator, engine::Parameters::given, {c.solver.tolerance, c.evaluation.max_iterations},
            split == Split::train ? c.problem.train_tasks : c.problem.test_tasks);
  return evaluator->outcomes();
}

std::int64_t breakdowns(engine::Outcomes const& outcomes) {
  return std::ranges::count(outcomes.status, static_cast<std::int32_t>(Status::breakdown));
}

/// Between the last value at which a task breaks down and the next.
std::optional<double> smallest_safe(Tuning const& t, std::function<std::int64_t(double)> const& breakdowns_at) {
  auto const last = std::find_if(t.breakdowns.rbegin(), t.breakdowns.rend(), [](auto count) { return count > 0; });
  auto const index = static_cast<std::size_t>(t.breakdowns.rend() - last);  // of the next
  if (index == t.values.size()) return std::nullopt;
  double high = t.values[index];
  if (index == 0) return high;
  double low = t.values[index - 1];
  while (high / low > 1 + 1e-4) {
    double const middle = std::sqrt(low * high);
    (breakdowns_at(middle) > 0 ? low : high) = middle;
  }
  return high;
}

}  // namespace

TunedParameter const& tuned_parameter(config::RunConfig const& config) {
  auto const* const parameter = setup_of(config.problem.name).tuned;
  if (parameter == nullptr) {
    throw InputError("tune: problem \"" + config.problem.name +
                     "\" has no constant parameter to choose; expected \"robertson\", whose relaxation factor is one, "
                     "or \"elasticity\" or \"spd\", whose shift is");
  }
  return *parameter;
}

Tuning tune(Executor const& executor, config::RunConfig const& config, Split split, ParameterGrid const& grid,
            std::function<void(double value, double mean)> const& say) {
  auto const& parameter = tuned_parameter(config);
  auto const start = std::chrono::steady_clock::now();
  Tuning result;
  result.values = values_of(parameter, grid);
  std::vector<char> converges;
  for (double const value : result.values) {
    auto const outcomes = outcomes_at(executor, config, split, value);
    auto const& counts = outcomes.iterations;
    if (result.least.empty()) result.least = counts;
    converges.resize(counts.size(), 0);
    for (std::size_t t = 0; t < counts.size(); ++t) {
      result.least[t] = std::min(result.least[t], counts[t]);
      if (outcomes.status[t] == static_cast<std::int32_t>(Status::converged)) converges[t] = 1;
    }
    result.mean_iterations.push_back(std::accumulate(counts.begin(), counts.end(), 0.0) /
                                     static_cast<double>(counts.size()));
    result.breakdowns.push_back(breakdowns(outcomes));
    if (say) say(value, result.mean_iterations.back());
  }
  auto const tasks = static_cast<double>(result.least.size());
  result.best =
      static_cast<std::size_t>(std::ranges::min_element(result.mean_iterations) - result.mean_iterations.begin());
  result.best_per_task = std::accumulate(result.least.begin(), result.least.end(), 0.0) / tasks;
  result.best_converged = static_cast<double>(std::ranges::count(converges, 1)) / tasks;
  if (parameter.is_shift) {
    result.smallest_safe =
        smallest_safe(result, [&](double value) { return breakdowns(outcomes_at(executor, config, split, value)); });
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace metasolve::train
