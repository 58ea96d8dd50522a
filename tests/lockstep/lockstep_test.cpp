// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <numbers>
#include <numeric>

#include "tests/support/jacobi_problem.hpp"

/// The lockstep driver: what stops a task and how it is counted, and that a task's result depends on that task alone,
/// to the last bit.
namespace metasolve::lockstep_test {
namespace {

using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using kernels::Status;
using namespace test;

constexpr int unknowns = 10;
constexpr std::int64_t tasks = 29;
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

RunSettings<double> usual() {
  return {{1e-6}, {400}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft, false}};
}
template <class T>
std::vector<T> rows(std::vector<T> const& from, std::int64_t first, std::int64_t count, std::size_t width) {
  auto const begin = from.begin() + first * static_cast<std::int64_t>(width);
  return {begin, begin + count * static_cast<std::int64_t>(width)};
}

/// A plain loop over one task, written without any part of the engine.
struct Plain {
  std::vector<double> measures, state;
  Plain(JacobiProblem<double> const& p, std::int64_t task, Measure kind, int steps) {
    auto const n = static_cast<std::size_t>(p.unknowns);
    auto const t = static_cast<std::size_t>(task);
    double const* const a = p.values.data() + t * p.col_idxs.size();
    double const* const f = p.rhs.data() + t * n;
    double const* const u = p.solution.data() + t * n;
    state.assign(p.theta.begin() + static_cast<std::int64_t>(t * n),
                 p.theta.begin() + static_cast<std::int64_t>((t + 1) * n));
    for (int k = 0; k <= steps; ++k) {
      double above = 0, below = 0;
      auto next = state;
      for (std::size_t i = 0; i < n; ++i) {
        double residual = f[i], diagonal = 0;
        for (auto e = static_cast<std::size_t>(p.row_ptrs[i]); e < static_cast<std::size_t>(p.row_ptrs[i + 1]); ++e) {
          residual -= a[e] * state[static_cast<std::size_t>(p.col_idxs[e])];
          if (static_cast<std::size_t>(p.col_idxs[e]) == i) diagonal = a[e];
        }
        double const error = state[i] - u[i];
        above += kind == Measure::relative_error ? error * error : residual * residual;
        below += kind == Measure::relative_error ? u[i] * u[i] : f[i] * f[i];
        next[i] += residual / diagonal;
      }
      measures.push_back(std::sqrt(above / below));
      state = next;
    }
  }
};

TEST(Lockstep, MeasuresAndCountsAreThoseOfAPlainLoop) {
  JacobiProblem<double> const p(unknowns, tasks, 1);
  for (auto const kind : {Measure::relative_error, Measure::relative_residual}) {
    auto const settings = usual();
    auto const r = run_lockstep<Pack<double>>(p.csr(kind), p.theta, tasks, settings, false);
    for (std::int64_t t = 0; t < tasks; ++t) {
      auto const i = static_cast<std::size_t>(t);
      Plain const plain(p, t, kind, r.iterations[i] + 1);
      EXPECT_EQ(r.status[i], static_cast<int>(Status::converged));
      for (int k = 0; k <= r.iterations[i]; ++k) {
        EXPECT_NEAR(r.history[i * 401 + static_cast<std::size_t>(k)], plain.measures[static_cast<std::size_t>(k)],
                    1e-12 * plain.measures[0]);
        bool const stops = plain.measures[static_cast<std::size_t>(k)] <= 1e-6;
        EXPECT_EQ(stops, k == r.iterations[i]) << "task " << t << ", k = " << k;
      }
      EXPECT_EQ(r.history[i * 401 + static_cast<std::size_t>(r.iterations[i]) + 1], 0.0)
          << "written past the last measure";
    }
  }
}

TEST(Lockstep, TheLimitIsANumberOfIterationsAndConvergenceAtItCounts) {
  JacobiProblem<double> const p(unknowns, tasks, 1);
  auto settings = usual();
  auto const free = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, false);
  for (int const less : {0, 1, 2}) {
    settings.max_iterations.clear();
    for (auto const count : free.iterations) settings.max_iterations.push_back(count - less);
    for (bool const differentiate : {false, true}) {
      auto const r =
          run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, differentiate);
      for (std::size_t t = 0; t < tasks; ++t) {
        EXPECT_EQ(r.iterations[t], free.iterations[t] - less);
        EXPECT_EQ(r.status[t], static_cast<int>(less == 0 ? Status::converged : Status::iteration_limit));
      }
    }
  }
}

TEST(Lockstep, SolveAndDifferentiateAgree) {
  JacobiProblem<double> const p(unknowns, tasks, 2);
  for (auto const scale : {LossScale::linear, LossScale::logarithm}) {
    auto settings = usual();
    settings.surrogate.scale = scale;
    settings.gain = 2;
    auto const solved = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, false);
    auto const differentiated =
        run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, true);
    EXPECT_EQ(solved.iterations, differentiated.iterations);
    EXPECT_EQ(solved.status, differentiated.status);
    EXPECT_EQ(solved.measure, differentiated.measure);
    EXPECT_EQ(solved.loss, differentiated.loss);
  }
}

