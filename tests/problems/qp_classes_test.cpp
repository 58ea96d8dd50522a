// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_classes.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/error.hpp"
#include "tests/support/dense_qp.hpp"
#include "tests/support/expect_message.hpp"

/// OSQP's published classes: shapes, distributions, and that their programs are solvable.
namespace metasolve::qp_classes_test {
namespace {

using namespace problems;
using test::DenseQp;

std::size_t size_of(int i) { return static_cast<std::size_t>(i); }

std::vector<double> row_of(QpFamily const& family, std::uint64_t seed, std::int64_t index) {
  std::vector<double> row(static_cast<std::size_t>(family.width()), NAN);
  family.sample(seed, static_cast<int>(random::Stream::train_tasks), index, row.data());
  return row;
}

DenseQp task_of(QpFamily const& family, std::int64_t index) {
  return test::dense_qp(family, row_of(family, 3, index).data());
}

class Classes : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] static QpFamily family(std::uint64_t pattern_seed = 1) {
    return family_of({.of = GetParam(), .pattern_seed = pattern_seed});
  }
};

TEST_P(Classes, HaveConsistentShapes) {
  QpFamily const f = family();
  EXPECT_EQ(f.name, GetParam());
  int const kkt = f.variables() + f.rows();
  EXPECT_TRUE(kkt >= 90 && kkt <= 610) << kkt;
  EXPECT_TRUE(f.features() > 0 && f.features() <= 64) << f.features();
  EXPECT_EQ(f.p_values.size(), size_of(f.p.entries()));
  EXPECT_EQ(f.a_values.size(), size_of(f.a.entries()));
  EXPECT_EQ(f.classes.size(), size_of(f.rows()));
  EXPECT_EQ(f.penalty_group.size(), size_of(f.rows()));
  for (int i = 0; i < f.variables(); ++i)
    for (int e = f.p.row_ptrs[size_of(i)]; e < f.p.row_ptrs[size_of(i) + 1]; ++e)
      EXPECT_LE(f.p.col_idxs[size_of(e)], i);
  for (auto const* pattern : {&f.p, &f.a})
    for (int i = 0; i < pattern->rows(); ++i)
      for (int e = pattern->row_ptrs[size_of(i)] + 1; e < pattern->row_ptrs[size_of(i) + 1]; ++e)
        EXPECT_LT(pattern->col_idxs[size_of(e) - 1], pattern->col_idxs[size_of(e)]);
}

TEST_P(Classes, DependOnSeedAndIndexAlone) {
  QpFamily const f = family(), again = family();
  auto const row = row_of(f, 3, 5);
  EXPECT_EQ(row, row_of(again, 3, 5));  // no NaN: every number is written
  auto const others = {row_of(f, 3, 6), row_of(f, 4, 5)};
  for (auto const& other : others) EXPECT_NE(row, other);
  bool const is_full = GetParam() == "control";
  EXPECT_EQ(family(2).a.col_idxs == f.a.col_idxs, is_full);
}

TEST_P(Classes, HaveConvexObjectivesAndTheSameKindsOfRows) {
  QpFamily const f = family();
  for (int t = 0; t < 3; ++t) {
    DenseQp qp = task_of(f, t);
    for (std::size_t i = 0; i < qp.m; ++i) {
      EXPECT_LE(qp.l[i], qp.u[i]);
      EXPECT_EQ(f.classes[i] == RowClass::equality, qp.l[i] == qp.u[i]);
      EXPECT_EQ(f.classes[i] == RowClass::unbounded, std::isinf(qp.l[i]) && std::isinf(qp.u[i]));
    }
    double largest = 0;
    for (double const value : qp.p) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < qp.n; ++i) qp.p[i * qp.n + i] += 1e-12 * largest;
    EXPECT_TRUE(test::dense_cholesky(qp.p, qp.n));
  }
}

TEST_P(Classes, AreSolvable) {
  QpFamily const f = family();
  for (int t = 0; t < 2; ++t) {
    auto const solution = solve_dense(task_of(f, t), 1e-4, GetParam() == "random" ? 10 : 0.1);
    EXPECT_TRUE(solution.residual <= 1e-4) << solution.residual;
  }
}

INSTANTIATE_TEST_SUITE_P(Qp, Classes,
                         testing::Values("control", "lasso", "huber", "svm", "portfolio", "random", "equality"),
                         [](auto const& of) { return of.param; });

