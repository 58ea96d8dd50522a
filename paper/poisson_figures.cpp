// SPDX-License-Identifier: Apache-2.0
#include "paper/models.hpp"
#include "paper/poisson_rows.hpp"
#include "paper/test_counts.hpp"

namespace metasolve::paper {

namespace {

constexpr double shown_tolerance = 1e-6;  // in both figures
constexpr std::size_t tolerance_column = 2;

/// The rows shown in the paper's figures.
std::vector<PoissonRow> shown_rows(bool tuned_alone) {
  std::vector<PoissonRow> rows;
  for (auto const& row : trained_rows()) {
    bool const shown = row.iterations ? !tuned_alone || *row.iterations == 25 : *row.tolerance == shown_tolerance;
    if (shown) rows.push_back(row);
  }
  return rows;
}

/// Passes counts(row or null for the base, p, seed) to use(row, p index, counts of each seed).
template <class Use>
void for_each_panel(Executor const& executor, Settings const& settings, std::vector<PoissonRow> const& rows, Use use) {
  std::vector<config::RunConfig> configs;
  for (auto const& row : rows) {
    for (double const p : table3_hard_fractions) {
      for (int seed = 0; seed < settings.seeds; ++seed) {
        configs.push_back(poisson_training(row, p, static_cast<std::uint64_t>(seed), settings.scale));
      }
    }
  }
  auto const models = trained(executor, settings, configs);
  auto const seeds = static_cast<std::size_t>(settings.seeds);
  auto const counts = [&](std::size_t first, bool with_model) {
    std::vector<std::vector<std::int32_t>> of_seeds;
    for (std::size_t i = first; i < first + seeds; ++i) {
      of_seeds.push_back(
          test_counts(executor, configs[i], with_model ? &models[i] : nullptr, {shown_tolerance}).front());
    }
    return of_seeds;
  };
  std::size_t const fractions = table3_hard_fractions.size();
  for (std::size_t p = 0; p < fractions; ++p) use(base_row(), p, counts(p * seeds, false));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t p = 0; p < fractions; ++p) use(rows[r], p, counts((r * fractions + p) * seeds, true));
  }
}

}  // namespace

Report figure1(Executor const& executor, Settings const& settings) {
  Report report{"figure1", {}, nlohmann::ordered_json::object()};
  auto& bars = report.details["bars"] = nlohmann::ordered_json::array();
  for_each_panel(executor, settings, shown_rows(false),
                 [&](PoissonRow const& row, std::size_t p, std::vector<std::vector<std::int32_t>> const& of_seeds) {
                   std::vector<double> means;
                   double deviation = 0;
                   for (auto const& counts : of_seeds) {
                     auto const m = moments(counts);
                     means.push_back(m.mean);
                     deviation += m.deviation / static_cast<double>(of_seeds.size());
                   }
                   report.rows.push_back(over_seeds(row.name, table3_hard_fractions[p], shown_tolerance, means,
                                                    row.published[4 * p + tolerance_column]));
                   bars.push_back({{"name", row.name},
                                   {"p", table3_hard_fractions[p]},
                                   {"mean", report.rows.back().mean},
                                   {"std_over_tasks", deviation}});
                 });
  return report;
}

Report figure2(Executor const& executor, Settings const& settings) {
  auto first_seed = settings;
  first_seed.seeds = 1;
  Report report{"figure2", {}, nlohmann::ordered_json::object()};
  auto& panels = report.details["panels"] = nlohmann::ordered_json::array();
  for_each_panel(
      executor, first_seed, shown_rows(true),
      [&](PoissonRow const& row, std::size_t p, std::vector<std::vector<std::int32_t>> const& of_seeds) {
        report.rows.push_back(over_seeds(row.name, table3_hard_fractions[p], shown_tolerance,
                                         {moments(of_seeds.front()).mean}, row.published[4 * p + tolerance_column]));
        panels.push_back({{"name", row.name}, {"p", table3_hard_fractions[p]}, {"counts", of_seeds.front()}});
      });
  return report;
}

}  // namespace metasolve::paper