/// Bitwise the same alone, in any order, in any batch, with any grouping.
TEST(BatchIndependence, BitForBit) {
  JacobiProblem<double> const p(unknowns, tasks, 3);
  for (bool const differentiate : {false, true}) {
    auto const run = [&](RunSettings<double> const& s, std::vector<double> const& theta, std::int64_t slots) {
      return run_lockstep<Pack<double>>(p.csr(Measure::relative_error), theta, slots, s, differentiate);
    };
    auto const all = run(usual(), p.theta, tasks);
    auto const expect_equal = [&](RunResult<double> const& r, std::int64_t slot, std::int64_t task) {
      auto const i = static_cast<std::size_t>(slot), j = static_cast<std::size_t>(task);
      EXPECT_EQ(r.iterations[i], all.iterations[j]);
      EXPECT_EQ(r.status[i], all.status[j]);
      EXPECT_EQ(r.measure[i], all.measure[j]);
      EXPECT_EQ(r.loss[i], all.loss[j]);
      EXPECT_EQ(rows(r.theta_bar, slot, 1, unknowns), rows(all.theta_bar, task, 1, unknowns));
      EXPECT_EQ(rows(r.solution, slot, 1, unknowns), rows(all.solution, task, 1, unknowns));
    };
    for (std::int32_t t = 0; t < tasks; ++t) {  // alone
      auto s = usual();
      s.task_of_slot = {t};
      expect_equal(run(s, rows(p.theta, t, 1, unknowns), 1), 0, t);
    }
    std::mt19937 random(4);
    for (std::int64_t const size : {2, 7, 8, 9, 16, 29}) {  // in any batch and order
      auto s = usual();
      std::vector<double> theta;
      for (std::int64_t i = 0; i < size; ++i) {
        s.task_of_slot.push_back(static_cast<std::int32_t>(random() % tasks));
        auto const row = rows(p.theta, s.task_of_slot.back(), 1, unknowns);
        theta.insert(theta.end(), row.begin(), row.end());
      }
      auto const r = run(s, theta, size);
      for (std::int64_t i = 0; i < size; ++i) expect_equal(r, i, s.task_of_slot[static_cast<std::size_t>(i)]);
    }
    auto s = usual();  // grouped in another order
    s.slot_order.resize(tasks);
    std::iota(s.slot_order.begin(), s.slot_order.end(), 0);
    std::shuffle(s.slot_order.begin(), s.slot_order.end(), random);
    auto const r = run(s, p.theta, tasks);
    for (std::int64_t t = 0; t < tasks; ++t) expect_equal(r, t, t);
  }
}

/// Neighbours that become NaN, overflow, or cannot be set up change no bit of the others.
TEST(BatchIndependence, BadNeighboursHarmNobody) {
  JacobiProblem<double> p(unknowns, tasks, 3);
  for (bool const differentiate : {false, true}) {
    auto const good =
        run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, usual(), differentiate);
    auto bad = p.theta;
    auto broken = JacobiProblem<double>(unknowns, tasks, 3);
    for (std::int64_t t = 0; t < tasks; t += 3)
      bad[static_cast<std::size_t>(t * unknowns + 4)] = t % 2 == 0 ? nan_value : 1e200;
    broken.rhs[1 * unknowns + 2] = nan_value;  // task 1
    for (std::size_t e = 0; e < p.col_idxs.size(); ++e) broken.values[2 * p.col_idxs.size() + e] *= 1e150;
    for (std::size_t e = 0; e < p.col_idxs.size(); ++e)
      broken.values[4 * p.col_idxs.size() + e] = 0;  // task 4: zero diagonal
    broken.theta = bad;
    auto s = usual();
    auto const r = run_lockstep<Pack<double>>(broken.csr(Measure::relative_residual), bad, tasks, s, differentiate);
    auto const reference =
        run_lockstep<Pack<double>>(p.csr(Measure::relative_residual), p.theta, tasks, s, differentiate);
    EXPECT_EQ(r.status[1], static_cast<int>(Status::breakdown)) << "a NaN in f is found at set-up";
    EXPECT_EQ(r.status[4], static_cast<int>(Status::breakdown));
    EXPECT_EQ(r.iterations[4], 400) << "a breakdown counts as the limit";
    for (std::size_t t = 0; t < tasks; ++t) {
      if (t % 3 == 0) {
        bool const is_nan = t % 2 == 0;
        EXPECT_EQ(r.status[t] == static_cast<int>(Status::not_finite), is_nan || !std::isfinite(r.measure[t])) << t;
        EXPECT_NE(r.status[t], static_cast<int>(Status::converged)) << "task " << t << " starts from NaN or 1e200";
      } else if (t != 1 && t != 2 && t != 4) {
        EXPECT_EQ(r.status[t], reference.status[t]) << t;
        EXPECT_EQ(r.iterations[t], reference.iterations[t]) << t;
        EXPECT_EQ(r.measure[t], reference.measure[t]) << t;
        EXPECT_EQ(r.loss[t], reference.loss[t]) << t;
        auto const task = static_cast<std::int64_t>(t);
        EXPECT_EQ(rows(r.theta_bar, task, 1, unknowns), rows(reference.theta_bar, task, 1, unknowns)) << t;
        EXPECT_EQ(rows(r.solution, task, 1, unknowns), rows(reference.solution, task, 1, unknowns)) << t;
      }
    }
    for (double const x : r.theta_bar) EXPECT_TRUE(std::isfinite(x)) << "a failed task's gradient counts as zero";
    EXPECT_EQ(good.iterations.size(), static_cast<std::size_t>(tasks));
  }
}

