// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "metasolve/error.hpp"
#include "metasolve/linear_solver.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/linear_systems.hpp"

/// The direct methods of the public linear solver, on each executor: against elimination with pivoting in long double.
namespace metasolve::linear_direct_test {
namespace {

using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Options = LinearSolver::Options;
using test::LinearSystems;
using test::random_linear_systems;
using test::SystemKind;

constexpr Stopping<double> to_1e12{1e-12, 10};

struct Outcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, x;
};

class LinearDirectOn : public test::CallerMemory {
 protected:
  LinearSolver::Tasks tasks(LinearSystems const& s, std::size_t first, std::size_t count) {
    auto const entries = static_cast<std::size_t>(s.entries());
    std::vector<double> const values(s.values.begin() + static_cast<std::ptrdiff_t>(first * entries),
                                     s.values.begin() + static_cast<std::ptrdiff_t>((first + count) * entries));
    std::vector<double> const rhs(s.rhs.begin() + static_cast<std::ptrdiff_t>(first * s.n),
                                  s.rhs.begin() + static_cast<std::ptrdiff_t>((first + count) * s.n));
    return {.count = static_cast<std::int64_t>(count),
            .values = {place(values), s.entries(), 1},
            .rhs = {place(rhs), static_cast<std::int64_t>(s.n), 1}};
  }
  template <class Call>
  Outcome outcome(std::size_t n, std::size_t count, Call&& call) {
    auto* const status = place(std::vector<std::int32_t>(count, -1));
    auto* const iterations = place(std::vector<std::int32_t>(count, -1));
    auto* const measure = place(std::vector<double>(count, -1));
    auto* const x = place(std::vector<double>(count * n, 7.0));
    call(Results<double>{.status = status,
                         .iterations = iterations,
                         .measure = measure,
                         .solution = {x, static_cast<std::int64_t>(n), 1}});
    return {fetch(status, count), fetch(iterations, count), fetch(measure, count), fetch(x, count * n)};
  }
  Outcome solve(LinearSolver& solver, LinearSystems const& s, std::size_t first, std::size_t count,
                Stopping<double> const& stopping = to_1e12) {
    return outcome(s.n, count, [&](auto const& results) { solver.solve(tasks(s, first, count), stopping, results); });
  }
  Outcome solve(LinearSystems const& s, Options const& options, Stopping<double> const& stopping = to_1e12) {
    LinearSolver solver(executor(), s.pattern(), options, {.capacity = static_cast<std::int64_t>(s.count)});
    return solve(solver, s, 0, s.count, stopping);
  }
};

/// The methods for a kind of matrix.
std::vector<Method> methods(Matrix matrix, std::size_t n) {
  std::vector<Method> all{Method::lu};
  if (matrix != Matrix::general) all.push_back(Method::ldl);
  if (matrix == Matrix::positive_definite) all.push_back(Method::cholesky);
  if (n <= 64) all.push_back(Method::dense_lu);
  return all;
}

TEST_P(LinearDirectOn, EveryMethodSolvesWhatEliminationWithPivotingSolves) {
  for (auto const matrix : {Matrix::general, Matrix::symmetric, Matrix::positive_definite}) {
    for (std::size_t const n : {1u, 2u, 3u, 7u, 16u, 40u, 90u}) {
      for (bool const lower : {false, true}) {
        if (lower && matrix == Matrix::general) continue;
        auto const s = random_linear_systems(n, 11, {matrix, lower, n < 20 ? 0.5 : 0.1}, static_cast<unsigned>(n));
        for (auto const method : methods(matrix, n)) {
          for (auto const ordering : {LinearSolver::Ordering::natural, LinearSolver::Ordering::automatic}) {
            SCOPED_TRACE(testing::Message() << "matrix " << int(matrix) << " n " << n << " method " << int(method));
            auto const found = solve(s, {.matrix = matrix, .method = method, .ordering = ordering});
            for (std::size_t k = 0; k < s.count; ++k) {
              ASSERT_EQ(found.status[k], int(Status::converged)) << k;
              EXPECT_LE(found.measure[k], 1e-12);
              EXPECT_NEAR(s.residual(k, matrix != Matrix::general, &found.x[k * n]), found.measure[k], 1e-14);
              auto const x = test::dense_solution(s.dense(k, matrix != Matrix::general), &s.rhs[k * n], n);
              for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(found.x[k * n + i], x[i], 1e-10 * (1 + std::abs(x[i])));
            }
          }
        }
      }
    }
  }
}

TEST_P(LinearDirectOn, ASystemHasTheSameBitsAloneAndInEveryBatch) {
  for (auto const matrix : {Matrix::general, Matrix::positive_definite}) {
    auto const s = random_linear_systems(37, 53, {matrix, false, 0.15}, 5);
    for (auto const method : methods(matrix, s.n)) {
      for (auto const precision : {LinearSolver::Precision::full, LinearSolver::Precision::mixed}) {
        Options const options{.matrix = matrix, .method = method, .precision = precision};
        LinearSolver solver(executor(), s.pattern(), options, {.capacity = 53});
        auto const together = solve(solver, s, 0, s.count);
        for (std::size_t first = 0, step = 1; first < s.count; first += step, ++step) {
          auto const count = std::min(step, s.count - first);
          auto const some = solve(solver, s, first, count);
          ASSERT_EQ(0, std::memcmp(some.x.data(), &together.x[first * s.n], count * s.n * sizeof(double)))
              << "method " << int(method) << " first " << first;
          ASSERT_EQ(0, std::memcmp(some.measure.data(), &together.measure[first], count * sizeof(double)));
        }
      }
    }
  }
}

TEST_P(LinearDirectOn, FloatFactorsReachDoubleTolerances) {
  for (auto const matrix : {Matrix::general, Matrix::symmetric, Matrix::positive_definite}) {
    auto s = random_linear_systems(50, 9, {matrix, false, 0.1}, 3);
    for (auto& a : s.values) a *= 1e-200;  // beyond the range of floats
    for (auto const method : methods(matrix, s.n)) {
      auto const found = solve(s, {.matrix = matrix, .method = method, .precision = LinearSolver::Precision::mixed});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_EQ(found.status[k], int(Status::converged)) << int(method);
        EXPECT_GE(found.iterations[k], 1);
        EXPECT_LE(s.residual(k, matrix != Matrix::general, &found.x[k * s.n]), 1.1e-12);
      }
    }
  }
}

