// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "paper/multigrid_rows.hpp"
#include "paper/solved_rows.hpp"

namespace metasolve::paper {

namespace {

using problems::DiffusionCoefficients;
using problems::DiffusionKind;
using problems::DiffusionSettings;

using Entry = SolvedRow;

engine::Tasks test_tasks(config::RunConfig const& c) { return problems::problem_of(c).tasks(c).test; }

Entry fixed_entry(Executor const& executor, FixedRow const& row, DiffusionCoefficients coefficients, int points,
                  Scale scale) {
  Entry entry;
  entry.tolerance = multigrid_tolerance;
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
      search.tolerance = multigrid_tolerance;
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
  entry.tolerance = multigrid_tolerance;
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
  entry.tolerance = multigrid_tolerance;
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
      auto const turns = times_in_turn(entries, scale == Scale::smoke ? 1u : points > 100 ? 2u : 3u);
      for (std::size_t i = 0; i < entries.size(); ++i)
        report.rows.push_back(cell_of(entries[i], of + ", " + entries[i].name, turns[i]));
    }
  }
  return report;
}

}  // namespace metasolve::paper
