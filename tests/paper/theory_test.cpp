// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/error.hpp"
#include "paper/measured_minimisers.hpp"
#include "paper/reproductions.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/two_task_draw.hpp"

/// The engine's Jacobi on the two tasks compared with the closed forms, and the report of `reproduce theory`.
namespace metasolve::paper::theory_test {
namespace {

using Draw = test::TwoTaskDraw;

class Theory : public test::OnExecutors {};

TEST_P(Theory, TheEngineMeasuresTheClosedForms) {
  TwoTaskMeasurement measurement(executor(), 16);
  Draw draw(8);
  std::vector<CountQuery> queries;
  for (int i = 0; i < 3000; ++i) {  // more than one batch
    auto const tasks = draw.tasks();
    queries.push_back({tasks, draw.uniform(0, 40), draw.power(-6, 0) * largest_tolerance(tasks)});
  }
  queries.push_back({{}, 1 / TwoTasks{}.mu(0), 1e-6});  // task 1 starts at its solution
  auto const counts = measurement.count(queries);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    for (int const task : {0, 1}) {
      double const closed = relaxed_count(queries[i].tasks, task, queries[i].w, queries[i].tolerance);
      double const relaxed = counts[i].relaxed[static_cast<std::size_t>(task)];
      EXPECT_NEAR(relaxed, closed, 1e-6 * (1 + closed));
      EXPECT_EQ(counts[i].whole[static_cast<std::size_t>(task)], static_cast<int>(std::ceil(relaxed)));
    }
  }
  EXPECT_EQ(counts.back().whole[0], 0);
  EXPECT_GT(counts.back().whole[1], 100);

