// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/train/tune.hpp"
#include "paper/models.hpp"
#include "paper/robertson_rows.hpp"
#include "paper/test_counts.hpp"

namespace metasolve::paper {

namespace {

constexpr int full_width = 1024, small_width = 128;

}  // namespace

Report table1(Executor const& executor, Settings const& settings) {
  int const width = settings.scale == Scale::full ? full_width : small_width;
  std::vector<config::RunConfig> configs;
  for (auto const& row : robertson_rows()) {
    for (int seed = 0; seed < settings.seeds; ++seed) {
      configs.push_back(robertson_training(row, width, static_cast<std::uint64_t>(seed), settings.scale));
    }
  }
  auto const models = trained(executor, settings, configs);

  Report report{"table1", {}, nlohmann::ordered_json::object()};
  std::vector<double> const tolerance{robertson_tolerance};
  auto const seeds = static_cast<std::size_t>(settings.seeds);
  auto const add = [&](std::string const& name, std::vector<double> const& means, std::optional<double> published) {
    report.rows.push_back(over_seeds(name, std::nullopt, robertson_tolerance, means, published));
  };
  std::vector<double> base;
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    base.push_back(mean_counts(executor, configs[seed], nullptr, tolerance).front());
  }
  add("base", base, robertson_base_published);
  auto model = models.begin();
  double seconds = 0;
  for (auto const& row : robertson_rows()) {
    std::vector<double> means;
    report.details["configs"][row.name] = config::to_json(model->config);
    for (std::size_t seed = 0; seed < seeds; ++seed, ++model) {
      means.push_back(mean_counts(executor, model->config, &*model, tolerance).front());
      seconds += model->seconds;
    }
    report.details["by_seed"][row.name] = means;
    add(row.name, means, row.published);
  }
  if (settings.say) settings.say("table1: best factors, on the first seed's training tasks");
  auto const tuning = train::tune(executor, configs.front(), train::Split::train, {1.0, 1.98, 0.02}, {});
  add("best factor of each task, grid 0.02", {tuning.best_per_task}, std::nullopt);
  report.details["hidden"] = configs.front().network.hidden;
  report.details["best_constant"] = {{"factor", tuning.values[tuning.best].value},
                                     {"mean_iterations", tuning.values[tuning.best].mean_iterations}};
  report.details["training_seconds"] = seconds;
  return report;
}

}  // namespace metasolve::paper
