// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/two_task_draw.hpp"

/// The closed forms of the two-task analysis compared with brute force.
namespace metasolve::paper::two_task_theory_test {
namespace {

using Draw = test::TwoTaskDraw;

TEST(TwoTaskTheory, EigenvaluesAreThoseOfTheEigenvectors) {
  TwoTasks const tasks{16, {3, 7}, {1, 1}};
  for (int const task : {0, 1}) {
    double const x = M_PI * tasks.mode[static_cast<std::size_t>(task)] / 17;
    // Row 5 of A v and of (I - A / 2) v.
    double const product = 2 * std::sin(5 * x) - std::sin(4 * x) - std::sin(6 * x);
    EXPECT_NEAR(tasks.mu(task), product / std::sin(5 * x), 1e-12);
    EXPECT_NEAR(tasks.lambda(task), 1 - tasks.mu(task) / 2, 1e-12);
  }
}

TEST(TwoTaskTheory, RelaxedCountIsWhereTheErrorMeetsTheTolerance) {
  Draw draw(1);
  for (int i = 0; i < 200; ++i) {
    auto const tasks = draw.tasks();
    double const w = draw.uniform(0, 30), tolerance = draw.power(-8, 1);
    for (int const task : {0, 1}) {
      double const start = tasks.amplitude[static_cast<std::size_t>(task)] * std::abs(w * tasks.mu(task) - 1);
      double const m = relaxed_count(tasks, task, w, tolerance);
      EXPECT_NEAR(std::log(start * std::pow(tasks.lambda(task), m)), std::log(std::min(start, tolerance)), 1e-9);
    }
    double const p = draw.uniform(0, 1);
    int whole[2];
    for (int const task : {0, 1}) {
      double error = tasks.amplitude[static_cast<std::size_t>(task)] * std::abs(w * tasks.mu(task) - 1);
      for (whole[task] = 0; error > tolerance; ++whole[task]) error *= tasks.lambda(task);
    }
    EXPECT_NEAR(expected_whole_count(tasks, p, w, tolerance), p * whole[0] + (1 - p) * whole[1], 1e-9);
  }
}

TEST(TwoTaskTheory, NoGuessHasALowerLossThanTheMinimiser) {
  Draw draw(2);
  for (int i = 0; i < 200; ++i) {
    auto const tasks = draw.tasks();
    double const p = draw.power(-3, -0.01);
    int const m = static_cast<int>(draw.uniform(0, 60));
    double const best = loss_minimiser(tasks, p, m);
    double const least = expected_loss(tasks, p, best, m);
    for (double const step : {1e-6, 1e-3, 0.1, 10.0}) {
      EXPECT_GT(expected_loss(tasks, p, best * (1 + step), m), least);
      EXPECT_GT(expected_loss(tasks, p, best * (1 - step), m), least);
    }
    EXPECT_LE(best, loss_minimiser(tasks, p, m + 1)) << "w_m rises";
  }
  EXPECT_DOUBLE_EQ(loss_minimiser({}, 0.01, 100'000), 1 / TwoTasks{}.mu(0)) << "eq. 20, where lambda^2m underflows";
}

TEST(TwoTaskTheory, NoGuessHasALowerCountThanTheMinimiser) {
  Draw draw(3);
  for (int i = 0; i < 100; ++i) {
    auto const tasks = draw.tasks();
    double const tolerance = largest_tolerance(tasks) * draw.power(-6, -0.01);
    double const tie = critical_probability(tasks, tolerance);
    for (double const p : {draw.uniform(0, tie), 0.999 * tie, tie + 0.001 * (1 - tie), draw.uniform(tie, 1)}) {
      double const least = expected_count(tasks, p, count_minimiser(tasks, p, tolerance), tolerance);
      double best = INFINITY;
      for (int k = 0; k <= 2000; ++k)
        best = std::min(best, expected_count(tasks, p, k * 1e-3 / tasks.mu(0), tolerance));
      for (int const task : {0, 1}) {
        for (double const offset : {-3.0, -1.01, -1.0, -0.99, 0.0, 0.99, 1.0, 1.01, 3.0}) {
          auto const c = tasks.amplitude[static_cast<std::size_t>(task)];
          best = std::min(best, expected_count(tasks, p, (1 + offset * tolerance / c) / tasks.mu(task), tolerance));
        }
      }
      EXPECT_NEAR(best, least, 1e-6 * least) << "p " << p << ", p_eps " << tie;
    }
  }
}

TEST(TwoTaskTheory, CandidatesTieAtTheCriticalProbabilityAndNotAtThePrintedOne) {
  Draw draw(4);
  for (int i = 0; i < 100; ++i) {
    auto const tasks = draw.tasks();
    double const tolerance = largest_tolerance(tasks) * draw.power(-6, -0.1);
    auto const difference = [&](double p) {
      double const second = expected_count(tasks, p, candidate(tasks, 1, tolerance), tolerance);
      return expected_count(tasks, p, candidate(tasks, 0, tolerance), tolerance) / second - 1;
    };
    EXPECT_NEAR(difference(critical_probability(tasks, tolerance)), 0, 1e-6);
    if (std::abs(std::log(tasks.amplitude[0] / tasks.amplitude[1])) > 0.5) {
      EXPECT_GT(std::abs(difference(critical_probability_as_printed(tasks, tolerance))), 1e-2);
    }
    // The limit is approached from above or below depending on the forces, whatever the printed proof says.
    double const limit = critical_probability_limit(tasks);
    bool const above = tasks.amplitude[0] * tasks.mu(0) < tasks.amplitude[1] * tasks.mu(1);
    double const near = critical_probability(tasks, 1e-3 * tolerance), far = critical_probability(tasks, tolerance);
    EXPECT_TRUE(above ? limit < near && near < far : limit > near && near > far);
  }
  TwoTasks const equal{16, {1, 2}, {3, 3}};
  EXPECT_DOUBLE_EQ(critical_probability(equal, 0.1), critical_probability_as_printed(equal, 0.1));
}

TEST(TwoTaskTheory, AtTheLargestToleranceTheCandidatesMeet) {
  Draw draw(5);
  for (int i = 0; i < 50; ++i) {
    auto const tasks = draw.tasks();
    double const bound = largest_tolerance(tasks);
    EXPECT_NEAR(candidate(tasks, 0, bound) / candidate(tasks, 1, bound), 1, 1e-12);
    EXPECT_LT(candidate(tasks, 1, 0.999 * bound), candidate(tasks, 0, 0.999 * bound));
  }
}

TEST(TwoTaskTheory, ExpectedCountIsGreatestAtItsMaximiser) {
  Draw draw(6);
  for (int i = 0; i < 100; ++i) {
    auto const tasks = draw.tasks();
    double const p = draw.uniform(0.05, 0.95), tolerance = 1e-9;
    double const peak = count_maximiser(tasks, p);
    double const most = expected_count(tasks, p, peak, tolerance);
    for (int k = 1; k < 1000; ++k) {
      double const w = 1 / tasks.mu(1) + (1 / tasks.mu(0) - 1 / tasks.mu(1)) * k / 1000;
      EXPECT_LE(expected_count(tasks, p, w, tolerance), most * (1 + 1e-12));
    }
  }
}

/// Inequality 7, also for p between p_0 and p_delta1 and delta_1 up to the full bound (docs/theory.md).
TEST(TwoTaskTheory, ASmallerTrainingToleranceIsBetterForEveryProbability) {
  Draw draw(7);
  int wrong_minimiser = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto const tasks = draw.tasks();
    double const delta1 = largest_tolerance(tasks) * draw.power(-3, -0.001);
    double const delta2 = delta1 * draw.power(-3, -0.01), tolerance = delta2 * draw.power(-3, 0);
    double const p0 = critical_probability_limit(tasks), p1 = critical_probability(tasks, delta1);
    double const p = i % 2 == 0 ? draw.uniform(0, 1) : p0 + draw.uniform(0, 1) * (p1 - p0);
    auto const trained = [&](double delta) {
      return expected_count(tasks, p, count_minimiser(tasks, p, delta), tolerance);
    };
    EXPECT_GT(trained(delta1), trained(delta2));
    // With the other candidate instead of the minimiser it would often fail: the check is effective.
    double const other = candidate(tasks, p > critical_probability(tasks, delta2) ? 1 : 0, delta2);
    if (trained(delta1) <= expected_count(tasks, p, other, tolerance)) ++wrong_minimiser;
  }
  EXPECT_GT(wrong_minimiser, 1000);
}

TEST(TwoTaskTheory, AdverseTasksGrowAsDerived) {
  TwoTasks const shape;
  double const tolerance = 1e-6;
  double const r = std::log(shape.lambda(1)) / std::log(shape.lambda(0));
  auto const ratio = [&](double p, double delta) {
    auto const tasks = adverse_tasks(shape, p, delta);
    EXPECT_LT(delta, largest_tolerance(tasks));
    EXPECT_LT(p, critical_probability(tasks, delta)) << "else w_delta is the other candidate";
    double const exact = infimum_over_loss_minimisers(tasks, p, tolerance) /
                         expected_count(tasks, p, candidate(tasks, 1, delta), tolerance);
    EXPECT_LE(ratio_bound(tasks, p, tolerance, delta), exact);
    EXPECT_GE(ratio_bound(tasks, p, tolerance, delta), 0.98 * exact);
    for (int const m : {0, 1, 10, 100, 1000}) {
      double const w = loss_minimiser(tasks, p, m);
      EXPECT_GE(expected_count(tasks, p, w, tolerance), (1 - 1e-9) * infimum_over_loss_minimisers(tasks, p, tolerance));
    }
    return exact;
  };
  // delta = eps: as 1 / (2 r p), up to a factor that tends to 1 as log(1 / p) does to infinity.
  for (double const p : {1e-3, 1e-4, 1e-5}) {
    double const s1 = 1 + 1 / r, s2 = 1 + r;
    double const factor = 2 * std::log(s2 / p) / std::log(s1 / (p * p));
    EXPECT_NEAR(ratio(p, tolerance) * 2 * r * p / factor, 1, 10 * p * r + 1e-6);
  }
  // delta = 2 eps: a factor of 100 in p adds log(100) / log(2).
  EXPECT_NEAR(ratio(1e-9, 2 * tolerance) - ratio(1e-7, 2 * tolerance), std::log(100) / std::log(2), 1e-3);
  // The printed chain w_max < w_0 is reversed.
  for (double const p : {1e-1, 1e-3, 1e-6}) {
    auto const tasks = adverse_tasks(shape, p, tolerance);
    double const gap = 1 / shape.mu(0) - 1 / shape.mu(1);
    EXPECT_LT(loss_minimiser(tasks, p, 0), count_maximiser(tasks, p));
    EXPECT_NEAR((1 / shape.mu(0) - loss_minimiser(tasks, p, 0)) / gap, r * r * p, 2 * r * r * r * r * p * p);
  }
}

}  // namespace
}  // namespace metasolve::paper::two_task_theory_test
