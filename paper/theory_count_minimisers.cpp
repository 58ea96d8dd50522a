// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "metasolve/error.hpp"
#include "paper/measured_minimisers.hpp"
#include "paper/theory_parts.hpp"

namespace metasolve::paper {

namespace {

using nlohmann::ordered_json;

int grid_points(Scale scale) { return scale == Scale::full ? 2049 : 513; }

/// The p at which the local minima of a search tie.
double tie_of(std::vector<CountMinimum> const& minima) {
  if (minima.size() != 2) {
    throw Error("theory: E[L_eps] has " + std::to_string(minima.size()) + " local minima at p_eps, expected 2");
  }
  return tie_probability(minima.front(), minima.back());
}

/// p_eps by the engine at each tolerance: the p at which the two local minima tie. Their positions do not depend on p;
/// the closed form only supplies a p at which both exist.
std::vector<double> measured_critical_probabilities(TwoTaskMeasurement& measurement, TwoTasks const& tasks,
                                                    std::span<double const> tolerances, Scale scale) {
  std::vector<CountSearch> searches;
  for (double const eps : tolerances) searches.push_back({tasks, eps, critical_probability(tasks, eps)});
  std::vector<double> p;
  for (auto const& minima : measured_count_minima(measurement, searches, grid_points(scale))) {
    p.push_back(tie_of(minima));
  }
  return p;
}

/// The limit of p_eps as eps -> 0 from three of them: up to O(eps), p_eps is (p_0 x + a) / (x + b) in x = log(eps),
/// because both counts are linear in x.
double limit_of(std::span<double const, 3> tolerance, std::span<double const> p) {
  double const x0 = std::log(tolerance[0]), x1 = std::log(tolerance[1]), x2 = std::log(tolerance[2]);
  double const low = p[0] - p[1], high = p[1] - p[2];
  return ((p[0] * x0 - p[1] * x1) * high - (p[1] * x1 - p[2] * x2) * low) / ((x0 - x1) * high - (x1 - x2) * low);
}

std::string amplitudes_text(TwoTasks const& tasks) {
  return "c=(" + number_text(tasks.amplitude[0]) + ", " + number_text(tasks.amplitude[1]) + ")";
}

/// E[L_eps] against w, on a grid whose points approach both solutions in constant ratio, where the curve has its
/// minima.
ordered_json count_curve(TwoTaskMeasurement& measurement, TwoTasks const& tasks, double p, double tolerance,
                         double measured_minimiser) {
  std::vector<double> w{candidate(tasks, 0, tolerance), candidate(tasks, 1, tolerance)};
  double const easy = 1 / tasks.mu(1), hard = 1 / tasks.mu(0), gap = hard - easy;
  for (int i = 0; i <= 120; ++i) w.push_back(easy + gap * (i - 20) / 80.0);
  for (double const offset : descending(0.2 * gap, 1e-8 * gap, 60)) {
    w.insert(w.end(), {easy - offset, easy + offset, hard - offset, hard + offset});
  }
  std::sort(w.begin(), w.end());
  std::vector<CountQuery> queries;
  for (double const x : w) queries.push_back({tasks, x, tolerance});
  std::vector<double> relaxed, whole;
  for (auto const& counts : measurement.count(queries)) {
    relaxed.push_back(counts.expected_relaxed(p));
    whole.push_back(counts.expected_whole(p));
  }
  return {{"p", p},
          {"tolerance", tolerance},
          {"w", w},
          {"relaxed", relaxed},
          {"whole", whole},
          {"minimiser", measured_minimiser},
          {"candidates", {candidate(tasks, 0, tolerance), candidate(tasks, 1, tolerance)}}};
}

void add_deviations(TwoTaskMeasurement& measurement, Scale scale, Report& report) {
  std::vector<CountSearch> searches;
  for (auto const& tasks : task_spaces(scale)) {
    for (double const share : {0.3, 1e-2, 1e-4, 1e-6}) {
      double const tolerance = share * largest_tolerance(tasks);
      double const tie = critical_probability(tasks, tolerance);
      // Far from p_eps, so close to it that a wrong formula would give the other candidate, and p_eps itself.
      for (double const p : {0.5 * tie, 0.999 * tie, tie + 0.001 * (1 - tie), 0.5 * (1 + tie), tie}) {
        searches.push_back({tasks, tolerance, p});
      }
    }
  }
  auto const minima = measured_count_minima(measurement, searches, grid_points(scale));
  double of_w = 0, of_p = 0;
  int w_cases = 0, p_cases = 0;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    auto const& [tasks, tolerance, p] = searches[i];
    if (i % 5 == 4) {
      of_p = std::max(of_p, std::abs(tie_of(minima[i]) / p - 1));
      ++p_cases;
    } else {
      of_w = std::max(of_w, std::abs(lowest(minima[i], p).w / count_minimiser(tasks, p, tolerance) - 1));
      ++w_cases;
    }
  }
  report.rows.push_back(
      figure("(30) largest relative deviation of w_eps, of " + std::to_string(w_cases), {}, {}, of_w, 0.0));
  report.rows.push_back(
      figure("(32) largest relative deviation of p_eps, c_1 and c_2 exchanged, of " + std::to_string(p_cases), {}, {},
             of_p, 0.0));
}

void add_critical_probabilities(TwoTaskMeasurement& measurement, Scale scale, Report& report, ordered_json& curves) {
  for (double const c1 : {1.0, 10.0, 0.1}) {
    TwoTasks const tasks{16, {1, 2}, {c1, 1}};
    std::vector<double> tolerances = descending(0.9 * largest_tolerance(tasks), 1e-8, scale == Scale::full ? 30 : 8);
    auto const measured = measured_critical_probabilities(measurement, tasks, tolerances, scale);
    std::vector<double> closed, printed;
    for (double const tolerance : tolerances) {
      closed.push_back(critical_probability(tasks, tolerance));
      printed.push_back(critical_probability_as_printed(tasks, tolerance));
    }
    curves.push_back({{"tasks", tasks_json(tasks)},
                      {"tolerance", tolerances},
                      {"measured", measured},
                      {"closed_form", closed},
                      {"as_printed", printed},
                      {"limit", critical_probability_limit(tasks)}});
    double const tolerance = 1e-4;
    double const p = measured_critical_probabilities(measurement, tasks, {&tolerance, 1}, scale).front();
    std::string const name = "(32) p_eps, " + amplitudes_text(tasks);
    report.rows.push_back(
        figure(name + ", c_1 and c_2 exchanged", {}, tolerance, p, critical_probability(tasks, tolerance)));
    report.rows.push_back(
        figure(name + ", as printed", {}, tolerance, p, critical_probability_as_printed(tasks, tolerance)));
  }
}

}  // namespace

