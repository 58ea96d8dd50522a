// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "metasolve/detail/train/tune.hpp"
#include "metasolve/types.hpp"
#include "paper/beam_rows.hpp"
#include "paper/models.hpp"
#include "paper/test_counts.hpp"

namespace metasolve::paper {

namespace {

/// Figures of one row, one per seed.
struct Figures {
  std::vector<double> mean, converged;

  void add(engine::Outcomes const& outcomes) {
    mean.push_back(moments(outcomes.iterations).mean);
    converged.push_back(
        static_cast<double>(std::ranges::count(outcomes.status, static_cast<std::int32_t>(Status::converged))) /
        static_cast<double>(outcomes.status.size()));
  }
  [[nodiscard]] Cell cell(std::string const& name, BeamFill const& fill, double published,
                          double published_converged) const {
    Cell c = over_seeds(name, std::nullopt, beam_tolerance, mean, published);
    c.preconditioner = fill.name;
    c.converged = over_seeds("", {}, {}, converged, {}).mean;
    c.published_converged = published_converged;
    return c;
  }
};

train::ParameterGrid grid(Scale scale) {
  return scale == Scale::smoke ? train::ParameterGrid{1e-2, 1, 0.5} : train::ParameterGrid{1e-4, 1, 0.02};
}

}  // namespace

Report table2(Executor const& executor, Settings const& settings) {
  auto const& rows = beam_rows();
  // From the last row, the paper's own, to the first: an interrupted run has the most important ones.
  std::vector<config::RunConfig> configs;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> first_model;  // by row and fill rule
  for (std::size_t r = rows.size(); r-- > 0;) {
    for (std::size_t f = 0; f < beam_fills().size(); ++f) {
      auto const& fill = beam_fills()[f];
      first_model[{r, f}] = configs.size();
      for (int seed = 0; seed < beam_trainings(rows[r], fill, settings.seeds, settings.scale); ++seed) {
        configs.push_back(beam_training(rows[r], fill, static_cast<std::uint64_t>(seed), settings.scale));
      }
    }
  }
  auto const models = trained(executor, settings, configs);

  Report report{"table2", {}, nlohmann::ordered_json::object()};
  double seconds = 0;
  for (std::size_t f = 0; f < beam_fills().size(); ++f) {
    auto const& fill = beam_fills()[f];
    if (settings.say) settings.say("table2: constant and best shifts, " + fill.name);
    auto& details = report.details[fill.name];
    Figures base, best;
    std::vector<double> shifts;
    for (int seed = 0; seed < settings.seeds; ++seed) {
      auto c = beam_training(rows.front(), fill, static_cast<std::uint64_t>(seed), settings.scale);
      auto const safe = train::tune(executor, c, train::Split::train, grid(settings.scale), {}).smallest_safe;
      c.of<problems::ShiftSettings>().shift = safe.value_or(1);
      shifts.push_back(c.of<problems::ShiftSettings>().shift);
      base.add(test_outcomes(executor, c, nullptr, beam_tolerance));
      auto const each = train::tune(executor, c, train::Split::test, grid(settings.scale), {});
      best.mean.push_back(each.best_per_task);
      best.converged.push_back(each.best_converged);
    }
    details["base_shifts"] = shifts;
    report.rows.push_back(base.cell("base", fill, 115.26, 0.864));
    report.rows.push_back(best.cell("best", fill, 44.53, 1.0));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      auto const& row = rows[r];
      Figures figures;
      auto model = models.begin() + static_cast<std::ptrdiff_t>(first_model[{r, f}]);
      details["configs"][row.name] = config::to_json(model->config);
      for (int seed = 0; seed < beam_trainings(row, fill, settings.seeds, settings.scale); ++seed, ++model) {
        figures.add(test_outcomes(executor, model->config, &*model, beam_tolerance));
        seconds += model->seconds;
      }
      details["by_seed"][row.name] = {{"mean", figures.mean}, {"converged", figures.converged}};
      report.rows.push_back(figures.cell(row.name, fill, row.published, row.published_converged));
    }
  }
  report.details["training_seconds"] = seconds;
  return report;
}

}  // namespace metasolve::paper
