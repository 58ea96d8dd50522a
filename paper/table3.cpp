// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/detail/config/schema.hpp"
#include "paper/models.hpp"
#include "paper/poisson_rows.hpp"
#include "paper/test_counts.hpp"

namespace metasolve::paper {

namespace {

/// One line of the table: its training, for each share of hard tasks and each seed.
struct Line {
  std::string name;
  PoissonRow row;
  config::RunConfig (*training)(PoissonRow const&, double, std::uint64_t, Scale);
  void (*change)(config::RunConfig&);
  bool is_published;
};

std::vector<Line> lines() {
  std::vector<Line> all;
  auto const nothing = [](config::RunConfig&) {};
  for (auto const& row : trained_rows()) all.push_back({row.name, row, poisson_training, nothing, true});
  for (auto const& row : trained_rows()) {
    if (row.tolerance) all.push_back({row.name + ", Adam", row, poisson_training_by_adam, nothing, false});
  }
  for (auto const& variant : poisson_variants()) {
    for (auto const& row : trained_rows()) {
      if (!row.tolerance || std::ranges::count(variant.tolerances, *row.tolerance) == 0) continue;
      all.push_back({row.name + ", " + variant.name, row, poisson_training, variant.change, false});
    }
  }
  return all;
}

std::optional<double> published(PoissonRow const& row, std::size_t p, std::size_t tolerance) {
  return row.published[4 * p + tolerance];
}

/// "surrogate, eps=1e-2", then the conventional rows.
std::vector<PoissonRow> rows_of_members() {
  std::vector<PoissonRow> rows;
  for (auto const& row : trained_rows()) {
    if (row.tolerance == 1e-2) rows.insert(rows.begin(), row);
    if (row.iterations) rows.push_back(row);
  }
  return rows;
}

}  // namespace

Report table3_members(Executor const& executor, Settings const& settings) {
  constexpr std::size_t hard = 1;  // index of p = 0.01
  double const p = table3_hard_fractions[hard];
  std::vector<double> const tolerances(table3_tolerances.begin(), table3_tolerances.end());
  auto const rows = rows_of_members();
  // Seed after seed, so that a run with more seeds goes on where one with fewer ended.
  std::vector<config::RunConfig> configs;
  for (int seed = 0; seed < settings.seeds; ++seed) {
    for (auto const& row : rows) {
      configs.push_back(poisson_training(row, p, static_cast<std::uint64_t>(seed), settings.scale));
      give_members(configs.back(), settings.members);
    }
  }
  auto const models = trained(executor, settings, configs);

  Report report{"table3-members", {}, nlohmann::ordered_json::object()};
  double seconds = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<std::vector<double>> means;
    auto seeds = nlohmann::ordered_json::array();
    for (std::size_t i = r; i < models.size(); i += rows.size()) {
      auto const& model = models[i];
      means.push_back(mean_counts(executor, model.config, &model, tolerances));
      seconds += model.seconds;
      seeds.push_back({{"seed", model.config.training.seed},
                       {"member", model.member},
                       {"epoch", model.best_epoch},
                       {"validation_iterations", model.best_iterations},
                       {"test_iterations", means.back()}});
    }
    for (std::size_t t = 0; t < tolerances.size(); ++t) {
      std::vector<double> figures;
      for (auto const& of_seed : means) figures.push_back(of_seed[t]);
      report.rows.push_back(over_seeds(rows[r].name, p, tolerances[t], figures, published(rows[r], hard, t)));
    }
    report.details["seeds"][rows[r].name] = seeds;
    report.details["configs"][rows[r].name] = config::to_json(configs[r]);
  }
  report.details["training_seconds"] = seconds;
  return report;
}

Report table3(Executor const& executor, Settings const& settings) {
  auto const all = lines();
  std::vector<config::RunConfig> configs;
  for (auto const& line : all) {
    for (double const p : table3_hard_fractions) {
      for (int seed = 0; seed < settings.seeds; ++seed) {
        configs.push_back(line.training(line.row, p, static_cast<std::uint64_t>(seed), settings.scale));
        line.change(configs.back());
        give_members(configs.back(), settings.members);
      }
    }
  }
  auto const models = trained(executor, settings, configs);

  Report report{"table3", {}, nlohmann::ordered_json::object()};
  auto const add = [&](std::string const& name, std::size_t p, std::optional<PoissonRow> const& row,
                       std::vector<std::vector<double>> const& means) {
    for (std::size_t t = 0; t < table3_tolerances.size(); ++t) {
      std::vector<double> figures;
      for (auto const& of_seed : means) figures.push_back(of_seed[t]);
      report.rows.push_back(over_seeds(name, table3_hard_fractions[p], table3_tolerances[t], figures,
                                       row ? published(*row, p, t) : std::nullopt));
    }
  };
  std::vector<double> const tolerances(table3_tolerances.begin(), table3_tolerances.end());
  auto const seeds = static_cast<std::size_t>(settings.seeds);
  for (std::size_t p = 0; p < table3_hard_fractions.size(); ++p) {
    std::vector<std::vector<double>> means;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      means.push_back(mean_counts(executor, configs[p * seeds + seed], nullptr, tolerances));
    }
    add(base_row().name, p, base_row(), means);
  }
  auto model = models.begin();
  double seconds = 0;
  for (auto const& line : all) {
    for (std::size_t p = 0; p < table3_hard_fractions.size(); ++p) {
      std::vector<std::vector<double>> means;
      for (std::size_t seed = 0; seed < seeds; ++seed, ++model) {
        means.push_back(mean_counts(executor, model->config, &*model, tolerances));
        seconds += model->seconds;
      }
      add(line.name, p, line.is_published ? std::optional(line.row) : std::nullopt, means);
    }
    report.details["configs"][line.name] =
        config::to_json(configs[static_cast<std::size_t>(&line - all.data()) * 2 * seeds]);
  }
  report.details["training_seconds"] = seconds;
  return report;
}

}  // namespace metasolve::paper
