// SPDX-License-Identifier: Apache-2.0
#include "tests/support/thread_team.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/kernels/operators/poisson_stencil.hpp"
#include "metasolve/kernels/operators/shared_csr.hpp"
#include "metasolve/kernels/simd/dual.hpp"
#include "metasolve/kernels/solvers/jacobi.hpp"

/// The lockstep bodies on teams of 1 to 4 threads compared with a team of one. With ThreadSanitizer these tests detect
/// missing syncs in the kernels.
namespace metasolve::test::thread_team_test {
namespace {

using kernels::BatchView;
using kernels::Dual;
using kernels::Jacobi;
using kernels::Measure;
using kernels::PoissonStencil;
using kernels::SharedCsr;

constexpr int unknowns = 11;  // not a multiple of any team size
constexpr int tasks = 5;
constexpr std::int32_t limit = 150;

struct ThreadTeamSums : ::testing::TestWithParam<int> {};

template <class Number>
Number term(int rank, int k) {
  return Number(typename kernels::NumberTraits<Number>::real(1.0 / (1 + rank + k)));
}

template <class Number>
void expect_equal_sums(int size) {
  constexpr int rounds = 50;
  std::vector<std::vector<Number>> sums(static_cast<std::size_t>(size), std::vector<Number>(rounds));
  ThreadTeamMemory memory(size);
  auto const member = [&](int rank) {
    ThreadTeam const team(memory, rank, size);
    for (int k = 0; k < rounds; ++k) sums[rank][k] = team.sum(term<Number>(rank, k));
  };
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < size; ++rank) threads.emplace_back(member, rank);
  }
  for (int k = 0; k < rounds; ++k) {
    Number expected = term<Number>(0, k);
    for (int rank = 1; rank < size; ++rank) expected += term<Number>(rank, k);
    for (int rank = 0; rank < size; ++rank) {
      EXPECT_EQ(std::memcmp(&sums[rank][k], &expected, sizeof expected), 0) << "rank " << rank << ", sum " << k;
    }
  }
}

TEST_P(ThreadTeamSums, AreEqualOnEachMemberInEachSum) {
  expect_equal_sums<float>(GetParam());
  expect_equal_sums<double>(GetParam());
  expect_equal_sums<Dual<double>>(GetParam());
}
INSTANTIATE_TEST_SUITE_P(Sizes, ThreadTeamSums, ::testing::Values(1, 2, 3, 4));

/// Data of a small batch and the results of a run.
template <class Scalar>
struct Batch {
  std::vector<Scalar> rhs = std::vector<Scalar>(tasks * unknowns);
  std::vector<Scalar> known = std::vector<Scalar>(tasks * unknowns);
  std::vector<Scalar> theta = std::vector<Scalar>(tasks * unknowns);
  Scalar tolerance = Scalar(1e-3);
  Scalar gain = Scalar(30);

  Batch() {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (int t = 0; t < tasks; ++t) {
      for (int i = 0; i < unknowns; ++i) {
        known[t * unknowns + i] = Scalar(uniform(random));
        theta[t * unknowns + i] = Scalar(uniform(random));
      }
      for (int i = 0; i < unknowns; ++i) {
        Scalar const* u = &known[t * unknowns];
        Scalar sum = u[i] + u[i];
        if (i > 0) sum -= u[i - 1];
        if (i + 1 < unknowns) sum -= u[i + 1];
        rhs[t * unknowns + i] = sum;
      }
    }
  }
};

template <class Scalar>
BatchView<Scalar const> rows(std::vector<Scalar> const& data, int width) {
  return {data.data(), width, 1};
}

template <class Scalar>
struct Outcome {
  std::vector<std::int32_t> status = std::vector<std::int32_t>(tasks, -1);
  std::vector<std::int32_t> iterations = std::vector<std::int32_t>(tasks, -1);
  std::vector<Scalar> measure = std::vector<Scalar>(tasks);
  std::vector<Scalar> loss = std::vector<Scalar>(tasks);
  std::vector<Scalar> solution = std::vector<Scalar>(tasks * unknowns);
  std::vector<Scalar> history = std::vector<Scalar>(tasks * (limit + 1));
  std::vector<Scalar> theta_bar = std::vector<Scalar>(tasks * unknowns);

  kernels::LockstepArguments<Scalar> arguments(Batch<Scalar> const& batch) {
    kernels::LockstepArguments<Scalar> a;
    a.slots = tasks;
    a.theta = rows(batch.theta, unknowns);
    a.tolerance = {&batch.tolerance, 0};
    a.max_iterations = {&limit, 0};
    a.gain = &batch.gain;
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = measure.data();
    a.loss = loss.data();
    return a;
  }
};

