// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <numeric>
#include <random>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/kernels/problems/systems/pollution.hpp"
#include "metasolve/kernels/simd/pack_pair.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/newton_sor_problem.hpp"

/// Newton-SOR forward: the reference's counts on each executor, tasks that fail, and that a task's bits depend only on
/// its own numbers.
namespace metasolve::newton_sor_test {
namespace {

using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using kernels::PackPair;
using kernels::Status;
using namespace test;

constexpr double infinite = std::numeric_limits<double>::infinity(), nan_value = std::nan("");

class NewtonSorOn : public OnExecutors {};
METASOLVE_ON_EXECUTORS(NewtonSorOn);

/// tests/data/robertson.csv, from another program with another order of operations.
TEST_P(NewtonSorOn, CountsAreThoseOfTheReference) {
  std::filesystem::path const file = std::filesystem::path(METASOLVE_SOURCE_DIR) / "tests/data/robertson.csv";
  auto const table = io::read_columns(file, {"c1", "c2", "c3", "h", "y1", "y2", "y3"});
  ASSERT_EQ(table.rows, 600);
  config::RunConfig c;
  c.problem.name = "robertson";
  auto const options = train::learner_options(c, {std::vector<double>(7, 0.0), std::vector<double>(7, 1.0)});
  for (auto const& [relaxation, column] :
       {std::pair{1.0, "sweeps_r1.0"}, {1.2, "sweeps_r1.2"}, {1.37, "sweeps_r1.37"}}) {
    auto const expected = io::read_columns(file, {column}).values;
    auto const tasks = problems::given_robertson(table.values, relaxation, true, [](std::int64_t) { return ""; });
    auto const evaluator = engine::make_evaluator(executor(), options, tasks);
    train::solve_all(*evaluator, engine::Parameters::given, {1e-9, 10000}, tasks.count);
    auto const outcomes = evaluator->outcomes();
    int equal = 0;
    for (std::size_t t = 0; t < 600; ++t) {
      double const off = std::abs(outcomes.iterations[t] - expected[t]);
      EXPECT_LE(off, 1) << "row " << t << ", " << column;
      equal += off == 0 ? 1 : 0;
      EXPECT_EQ(outcomes.status[t], static_cast<int>(Status::converged)) << "row " << t << ", " << column;
      EXPECT_LE(outcomes.measure[t], 1e-9);
    }
    EXPECT_GE(equal, 597) << column;
  }
}

/// Robertson's tasks on the CPU executor, as run by the engine.
RunResult<double> solve(std::vector<double> const& rows, std::vector<std::int32_t> const& task_of_slot, int threads) {
  using Solver = integrate::RowSolver<Robertson, double>;
  static_assert(exec::SolveBody<Solver>::prefers_pairs);
  auto const n = task_of_slot.size();
  std::vector<double> theta;
  for (auto const t : task_of_slot) {
    auto const own = default_theta<Robertson>(rows_of(rows, t, 1, EulerRow<Robertson>::columns));
    theta.insert(theta.end(), own.begin(), own.end());
  }
  RunResult<double> r;
  r.status.resize(n, -1);
  r.iterations.resize(n, -1);
  r.measure.resize(n);
  r.solution.resize(3 * n);
  kernels::LockstepArguments<double> a;
  a.slots = static_cast<std::int64_t>(n);
  a.task_of_slot = task_of_slot.data();
  a.theta = {theta.data(), 4, 1};
  a.tolerance.value = 1e-9;
  a.max_iterations.value = 1000;
  a.status = r.status.data();
  a.iterations = r.iterations.data();
  a.measure = r.measure.data();
  a.solution = {r.solution.data(), 3, 1};
  exec::CpuExec exec(threads);
  exec::SolveBody<Solver> const body{integrate::row_solver<Robertson, double>(rows.data(), true), a};
  exec::Buffer<std::byte> const workspace(exec, exec.team_bytes(body, a.slots));
  exec.launch_teams(body, workspace.data(), a.slots);
  return r;
}

TEST(NewtonSor, ATasksBitsAreItsOwn) {
  constexpr std::int32_t count = 100;
  auto const rows = euler_rows<Robertson>(4 * count);
  std::vector<std::int32_t> order(count);
  for (std::int32_t i = 0; i < count; ++i) order[static_cast<std::size_t>(i)] = 4 * i + i % 4;
  std::vector<RunResult<double>> alone;
  for (auto const t : order) alone.push_back(solve(rows, {t}, 1));
  auto const iterations = [&](std::size_t i) { return alone[i].iterations[0]; };
  std::vector<std::size_t> place(count);
  std::iota(place.begin(), place.end(), 0u);
  auto const [least, most] = std::ranges::minmax(place, {}, iterations);
  EXPECT_LE(iterations(least), 5) << "lanes are to be refilled at different times";
  EXPECT_EQ(iterations(most), 1000) << "one reaches the limit";
  for (auto const& r : alone) EXPECT_NEAR(std::reduce(r.solution.begin(), r.solution.end()), 1, 1e-3);

  std::mt19937 random(2);
  for (int const threads : {1, 2, 2, 1}) {
    std::shuffle(place.begin(), place.end(), random);
    std::vector<std::int32_t> shuffled;
    for (auto const i : place) shuffled.push_back(order[i]);
    auto const r = solve(rows, shuffled, threads);
    for (std::size_t s = 0; s < count; ++s) {
      auto const& own = alone[place[s]];
      EXPECT_EQ(r.iterations[s], own.iterations[0]);
      EXPECT_EQ(r.status[s], own.status[0]);
      EXPECT_EQ(r.measure[s], own.measure[0]);
      EXPECT_EQ(rows_of(r.solution, static_cast<std::int64_t>(s), 1, 3), own.solution);
    }
  }
}

/// Pollution with derivatives by dual numbers.
struct DerivedPollution {
  static constexpr int size = 20, parameters = 0;
  template <class T, class Y, class P, class F>
  static void rate(T const& t, Y const& y, P const& p, F& f) {
    kernels::Pollution::rate(t, y, p, f);
  }
};
static_assert(!integrate::RowSolver<DerivedPollution, double>::System::has_jacobian_entries);
static_assert(integrate::RowSolver<kernels::Pollution, double>::System::has_jacobian_entries);

/// For a step from y_prev: the measure at y, and y after a sweep.
template <class O>
std::vector<double> sweep(double h, std::vector<double> previous, std::vector<double> y) {
  std::vector<double> data{h, h}, theta{1.37}, next(20);
  data.insert(data.end(), previous.begin(), previous.end());
  using View = kernels::LocalView<double>;
  integrate::RowSolver<O, double> const solver;
  kernels::SoloTeam const team;
  double const measure = solver.measure(team, View{data.data()}, View{y.data()});
  solver.step(team, View{data.data()}, View{theta.data()}, View{}, View{y.data()}, View{next.data()}, true);
  next.push_back(measure);
  return next;
}

TEST(NewtonSor, SweepsByEntriesAreThoseOfTheWholeJacobian) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform(0.1, 1);
  std::vector<double> previous(20), y(20);
  for (int t = 0; t < 100; ++t) {
    for (double& x : previous) x = uniform(random);
    for (double& x : y) x = uniform(random);
    double const h = std::pow(10, -12 * uniform(random));
    auto const by_entries = sweep<kernels::Pollution>(h, previous, y), whole = sweep<DerivedPollution>(h, previous, y);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_LE(std::abs(by_entries[i] - whole[i]), 1e-12 * std::abs(whole[i])) << i << ", h = " << h;
    }
  }
  y[5] = -1 / 1.24e3;  // SO2's diagonal entry is 1 + 1240 y h
  EXPECT_LT(sweep<kernels::Pollution>(1, previous, y).back(), 0) << "a zero on the diagonal";
  EXPECT_LT(sweep<DerivedPollution>(1, previous, y).back(), 0);
}

