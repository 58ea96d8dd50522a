// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/support/expect_message.hpp"
#include "tests/support/krylov_on.hpp"
#include "tests/support/sanitized.hpp"

/// How Krylov methods of LinearSolver end where a task has no solution or an argument is wrong.
namespace metasolve::krylov_failures_test {
namespace {

using test::general_options, test::krylov_options, test::name_of;
using test::krylov::Kind, test::krylov::Matrix, test::krylov::Method;
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

class KrylovFailuresOn : public test::KrylovOn {};
METASOLVE_ON_EXECUTORS(KrylovFailuresOn);

TEST_P(KrylovFailuresOn, KeepsFailuresToTheirTasks) {
  auto const good = test::random_systems(10, 24, 4, 3);
  auto s = good;
  for (std::size_t e = 0; e < s.entries(); ++e) s.matrix(3)[e] = nan;
  s.matrix(8)[5] = inf;
  s.rhs[13 * s.n] = nan;
  s.rhs[14 * s.n + 2] = -inf;
  std::fill_n(s.rhs.begin() + wide(16 * s.n), s.n, 0.0);
  std::fill_n(s.matrix(19), s.entries(), 0.0);
  for (auto const& o : general_options()) {
    auto const expected = solve(o, good, {1e-9, 300}), found = solve(o, s, {1e-9, 300});
    for (std::size_t k = 0; k < s.count; ++k) {
      bool const is_bad = k == 3 || k == 8 || k == 13 || k == 14 || k == 16 || k == 19;
      if (k == 16) {
        EXPECT_EQ(status(found, k), Status::converged);
        EXPECT_EQ(found.iterations[k], 0);
        for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(found.x[k * s.n + i], 0);
      } else if (is_bad) {
        EXPECT_TRUE(status(found, k) == Status::not_finite || status(found, k) == Status::breakdown) << name_of(o) << k;
        EXPECT_EQ(found.x[k * s.n], 7) << "untouched";
      } else {
        EXPECT_EQ(found.iterations[k], expected.iterations[k]) << name_of(o) << k;
        for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(found.x[k * s.n + i], expected.x[k * s.n + i]);
      }
    }
  }
}

TEST_P(KrylovFailuresOn, NeverConvergesOnSingularSystems) {
  // One row 0, and b outside the range; a skew-symmetric matrix; two equal rows.
  for (int which = 0; which < 3; ++which) {
    auto s = test::random_systems(9, 5, 6, 300);  // full
    for (std::size_t k = 0; k < s.count; ++k) {
      auto a = s.dense(k);
      for (std::size_t i = 0; i < s.n; ++i) {
        for (std::size_t j = 0; j < s.n; ++j) {
          auto& x = a[i * s.n + j];
          if (which == 0 && i == 4) x = 0;
          if (which == 1) x = i == j ? 0 : i < j ? 1.0 + double(i * j) : -(1.0 + double(i * j));
          if (which == 2 && i == 5) x = a[4 * s.n + j];
        }
      }
      for (std::size_t i = 0; i < s.n; ++i) {
        for (auto e = s.begin[i]; e < s.begin[i + 1]; ++e) {
          s.matrix(k)[e] = a[i * s.n + static_cast<std::size_t>(s.column[static_cast<std::size_t>(e)])];
        }
      }
    }
    for (auto const& o : general_options()) {
      auto const found = solve(o, s, {1e-9, 200});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_NE(status(found, k), Status::converged) << name_of(o) << " which " << which;
      }
    }
  }
}

TEST_P(KrylovFailuresOn, BreaksDownOnIndefiniteMatrices) {
  auto s = test::random_systems(10, 6, 2, 2, true);
  for (auto& x : s.values) x = -x;
  for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::incomplete_cholesky}) {
    auto const found = solve(krylov_options(Method::cg, kind, Matrix::symmetric), s, {1e-9, 100});
    for (std::size_t k = 0; k < s.count; ++k) EXPECT_EQ(status(found, k), Status::breakdown) << int(kind);
  }
  for (auto o : general_options()) {
    o.matrix = Matrix::symmetric;
    expect_solved(s, solve(o, s, {1e-9, 400}), 1e-9, name_of(o));
  }
}

TEST_P(KrylovFailuresOn, BreaksDownWithParametersOutOfRange) {
  auto const s = test::random_systems(8, 3, 1, 2, true);
  for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
    for (double const omega : {0.0, 2.0, -1.0, 3.0}) {
      auto const found =
          solve(krylov_options(method, Kind::ssor, Matrix::positive_definite), s, {1e-9, 99}, {{}, omega});
      for (std::size_t k = 0; k < s.count; ++k) EXPECT_EQ(status(found, k), Status::breakdown) << omega;
    }
    for (double const omega : {0.3, 1.7}) {
      auto const o = krylov_options(method, Kind::ssor, Matrix::positive_definite);
      expect_solved(s, solve(o, s, {1e-9, 99}, {{}, omega}), 1e-9, "omega");
    }
  }
}

TEST_P(KrylovFailuresOn, RejectsWhatDoesNotFit) {
  auto const s = test::random_systems(4, 1, 1);
  auto const refuses = [&](LinearSolver::Options const& o, std::initializer_list<std::string> parts) {
    test::expect_message<InputError>([&] { LinearSolver(executor(), s.pattern(), o, {1}); }, parts);
  };
  refuses(krylov_options(Method::cg, Kind::automatic), {"options.method is cg", "symmetric"});
  refuses(krylov_options(Method::cg, Kind::ilu, Matrix::positive_definite), {"options.preconditioner is ilu"});
  refuses(krylov_options(Method::gmres, Kind::incomplete_cholesky), {"options.preconditioner is incomplete_cholesky"});
  auto o = krylov_options(Method::gmres, Kind::none);
  o.restart = 0;
  refuses(o, {"options.restart is 0"});
  o = krylov_options(Method::bicgstab, Kind::block_jacobi);
  o.block_size = 17;
  refuses(o, {"options.block_size is 17"});
  auto const solver = api::make_krylov(executor(), s.pattern(), krylov_options(Method::bicgstab, Kind::ilu), {1});
  test::expect_message<InputError>([&] { solver->solve_again(tasks(s, {}), {}, {}); }, {"solve_again"});
  test::expect_message<InputError>([&] { solver->gradient(tasks(s, {}), {}, {}, {}); }, {"rhs_bar"});
}

TEST_P(KrylovFailuresOn, RejectsMoreThanItCanIndex) {
  if (test::is_sanitized) GTEST_SKIP() << "a minute there, of 15 million rows";
  auto o = krylov_options(Method::gmres, Kind::none);
  o.restart = 200;
  std::vector<std::int32_t> begin(15'000'001), diagonal(15'000'000);
  for (std::size_t i = 0; i < begin.size(); ++i) begin[i] = static_cast<std::int32_t>(i);
  for (std::size_t i = 0; i < diagonal.size(); ++i) diagonal[i] = static_cast<std::int32_t>(i);
  o.ordering = LinearSolver::Ordering::natural;
  test::expect_message<InputError>(
      [&] {
        api::make_krylov(executor(), {begin, diagonal}, o, {1});
      },
      {"options.restart"});
}

}  // namespace
}  // namespace metasolve::krylov_failures_test
