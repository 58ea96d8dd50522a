// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/evaluate.hpp"
#include "paper/models.hpp"
#include "paper/robertson_rows.hpp"

namespace metasolve::paper {

Report widths(Executor const& executor, Settings const& settings) {
  auto const& both = robertson_rows().back();
  std::vector<int> all{8, 12, 16, 24, 32, 48, 64, 128, 256, 512, 1024};
  if (settings.scale == Scale::smoke) all = {8, 128};
  std::vector<config::RunConfig> configs;
  for (int const width : all) {
    for (int seed = 0; seed < settings.seeds; ++seed) {
      auto c = robertson_training(both, width, static_cast<std::uint64_t>(seed), settings.scale);
      c.network.hidden = {width, width};
      if (settings.scale != Scale::smoke) c.problem.test_tasks = 100'000;
      // Wide networks have the same cost when half trained; their epochs are in the details.
      if (settings.scale == Scale::small && width > 128) c.training.epochs = width > 512 ? 1 : width > 256 ? 3 : 10;
      configs.push_back(c);
    }
  }
  auto const models = trained(executor, settings, configs);

  Report report{"widths", {}, nlohmann::ordered_json::object()};
  auto& details = report.details["widths"] = nlohmann::ordered_json::array();
  auto model = models.begin();
  std::vector<double> base;
  for (int const width : all) {
    std::vector<double> means, microseconds, ratios;
    for (int seed = 0; seed < settings.seeds; ++seed, ++model) {
      if (settings.say) settings.say("widths: timing width " + std::to_string(width));
      auto const evaluation = train::evaluate(executor, *model);
      means.push_back(evaluation.tolerances.front().meta.mean);
      base.push_back(evaluation.tolerances.front().baseline.mean);
      microseconds.push_back(1e6 * evaluation.timing.ways.front().seconds);
      ratios.push_back(evaluation.timing.ratio_to(train::Role::baseline));
    }
    auto const name = "width " + std::to_string(width);
    report.rows.push_back(over_seeds(name, std::nullopt, robertson_tolerance, means, std::nullopt));
    details.push_back({{"width", width},
                       {"epochs", (model - 1)->config.training.epochs},
                       {"mean_iterations", report.rows.back().mean},
                       {"microseconds_per_task", over_seeds(name, {}, {}, microseconds, {}).mean},
                       {"time_over_constant", over_seeds(name, {}, {}, ratios, {}).mean}});
    if (settings.say) settings.say(details.back().dump());
  }
  report.rows.push_back(over_seeds("base", std::nullopt, robertson_tolerance, base, robertson_base_published));
  return report;
}

}  // namespace metasolve::paper
