// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_quadcopter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/dense_qp.hpp"

/// The quadcopter's programs: what they mean, and that both forms mean the same.
namespace metasolve::qp_quadcopter_test {
namespace {

using namespace problems;
using test::DenseQp;

constexpr int train = static_cast<int>(random::Stream::train_tasks);

std::vector<double> task_of(QpFamily const& family, std::int64_t index) {
  std::vector<double> row(static_cast<std::size_t>(family.width()));
  family.sample(7, train, index, row.data());
  return row;
}

/// Half the sum of (x - x_r)'Q(x - x_r) + u'R u along the trajectory of the inputs, written out with the source's
/// numbers.
double cost_of(QuadcopterTask const& task, std::vector<double> const& u, std::vector<double>* trajectory = nullptr) {
  std::vector<double> const weights = {0, 0, 10, 10, 10, 10, 0, 0, 0, 5, 5, 5};
  LinearMpc const mpc = quadcopter_mpc();
  std::vector<double> x(task.x_0.begin(), task.x_0.end()), next(12);
  double cost = 0;
  for (std::size_t k = 0; k <= 10; ++k) {
    for (std::size_t i = 0; i < 12; ++i) {
      double const away = x[i] - (i >= 2 && i < 6 ? task.x_r[i - 2] : 0);
      cost += weights[i] * away * away / 2;
    }
    if (trajectory != nullptr) trajectory->insert(trajectory->end(), x.begin(), x.end());
    if (k == 10) break;
    for (std::size_t i = 0; i < 4; ++i) cost += 0.1 * u[4 * k + i] * u[4 * k + i] / 2;
    mpc.step(x.data(), u.data() + 4 * k, next.data());
    x = next;
  }
  return cost;
}

QuadcopterTask const reference_task{.x_0 = {.2, -.25, .7, .3, -.4, .5, -.1, .2, -.3, .4, -.5, .25},
                                    .x_r = {.8, -.6, .4, -.9}};

DenseQp reference_qp(bool condensed) {
  QpFamily const family = quadcopter_family(condensed);
  std::vector<double> row(static_cast<std::size_t>(family.width()));
  quadcopter_rows(condensed)(reference_task, row.data());
  return test::dense_qp(family, row.data());
}

TEST(Quadcopter, HasTheSizesOfItsSource) {
  QpFamily const full = quadcopter_family(false), condensed = quadcopter_family(true);
  EXPECT_EQ(full.variables(), 172);
  EXPECT_EQ(full.rows(), 304);
  EXPECT_EQ(condensed.variables(), 40);
  EXPECT_EQ(condensed.rows(), 70);
  for (auto const* family : {&full, &condensed}) {
    EXPECT_EQ(family->features(), 16);
    EXPECT_EQ(family->classes.size(), static_cast<std::size_t>(family->rows()));
    EXPECT_EQ(family->penalty_group.size(), family->classes.size());
    EXPECT_EQ(family->p_values.size(), static_cast<std::size_t>(family->p.entries()));
    EXPECT_EQ(family->a_values.size(), static_cast<std::size_t>(family->a.entries()));
  }
  auto const count = [&](RowClass kind) { return std::count(full.classes.begin(), full.classes.end(), kind); };
  EXPECT_EQ(count(RowClass::equality), 132);
  EXPECT_EQ(count(RowClass::unbounded), 99);
  EXPECT_EQ(count(RowClass::inequality), 73);
  EXPECT_EQ(std::count(condensed.classes.begin(), condensed.classes.end(), RowClass::inequality), 70);
}

TEST(Quadcopter, DrawsWithinTheDistribution) {
  QpFamily const family = quadcopter_family(true);
  std::vector<double> low(16, HUGE_VAL), high(16, -HUGE_VAL), mean(16, 0), square(16, 0);
  int const tasks = 2000;
  for (int t = 0; t < tasks; ++t) {
    auto const row = task_of(family, t);
    for (std::size_t i = 0; i < 16; ++i) {
      double const x = row[i] * family.feature_scale[i];
      low[i] = std::min(low[i], x);
      high[i] = std::max(high[i], x);
      mean[i] += x / tasks;
      square[i] += x * x / tasks;
    }
  }
  double const widest[] = {.3, .3, 1, .5, .5, .5, .5, .5, .5, .5, .5, .5, 1, 1, 1, 1};
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_DOUBLE_EQ(family.feature_scale[i], 1 / widest[i]);
    EXPECT_TRUE(low[i] >= -1 && low[i] < -.99) << i;
    EXPECT_TRUE(high[i] <= 1 && high[i] > .99) << i;
    EXPECT_NEAR(mean[i], 0, .05);
    EXPECT_NEAR(square[i], 1. / 3, .03);
  }
  EXPECT_EQ(task_of(family, 5), task_of(family, 5));
  EXPECT_NE(task_of(family, 5), task_of(family, 6));
}

TEST(Quadcopter, BothFormsAreTheCostOfATrajectoryAndItsBounds) {
  QpFamily const full_family = quadcopter_family(false), condensed_family = quadcopter_family(true);
  for (int t = 0; t < 3; ++t) {
    auto const full_row = task_of(full_family, t), condensed_row = task_of(condensed_family, t);
    ASSERT_TRUE(std::equal(full_row.begin(), full_row.begin() + 16, condensed_row.begin()));
    DenseQp const full = test::dense_qp(full_family, full_row.data());
    DenseQp const condensed = test::dense_qp(condensed_family, condensed_row.data());
    QuadcopterTask const task = draw_quadcopter(7, random::Stream::train_tasks, t);
    std::vector<double> const none(40, 0);
    std::vector<double> inputs(40), trajectory;
    for (std::size_t i = 0; i < 40; ++i) inputs[i] = std::sin(1 + 3. * static_cast<double>(i * i));
    double const cost = cost_of(task, inputs, &trajectory);
    EXPECT_NEAR(condensed.objective(inputs), cost - cost_of(task, none), 1e-9 * cost);

    std::vector<double> x = trajectory;
    x.insert(x.end(), inputs.begin(), inputs.end());
    double reference = 0;
    for (std::size_t i = 0; i < 4; ++i) reference += 11 * 10 * task.x_r[i] * task.x_r[i] / 2;
    EXPECT_NEAR(full.objective(x), cost - reference, 1e-9 * cost);
    auto const rows = full.times_a(x);
    for (std::size_t i = 0; i < 132; ++i) {
      EXPECT_EQ(full.l[i], full.u[i]);
      EXPECT_NEAR(rows[i], full.l[i], 1e-12);
    }
    for (std::size_t i = 0; i < 172; ++i) EXPECT_EQ(rows[132 + i], x[i]);
    // Distances to bounds are those of the trajectory.
    auto const fewer = condensed.times_a(inputs);
    for (std::size_t i = 0; i < 40; ++i) {
      EXPECT_EQ(fewer[i], inputs[i]);
      EXPECT_DOUBLE_EQ(condensed.l[i], 9.6 - 10.5916);
      EXPECT_DOUBLE_EQ(full.u[264 + i], 13 - 10.5916);
    }
    for (std::size_t k = 1; k <= 10; ++k)
      for (std::size_t s = 0; s < 3; ++s) {
        std::size_t const row = 40 + 3 * (k - 1) + s, state = s == 2 ? 5 : s;
        double const value = trajectory[12 * k + state];
        EXPECT_NEAR(fewer[row] - condensed.l[row], value + (s == 2 ? 1 : std::numbers::pi / 6), 1e-12);
        if (s == 2) {
          EXPECT_EQ(condensed.u[row], HUGE_VAL);
        } else {
          EXPECT_NEAR(condensed.u[row] - fewer[row], std::numbers::pi / 6 - value, 1e-12);
        }
      }
  }
}

TEST(Quadcopter, TheOptimumIsThatOfOtherCode) {
  // By NumPy, from matrices typed independently (1900 iterations, residuals 6e-12).
  std::vector<double> const reference = {-0.6470839382, 1.2492218452, -0.9916, -0.9916,
                                         -0.9916,       -0.9916,      -0.9916, -0.9916};
  auto const full = solve_dense(reference_qp(false), 1e-9);
  auto const condensed = solve_dense(reference_qp(true), 1e-9);
  EXPECT_TRUE(full.residual <= 1e-9);
  EXPECT_TRUE(condensed.residual <= 1e-9);
  for (std::size_t i = 0; i < reference.size(); ++i) {
    EXPECT_NEAR(full.x[132 + i], reference[i], 1e-7);
    EXPECT_NEAR(condensed.x[i], reference[i], 1e-7);
  }
  EXPECT_NEAR(reference_qp(false).objective(full.x), 54.811996551639105, 1e-7);
}

TEST(Quadcopter, BothFormsHaveTheSameOptimum) {
  QpFamily const full_family = quadcopter_family(false), condensed_family = quadcopter_family(true);
  for (int t = 10; t < 13; ++t) {
    auto const full = solve_dense(test::dense_qp(full_family, task_of(full_family, t).data()), 1e-8);
    auto const condensed = solve_dense(test::dense_qp(condensed_family, task_of(condensed_family, t).data()), 1e-8);
    EXPECT_TRUE(full.residual <= 1e-8 && condensed.residual <= 1e-8);
    for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(full.x[132 + i], condensed.x[i], 1e-6) << t << ' ' << i;
  }
}

TEST(Quadcopter, CondensedResidualsAreMeasuredNearlyAsThoseOfTheFullForm) {
  QpFamily const full_family = quadcopter_family(false), condensed_family = quadcopter_family(true);
  for (int t = 20; t < 23; ++t) {
    auto const row = task_of(condensed_family, t);
    DenseQp const full = test::dense_qp(full_family, task_of(full_family, t).data());
    auto const x = solve_dense(full, 1e-6).x;
    double primal = 1, dual = 1;
    for (double const value : full.times_a(x)) primal = std::max(primal, 1 + std::abs(value));
    for (double const value : full.times_p(x)) dual = std::max(dual, 1 + std::abs(value));
    for (double const value : full.q) dual = std::max(dual, 1 + std::abs(value));
    double const* const scales = row.data() + condensed_family.width() - 2;
    EXPECT_NEAR(scales[0] / primal, 1, 0.3);
    EXPECT_NEAR(scales[1] / dual, 1, 0.3);
  }
}

TEST(Quadcopter, TakesAnotherHorizon) {
  QpFamily const family = quadcopter_family(true, 3);
  EXPECT_EQ(family.variables(), 12);
  EXPECT_EQ(family.rows(), 21);
  EXPECT_EQ(quadcopter_family(false, 3).rows(), 4 * 12 + 4 * 12 + 12);
}

}  // namespace
}  // namespace metasolve::qp_quadcopter_test