TEST_P(LinearDirectOn, OneBadSystemIsAloneInIt) {
  auto const nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (auto const matrix : {Matrix::general, Matrix::symmetric, Matrix::positive_definite}) {
    auto const good = random_linear_systems(20, 9, {matrix, false, 0.2}, 8);
    auto bad = good;
    auto const entries = bad.col_idxs.size();
    bad.values_of(1)[0] = nan;
    bad.values_of(2)[0] = inf;
    for (std::size_t e = 0; e < entries; ++e) bad.values_of(3)[e] = 0;  // singular
    bad.rhs[4 * bad.n + 3] = nan;
    for (std::size_t i = 0; i < bad.n; ++i) bad.rhs[5 * bad.n + i] = 0;
    for (std::size_t e = 0; e < entries; ++e) bad.values_of(6)[e] *= 1e-300;
    for (std::size_t i = 0; i < bad.n; ++i) bad.rhs[6 * bad.n + i] *= 1e200;  // x overflows
    for (auto const method : methods(matrix, bad.n)) {
      auto const reference = solve(good, {.matrix = matrix, .method = method});
      auto const found = solve(bad, {.matrix = matrix, .method = method});
      std::vector<Status> const expected{Status::converged,  Status::not_finite, Status::not_finite, Status::breakdown,
                                         Status::not_finite, Status::converged,  Status::not_finite};
      for (std::size_t k = 0; k < expected.size(); ++k) {
        EXPECT_EQ(found.status[k], int(expected[k])) << "task " << k << " method " << int(method);
        if (expected[k] != Status::converged) {
          EXPECT_EQ(found.x[k * bad.n], 7.0) << "must be untouched";
        }
      }
      for (std::size_t i = 0; i < bad.n; ++i) EXPECT_EQ(found.x[5 * bad.n + i], 0.0);
      for (std::size_t const k : {0u, 7u, 8u}) {
        EXPECT_EQ(0, std::memcmp(&found.x[k * bad.n], &reference.x[k * bad.n], bad.n * sizeof(double)));
      }
    }
  }
}

