// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "metasolve/cg_solver.hpp"
#include "metasolve/executor.hpp"

/// Conjugate gradients at the limits of floating point: tolerances below rounding, systems in extreme units, x after a
/// failure, and shifts in the matrix's own units.
namespace metasolve::cg_limits_test {
namespace {

using Kind = CgSolver::Preconditioner;
using Scale = CgSolver::ShiftScale;
constexpr double was_there = 777;

/// A batch of systems of one lower pattern.
struct Batch {
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values, rhs;  ///< [count][entries], [count][n]

  /// Rows of the band -w ... 0: entry(i, j).
  Batch(int n, int width, std::function<double(int, int)> const& entry) : rhs(static_cast<std::size_t>(n), 1.0) {
    for (int i = 0; i < n; ++i) {
      for (int j = std::max(0, i - width); j <= i; ++j) {
        column.push_back(j);
        values.push_back(entry(i, j));
      }
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
  }
  [[nodiscard]] std::size_t unknowns() const { return begin.size() - 1; }
  [[nodiscard]] std::size_t count() const { return rhs.size() / unknowns(); }
  /// Adds another system: the first one's values and right-hand side, scaled.
  void add(double of_a, double of_b) {
    for (std::size_t e = 0; e < column.size(); ++e) values.push_back(of_a * values[e]);
    for (std::size_t i = 0; i < unknowns(); ++i) rhs.push_back(of_b * rhs[i]);
  }
  /// ||b - A x|| / ||b|| of system k, in twice the precision.
  [[nodiscard]] double residual(std::size_t k, std::vector<double> const& x) const {
    std::size_t const n = unknowns();
    std::vector<long double> r(rhs.begin() + static_cast<std::ptrdiff_t>(k * n),
                               rhs.begin() + static_cast<std::ptrdiff_t>((k + 1) * n));
    long double norm = 0, squares = 0;
    for (auto const b : r) norm += b * b;
    for (std::size_t i = 0; i < n; ++i) {
      for (auto e = static_cast<std::size_t>(begin[i]); e < static_cast<std::size_t>(begin[i + 1]); ++e) {
        auto const j = static_cast<std::size_t>(column[e]);
        long double const a = values[k * column.size() + e];
        r[i] -= a * x[k * n + j];
        if (j != i) r[j] -= a * x[k * n + i];
      }
    }
    for (auto const s : r) squares += s * s;
    return static_cast<double>(std::sqrt(squares / norm));
  }
};

Batch diffusion(int n) {
  return {n, 1, [](int i, int j) { return i == j ? 2.0 : -1.0; }};
}
/// Beam bending: condition n^4.
Batch bending(int n) {
  return {n, 2, [](int i, int j) { return i == j ? 6.0 : i - j == 1 ? -4.0 : 1.0; }};
}

struct Found {
  std::vector<Status> status;
  std::vector<std::int32_t> iterations;
  std::vector<double> measure, x;
};

Found solve(Batch const& batch, CgSolver::Options const& options, Stopping<double> const& stopping, double shift = 0) {
  static Executor const executor = Executor::cpu(1);
  auto const count = static_cast<std::int64_t>(batch.count());
  auto const n = static_cast<std::int64_t>(batch.unknowns());
  Found f{std::vector<Status>(batch.count()), std::vector<std::int32_t>(batch.count()),
          std::vector<double>(batch.count()), std::vector<double>(batch.rhs.size(), was_there)};
  std::vector<std::int32_t> status(batch.count());
  CgSolver cg(executor, {batch.begin, batch.column}, options, {count});
  cg.solve({count,
            {batch.values.data(), static_cast<std::int64_t>(batch.column.size()), 1},
            {batch.rhs.data(), n, 1},
            shift},
           stopping,
           {.status = status.data(),
            .iterations = f.iterations.data(),
            .measure = f.measure.data(),
            .solution = {f.x.data(), n, 1}});
  for (std::size_t k = 0; k < status.size(); ++k) f.status[k] = static_cast<Status>(status[k]);
  return f;
}

constexpr Kind all_kinds[] = {Kind::none, Kind::jacobi, Kind::incomplete_cholesky};

/// x_i = i (n + 1 - i) / 2 is exact, and found to the last bit.
TEST(CgLimits, AnExactSolutionConvergesToAnyTolerance) {
  constexpr int n = 13;
  auto const batch = diffusion(n);
  for (auto const kind : all_kinds) {
    for (double const tolerance : {1e-14, 1e-16, 1e-17, 1e-40, 1e-155, 1e-250, 1e-307}) {
      auto const f = solve(batch, {.preconditioner = kind}, {tolerance, 1000});
      EXPECT_EQ(f.status[0], Status::converged) << static_cast<int>(kind) << ", " << tolerance;
      EXPECT_LE(f.measure[0], tolerance);
      if (tolerance > 1e-15) continue;
      for (int i = 1; i <= n; ++i) EXPECT_EQ(f.x[static_cast<std::size_t>(i - 1)], i * (n + 1 - i) / 2.0);
    }
  }
}

/// If rounding limits the residual, the task reports it, with the remaining residual.
TEST(CgLimits, WhatRoundingDoesNotReachStagnates) {
  Batch const other(50, 3, [](int i, int j) { return i == j ? 3.3 + i % 7 : 0.1 * (1 + (i * 5 + j * 3) % 7); });
  for (auto batch : {diffusion(300), bending(60), other}) {
    for (std::size_t i = 0; i < batch.unknowns(); ++i) batch.rhs[i] = 1 / (1.5 + static_cast<double>(i % 11));
    for (auto const kind : all_kinds) {
      auto const f = solve(batch, {.preconditioner = kind}, {1e-20, 20000});
      EXPECT_EQ(f.status[0], Status::stagnated) << static_cast<int>(kind);
      EXPECT_LT(f.iterations[0], 20000);
      EXPECT_GT(f.measure[0], 1e-20);
      EXPECT_LT(f.measure[0], 1e-9);
      EXPECT_LT(batch.residual(0, f.x), 4 * f.measure[0] + 1e-18);
    }
  }
}

/// The recursive residual deviates from the true one; converged tasks satisfy the true one.
TEST(CgLimits, ConvergedMeansTheTrueResidual) {
  auto batch = bending(150);
  batch.add(1e3, 1);
  int converged = 0;
  for (auto const kind : all_kinds) {
    for (double const tolerance : {1e-6, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12}) {
      auto const f = solve(batch, {.preconditioner = kind}, {tolerance, 100000});
      for (std::size_t k = 0; k < batch.count(); ++k) {
        double const found = batch.residual(k, f.x);
        auto const label = std::to_string(static_cast<int>(kind)) + ", " + std::to_string(std::log10(tolerance));
        ASSERT_TRUE(f.status[k] == Status::converged || f.status[k] == Status::stagnated) << label;
        if (f.status[k] == Status::converged) {
          ++converged;
          EXPECT_LE(f.measure[k], tolerance) << label;
          EXPECT_LE(found, 2 * tolerance) << label;
        } else {
          EXPECT_GT(f.measure[k], tolerance) << label;
          EXPECT_LT(tolerance, 1e-8) << label;
        }
      }
    }
  }
  EXPECT_GE(converged, 12);
}

TEST(CgLimits, AtTheLimitTheMeasureIsTrueToo) {
  auto const batch = bending(80);
  for (std::int32_t const limit : {0, 1, 17, 60}) {
    auto const f = solve(batch, {.preconditioner = Kind::jacobi}, {1e-14, limit});
    EXPECT_EQ(f.status[0], Status::iteration_limit);
    EXPECT_EQ(f.iterations[0], limit);
    EXPECT_NEAR(f.measure[0], batch.residual(0, f.x), 1e-7 * f.measure[0]);
  }
}

/// Powers of two change only exponents, powers of ten the last digits.
TEST(CgLimits, AnyUnitsGiveTheSameSolution) {
  constexpr int n = 11;
  for (auto const kind : all_kinds) {
    for (double const of_a : {0x1p-1066, 0x1p-1030, 1e-290, 1e-160, 1.0, 1e160, 1e300}) {
      for (double const of_b : {1e-320, 1e-310, 1e-307, 1e-290, 1e-160, 1.0, 1e160, 1e300}) {
        double const ratio = std::log10(of_b) - std::log10(of_a);
        if (std::abs(ratio) > 300) continue;  // x itself would overflow or underflow
        Batch batch(n, 1, [&](int i, int j) { return (i == j ? 2.0 : -1.0) * of_a; });
        for (auto& b : batch.rhs) b = of_b;
        auto const f = solve(batch, {.preconditioner = kind}, {1e-10, 100});
        auto const label = std::to_string(static_cast<int>(kind)) + ": " + std::to_string(std::log10(of_a)) + ", " +
                           std::to_string(std::log10(of_b));
        EXPECT_EQ(f.status[0], Status::converged) << label;
        EXPECT_LE(f.iterations[0], n) << label;
        for (int i = 1; i <= n; ++i) {
          long double const expected = static_cast<long double>(i * (n + 1 - i)) / 2 * of_b / of_a;
          // Subnormal numbers have a coarse spacing.
          double const exact = std::max(1e-9 * static_cast<double>(expected), 5e-324);
          EXPECT_NEAR(f.x[static_cast<std::size_t>(i - 1)], static_cast<double>(expected), exact) << label;
        }
      }
    }
  }
}

/// x would be infinite: the status is not_finite, and the caller's x is unchanged.
TEST(CgLimits, AnInfiniteSolutionIsNotFinite) {
  auto batch = diffusion(9);
  batch.add(1e-200, 1e200);
  batch.add(1, 1e308);  // 1e308 is finite, 12.5e308 is not
  batch.add(1, 1);
  for (auto const kind : all_kinds) {
    auto const f = solve(batch, {.preconditioner = kind}, {1e-10, 100});
    EXPECT_EQ(f.status,
              (std::vector<Status>{Status::converged, Status::not_finite, Status::not_finite, Status::converged}));
    for (std::size_t i = 9; i < 27; ++i) EXPECT_EQ(f.x[i], was_there);
    EXPECT_EQ(f.iterations[1], 100) << "a failure counts as its limit";
  }
}

/// At any failure: in set-up, at the start, or later.
TEST(CgLimits, ABreakdownLeavesXAsItWas) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  auto batch = diffusion(6);
  std::size_t const entries = batch.column.size(), n = 6;
  for (int k = 0; k < 6; ++k) batch.add(1, 1);
  batch.rhs[1 * n + 2] = nan;
  batch.values[2 * entries + 3] = nan;
  batch.values[3 * entries + 4] = inf;
  for (std::size_t e = 0; e < entries; ++e) batch.values[4 * entries + e] *= -1;
  // A negative eigenvalue that appears after some steps.
  for (std::size_t e = 0; e < entries; ++e) batch.values[5 * entries + e] *= batch.values[e] < 0 ? 1.5 : 1;
  for (std::size_t i = 0; i < n; ++i) batch.rhs[5 * n + i] = static_cast<double>(i * i);
  for (auto const kind : all_kinds) {
    auto const f = solve(batch, {.preconditioner = kind}, {1e-10, 50});
    EXPECT_EQ(f.status[0], Status::converged);
    EXPECT_EQ(f.status[6], Status::converged);
    for (std::size_t k = 1; k < 6; ++k) {
      EXPECT_TRUE(f.status[k] == Status::breakdown || f.status[k] == Status::not_finite) << k;
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(f.x[k * n + i], was_there) << k;
    }
  }
}

/// D A D x = D b: separate units for each unknown.
TEST(CgLimits, ARelativeShiftKnowsNoUnits) {
  Batch batch(40, 6, [](int i, int j) { return i == j ? 2.1 + i % 3 : 0.3 * std::cos(3.0 * i + 2.0 * j); });
  std::size_t const entries = batch.column.size(), n = batch.unknowns();
  batch.add(1, 1);
  batch.add(1e-30, 1);
  batch.add(1e30, 1);
  for (std::size_t i = 0; i < n; ++i) {
    auto const d = [](std::size_t u) { return std::ldexp(1.0, static_cast<int>(u * 7 % 20)); };
    batch.rhs[n + i] *= d(i);
    for (auto e = static_cast<std::size_t>(batch.begin[i]); e < static_cast<std::size_t>(batch.begin[i + 1]); ++e) {
      batch.values[entries + e] *= d(i) * d(static_cast<std::size_t>(batch.column[e]));
    }
  }
  CgSolver::Options const options{.fill_entries = 1, .shift_scale = Scale::diagonal};
  for (double const shift : {0.0, 0.01, 0.5}) {
    auto const f = solve(batch, options, {1e-8, 200}, shift);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(f.status[k], Status::converged);
    EXPECT_NEAR(f.iterations[2], f.iterations[0], 1);
    EXPECT_NEAR(f.iterations[3], f.iterations[0], 1);
  }
  // Its factor is the scaled first one: ||.|| differs, the order of magnitude of the counts does not.
  auto const f = solve(batch, options, {1e-8, 200}, 0.01);
  EXPECT_NEAR(f.iterations[1], f.iterations[0], 0.5 * f.iterations[0]);
}

/// Kershaw's matrix: positive definite, without an incomplete factor on its own pattern.
TEST(CgLimits, AShiftIsRaisedUntilThereIsAFactor) {
  Batch kershaw(4, 3, [](int i, int j) {
    if (i == j) return 3.0;
    if (i - j == 1) return -2.0;
    return i - j == 3 ? 2.0 : 0.0;
  });
  // Without the zero entries: they would be filled.
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values;
  for (int i = 0; i < 4; ++i) {
    for (auto e = static_cast<std::size_t>(kershaw.begin[static_cast<std::size_t>(i)]);
         e < static_cast<std::size_t>(kershaw.begin[static_cast<std::size_t>(i) + 1]); ++e) {
      if (kershaw.values[e] == 0) continue;
      column.push_back(kershaw.column[e]);
      values.push_back(kershaw.values[e]);
    }
    begin.push_back(static_cast<std::int32_t>(column.size()));
  }
  kershaw.begin = begin;
  kershaw.column = column;
  kershaw.values = values;
  kershaw.add(1e-9, 1);
  kershaw.rhs[1] = kershaw.rhs[5] = -3;
  auto const options = [](Scale scale) {
    return CgSolver::Options{.ordering = CgSolver::Ordering::natural, .fill_level = 0, .shift_scale = scale};
  };
  auto const strict = solve(kershaw, options(Scale::absolute), {1e-12, 100});
  EXPECT_EQ(strict.status, (std::vector<Status>{Status::breakdown, Status::breakdown}));
  for (auto const scale : {Scale::automatic, Scale::diagonal}) {
    auto const f = solve(kershaw, options(scale), {1e-12, 100});
    EXPECT_EQ(f.status, (std::vector<Status>{Status::converged, Status::converged}));
    EXPECT_EQ(f.iterations[0], f.iterations[1]) << "in either unit";
    EXPECT_LE(f.iterations[0], 5);
    for (std::size_t k = 0; k < 2; ++k) EXPECT_LE(kershaw.residual(k, f.x), 1e-11);
  }
  auto const given = solve(kershaw, options(Scale::automatic), {1e-12, 100}, 1.0);
  EXPECT_EQ(given.status[0], Status::converged) << "3 + 1 has a factor";
  auto const negative = solve(diffusion(5), {.shift_scale = Scale::diagonal}, {1e-8, 100}, 0.0);
  EXPECT_EQ(negative.status[0], Status::converged);
}

}  // namespace
}  // namespace metasolve::cg_limits_test