void check_count_minimisers(TwoTaskMeasurement& measurement, Scale scale, Report& report) {
  TwoTasks const shown;
  ordered_json counts = ordered_json::array(), critical = ordered_json::array();
  std::vector<CountSearch> searches;
  for (double const tolerance : {1e-2, 1e-4, 1e-6, 1e-9}) {
    for (double const share : {0.1, 0.5}) searches.push_back({shown, tolerance, share});  // p_eps lies between
  }
  auto const minima = measured_count_minima(measurement, searches, grid_points(scale));
  std::vector<Cell> limits;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    auto const [tasks, tolerance, p] = searches[i];
    double const w = lowest(minima[i], p).w;
    if (tolerance < 1e-6) {
      int const task = p < critical_probability_limit(shown) ? 1 : 0;
      limits.push_back(figure("(33) w_eps, and 1/mu_" + std::to_string(task + 1), p, tolerance, w, 1 / shown.mu(task)));
    } else {
      report.rows.push_back(figure("(30) w_eps", p, tolerance, w, count_minimiser(shown, p, tolerance)));
    }
    if (tolerance > 1e-6) counts.push_back(count_curve(measurement, shown, p, tolerance, w));
  }
  add_deviations(measurement, scale, report);
  add_critical_probabilities(measurement, scale, report, critical);

  report.rows.insert(report.rows.end(), limits.begin(), limits.end());
  for (double const c1 : {1.0, 10.0}) {
    TwoTasks const tasks{16, {1, 2}, {c1, 1}};
    std::array<double, 3> const tolerances{1e-5, 1e-7, 1e-9};
    auto const ties = measured_critical_probabilities(measurement, tasks, tolerances, scale);
    report.rows.push_back(figure("(34) p_0, extrapolated from p_eps, " + amplitudes_text(tasks), {}, {},
                                 limit_of(tolerances, ties), critical_probability_limit(tasks)));
  }
  report.details["count_minimisers"] = {{"tasks", tasks_json(shown)},
                                        {"solutions", {1 / shown.mu(0), 1 / shown.mu(1)}},
                                        {"counts", counts},
                                        {"critical_probabilities", critical}};
}

}  // namespace metasolve::paper
