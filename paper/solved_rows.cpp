// SPDX-License-Identifier: Apache-2.0
#include "paper/solved_rows.hpp"

#include <algorithm>

#include "metasolve/detail/train/timing.hpp"

namespace metasolve::paper {

void solve(SolvedRow& row, engine::Evaluator& evaluator) {
  auto const tasks = row.config.problem.test_tasks;
  train::solve_all(evaluator, row.parameters, {row.tolerance, row.config.evaluation.max_iterations}, tasks);
  auto const outcomes = evaluator.outcomes();
  double sum = 0;
  for (std::size_t t = 0; t < outcomes.iterations.size(); ++t) {
    row.counts.push_back(outcomes.iterations[t]);
    sum += outcomes.iterations[t];
    if (static_cast<Status>(outcomes.status[t]) != Status::converged) ++row.failed;
  }
  row.means.push_back(sum / static_cast<double>(outcomes.iterations.size()));
}

std::unique_ptr<engine::Evaluator> evaluator_of(Executor const& executor, config::RunConfig const& c,
                                                engine::Tasks const& tasks, train::Checkpoint const* model) {
  auto const features = model != nullptr ? model->features : train::FeatureScale{};
  auto evaluator = engine::make_evaluator(executor, train::learner_options(c, features), tasks);
  if (model != nullptr) evaluator->set_weights(model->learner.weights);
  return evaluator;
}

Cell cell_of(SolvedRow& row, std::string const& name, std::vector<double> const& turns) {
  auto cell = over_seeds(name, std::nullopt, row.tolerance, row.means, std::nullopt);
  std::ranges::sort(row.counts);
  auto& cost = cell.cost.emplace();
  cost.q95 = row.counts[static_cast<std::size_t>(0.95 * static_cast<double>(row.counts.size() - 1))];
  cost.largest = row.counts.back();
  cost.failed = row.failed;
  if (!turns.empty()) {
    auto sorted = turns;
    std::ranges::sort(sorted);
    cost.seconds_per_task = sorted[(sorted.size() - 1) / 2] / static_cast<double>(row.config.problem.test_tasks);
  }
  if (row.operations) cost.flops = row.operations->start + cell.mean * row.operations->step;
  return cell;
}

std::vector<std::vector<double>> times_in_turn(std::vector<SolvedRow> const& rows, unsigned turns) {
  std::vector<train::Way> ways;
  ways.reserve(rows.size());
  for (auto const& row : rows) {
    ways.push_back({row.evaluator.get(), row.parameters, {row.tolerance, row.config.evaluation.max_iterations}});
  }
  return train::time_in_turn(ways, rows.front().config.problem.test_tasks, {.seconds = 1, .turns = turns, .slow = 1e9});
}

}  // namespace metasolve::paper