TEST_P(LinearDirectOn, UnitsDoNotMatter) {
  auto const s = random_linear_systems(30, 4, {Matrix::positive_definite, false, 0.2}, 9);
  for (double const of_a : {0x1p-600, 0x1p600}) {
    for (double const of_b : {0x1p-900, 1.0, 0x1p300}) {
      auto scaled = s;
      for (auto& a : scaled.values) a *= of_a;
      for (auto& b : scaled.rhs) b *= of_b;
      for (auto const method : methods(Matrix::positive_definite, s.n)) {
        auto const x = solve(s, {.matrix = Matrix::positive_definite, .method = method});
        auto const y = solve(scaled, {.matrix = Matrix::positive_definite, .method = method});
        EXPECT_EQ(y.status[0], int(Status::converged));
        double const expected = x.x[5] * of_b / of_a;
        if (std::isfinite(expected) && std::abs(expected) > 1e-290) {
          EXPECT_NEAR(y.x[5] / expected, 1, 1e-12) << of_a << " " << of_b;
        }
      }
    }
  }
}

TEST_P(LinearDirectOn, IndefiniteAndUnstableSystemsBreakDownByName) {
  auto indefinite = random_linear_systems(12, 3, {Matrix::symmetric, false, 0.3}, 4);
  auto const found = solve(indefinite, {.matrix = Matrix::positive_definite, .method = Method::cholesky});
  for (auto const s : found.status) EXPECT_EQ(s, int(Status::breakdown));

  // Without exchanges the factors of matrices with tiny diagonals grow beyond what refinements mend.
  auto const growing = random_linear_systems(40, 4, {Matrix::general, false, 0.5, 1e-30}, 6);
  for (auto const s : solve(growing, {.method = Method::lu}).status) EXPECT_EQ(s, int(Status::breakdown));
  for (auto const s : solve(growing, {.method = Method::dense_lu}).status) EXPECT_EQ(s, int(Status::converged));

  // [0 1; 1 1] needs an exchange; with a small number in place of 0 a refinement mends x.
  LinearSystems s;
  s.n = 2;
  s.count = 1;
  s.row_ptrs = {0, 2, 4};
  s.col_idxs = {0, 1, 0, 1};
  s.values = {0, 1, 1, 1};
  s.rhs = {1, 2};
  EXPECT_EQ(solve(s, {.method = Method::lu}).status[0], int(Status::breakdown));
  EXPECT_EQ(solve(s, {.matrix = Matrix::symmetric, .method = Method::ldl}).status[0], int(Status::breakdown));
  EXPECT_EQ(solve(s, {.method = Method::automatic}).status[0], int(Status::converged));
  s.values[0] = 1e-9;
  auto const mended = solve(s, {.method = Method::lu});
  EXPECT_EQ(mended.status[0], int(Status::converged));
  EXPECT_EQ(mended.iterations[0], 1);
}

TEST_P(LinearDirectOn, KeptFactorsSolveOtherRightHandSides) {
  for (auto const matrix : {Matrix::general, Matrix::symmetric, Matrix::positive_definite}) {
    auto const s = random_linear_systems(33, 21, {matrix, false, 0.15}, 14);
    auto other = s;
    for (std::size_t i = 0; i < other.rhs.size(); ++i) other.rhs[i] = std::cos(double(i));
    for (auto const method : methods(matrix, s.n)) {
      for (auto const precision : {LinearSolver::Precision::full, LinearSolver::Precision::mixed}) {
        Options options{.matrix = matrix, .method = method, .precision = precision, .keeps_factors = true};
        LinearSolver keeping(executor(), s.pattern(), options, {.capacity = 30});
        solve(keeping, s, 0, s.count);
        auto const again = outcome(s.n, s.count, [&](auto const& results) {
          keeping.solve_again(tasks(other, 0, s.count), to_1e12, results);
        });
        options.keeps_factors = false;
        auto const afresh = solve(other, options);
        EXPECT_EQ(again.status, afresh.status);
        EXPECT_EQ(again.x, afresh.x);
        test::expect_message<InputError>([&] { keeping.solve_again(tasks(other, 0, 3), to_1e12, {}); },
                                         {"tasks.count is 3", "21"});
      }
    }
  }
}

