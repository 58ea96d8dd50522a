// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "metasolve/detail/network/grid_shape.hpp"
#include "metasolve/detail/problems/grid_network_settings.hpp"
#include "metasolve/detail/problems/pressure.hpp"
#include "paper/cosine_transform.hpp"
#include "paper/pressure_rows.hpp"
#include "paper/solved_rows.hpp"
#include "paper/test_counts.hpp"

namespace metasolve::paper {

namespace {

using problems::PressureSettings;

/// A way to guess, at all accuracies.
struct Guess {
  std::string name;
  config::RunConfig config;
  engine::Tasks tasks;
  std::vector<train::Checkpoint> seeds = {};  ///< empty: the tasks' own guess
  std::optional<std::array<double, 6>> published = {};
  double network_operations = 0;
};

/// The columns of one accuracy: counts of all guesses, then their times in turn.
void add_rows(Executor const& executor, Settings const& settings, std::vector<Guess> const& guesses,
              std::size_t accuracy, Report& report) {
  std::vector<SolvedRow> rows;
  double const tolerance = pressure_accuracies[accuracy];
  for (auto const& guess : guesses) {
    SolvedRow row;
    row.name = guess.name, row.config = guess.config, row.tolerance = tolerance;
    row.operations = guess.tasks.kind->operations();
    if (row.operations) row.operations->start += guess.network_operations;
    if (guess.seeds.empty()) {
      row.evaluator = evaluator_of(executor, row.config, guess.tasks, nullptr);
      solve(row, *row.evaluator);
    }
    for (auto const& model : guess.seeds) {
      row.parameters = engine::Parameters::meta_solver;
      auto evaluator = evaluator_of(executor, row.config, guess.tasks, &model);
      solve(row, *evaluator);
      if (!row.evaluator) row.evaluator = std::move(evaluator);
    }
    if (settings.say) {
      settings.say(guess.name + ", " + std::to_string(tolerance) + ": " + std::to_string(row.means.front()));
    }
    rows.push_back(std::move(row));
  }
  auto const turns = times_in_turn(rows, settings.scale == Scale::smoke ? 1u : 3u);
  char name[16];
  std::snprintf(name, sizeof name, "1e-%d", static_cast<int>(std::lround(-std::log10(tolerance))));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const over_tasks = moments(rows[i].counts).deviation;
    auto cell = cell_of(rows[i], guesses[i].name + ", " + name, turns[i]);
    if (guesses[i].published) cell.published = (*guesses[i].published)[accuracy];
    cell.deviation = over_tasks;
    report.rows.push_back(std::move(cell));
  }
}

}  // namespace

Report pressure(Executor const& executor, Settings const& settings) {
  auto const scale = settings.scale;
  Report report{"pressure", {}, nlohmann::ordered_json::object()};
  // All trainings first: a run that is interrupted later finds them.
  auto const rows = pressure_rows(scale);
  std::vector<std::vector<train::Checkpoint>> models;
  for (auto const& row : rows) {
    std::vector<config::RunConfig> configs;
    int const seeds = row.is_cheap ? settings.seeds : 1;
    for (int seed = 0; seed < seeds; ++seed) {
      configs.push_back(pressure_training(row, static_cast<std::uint64_t>(seed), scale));
    }
    models.push_back(trained(executor, settings, configs));
    double seconds = 0;
    for (auto const& model : models.back()) seconds += model.seconds;
    report.details["training_seconds"][row.name] = seconds / seeds;
    if (settings.say) settings.say(row.name + ": trained in " + std::to_string(seconds) + " s");
  }

  auto const config = pressure_config(scale);
  auto const test = problems::problem_of(config).tasks(config).test;
  std::vector<Guess> guesses{{"zero", config, test, {}, published_zero_guess()}};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    Guess guess{rows[r].name, config, test, models[r], rows[r].published};
    guess.config.network = models[r].front().config.network;
    guess.config.of<problems::GridNetworkSettings>() = models[r].front().config.of<problems::GridNetworkSettings>();
    guess.network_operations = network::grid_operations(*train::architecture(guess.config).grid);
    guesses.push_back(std::move(guess));
  }
  // What the cycle is worth before any training.
  Guess cycle = guesses.back();
  cycle.name = "cycle, not trained";
  cycle.seeds.resize(1);
  network::set_grid_start(*train::architecture(cycle.config).grid, cycle.seeds.front().learner.weights);
  guesses.push_back(std::move(cycle));
  for (auto const& [name, preconditioner] :
       {std::pair{"MIC(0.97), zero", problems::PressurePreconditioner::modified_cholesky},
        std::pair{"multigrid, zero", problems::PressurePreconditioner::multigrid}}) {
    Guess preconditioned{name, config, test};
    preconditioned.config.of<PressureSettings>().preconditioner = preconditioner;
    preconditioned.tasks = problems::problem_of(preconditioned.config).tasks(preconditioned.config).test;
    guesses.push_back(std::move(preconditioned));
  }
  Guess direct{"sparse Cholesky", config, problems::pressure_matrices(test)};
  guesses.push_back(std::move(direct));

  for (std::size_t a = 0; a < pressure_accuracies.size(); ++a) {
    if (scale == Scale::smoke && a > 2) break;
    add_rows(executor, settings, guesses, a, report);
  }
  report.details["cosine_transform_seconds_per_task"] = seconds_of_cosine_transforms(test);
  return report;
}

}  // namespace metasolve::paper