/// tridiag(-1, 2, -1) with the values of task t scaled by 1 + t: as CSR, and its transpose. Task `broken` has a zero
/// diagonal entry.
template <class Scalar>
struct Tridiagonal {
  std::vector<std::int32_t> begin{0}, column, diagonal, col_ptrs{0}, row, entry;
  std::vector<Scalar> values;
  static constexpr int broken = 2;

  Tridiagonal() {
    for (int i = 0; i < unknowns; ++i) {
      for (int j = std::max(0, i - 1); j <= std::min(unknowns - 1, i + 1); ++j) {
        if (j == i) diagonal.push_back(static_cast<std::int32_t>(column.size()));
        column.push_back(j);
      }
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    for (int j = 0; j < unknowns; ++j) {
      for (int i = 0; i < unknowns; ++i) {
        for (int e = begin[i]; e < begin[i + 1]; ++e) {
          if (column[e] != j) continue;
          row.push_back(i);
          entry.push_back(e);
        }
      }
      col_ptrs.push_back(static_cast<std::int32_t>(row.size()));
    }
    for (int t = 0; t < tasks; ++t) {
      for (int i = 0; i < unknowns; ++i) {
        for (int e = begin[i]; e < begin[i + 1]; ++e) values.push_back(Scalar(column[e] == i ? 2.0 : -0.9 + 0.01 * t));
      }
    }
    values[broken * column.size() + diagonal[3]] = Scalar(0);
  }
  [[nodiscard]] SharedCsr<Scalar> matrix() const {
    kernels::SparsePatternView const pattern{unknowns,        static_cast<int>(column.size()),
                                             begin.data(),    column.data(),
                                             diagonal.data(), col_ptrs.data(),
                                             row.data(),      entry.data()};
    return {unknowns, pattern, rows(values, static_cast<int>(column.size()))};
  }
};

template <class Scalar>
void expect_close(std::vector<Scalar> const& a, std::vector<Scalar> const& b, char const* what) {
  double const rounding = sizeof(Scalar) == 4 ? 2e-3 : 1e-10;
  ASSERT_EQ(a.size(), b.size());
  double scale = 0;
  for (Scalar const x : b) {
    if (std::isfinite(x)) scale = std::max(scale, std::abs(static_cast<double>(x)));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(b[i])) {
      EXPECT_EQ(a[i], b[i]) << what << ", element " << i;
    } else {
      EXPECT_NEAR(a[i], b[i], rounding * scale) << what << ", element " << i;  // false for NaN
    }
  }
}

template <class Scalar>
void expect_close(Outcome<Scalar> const& a, Outcome<Scalar> const& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.iterations, b.iterations);
  expect_close(a.measure, b.measure, "measure");
  expect_close(a.loss, b.loss, "loss");
  expect_close(a.solution, b.solution, "solution");
  expect_close(a.history, b.history, "history");
  expect_close(a.theta_bar, b.theta_bar, "theta_bar");
}

template <class Scalar, class S>
void expect_solve_like_solo(S const& solver, Batch<Scalar> const& batch, int size) {
  Outcome<Scalar> solo;
  Outcome<Scalar> team;
  auto const body = [&](Outcome<Scalar>& o) {
    exec::SolveBody<S> b{solver, o.arguments(batch)};
    b.arguments.solution = {o.solution.data(), unknowns, 1};
    b.arguments.history = {o.history.data(), limit + 1, 1};
    return b;
  };
  run_on_solo_team(body(solo), tasks);
  run_on_thread_team(body(team), tasks, size);
  EXPECT_GT(solo.iterations[0], 10);
  expect_close(team, solo);
}

template <class Scalar, class S>
void expect_differentiate_like_solo(S const& solver, Batch<Scalar> const& batch, int size) {
  for (int const slots : {3, 8, 9, limit + 2}) {
    SCOPED_TRACE("tape slots " + std::to_string(slots));
    Outcome<Scalar> solo;
    Outcome<Scalar> team;
    auto const body = [&](Outcome<Scalar>& o) {
      exec::DifferentiateBody<S> b{solver, o.arguments(batch), slots};
      b.arguments.theta_bar = {o.theta_bar.data(), unknowns, 1};
      return b;
    };
    run_on_solo_team(body(solo), tasks);
    run_on_thread_team(body(team), tasks, size);
    EXPECT_NE(solo.theta_bar[0], Scalar(0));
    expect_close(team, solo);
  }
}