  TwoTasks const tasks{16, {2, 5}, {3, 0.5}};
  std::vector<double> const w{0.0, 1.7, 20.0};
  auto const losses = measurement.losses(tasks, 0.3, w, 50);
  for (std::size_t i = 0; i < w.size(); ++i) {
    for (int m = 0; m <= 50; ++m) {
      double const closed = expected_loss(tasks, 0.3, w[i], m);
      EXPECT_NEAR(losses[i * 51 + static_cast<std::size_t>(m)], closed, 1e-10 * closed);
    }
  }
  std::vector<CountQuery> const below_rounding{{{}, 1.0, 1e-18}};
  EXPECT_THROW(measurement.count(below_rounding), Error);
}

TEST_P(Theory, TheSearchesFindTheMinimisersBlindly) {
  TwoTaskMeasurement measurement(executor(), 16);
  TwoTasks const tasks{16, {2, 7}, {2, 0.7}};
  auto const losses = measured_loss_minimisers(measurement, tasks, 0.05, 30);
  for (std::size_t m = 0; m < losses.size(); ++m) {
    EXPECT_NEAR(losses[m].w, loss_minimiser(tasks, 0.05, static_cast<int>(m)), 1e-10);
    EXPECT_LE(std::abs(losses[m].w - losses[m].lowest), 0.5001 * losses[m].step)
        << "the parabola is the measured curve";
  }
  double const tolerance = 1e-3;
  double const tie = critical_probability(tasks, tolerance);
  TwoTasks const other{16, {1, 4}, {1, 3}};
  std::vector<CountSearch> const searches{{tasks, tolerance, 0.9 * tie},
                                          {tasks, tolerance, tie},
                                          {tasks, tolerance, 1.1 * tie},
                                          {other, 0.1, critical_probability(other, 0.1)}};
  auto const minima = measured_count_minima(measurement, searches, 513);
  for (std::size_t i = 0; i < searches.size(); ++i) {
    auto const& [space, eps, p] = searches[i];
    ASSERT_EQ(minima[i].size(), 2u);
    EXPECT_NEAR(minima[i][0].w, candidate(space, 1, eps), 1e-8);
    EXPECT_NEAR(minima[i][1].w, candidate(space, 0, eps), 1e-8);
    EXPECT_NEAR(tie_probability(minima[i][0], minima[i][1]), critical_probability(space, eps), 1e-8);
  }
  EXPECT_EQ(&lowest(minima[0], searches[0].p), &minima[0][0]);
  EXPECT_EQ(&lowest(minima[2], searches[2].p), &minima[2][1]);
}

void expect_rows(std::vector<Cell> const& rows) {
  int minimisers = 0, violations = 0, ratios = 0, printed_apart = 0;
  auto const starts = [](Cell const& row, char const* head) { return row.name.rfind(head, 0) == 0; };
  auto const has = [](Cell const& row, char const* text) { return row.name.find(text) != std::string::npos; };
  auto const relative = [](Cell const& row) { return std::abs(row.mean / row.published.value() - 1); };
  for (auto const& row : rows) {
    SCOPED_TRACE(row.name + ", p " + std::to_string(row.p.value_or(NAN)));
    EXPECT_FALSE(has(row, "not reached"));
    if (has(row, "violations") || has(row, "not the better")) {
      EXPECT_EQ(row.mean, 0);
      ++violations;
    } else if (has(row, "deviation")) {
      EXPECT_TRUE(row.mean > 0 && row.mean <= 1e-7);
    } else if (has(row, "largest reversal")) {
      EXPECT_LT(row.mean, 1) << "rounding up changes an expectation by less than one iteration";
    } else if (has(row, "whole counts, of") || has(row, "ties") || has(row, "reversals")) {
      EXPECT_FALSE(row.published.has_value());
    } else if (has(row, "as printed")) {
      bool const equal = has(row, "c=(1, 1)");
      EXPECT_TRUE(equal ? relative(row) <= 1e-9 : relative(row) >= 0.1);
      printed_apart += equal ? 0 : 1;
    } else if (starts(row, "(34)")) {
      EXPECT_LE(relative(row), 1e-4);
    } else if (starts(row, "(8)") || starts(row, "(5)")) {
      double const target = std::stod(row.name.substr(row.name.find('>') + 1));
      EXPECT_TRUE(row.mean > target && row.mean < 3 * target);
      EXPECT_LE(relative(row), 1e-5);
      ++ratios;
    } else {
      EXPECT_TRUE(starts(row, "(19)") || starts(row, "(20)") || starts(row, "(30)") || starts(row, "(32)") ||
                  starts(row, "(33)"));
      EXPECT_LE(relative(row), starts(row, "(33)") ? 5e-9 : 1e-8);
      ++minimisers;
    }
  }
  EXPECT_EQ(minimisers, 12 + 3 + 6 + 3 + 2);
  EXPECT_EQ(violations, 5);
  EXPECT_EQ(printed_apart, 2);
  EXPECT_EQ(ratios, 12 + 2);
}

void expect_curves(nlohmann::ordered_json const& details) {
  auto const largest_deviation = [](nlohmann::ordered_json const& curve, char const* measured, char const* closed) {
    auto const a = curve.at(measured).get<std::vector<double>>(), b = curve.at(closed).get<std::vector<double>>();
    EXPECT_EQ(a.size(), b.size());
    EXPECT_GE(a.size(), 8u);
    double deviation = 0;
    for (std::size_t i = 0; i < a.size(); ++i) deviation = std::max(deviation, std::abs(a[i] / b[i] - 1));
    return deviation;
  };
  for (auto const& curve : details.at("loss_minimisers").at("minimisers")) {
    EXPECT_LE(largest_deviation(curve, "w", "closed_form"), 1e-9);
  }
  for (auto const& curve : details.at("loss_minimisers").at("losses")) {
    EXPECT_LE(largest_deviation(curve, "loss", "closed_form"), 1e-8);
  }
  for (auto const& curve : details.at("count_minimisers").at("critical_probabilities")) {
    EXPECT_LE(largest_deviation(curve, "measured", "closed_form"), 1e-6);
  }
  for (auto const& curve : details.at("count_minimisers").at("counts")) {
    auto const relaxed = curve.at("relaxed").get<std::vector<double>>(), w = curve.at("w").get<std::vector<double>>();
    double const p = curve.at("p"), tolerance = curve.at("tolerance");
    for (std::size_t i = 0; i < w.size(); ++i) {
      double const closed = expected_count({}, p, w[i], tolerance);
      EXPECT_NEAR(relaxed[i], closed, 1e-6 * (1 + closed));
    }
  }
  for (auto const& curve : details.at("inequalities").at("training")) {
    auto const m = curve.at("m").get<std::vector<int>>();
    auto const relaxed = curve.at("relaxed_by_m").get<std::vector<double>>();
    double const p = curve.at("p"), tolerance = curve.at("tolerance");
    for (std::size_t i = 0; i < m.size(); ++i) {
      double const closed = expected_count({}, p, loss_minimiser({}, p, m[i]), tolerance);
      EXPECT_NEAR(relaxed[i], closed, 1e-6 * (1 + closed));
    }
    EXPECT_EQ(curve.at("delta").size(), curve.at("relaxed_by_delta").size());
  }
  for (auto const& curve : details.at("adverse_tasks").at("families")) {
    EXPECT_LE(largest_deviation(curve, "relaxed", "closed_form"), 1e-4);
  }
}

TEST_P(Theory, TheSmokeReportAgreesWithThePaper) {
  if (test::is_sanitized && executor().name() == "serial") GTEST_SKIP() << "as on the CPU, and takes a minute";
  Settings settings;
  settings.scale = Scale::smoke;
  settings.seeds = 1;
  auto const report = theory(executor(), settings);
  EXPECT_EQ(report.name, "theory");
  expect_rows(report.rows);
  expect_curves(report.details);
}

METASOLVE_ON_EXECUTORS(Theory);

}  // namespace
}  // namespace metasolve::paper::theory_test