/// Unknowns that decay, and a last one with f = y^2/2 + p: with h = 1 its diagonal entry of the Jacobian is 1 - y.
template <int Size>
struct Parabola {
  static constexpr int size = Size, parameters = 1;
  template <class T, class Y, class P, class F>
  static void rate(T const&, Y const& y, P const& p, F& f) {
    for (int i = 0; i + 1 < Size; ++i) f[i] = -y[i];
    f[Size - 1] = y[Size - 1] * y[Size - 1] * 0.5 + p[0];
  }
};

/// A batch of tasks with roots, some of which the tests break.
template <int Size>
struct ParabolaTasks {
  using O = Parabola<Size>;
  static constexpr std::int64_t count = 29;
  static constexpr std::int32_t limit = 50;
  static constexpr int width = 1 + Size, unknowns = Size;
  std::vector<double> rows, theta;

  ParabolaTasks() {
    for (std::int64_t t = 0; t < count; ++t) {
      std::vector<double> y(Size, 0.5);
      y.back() = 0.01 * static_cast<double>(t);
      auto const row = euler_row<O>(1, {0.1}, y);
      rows.insert(rows.end(), row.begin(), row.end());
    }
    theta = default_theta<O>(rows);
    for (std::int64_t t = 0; t < count; ++t) at(theta, t, width, 0) = 0.8;
  }
  static double& at(std::vector<double>& all, std::int64_t task, int columns, int column) {
    return all[static_cast<std::size_t>(task * columns + column)];
  }
  double& row(std::int64_t task, int column) { return at(rows, task, EulerRow<O>::columns, column); }
  /// r, h, p + y_prev and the guess of the last unknown.
  void set(std::int64_t task, double r, double h, double constant, double guess) {
    row(task, EulerRow<O>::step_at) = h;
    row(task, EulerRow<O>::parameters_at) = constant;
    row(task, EulerRow<O>::state_at + Size - 1) = 0;
    at(theta, task, width, 0) = r;
    at(theta, task, width, Size) = guess;
  }