template <class Scalar, class S>
void expect_tangent_like_solo(S const& solver, Batch<Scalar> const& batch, int size) {
  Outcome<Scalar> solo;
  Outcome<Scalar> team;
  auto const body = [&](Outcome<Scalar>& o) {
    exec::TangentBody<S> b{solver, o.arguments(batch), {.seed = 3}};
    b.arguments.theta_bar = {o.theta_bar.data(), unknowns, 1};
    return b;
  };
  run_on_solo_team(body(solo), tasks);
  run_on_thread_team(body(team), tasks, size);
  EXPECT_NE(solo.theta_bar[0], Scalar(0));
  expect_close(team, solo);
}

template <class S>
void expect_curvature_like_solo(S const& solver, Batch<double> const& batch, int size) {
  constexpr int directions = 6;
  std::vector<double> direction(directions * unknowns);
  for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = std::sin(static_cast<double>(7 * i + 1));
  struct Result {
    Outcome<double> outcome;
    std::vector<double> gradient = std::vector<double>(tasks * directions);
    std::vector<double> gauss_newton = std::vector<double>(tasks * directions * directions);
  } solo, team;
  auto const body = [&](Result& r) {
    return exec::GaussNewtonBody<S>{solver,
                                    r.outcome.arguments(batch),
                                    {directions,
                                     direction.data(),
                                     {r.gradient.data(), directions, 1},
                                     {r.gauss_newton.data(), directions * directions, 1}}};
  };
  run_on_solo_team(body(solo), tasks);
  run_on_thread_team(body(team), tasks, size);
  EXPECT_GT(solo.gauss_newton[0], 0.0);
  expect_close(team.outcome, solo.outcome);
  expect_close(team.gradient, solo.gradient, "gradient");
  expect_close(team.gauss_newton, solo.gauss_newton, "gauss_newton");
}

struct ThreadTeamLockstep : ::testing::TestWithParam<std::tuple<int, Measure>> {
  static int size() { return std::get<0>(GetParam()); }

  template <class Scalar>
  static Jacobi<PoissonStencil<Scalar>> poisson(Batch<Scalar> const& batch) {
    return {{unknowns}, std::get<1>(GetParam()), rows(batch.rhs, unknowns), rows(batch.known, unknowns)};
  }
  template <class Scalar>
  static Jacobi<SharedCsr<Scalar>> csr(Batch<Scalar> const& batch, Tridiagonal<Scalar> const& matrix) {
    return {matrix.matrix(), std::get<1>(GetParam()), rows(batch.rhs, unknowns), rows(batch.known, unknowns)};
  }
};

TEST_P(ThreadTeamLockstep, SolvesPoissonStencilAsOneDoes) {
  Batch<double> const batch;
  expect_solve_like_solo(poisson(batch), batch, size());
}
TEST_P(ThreadTeamLockstep, SolvesPoissonStencilInFloatAsOneDoes) {
  Batch<float> const batch;
  expect_solve_like_solo(poisson(batch), batch, size());
}
TEST_P(ThreadTeamLockstep, SolvesSharedCsrAsOneDoes) {
  Batch<double> const batch;
  Tridiagonal<double> const matrix;
  expect_solve_like_solo(csr(batch, matrix), batch, size());
}
TEST_P(ThreadTeamLockstep, DifferentiatesPoissonStencilAsOneDoes) {
  Batch<double> const batch;
  expect_differentiate_like_solo(poisson(batch), batch, size());
}
TEST_P(ThreadTeamLockstep, DifferentiatesSharedCsrAsOneDoes) {
  Batch<double> const batch;
  Tridiagonal<double> const matrix;
  expect_differentiate_like_solo(csr(batch, matrix), batch, size());
}
TEST_P(ThreadTeamLockstep, TangentOfPoissonStencilIsThatOfOne) {
  Batch<double> const batch;
  expect_tangent_like_solo(poisson(batch), batch, size());
}
TEST_P(ThreadTeamLockstep, TangentOfSharedCsrIsThatOfOne) {
  Batch<double> const batch;
  Tridiagonal<double> const matrix;
  expect_tangent_like_solo(csr(batch, matrix), batch, size());
}
TEST_P(ThreadTeamLockstep, CurvatureOfPoissonStencilIsThatOfOne) {
  Batch<double> const batch;
  expect_curvature_like_solo(poisson(batch), batch, size());
}
TEST_P(ThreadTeamLockstep, CurvatureOfSharedCsrIsThatOfOne) {
  Batch<double> const batch;
  Tridiagonal<double> const matrix;
  expect_curvature_like_solo(csr(batch, matrix), batch, size());
}
INSTANTIATE_TEST_SUITE_P(Sizes, ThreadTeamLockstep,
                         ::testing::Combine(::testing::Values(1, 2, 3, 4),
                                            ::testing::Values(Measure::relative_error, Measure::relative_residual)));

}  // namespace
}  // namespace metasolve::test::thread_team_test
