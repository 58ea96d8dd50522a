// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/support/krylov_on.hpp"

/// Krylov methods of LinearSolver on each executor, compared with dense LU.
namespace metasolve::krylov_test {
namespace {

using test::general_options, test::krylov_options, test::name_of;
using test::krylov::Kind, test::krylov::Matrix, test::krylov::Method;
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

using test::KrylovOn;
METASOLVE_ON_EXECUTORS(KrylovOn);

TEST_P(KrylovOn, SolvesGeneralSystems) {
  for (std::size_t const n : {1, 2, 3, 7, 20, 61, 200}) {
    auto const s = test::random_systems(n, n < 100 ? 11 : 3, static_cast<unsigned>(n));
    for (auto const& o : general_options()) {
      expect_solved(s, solve(o, s, {1e-10, 2000}), 1e-10, name_of(o));
    }
  }
}

TEST_P(KrylovOn, SolvesConvectionAndDiffusion) {
  auto const s = test::convection_diffusion(12, 10, 5);
  for (auto o : general_options()) {
    for (auto const ordering : {LinearSolver::Ordering::natural, LinearSolver::Ordering::rcm}) {
      o.ordering = ordering;
      o.fill_level = ordering == LinearSolver::Ordering::natural ? 0 : 2;
      expect_solved(s, solve(o, s, {1e-9, 3000}), 1e-9, name_of(o));
    }
  }
}

TEST_P(KrylovOn, SolvesSymmetricSystems) {
  for (std::size_t const n : {1, 2, 17, 100}) {
    auto const s = test::random_systems(n, 9, 5, 3, true);
    for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
      for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::automatic}) {
        for (auto const matrix : {Matrix::symmetric, Matrix::positive_definite}) {
          auto const o = krylov_options(method, kind, matrix);
          expect_solved(s, solve(o, s, {1e-10, 2000}), 1e-10, name_of(o));
        }
      }
    }
  }
}

TEST_P(KrylovOn, ReachesRounding) {
  auto const s = test::random_systems(40, 16, 3);
  for (auto const& o : general_options()) {
    auto const found = solve(o, s, {1e-17, 500});
    for (std::size_t k = 0; k < s.count; ++k) {
      EXPECT_NE(status(found, k), Status::breakdown) << name_of(o);
      EXPECT_TRUE(found.measure[k] <= 1e-14) << name_of(o) << " " << found.measure[k];
    }
  }
}

TEST_P(KrylovOn, IsTheSameAloneAndInABatch) {
  auto const s = test::random_systems(12, 1000, 8, 3);
  for (auto o : general_options()) {
    o.restart = 4;  // positions in the cycle differ
    auto const together = solve(o, s, {1e-8, 400});
    auto const solver = api::make_krylov(executor(), s.pattern(), o, {1000});
    for (std::size_t k = 0; k < s.count; k += 37) {
      for (std::size_t const mates : {std::size_t{1}, std::size_t{3}, std::size_t{37}}) {
        auto part = s;
        part.count = std::min(mates, s.count - k);
        part.values = {s.values.begin() + wide(k * s.entries()),
                       s.values.begin() + wide((k + part.count) * s.entries())};
        part.rhs = {s.rhs.begin() + wide(k * s.n), s.rhs.begin() + wide((k + part.count) * s.n)};
        auto const alone = solve(*solver, part, {1e-8, 400}, {});
        for (std::size_t m = 0; m < part.count; ++m) {
          EXPECT_EQ(alone.status[m], together.status[k + m]);
          EXPECT_EQ(alone.iterations[m], together.iterations[k + m]) << name_of(o) << k << "+" << m;
          EXPECT_EQ(alone.measure[m], together.measure[k + m]) << name_of(o) << k << "+" << m;
          for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(alone.x[m * s.n + i], together.x[(k + m) * s.n + i]);
        }
      }
    }
  }
}

TEST_P(KrylovOn, SolvesInAnyUnits) {
  auto const s = test::random_systems(15, 6, 9);
  for (auto const& o : general_options()) {
    auto const expected = solve(o, s, {1e-10, 400});
    for (auto const& [of_matrix, of_rhs] :
         {std::pair{0x1p-660, 1.0}, {0x1p660, 0x1p660}, {1.0, 0x1p-660}, {1.0, 0x1p660}}) {
      auto scaled = s;
      for (auto& x : scaled.values) x *= of_matrix;
      for (auto& x : scaled.rhs) x *= of_rhs;
      auto const found = solve(o, scaled, {1e-10, 400});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_EQ(found.status[k], expected.status[k]) << name_of(o);
        EXPECT_NEAR(found.iterations[k], expected.iterations[k], 1);
        for (std::size_t i = 0; i < s.n; ++i) {
          double const x = found.x[k * s.n + i] * of_matrix / of_rhs;
          EXPECT_NEAR(x, expected.x[k * s.n + i], 1e-8) << name_of(o);
        }
      }
    }
  }
}