  [[nodiscard]] RunResult<double> run(bool differentiate) const {
    auto const s = integrate::row_solver<O, double>(rows.data(), false);
    RunSettings<double> const settings{
        {1e-9}, {limit}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft, false}, 1, 64};
    return differentiate ? run_lockstep<Pack<double>>(s, theta, count, settings, true)
                         : run_lockstep<PackPair<Pack<double>>>(s, theta, count, settings, false);
  }
};

/// Checks one task's result, and that all others keep their bits. kinds: the expected status of each broken task.
template <int Size>
void expect_failed(ParabolaTasks<Size> const& spoilt, std::vector<std::pair<std::int64_t, Status>> const& kinds) {
  using Tasks = ParabolaTasks<Size>;
  for (bool const differentiate : {false, true}) {
    auto const good = Tasks().run(differentiate);
    auto const r = spoilt.run(differentiate);
    for (std::int64_t t = 0; t < Tasks::count; ++t) {
      auto const i = static_cast<std::size_t>(t);
      auto const kind = std::ranges::find(kinds, t, &std::pair<std::int64_t, Status>::first);
      EXPECT_EQ(good.status[i], static_cast<int>(Status::converged));
      auto const gradient = rows_of(r.theta_bar, t, 1, Tasks::width);
      if (kind != kinds.end()) {
        EXPECT_EQ(r.status[i], static_cast<int>(kind->second)) << "task " << t << " of " << Size << " unknowns";
        EXPECT_EQ(r.iterations[i], Tasks::limit) << "a failed task counts as its limit";
        EXPECT_EQ(r.loss[i], Tasks::limit);
        EXPECT_EQ(gradient, std::vector<double>(Tasks::width, 0.0));
        continue;
      }
      EXPECT_EQ(r.status[i], good.status[i]);
      EXPECT_EQ(r.iterations[i], good.iterations[i]);
      EXPECT_EQ(r.measure[i], good.measure[i]);
      EXPECT_EQ(r.loss[i], good.loss[i]);
      EXPECT_EQ(gradient, rows_of(good.theta_bar, t, 1, Tasks::width));
      EXPECT_EQ(differentiate, std::ranges::count(gradient, 0.0) < Tasks::width);
      EXPECT_EQ(rows_of(r.solution, t, 1, Tasks::unknowns), rows_of(good.solution, t, 1, Tasks::unknowns));
    }
  }
}

