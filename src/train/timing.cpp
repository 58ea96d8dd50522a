// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/timing.hpp"

#include <algorithm>

#include "metasolve/detail/io/clock.hpp"

namespace metasolve::train {

void solve_all(engine::Evaluator& evaluator, engine::Parameters parameters, engine::SolveLimits const& limits,
               std::int64_t tasks) {
  for (std::int64_t first = 0; first < tasks; first += evaluator.capacity()) {
    evaluator.solve(parameters, limits, first, std::min(evaluator.capacity(), tasks - first));
  }
}

std::vector<std::vector<double>> time_in_turn(std::vector<Way> const& ways, std::int64_t tasks, Turns const& least) {
  auto const seconds = [&](Way const& way) {
    auto const start = io::Clock::now();
    solve_all(*way.evaluator, way.parameters, way.limits, tasks);
    way.evaluator->synchronize();
    return way.evaluator->agreed(io::seconds_since(start));
  };
  std::vector<std::vector<double>> times(ways.size());
  double warm_up = 0;
  for (std::size_t w = 0; w < ways.size(); ++w) warm_up += times[w].emplace_back(seconds(ways[w]));
  if (warm_up >= least.slow) return times;
  for (auto& of_way : times) of_way.clear();
  for (double total = 0; total < least.seconds || times.front().size() < least.turns;) {
    for (std::size_t w = 0; w < ways.size(); ++w) total += times[w].emplace_back(seconds(ways[w]));
  }
  return times;
}

}  // namespace metasolve::train
