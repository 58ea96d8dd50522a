// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>

#include "metasolve/detail/train/evaluate.hpp"
#include "paper/models.hpp"
#include "paper/multigrid_rows.hpp"

namespace metasolve::paper {

namespace {

using problems::DiffusionCoefficients;
using problems::DiffusionKind;
using problems::DiffusionSettings;

/// One way to solve the test tasks, and what that took.
struct Entry {
  std::string name;
  config::RunConfig config;
  std::unique_ptr<engine::Evaluator> evaluator;
  engine::Parameters parameters = engine::Parameters::given;
  std::vector<std::int32_t> counts;  ///< of all seeds
  std::vector<double> means;         ///< of each seed
  std::int64_t failed = 0;
  std::optional<engine::Price> operations;
};

void solve(Entry& entry, engine::Evaluator& evaluator) {
  auto const tasks = entry.config.problem.test_tasks;
  train::solve_all(evaluator, entry.parameters, {multigrid_tolerance, entry.config.evaluation.max_iterations}, tasks);
  auto const outcomes = evaluator.outcomes();
  double sum = 0;
  for (std::size_t t = 0; t < outcomes.iterations.size(); ++t) {
    entry.counts.push_back(outcomes.iterations[t]);
    sum += outcomes.iterations[t];
    if (static_cast<Status>(outcomes.status[t]) != Status::converged) ++entry.failed;
  }
  entry.means.push_back(sum / static_cast<double>(outcomes.iterations.size()));
}

engine::Tasks test_tasks(config::RunConfig const& c) { return problems::problem_of(c).tasks(c).test; }

std::unique_ptr<engine::Evaluator> evaluator_of(Executor const& executor, config::RunConfig const& c,
                                                engine::Tasks const& tasks, train::Checkpoint const* model) {
  auto const features = model != nullptr ? model->features : train::FeatureScale{};
  auto evaluator = engine::make_evaluator(executor, train::learner_options(c, features), tasks);
  if (model != nullptr) evaluator->set_weights(model->learner.weights);
  return evaluator;
}

Entry fixed_entry(Executor const& executor, FixedRow const& row, DiffusionCoefficients coefficients, int points,
                  Scale scale) {
  Entry entry;
  auto c = multigrid_config(coefficients, points, row.smoother, row.transfer, false, scale);
  double least = 0;
  for (double const value : row.values) {
    auto tried = c;
    tried.of<DiffusionSettings>().constants = {value};
    double mean = 0;
    if (row.values.size() > 1) {
      auto const validation = problems::problem_of(tried).tasks(tried).validation;
      tried.problem.test_tasks = validation.count;
      auto const evaluator = evaluator_of(executor, tried, validation, nullptr);
      Entry search;
      search.config = tried;
      solve(search, *evaluator);
      mean = search.means.front();
    }
    if (entry.config.of<DiffusionSettings>().constants.empty() || mean < least) {
      least = mean;
      entry.config = c;
      entry.config.of<DiffusionSettings>().constants = {value};
    }
  }
  entry.name = row.name;
  auto const tasks = test_tasks(entry.config);
  entry.operations = tasks.kind->operations();
  entry.evaluator = evaluator_of(executor, entry.config, tasks, nullptr);
  solve(entry, *entry.evaluator);
  return entry;
}

/// Incomplete factors, or the direct method.
Entry matrix_entry(Executor const& executor, bool by_cholesky, DiffusionCoefficients coefficients, int points,
                   Scale scale) {
  Entry entry;
  entry.name = by_cholesky ? "sparse Cholesky" : "IC(0)-CG";
  entry.config =
      multigrid_config(coefficients, points, grids::Smoother::jacobi, kernels::TransferKind::linear, false, scale);
  auto const tasks = problems::as_matrices(test_tasks(entry.config), by_cholesky);
  entry.evaluator = evaluator_of(executor, entry.config, tasks, nullptr);
  solve(entry, *entry.evaluator);
  return entry;
}

Entry learned_entry(Executor const& executor, LearnedRow const& row, DiffusionCoefficients coefficients, int points,
                    std::vector<train::Checkpoint> const& seeds, Scale scale) {
  Entry entry;
  entry.name = row.name;
  entry.parameters = engine::Parameters::meta_solver;
  entry.config = multigrid_config(coefficients, points, row.smoother, row.transfer, row.coarse_weights, scale);
  entry.config.network = seeds.front().config.network;
  auto const tasks = test_tasks(entry.config);
  entry.operations = tasks.kind->operations();
  for (auto const& model : seeds) {
    auto evaluator = evaluator_of(executor, entry.config, tasks, &model);
    solve(entry, *evaluator);
    if (!entry.evaluator) entry.evaluator = std::move(evaluator);
  }
  return entry;
}

/// Trainings behind a row: one, where others are compared with them or coefficients jump.
int seeds_of(LearnedRow const& row, DiffusionCoefficients coefficients, Settings const& settings) {
  if (row.last > 0) return 1;
  return coefficients == DiffusionCoefficients::constant ? settings.seeds : 1;
}

Cell cell_of(Entry& entry, std::string const& of, std::vector<double> const& turns) {
  auto cell = over_seeds(of + ", " + entry.name, std::nullopt, multigrid_tolerance, entry.means, std::nullopt);
  std::ranges::sort(entry.counts);
  auto& cost = cell.cost.emplace();
  cost.q95 = entry.counts[static_cast<std::size_t>(0.95 * static_cast<double>(entry.counts.size() - 1))];
  cost.largest = entry.counts.back();
  cost.failed = entry.failed;
  if (!turns.empty()) {
    auto sorted = turns;
    std::ranges::sort(sorted);
    cost.seconds_per_task = sorted[(sorted.size() - 1) / 2] / static_cast<double>(entry.config.problem.test_tasks);
  }
  if (entry.operations) cost.flops = entry.operations->start + cell.mean * entry.operations->step;
  return cell;
}

}  // namespace

Report multigrid(Executor const& executor, Settings const& settings) {
  auto const scale = settings.scale;
  Report report{"multigrid", {}, nlohmann::ordered_json::object()};
  std::array const both{DiffusionCoefficients::constant, DiffusionCoefficients::jumps};
  // All trainings first: a run that is interrupted later finds them.
  std::vector<std::vector<train::Checkpoint>> models_of;
  for (auto const coefficients : both) {
    std::vector<config::RunConfig> configs;
    for (auto const& row : learned_rows(coefficients, scale)) {
      for (int seed = 0; seed < seeds_of(row, coefficients, settings); ++seed) {
        configs.push_back(multigrid_training(coefficients, row, static_cast<std::uint64_t>(seed), scale));
      }
    }
    models_of.push_back(trained(executor, settings, configs));
  }
  for (auto const coefficients : both) {
    bool const is_constant = coefficients == DiffusionCoefficients::constant;
    auto const rows = learned_rows(coefficients, scale);
    auto const& models = models_of[is_constant ? 0 : 1];
    double seconds = 0;
    for (auto const& model : models) seconds += model.seconds;
    std::string const distribution = is_constant ? "distribution" : "jumps";
    report.details["training_seconds"][distribution] = seconds;
    std::vector<int> sizes = scale == Scale::smoke ? std::vector{15} : std::vector{63, 127};
    if (scale == Scale::full && is_constant) sizes.push_back(255);
    for (int const points : sizes) {
      auto const of = distribution + " n=" + std::to_string(points);
      std::vector<Entry> entries;
      auto const tell = [&] {
        if (settings.say)
          settings.say(of + ", " + entries.back().name + ": " + std::to_string(entries.back().means.front()));
      };
      for (auto const& row : fixed_rows(coefficients)) {
        entries.push_back(fixed_entry(executor, row, coefficients, points, scale));
        tell();
      }
      for (bool const by_cholesky : {false, true}) {
        entries.push_back(matrix_entry(executor, by_cholesky, coefficients, points, scale));
        tell();
      }
      auto model = models.begin();
      for (auto const& row : rows) {
        auto const count = seeds_of(row, coefficients, settings);
        std::vector<train::Checkpoint> const seeds(model, model + count);
        model += count;
        entries.push_back(learned_entry(executor, row, coefficients, points, seeds, scale));
        tell();
      }
      std::vector<train::Way> ways;
      for (auto const& entry : entries) {
        ways.push_back(
            {entry.evaluator.get(), entry.parameters, {multigrid_tolerance, entry.config.evaluation.max_iterations}});
      }
      auto const turns = train::time_in_turn(ways, entries.front().config.problem.test_tasks,
                                             {.seconds = 1,
                                              .turns = scale == Scale::smoke ? 1u
                                                       : points > 100        ? 2u
                                                                             : 3u,
                                              .slow = 1e9});
      for (std::size_t i = 0; i < entries.size(); ++i) report.rows.push_back(cell_of(entries[i], of, turns[i]));
    }
  }
  return report;
}

}  // namespace metasolve::paper