TEST_P(KrylovOn, StartsFromAGuess) {
  auto all = general_options();
  for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::incomplete_cholesky}) {
    all.push_back(krylov_options(Method::cg, kind, Matrix::positive_definite));
  }
  for (auto const& o : all) {
    auto const s = test::random_systems(30, 10, 12, 3, o.method == Method::cg);
    auto const from_zero = solve(o, s, {1e-12, 500});
    Extra extra{from_zero.x};
    auto const again = solve(o, s, {1e-11, 500}, extra);
    extra.guess.assign(s.n * s.count, 0.0);
    auto const same = solve(o, s, {1e-12, 500}, extra);
    for (std::size_t k = 0; k < s.count; ++k) {
      EXPECT_EQ(status(again, k), Status::converged) << name_of(o);
      EXPECT_EQ(again.iterations[k], 0) << name_of(o);
      EXPECT_EQ(same.iterations[k], from_zero.iterations[k]) << name_of(o);
    }
    EXPECT_EQ(again.x, from_zero.x) << name_of(o);
    // To rounding: a compiler may double a loop for the two cases, and round differently in each.
    for (std::size_t i = 0; i < same.x.size(); ++i) EXPECT_NEAR(same.x[i], from_zero.x[i], 1e-11) << name_of(o);
    // One that is not finite harms its own task alone; others near the solution take fewer iterations.
    extra.guess = from_zero.x;
    for (auto& x : extra.guess) x *= 1 + 1e-7;
    extra.guess[4 * s.n + 1] = nan;
    extra.guess[7 * s.n] = inf;
    auto const mixed = solve(o, s, {1e-12, 500}, extra);
    for (std::size_t k = 0; k < s.count; ++k) {
      bool const is_bad = k == 4 || k == 7;
      EXPECT_EQ(status(mixed, k), is_bad ? Status::not_finite : Status::converged) << name_of(o) << k;
      EXPECT_TRUE(is_bad || mixed.iterations[k] <= from_zero.iterations[k]) << name_of(o);
      EXPECT_TRUE(is_bad || s.residual(k, mixed.x.data() + k * s.n) <= 1.01e-12) << name_of(o);
    }
  }
}

TEST_P(KrylovOn, RestartsOften) {
  auto const s = test::convection_diffusion(9, 5, 3);
  for (auto const kind : {Kind::none, Kind::ilu}) {
    auto o = krylov_options(Method::gmres, kind);
    o.restart = static_cast<int>(s.n);
    auto const whole = solve(o, s, {1e-9, 2000});
    expect_solved(s, whole, 1e-9, "whole");
    for (int const m : {1, 2, 5}) {
      o.restart = m;
      auto const parts = solve(o, s, {1e-9, 20000});
      expect_solved(s, parts, 1e-9, "GMRES(" + std::to_string(m) + ")");
      for (std::size_t k = 0; k < s.count; ++k) EXPECT_GE(parts.iterations[k], whole.iterations[k]);
    }
  }
}

TEST_P(KrylovOn, CountsAsSciPyDoes) {
  // SciPy 1.17 counts these for the same systems, preconditioned from the right with the same ILU(0) and SSOR; its
  // bicgstab leaves out an iteration that converges at its half.
  auto const s = test::convection_diffusion(20, 40);
  struct Case {
    Kind kind;
    double tolerance;
    int bicgstab, gmres_10, gmres_30, gmres_200;
  };
  for (auto const& c : {Case{Kind::none, 1e-6, 38, 74, 65, 43}, Case{Kind::none, 1e-8, 38, 90, 118, 47},
                        Case{Kind::ilu, 1e-6, 6, 9, 9, 9}, Case{Kind::ilu, 1e-8, 6, 11, 11, 11},
                        Case{Kind::ssor, 1e-6, 5, 9, 9, 9}, Case{Kind::ssor, 1e-8, 6, 12, 12, 12}}) {
    auto const iterations = [&](Method method, int restart) {
      auto o = krylov_options(method, c.kind);
      o.ordering = LinearSolver::Ordering::natural;
      o.restart = restart;
      return solve(o, s, {c.tolerance, 1000}, {{}, 1.2}).iterations[0];
    };
    EXPECT_NEAR(iterations(Method::bicgstab, 30), c.bicgstab, 1);
    EXPECT_NEAR(iterations(Method::gmres, 10), c.gmres_10, 1);
    EXPECT_NEAR(iterations(Method::gmres, 30), c.gmres_30, 1);
    EXPECT_NEAR(iterations(Method::gmres, 200), c.gmres_200, 1);
  }
}

TEST_P(KrylovOn, StopsAtItsLimitWithATrueMeasure) {
  auto const s = test::convection_diffusion(10, 5, 3);
  for (auto const& o : general_options()) {
    for (int const limit : {0, 1, 4}) {
      auto const found = solve(o, s, {1e-12, limit});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_EQ(status(found, k), Status::iteration_limit);
        EXPECT_EQ(found.iterations[k], limit);
        EXPECT_NEAR(found.measure[k], s.residual(k, found.x.data() + k * s.n), 1e-12 + 1e-9 * found.measure[k]);
      }
    }
  }
}

TEST_P(KrylovOn, FactorsWithAShift) {
  auto const s = test::convection_diffusion(10, 5, 2);
  auto const o = krylov_options(Method::bicgstab, Kind::ilu);
  expect_solved(s, solve(o, s, {1e-9, 500}, {{}, 1, 0.3}), 1e-9, "shift");
  // A zero pivot without a shift: it is raised. Entries of either sign on the diagonal.
  auto t = test::random_systems(3, 1, 1, 40);
  t.values = {1, 1, 0, 1, 1, 1, 0, 1, -1};
  for (auto const method : {Method::bicgstab, Method::gmres}) {
    expect_solved(t, solve(krylov_options(method, Kind::ilu), t, {1e-9, 50}), 1e-9, "raised shift");
  }
}

}  // namespace
}  // namespace metasolve::krylov_test