template <int Size>
void zero_diagonals_break_down() {
  ParabolaTasks<Size> tasks;
  for (std::int64_t const t : {3, 17}) tasks.set(t, 1, 1, 2.5, 3);  // y_1 = 3 - (-4 / -2) = 1, where J = 0 and g = -2
  tasks.set(8, 1, 1, 2.5, 1);                                       // from the start
  expect_failed<Size>(tasks, {{3, Status::breakdown}, {17, Status::breakdown}, {8, Status::breakdown}});
  auto const r = tasks.run(false);
  auto const history = rows_of(r.history, 3, 1, ParabolaTasks<Size>::limit + 1);
  EXPECT_GT(history[1], 0) << "broke down at y_1, not before";
  EXPECT_EQ(history[2], 0) << "nor after";
  EXPECT_EQ(r.measure[3], history[1]);
}
TEST(NewtonSor, ZeroDiagonalsBreakDown) {
  zero_diagonals_break_down<1>();
  zero_diagonals_break_down<2>();
}

TEST(NewtonSor, ParametersThatAreNanAreNotFinite) {
  ParabolaTasks<2> tasks;
  tasks.set(0, nan_value, 1, 0.1, 0);
  tasks.set(11, 1, 1, 0.1, nan_value);
  tasks.set(20, 1, 1, 1e200, 0);  // the square of its residual overflows
  expect_failed<2>(tasks, {{0, Status::not_finite}, {11, Status::not_finite}, {20, Status::not_finite}});
}

TEST(NewtonSor, RowsThatAreNoStepBreakDown) {
  using Row = EulerRow<Parabola<2>>;
  std::vector<std::pair<int, double>> spoilt;
  for (double const h : {0.0, -1.0, infinite, nan_value}) spoilt.emplace_back(Row::step_at, h);
  for (int const column : {Row::parameters_at, Row::state_at, Row::state_at + 1}) {
    for (double const x : {infinite, -infinite, nan_value}) spoilt.emplace_back(column, x);
  }
  ParabolaTasks<2> tasks;
  std::vector<std::pair<std::int64_t, Status>> kinds;
  for (auto const& [column, x] : spoilt) {
    kinds.emplace_back(2 * static_cast<std::int64_t>(kinds.size()), Status::breakdown);
    tasks.row(kinds.back().first, column) = x;
  }
  expect_failed<2>(tasks, kinds);
  EXPECT_EQ(tasks.run(false).measure[0], infinite);
}

TEST(NewtonSor, AGuessThatSolvesTakesNoIteration) {
  ParabolaTasks<1> tasks;
  tasks.set(5, 1, 1, 0.375, 0.5);  // 0.5 - (0.125 + 0.375) = 0
  tasks.set(6, 1, 1, 0.5, 1);      // a root where the diagonal is 0: no step is needed
  for (bool const differentiate : {false, true}) {
    auto const r = tasks.run(differentiate);
    for (std::size_t const t : {5u, 6u}) {
      EXPECT_EQ(r.iterations[t], 0);
      EXPECT_EQ(r.status[t], static_cast<int>(Status::converged));
      EXPECT_EQ(r.measure[t], 0);
      EXPECT_EQ(r.loss[t], 0);
    }
  }
}

}  // namespace
}  // namespace metasolve::newton_sor_test
