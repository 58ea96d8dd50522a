// SPDX-License-Identifier: Apache-2.0
#include "src/train/tune.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "metasolve/error.hpp"
#include "src/train/evaluate.hpp"

namespace metasolve::train {

Tuning tune_relaxation(Executor const& executor, config::RunConfig const& config, FactorGrid const& grid,
                       std::function<void(double factor, double mean)> const& say) {
  if (config.problem.name != "robertson") {
    throw InputError("tune: problem \"" + config.problem.name +
                     "\" has no constant parameter to choose; expected \"robertson\", whose relaxation factor is one");
  }
  // At 2 no sweep converges, and solver.relaxation does not take it.
  if (!(grid.low > 0 && grid.low <= grid.high && grid.high < 2 && grid.spacing >= 1e-4)) {
    throw InputError("tune: expected relaxation factors with 0 < from <= to < 2 and a spacing of at least 0.0001");
  }
  auto const start = std::chrono::steady_clock::now();
  Tuning result;
  std::vector<std::int32_t> least;
  int const points = static_cast<int>(std::floor((grid.high - grid.low) / grid.spacing + 1e-9)) + 1;
  for (int i = 0; i < points; ++i) {
    auto c = config;
    c.solver.relaxation = grid.low + i * grid.spacing;
    auto const train = sampled_tasks(c).train;
    std::int64_t const tasks = c.problem.train_tasks;
    FeatureScale const unused{std::vector<double>(static_cast<std::size_t>(network_sizes(c).front())),
                              std::vector<double>(static_cast<std::size_t>(network_sizes(c).front()))};
    c.network.hidden = {1};  // not asked
    auto const evaluator = engine::make_evaluator(executor, learner_options(c, unused), train);
    solve_all(*evaluator, engine::Parameters::given, {c.solver.tolerance, c.evaluation.max_iterations}, tasks);
    auto const counts = evaluator->outcomes().iterations;
    if (least.empty()) least = counts;
    for (std::size_t t = 0; t < counts.size(); ++t) least[t] = std::min(least[t], counts[t]);
    result.factors.push_back(c.solver.relaxation);
    result.mean_iterations.push_back(std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(tasks));
    if (say) say(result.factors.back(), result.mean_iterations.back());
  }
  result.best =
      static_cast<std::size_t>(std::ranges::min_element(result.mean_iterations) - result.mean_iterations.begin());
  result.best_per_task = std::accumulate(least.begin(), least.end(), 0.0) / static_cast<double>(least.size());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace metasolve::train