TEST(Lockstep, NanNeverCountsAsConverged) {
  JacobiProblem<double> p(unknowns, 1, 3);
  p.theta.assign(unknowns, nan_value);
  for (double const tolerance : {1e-6, 1e300, std::numeric_limits<double>::infinity()}) {
    RunSettings<double> s{{tolerance}, {50}, {}};
    auto const r = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, 1, s, false);
    EXPECT_EQ(r.status[0], static_cast<int>(Status::not_finite));
    EXPECT_EQ(r.iterations[0], 50) << "a failed task counts as its limit";
  }
}

TEST(Lockstep, NormsThatVanishAreBreakdowns) {
  for (float const scale : {1e20f, 1e-24f, 0.0f}) {
    JacobiProblem<float> p(unknowns, 2, 3);
    // Task 0: u no longer solves its system; the square overflows, which is not the task's fault.
    for (std::size_t i = 0; i < unknowns; ++i) p.solution[i] *= scale;
    RunSettings<float> const s{{1e-3f}, {50}, {}};
    auto const r = run_lockstep<Pack<float>>(p.csr(Measure::relative_error), p.theta, 2, s, false);
    EXPECT_EQ(r.status[0], static_cast<int>(scale == 0 ? Status::breakdown : Status::iteration_limit)) << scale;
    EXPECT_EQ(r.iterations[0], 50);
    EXPECT_EQ(r.status[1], static_cast<int>(Status::converged));
  }
}

/// A float counts exactly to 2^24 only; the limit must hold beyond.
TEST(Lockstep, LimitsBeyondTheExactFloatsHold) {
  JacobiProblem<float> p(1, 1, 3);
  p.col_idxs = {0};
  p.values = {1.0f};
  p.rhs = {1.0f};
  p.solution = {3.0f};  // not the solution: never converges
  constexpr std::int32_t limit = (1 << 24) + 5;
  std::vector<float> const theta{0.0f};
  float const gain = 1;
  std::int32_t status = -1, iterations = -1;
  LockstepArguments<float> a;
  a.slots = 1;
  a.theta = {theta.data(), 1, 1};
  a.tolerance.value = 1e-3f;
  a.max_iterations.value = limit;
  a.gain = &gain;
  a.status = &status;
  a.iterations = &iterations;
  std::vector<float> scratch(16);
  Counter source{1};
  kernels::GivenTasks<float, Counter> given{a, source};
  kernels::lockstep_solve<float>(p.csr(Measure::relative_error), a, kernels::SoloTeam{}, given,
                                 kernels::LocalView<float>{scratch.data()});
  EXPECT_EQ(iterations, limit);
  EXPECT_EQ(status, static_cast<int>(Status::iteration_limit));
}

TEST(Lockstep, EveryNumberOfUnknownsFromOneTo1024) {
  for (int const n : {1, 2, 3, 15, 16, 17, 64, 257, 1024}) {
    JacobiProblem<double> const p(n > 64 ? 1 : n, 3, 8);
    std::vector<double> rhs(static_cast<std::size_t>(3 * n)), solution(rhs.size()), theta(rhs.size(), 0.0);
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    for (auto& f : rhs) f = normal(random);
    for (std::size_t t = 0; t < 3; ++t)
      sparse::solve_poisson_directly(n, rhs.data() + t * static_cast<std::size_t>(n),
                                     solution.data() + t * static_cast<std::size_t>(n));
    Jacobi<PoissonStencil<double>> const s{{n}, Measure::relative_error, {rhs.data(), n, 1}, {solution.data(), n, 1}};
    RunSettings<double> settings{{1e-3}, {4000000}, {}};
    settings.max_iterations = {n > 64 ? 300 : 100000};
    auto const r = run_lockstep<Pack<double>>(s, theta, 3, settings, false);
    for (std::size_t t = 0; t < 3; ++t) {
      // Sines are Jacobi's eigenvectors, eigenvalues cos(i pi / (N + 1)): the error contracts by at most the first.
      double const bound = std::pow(std::cos(std::numbers::pi / (n + 1)), r.iterations[t]);
      EXPECT_LE(r.measure[t], bound * (1 + 1e-9));
      EXPECT_TRUE(n > 64 || r.status[t] == static_cast<int>(Status::converged)) << n;
    }
  }
}

}  // namespace
}  // namespace metasolve::lockstep_test