/// The optimum of x in a lasso by coordinate descent on |A x - b|^2 + lambda |x|_1.
TEST(QpClasses, LassoIsTheRegressionThatItStandsFor) {
  QpFamily const f = family_of({.of = "lasso", .size = 4});
  DenseQp const qp = task_of(f, 0);
  std::size_t const n = 4, points = 40;
  double const lambda = qp.q.back();
  std::vector<double> x(n, 0), residual(points);
  for (std::size_t i = 0; i < points; ++i) residual[i] = -qp.l[i];
  double largest = 0;
  for (std::size_t j = 0; j < n; ++j) {
    double sum = 0;
    for (std::size_t i = 0; i < points; ++i) sum += qp.a[i * qp.n + j] * qp.l[i];
    largest = std::max(largest, std::abs(sum));
  }
  EXPECT_NEAR(lambda, largest / 5, 1e-12);
  for (int sweep = 0; sweep < 1000; ++sweep) {
    for (std::size_t j = 0; j < n; ++j) {
      double slope = 0, square = 0;
      for (std::size_t i = 0; i < points; ++i) {
        slope += qp.a[i * qp.n + j] * residual[i];
        square += qp.a[i * qp.n + j] * qp.a[i * qp.n + j];
      }
      if (square == 0) continue;
      double const v = x[j] - slope / square, t = lambda / (2 * square);
      double const next = v > t ? v - t : (v < -t ? v + t : 0);
      for (std::size_t i = 0; i < points; ++i) residual[i] += qp.a[i * qp.n + j] * (next - x[j]);
      x[j] = next;
    }
  }
  auto const solution = solve_dense(qp, 1e-9, 0.1);
  EXPECT_TRUE(solution.residual <= 1e-9);
  for (std::size_t j = 0; j < n; ++j) EXPECT_NEAR(solution.x[j], x[j], 1e-6);
}

/// The slope of the Huber loss is the residual, cut to [-1, 1]: at the optimum it is orthogonal to the data.
TEST(QpClasses, HuberIsTheRegressionThatItStandsFor) {
  QpFamily const f = family_of({.of = "huber", .size = 4});
  DenseQp const qp = task_of(f, 0);
  auto const solution = solve_dense(qp, 1e-9, 0.1);
  EXPECT_TRUE(solution.residual <= 1e-9);
  std::size_t const n = 4, points = 40;
  std::vector<double> sums(n, 0);
  int cut = 0;
  for (std::size_t i = 0; i < points; ++i) {
    double residual = -qp.l[i];
    for (std::size_t j = 0; j < n; ++j) residual += qp.a[i * qp.n + j] * solution.x[j];
    cut += std::abs(residual) > 1 ? 1 : 0;
    for (std::size_t j = 0; j < n; ++j) sums[j] += qp.a[i * qp.n + j] * std::clamp(residual, -1.0, 1.0);
  }
  EXPECT_GT(cut, 0);
  for (double const sum : sums) EXPECT_NEAR(sum, 0, 1e-6);
}

/// Stationary where x is minus half the sum of the active rows' data, with weights in [0, 1] for those on the margin.
TEST(QpClasses, TheSupportVectorMachineMinimisesTheHingeLoss) {
  QpFamily const f = family_of({.of = "svm", .size = 3});
  DenseQp const qp = task_of(f, 0);
  auto const solution = solve_dense(qp, 1e-9, 0.1);
  EXPECT_TRUE(solution.residual <= 1e-9);
  auto const loss = [&](std::vector<double> const& x) {
    double sum = 0;
    for (std::size_t j = 0; j < 3; ++j) sum += x[j] * x[j] / 2;
    for (std::size_t i = 0; i < 30; ++i) {
      double margin = 1;
      for (std::size_t j = 0; j < 3; ++j) margin += qp.a[i * qp.n + j] * x[j];
      sum += std::max(0.0, margin) / 2;
    }
    return sum;
  };
  std::vector<double> const x(solution.x.begin(), solution.x.begin() + 3);
  EXPECT_NEAR(loss(x), qp.objective(solution.x), 1e-6);
  for (std::size_t j = 0; j < 3; ++j)
    for (double const step : {-1e-3, 1e-3}) {
      auto moved = x;
      moved[j] += step;
      EXPECT_GE(loss(moved), loss(x) - 1e-9);
    }
}

TEST(QpClasses, ControlHasStableDynamicsAndItsTailsCost) {
  QpFamily const f = family_of({.of = "control", .size = 4});
  for (int t = 0; t < 5; ++t) {
    DenseQp const qp = task_of(f, t);
    // x_{k+1} = A x_k: rows of the first step.
    std::vector<double> x = {1, 1, 1, 1};
    for (int k = 0; k < 4000; ++k) {
      std::vector<double> next(4, 0);
      for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) next[i] += qp.a[(4 + i) * qp.n + j] * x[j];
      x = next;
    }
    for (double const value : x) EXPECT_NEAR(value, 0, 1e-3);
    for (std::size_t i = 0; i < 4; ++i) {
      double const x_0 = -qp.l[i], bound = qp.u[44 + i];
      EXPECT_TRUE(bound >= 1 && bound <= 2);
      EXPECT_TRUE(std::abs(x_0) <= bound / 2);
    }
  }
}

TEST(QpClasses, SizesAreChecked) {
  test::expect_message<InputError>([] { family_of({.of = "lasso", .size = 1}); },
                                   {"problem.size", "\"lasso\"", "2 to"});
  test::expect_message<InputError>([] { family_of({.of = "knapsack"}); },
                                   {"problem.family", "\"knapsack\"", "\"svm\""});
  EXPECT_EQ(family_of({.of = "portfolio", .size = 3}).variables(), 303);
  EXPECT_EQ(family_of({.of = "random", .size = 12}).rows(), 120);
  EXPECT_EQ(usual_size("equality"), 60);
}

}  // namespace
}  // namespace metasolve::qp_classes_test
