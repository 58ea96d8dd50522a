// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <sstream>

#include "paper/reproductions.hpp"
#include "paper/theory_parts.hpp"

namespace metasolve::paper {

std::vector<TwoTasks> task_spaces(Scale scale) {
  std::vector<TwoTasks> spaces;
  for (std::array<int, 2> const mode : {std::array{1, 2}, std::array{1, 8}, std::array{2, 5}}) {
    for (std::array<double, 2> const amplitude : {std::array{1.0, 1.0}, std::array{10.0, 1.0}, std::array{0.1, 1.0}}) {
      if (scale == Scale::full || mode[1] == 2) spaces.push_back({16, mode, amplitude});
    }
  }
  return spaces;
}

double candidate_inside(TwoTasks const& tasks, int task, double tolerance) {
  return candidate(tasks, task, (1 - 1e-6) * tolerance);
}

Cell figure(std::string name, std::optional<double> p, std::optional<double> tolerance, double ours,
            std::optional<double> published) {
  return {std::move(name), p, tolerance, ours, 0, 1, published};
}

std::string number_text(double x) {
  std::ostringstream text;
  text << x;
  return text.str();
}

nlohmann::ordered_json tasks_json(TwoTasks const& tasks) {
  return {{"unknowns", tasks.unknowns}, {"modes", tasks.mode}, {"amplitudes", tasks.amplitude}};
}

std::vector<double> descending(double high, double low, int points) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) values.push_back(high * std::pow(low / high, static_cast<double>(i) / (points - 1)));
  return values;
}

Report theory(Executor const& executor, Settings const& settings) {
  auto const say = [&](char const* line) {
    if (settings.say) settings.say(line);
  };
  Report report{"theory", {}, nlohmann::ordered_json::object()};
  TwoTaskMeasurement measurement(executor, 16);
  say("theory: minimisers of the loss L_m");
  check_loss_minimisers(measurement, settings.scale, report);
  say("theory: minimisers of the count L_eps");
  check_count_minimisers(measurement, settings.scale, report);
  say("theory: inequalities between trained guesses");
  check_inequalities(measurement, settings.scale, report);
  say("theory: adverse task spaces");
  check_adverse_tasks(executor, settings.scale, report);
  return report;
}

}  // namespace metasolve::paper
