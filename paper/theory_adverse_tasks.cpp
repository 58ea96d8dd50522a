// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "paper/theory_parts.hpp"

namespace metasolve::paper {

namespace {

using nlohmann::ordered_json;

constexpr double unit_tolerance = 1e-6;  ///< eps; amplitudes scale with it, so that its value does not matter

/// Task spaces adverse_tasks(shape, p, delta) with p from 0.1 down to least_p.
struct Family {
  TwoTasks shape;
  double delta_over_eps;
  double least_p;                                      ///< below it eps / c_1 ~ p^2 is too near the rounding error
  std::vector<double> relaxed_targets, whole_targets;  ///< ratios exceeded in double precision
};

std::vector<Family> families(Scale scale) {
  std::vector<double> const moderate{10, 100}, all{10, 100, 1000};
  auto const& of_64 = scale == Scale::full ? all : moderate;  // 1000 at N = 64 takes as long as all the others
  return {
      {{16, {1, 2}, {1, 1}}, 1, 1e-5, all, all},
      {{64, {1, 2}, {1, 1}}, 1.01, 2e-6, of_64, of_64},
      {{16, {1, 2}, {1, 1}}, 2, 1e-5, {10}, {10}},
  };
}

/// One member of a family.
struct Point {
  TwoTasks tasks;
  double p, delta;
  double w_delta;
  TaskCounts at_w_delta;
  double infimum;        ///< of relaxed counts: a lower bound of E[L_eps(w_m)] for any m, in relaxed or whole
                         ///< iterations
  bool minimiser_found;  ///< by the engine's E[L_delta], w_delta is the better candidate
};

/// The two w that enclose all w_m and at whose ends E[L_eps] is smallest (infimum_over_loss_minimisers).
std::array<double, 2> ends(TwoTasks const& tasks, double p) {
  double const first = loss_minimiser(tasks, p, 0);
  return {first, std::max(first, candidate_inside(tasks, 0, unit_tolerance))};
}

std::vector<Point> measure(TwoTaskMeasurement& measurement, Family const& family, int points) {
  double const delta = family.delta_over_eps * unit_tolerance;
  std::vector<Point> result;
  std::vector<CountQuery> queries;
  for (double const p : descending(0.1, family.least_p, points)) {
    auto const tasks = adverse_tasks(family.shape, p, delta);
    double const w_delta = candidate_inside(tasks, 1, delta);
    result.push_back({tasks, p, delta, w_delta, {}, 0, false});
    queries.push_back({tasks, w_delta, unit_tolerance});
    for (double const w : ends(tasks, p)) queries.push_back({tasks, w, unit_tolerance});
    for (int const task : {0, 1}) queries.push_back({tasks, candidate_inside(tasks, task, delta), delta});
  }
  auto const counts = measurement.count(queries);
  for (std::size_t i = 0; i < result.size(); ++i) {
    auto& point = result[i];
    auto const* const c = &counts[5 * i];
    point.at_w_delta = c[0];
    point.infimum = std::min(c[1].expected_relaxed(point.p), c[2].expected_relaxed(point.p));
    point.minimiser_found = c[4].expected_relaxed(point.p) < c[3].expected_relaxed(point.p);
  }
  return result;
}

/// A lower bound of E[L_eps(w_m)] / E[L_eps(w_delta)] for any m.
double ratio(Point const& x, bool whole) {
  return x.infimum / (whole ? x.at_w_delta.expected_whole(x.p) : x.at_w_delta.expected_relaxed(x.p));
}

/// E[L_eps] at the best m of all. From the first w_m past w_eps,1 on it only increases (eq. 4), so later m are skipped.
struct BestOfAll {
  double relaxed = INFINITY, whole = INFINITY;                ///< measured
  double closed_relaxed = INFINITY, closed_whole = INFINITY;  ///< eq. 29, and with its counts rounded up
};

BestOfAll best_of_all_m(TwoTaskMeasurement& measurement, Point const& point) {
  std::vector<CountQuery> queries;
  BestOfAll best;
  double const last = candidate(point.tasks, 0, unit_tolerance);
  double w = 0;
  for (int m = 0; w <= last; ++m) {
    w = loss_minimiser(point.tasks, point.p, m);
    queries.push_back({point.tasks, w, unit_tolerance});
    best.closed_relaxed = std::min(best.closed_relaxed, expected_count(point.tasks, point.p, w, unit_tolerance));
    best.closed_whole = std::min(best.closed_whole, expected_whole_count(point.tasks, point.p, w, unit_tolerance));
  }
  for (auto const& counts : measurement.count(queries)) {
    best.relaxed = std::min(best.relaxed, counts.expected_relaxed(point.p));
    best.whole = std::min(best.whole, counts.expected_whole(point.p));
  }
  return best;
}

std::string family_text(Family const& family) {
  std::string const factor = family.delta_over_eps == 1 ? "" : number_text(family.delta_over_eps) + " ";
  return "N=" + std::to_string(family.shape.unknowns) + ", delta=" + factor + "eps";
}

void add_rows(TwoTaskMeasurement& measurement, Family const& family, std::vector<Point> const& points, Report& report) {
  for (bool const whole : {false, true}) {
    for (double const target : whole ? family.whole_targets : family.relaxed_targets) {
      std::string const name =
          "(8) ratio > " + number_text(target) + ", " + family_text(family) + (whole ? ", whole counts" : ", relaxed");
      auto const found =
          std::find_if(points.begin(), points.end(), [&](Point const& x) { return ratio(x, whole) > target; });
      if (found == points.end()) {
        report.rows.push_back(figure(name + ": not reached", {}, unit_tolerance, 0, {}));
        continue;
      }
      auto const best = best_of_all_m(measurement, *found);
      auto const& x = *found;
      double const measured =
          whole ? best.whole / x.at_w_delta.expected_whole(x.p) : best.relaxed / x.at_w_delta.expected_relaxed(x.p);
      double const closed = whole ? best.closed_whole / expected_whole_count(x.tasks, x.p, x.w_delta, unit_tolerance)
                                  : best.closed_relaxed / expected_count(x.tasks, x.p, x.w_delta, unit_tolerance);
      report.rows.push_back(figure(name, x.p, unit_tolerance, measured, closed));
    }
  }
}

/// Inequality 5, whose task space is the same with eps in place of delta: even the best m needs more than `target`.
Cell count_above(TwoTaskMeasurement& measurement, Family const& family, std::vector<Point> const& points,
                 double target) {
  std::string const name =
      "(5) E[L_eps(w_m)] > " + number_text(target) + " for all m, " + family_text(family) + ", whole counts";
  auto const found = std::find_if(points.begin(), points.end(), [&](Point const& x) { return x.infimum > target; });
  if (found == points.end()) return figure(name + ": not reached", {}, unit_tolerance, 0, {});
  auto const best = best_of_all_m(measurement, *found);
  return figure(name, found->p, unit_tolerance, best.whole, best.closed_whole);
}

ordered_json family_json(Family const& family, std::vector<Point> const& points) {
  std::vector<double> p, relaxed, whole, closed, bound, infimum;
  for (auto const& x : points) {
    p.push_back(x.p);
    relaxed.push_back(ratio(x, false));
    whole.push_back(ratio(x, true));
    infimum.push_back(x.infimum);
    closed.push_back(infimum_over_loss_minimisers(x.tasks, x.p, unit_tolerance) /
                     expected_count(x.tasks, x.p, x.w_delta, unit_tolerance));
    bound.push_back(ratio_bound(x.tasks, x.p, unit_tolerance, x.delta));
  }
  return {{"unknowns", family.shape.unknowns},
          {"modes", family.shape.mode},
          {"delta_over_eps", family.delta_over_eps},
          {"p", p},
          {"relaxed", relaxed},
          {"whole", whole},
          {"closed_form", closed},
          {"bound", bound},
          {"least_count", infimum}};
}

}  // namespace

void check_adverse_tasks(Executor const& executor, Scale scale, Report& report) {
  ordered_json curves = ordered_json::array();
  int wrong = 0, members = 0;
  std::vector<Cell> counts_above;
  for (auto const& family : families(scale)) {
    TwoTaskMeasurement measurement(executor, family.shape.unknowns);
    auto const points = measure(measurement, family, scale == Scale::full ? 81 : 21);
    add_rows(measurement, family, points, report);
    for (auto const& x : points) wrong += x.minimiser_found ? 0 : 1;
    members += static_cast<int>(points.size());
    curves.push_back(family_json(family, points));
    if (family.delta_over_eps <= 1.01) {
      counts_above.push_back(count_above(measurement, family, points, family.shape.unknowns == 16 ? 100 : 1000));
    }
  }
  report.rows.push_back(figure("(8) w_delta not the better candidate, of " + std::to_string(members), {}, {},
                               static_cast<double>(wrong), 0.0));
  report.rows.insert(report.rows.end(), counts_above.begin(), counts_above.end());
  report.details["adverse_tasks"] = {{"tolerance", unit_tolerance}, {"families", curves}};
}

}  // namespace metasolve::paper