/// dF/dA and dF/db of F = sum of w x, against differences of the dense solution.
TEST_P(LinearDirectOn, GradientsAgreeWithDifferences) {
  for (auto const matrix : {Matrix::general, Matrix::symmetric, Matrix::positive_definite}) {
    for (bool const lower : {false, true}) {
      if (lower && matrix == Matrix::general) continue;
      auto const s = random_linear_systems(9, 5, {matrix, lower, 0.4}, 31);
      std::vector<double> weights(s.rhs.size());
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::sin(1.0 + double(i));
      for (auto const method : methods(matrix, s.n)) {
        for (bool const keeps : {false, true}) {
          LinearSolver solver(executor(), s.pattern(), {.matrix = matrix, .method = method, .keeps_factors = keeps},
                              {.capacity = 5});
          auto const solved = solve(solver, s, 0, s.count);
          auto* const b_bar = place(std::vector<double>(s.rhs.size()));
          auto* const a_bar = place(std::vector<double>(s.values.size()));
          auto const n = static_cast<std::int64_t>(s.n);
          solver.gradient(tasks(s, 0, s.count),
                          {{place(solved.x), n, 1}, {place(weights), n, 1}, {b_bar, n, 1}, {a_bar, s.entries(), 1}},
                          to_1e12, {});
          auto const of_b = fetch(b_bar, s.rhs.size()), of_a = fetch(a_bar, s.values.size());
          auto const objective = [&](LinearSystems const& t, std::size_t k) {
            auto a = t.dense(k, lower);
            auto const x = test::dense_solution(a, &t.rhs[k * t.n], t.n);
            double sum = 0;
            for (std::size_t i = 0; i < t.n; ++i) sum += weights[k * t.n + i] * x[i];
            return sum;
          };
          for (std::size_t k = 0; k < s.count; ++k) {
            auto const slope = [&](auto&& change) {
              double const h = 1e-6;
              auto above = s, below = s;
              change(above, h);
              change(below, -h);
              return (objective(above, k) - objective(below, k)) / (2 * h);
            };
            for (std::size_t i = 0; i < s.n; ++i) {
              double const expected = slope([&](auto& t, double h) { t.rhs[k * t.n + i] += h; });
              EXPECT_NEAR(of_b[k * s.n + i], expected, 1e-6 * (1 + std::abs(expected)));
            }
            for (std::size_t e = 0; e < s.col_idxs.size(); ++e) {
              double const expected = slope([&](auto& t, double h) { t.values_of(k)[e] += h; });
              EXPECT_NEAR(of_a[k * s.col_idxs.size() + e], expected, 1e-6 * (1 + std::abs(expected))) << e;
            }
          }
        }
      }
    }
  }
}

TEST_P(LinearDirectOn, WrongOptionsAreNamed) {
  auto const s = random_linear_systems(70, 1, {Matrix::general, false, 0.1}, 1);
  auto const make = [&](Options const& o) { LinearSolver(executor(), s.pattern(), o, {.capacity = 1}); };
  test::expect_message<InputError>([&] { make({.method = Method::cholesky}); }, {"positive_definite"});
  test::expect_message<InputError>([&] { make({.method = Method::ldl}); }, {"symmetric"});
  test::expect_message<InputError>([&] { make({.method = Method::dense_lu}); }, {"64", "70", "lu"});
  test::expect_message<InputError>([&] { make({.method = Method::gmres, .keeps_factors = true}); }, {"keeps_factors"});
  LinearSolver solver(executor(), s.pattern(), {}, {.capacity = 1});
  EXPECT_EQ(solver.method(), Method::lu);
  EXPECT_NE(solver.ordering(), LinearSolver::Ordering::automatic);
  EXPECT_EQ(solver.unknowns(), 70);
  test::expect_message<InputError>([&] { solver.solve_again(tasks(s, 0, 1), to_1e12, {}); }, {"keeps_factors"});
  test::expect_message<InputError>([&] { solver.gradient(tasks(s, 0, 1), {}, to_1e12, {}); }, {"rhs_bar"});
}

TEST_P(LinearDirectOn, AWorkspaceOfTheCallersIsEnough) {
  auto const s = random_linear_systems(25, 6, {Matrix::general, false, 0.2}, 77);
  for (bool const keeps : {false, true}) {
    Options const options{.method = Method::lu, .keeps_factors = keeps};
    metasolve::Setup setup{.capacity = 6};
    setup.workspace = workspace(LinearSolver::workspace_bytes(executor(), s.pattern(), options, setup));
    LinearSolver solver(executor(), s.pattern(), options, setup);
    for (auto const status : solve(solver, s, 0, s.count).status) EXPECT_EQ(status, int(Status::converged));
    --setup.workspace.bytes;
    EXPECT_THROW(LinearSolver(executor(), s.pattern(), options, setup), InputError);
  }
}

METASOLVE_ON_EXECUTORS(LinearDirectOn);

}  // namespace
}  // namespace metasolve::linear_direct_test
