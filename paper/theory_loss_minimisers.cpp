// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "paper/measured_minimisers.hpp"
#include "paper/theory_parts.hpp"

namespace metasolve::paper {

namespace {

using nlohmann::ordered_json;

constexpr int longest = 400;  ///< lambda_2 / lambda_1 to this power is below 1e-9 for all pairs of modes tried

/// E[L_m] against w for a few m.
ordered_json loss_curves(TwoTaskMeasurement& measurement, TwoTasks const& tasks, double p, std::vector<int> const& m) {
  std::vector<double> w;
  double const easy = 1 / tasks.mu(1), hard = 1 / tasks.mu(0);
  for (int i = 0; i <= 160; ++i) w.push_back(easy + (hard - easy) * (i - 20) / 120.0);
  auto const losses = measurement.losses(tasks, p, w, m.back());
  auto const row = static_cast<std::size_t>(m.back()) + 1;
  ordered_json curves = ordered_json::array();
  for (int const k : m) {
    std::vector<double> loss, closed;
    for (std::size_t i = 0; i < w.size(); ++i) {
      loss.push_back(losses[i * row + static_cast<std::size_t>(k)]);
      closed.push_back(expected_loss(tasks, p, w[i], k));
    }
    curves.push_back({{"p", p}, {"m", k}, {"w", w}, {"loss", loss}, {"closed_form", closed}});
  }
  return curves;
}

}  // namespace

void check_loss_minimisers(TwoTaskMeasurement& measurement, Scale scale, Report& report) {
  TwoTasks const shown;
  std::vector<int> const shown_m{0, 5, 25, 125};
  ordered_json curves = ordered_json::array();
  std::vector<Cell> limits;
  for (double const p : {0.01, 0.1, 0.5}) {
    auto const measured = measured_loss_minimisers(measurement, shown, p, longest);
    std::vector<int> m;
    std::vector<double> w, closed;
    for (int k = 0; k <= longest; ++k) {
      m.push_back(k);
      w.push_back(measured[static_cast<std::size_t>(k)].w);
      closed.push_back(loss_minimiser(shown, p, k));
    }
    for (int const k : shown_m) {
      auto const i = static_cast<std::size_t>(k);
      report.rows.push_back(figure("(19) w_m, m=" + std::to_string(k), p, {}, w[i], closed[i]));
    }
    limits.push_back(
        figure("(20) w_m, m=" + std::to_string(longest) + ", and 1/mu_1", p, {}, w.back(), 1 / shown.mu(0)));
    curves.push_back({{"p", p}, {"m", m}, {"w", w}, {"closed_form", closed}});
  }

  double deviation = 0;
  int cases = 0;
  for (auto const& tasks : task_spaces(scale)) {
    for (double const p : {0.001, 0.01, 0.1, 0.5, 0.9}) {
      auto const measured = measured_loss_minimisers(measurement, tasks, p, 200);
      for (int const m : {0, 1, 5, 25, 50, 100, 200}) {
        double const closed = loss_minimiser(tasks, p, m);
        deviation = std::max(deviation, std::abs(measured[static_cast<std::size_t>(m)].w / closed - 1));
        ++cases;
      }
    }
  }
  report.rows.push_back(
      figure("(19) largest relative deviation of w_m, of " + std::to_string(cases), {}, {}, deviation, 0.0));
  report.rows.insert(report.rows.end(), limits.begin(), limits.end());

  report.details["loss_minimisers"] = {{"tasks", tasks_json(shown)},
                                       {"solutions", {1 / shown.mu(0), 1 / shown.mu(1)}},
                                       {"minimisers", curves},
                                       {"losses", loss_curves(measurement, shown, 0.01, shown_m)}};
}

}  // namespace metasolve::paper
