// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "metasolve/jacobi_solver.hpp"

/// Jacobi's method at any scale of f: its results scale accordingly.
namespace metasolve::jacobi_scale_test {
namespace {

template <class Real>
struct Scaled {
  static constexpr int n = 5;
  struct Outcome {
    std::int32_t status = -1, iterations = -1;
    Real measure = -1;
    std::vector<Real> u = std::vector<Real>(n, Real(777));
  };

  /// A u = scale f: the stencil, or the same matrix, times `entries`, in compressed rows.
  static Outcome solve(Real scale, Measure measure, bool sparse, Real tolerance, Real entries = 1) {
    // Its solution: u_i = i (7 - i) - 3, for the matrix tridiag(-1, 2, -1).
    std::vector<Real> u, f;
    for (int i = 0; i <= n + 1; ++i) u.push_back(i == 0 || i == n + 1 ? Real(0) : Real(i * (7 - i) - 3));
    for (std::size_t i = 1; i <= n; ++i) f.push_back((2 * u[i] - u[i - 1] - u[i + 1]) * (scale * entries));
    u = {u.begin() + 1, u.end() - 1};
    for (auto& x : u) x *= scale;
    std::vector<std::int32_t> begin{0}, column;
    std::vector<Real> values;
    for (int i = 0; i < n; ++i) {
      for (int j = std::max(0, i - 1); j <= std::min(n - 1, i + 1); ++j) {
        column.push_back(j);
        values.push_back((i == j ? Real(2) : Real(-1)) * entries);
      }
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    auto const executor = Executor::cpu(1);
    auto solver = sparse ? JacobiSolver<Real>::sparse(executor, {begin, column}, measure, {.capacity = 1})
                         : JacobiSolver<Real>::poisson(executor, n, measure, {.capacity = 1});
    Outcome out;
    typename JacobiSolver<Real>::Tasks tasks{.count = 1, .rhs = {f.data(), n, 1}};
    if (measure == Measure::relative_error) tasks.solution = {u.data(), n, 1};
    if (sparse) tasks.values = {values.data(), static_cast<std::int64_t>(values.size()), 1};
    solver.solve(tasks, {.tolerance = tolerance, .max_iterations = 1000},
                 {.status = &out.status,
                  .iterations = &out.iterations,
                  .measure = &out.measure,
                  .solution = {out.u.data(), n, 1}});
    return out;
  }
};
template <class Real>
class JacobiScale : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(JacobiScale, Reals);

/// Powers of two are exact: bitwise equal.
TYPED_TEST(JacobiScale, PowersOfTwoChangeNothing) {
  using Real = TypeParam;
  constexpr int most = std::numeric_limits<Real>::max_exponent, least = std::numeric_limits<Real>::min_exponent;
  Real const tolerance = sizeof(Real) == 8 ? Real(1e-11) : Real(1e-5);
  for (auto const measure : {Measure::relative_error, Measure::relative_residual}) {
    for (bool const sparse : {false, true}) {
      auto const plain = Scaled<Real>::solve(1, measure, sparse, tolerance);
      ASSERT_EQ(plain.status, 0);
      EXPECT_GT(plain.iterations, 50);
      // With the smallest, the last digits of the iterates are still normal numbers.
      for (int const e : {most - 8, most / 2 + 8, most / 2 - 10, most / 3, -3, least / 3, least / 2 - 8,
                          least + std::numeric_limits<Real>::digits + 4}) {
        auto const scaled = Scaled<Real>::solve(std::ldexp(Real(1), e), measure, sparse, tolerance);
        EXPECT_EQ(scaled.status, 0) << "2^" << e;
        EXPECT_EQ(scaled.iterations, plain.iterations) << "2^" << e;
        EXPECT_EQ(scaled.measure, plain.measure) << "2^" << e;
        for (std::size_t i = 0; i < plain.u.size(); ++i) EXPECT_EQ(scaled.u[i], std::ldexp(plain.u[i], e));
      }
    }
  }
}

/// Down to subnormal numbers.
TEST(JacobiScaleOfDoubles, SubnormalNumbersConverge) {
  for (auto const measure : {Measure::relative_error, Measure::relative_residual}) {
    for (bool const sparse : {false, true}) {
      auto const plain = Scaled<double>::solve(1, measure, sparse, 1e-8);
      for (double const scale : {1e-310, 3e-312, 1e-200, 7e-160, 1e160, 2e290}) {
        auto const scaled = Scaled<double>::solve(scale, measure, sparse, 1e-8);
        EXPECT_EQ(scaled.status, 0) << scale;
        EXPECT_EQ(scaled.iterations, plain.iterations) << scale;
        EXPECT_NEAR(scaled.measure / plain.measure, 1, 1e-2) << scale;
      }
    }
  }
}

/// From a start of a completely different scale.
TEST(JacobiScaleOfDoubles, AStartFarAwayConverges) {
  auto const executor = Executor::cpu(1);
  auto solver = JacobiSolver<double>::poisson(executor, 2, Measure::relative_residual, {.capacity = 1});
  std::vector<double> const f{1e-200, 3e-200}, guess{1, -1};
  std::vector<double> u(2), history(2001);
  std::int32_t status = -1;
  solver.solve({.count = 1, .rhs = {f.data(), 2, 1}, .guess = {guess.data(), 2, 1}},
               {.tolerance = 1e-9, .max_iterations = 2000},
               {.status = &status, .solution = {u.data(), 2, 1}, .history = {history.data(), 2001, 1}});
  EXPECT_EQ(status, 0);
  EXPECT_NEAR(u[0] * 3 / 5e-200, 1, 1e-8);
  EXPECT_NEAR(u[1] * 3 / 7e-200, 1, 1e-8);
  EXPECT_NEAR(history[0] / (3 * std::sqrt(2.0) / (std::sqrt(10.0) * 1e-200)), 1, 1e-12);
}

/// f is finite and the solution of A u = f is not: no task converges, and u is unchanged.
TYPED_TEST(JacobiScale, AnInfiniteSolutionIsNotFinite) {
  using Real = TypeParam;
  Real const huge = std::numeric_limits<Real>::max() / 4;
  for (auto const measure : {Measure::relative_error, Measure::relative_residual}) {
    auto const small_matrix = Scaled<Real>::solve(huge, measure, true, Real(1e-3), Real(0.25));
    EXPECT_EQ(small_matrix.status, static_cast<std::int32_t>(Status::not_finite));
    EXPECT_EQ(small_matrix.u, std::vector<Real>(5, Real(777)));
  }
}

/// A task's measure is bitwise independent of the layout of the caller's memory, including the norm's sum of squares.
TEST(JacobiLayout, MeasuresHaveTheSameBitsInEitherLayout) {
  constexpr int n = 13;
  constexpr std::int64_t tasks = 200;
  std::vector<double> by_task(n * tasks), by_unknown(n * tasks);
  for (std::int64_t t = 0; t < tasks; ++t) {
    for (std::int64_t i = 0; i < n; ++i) {
      by_task[static_cast<std::size_t>(t * n + i)] = by_unknown[static_cast<std::size_t>(i * tasks + t)] =
          std::sin(1.7 * static_cast<double>(t * n + i) + 0.3);
    }
  }
  auto const executor = Executor::cpu(1);
  auto solver = JacobiSolver<double>::poisson(executor, n, Measure::relative_residual, {.capacity = tasks});
  using Rows = BatchView<double const>;
  auto const measures = [&](Rows const& rhs) {
    std::vector<double> measure(tasks);
    solver.solve({.count = tasks, .rhs = rhs}, {.tolerance = 1e-3, .max_iterations = 20}, {.measure = measure.data()});
    return measure;
  };
  EXPECT_EQ(measures(Rows::array_of_structs(by_task.data(), n)),
            measures(Rows::struct_of_arrays(by_unknown.data(), tasks)));
}

}  // namespace
}  // namespace metasolve::jacobi_scale_test
