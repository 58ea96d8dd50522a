// SPDX-License-Identifier: Apache-2.0
#include "examples/stirred_tank/stirred_tank.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/random/philox.hpp"
#include "tests/api/counted_malloc.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/own_solver.hpp"
#include "tests/support/run_lockstep.hpp"

/// A problem that the library was not compiled with: derivatives, training and use.
namespace metasolve::problem_solver_test {
namespace {

/// The same tank as an ODE: another derivation of the same g, Jacobian and curvature.
struct TankOde {
  static constexpr char const* name = "tank_ode";
  static constexpr int size = 2, parameters = 3;
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    auto const made = p[0] * (1 - y[0]) * exp(y[1] / (1 + y[1] * 0.05));
    f[0] = made - y[0];
    f[1] = p[1] * made - (1 + p[2]) * y[1];
  }
};

constexpr std::size_t columns = TankProblem::columns;

void draw(TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
  for (std::int64_t t = 0; t < n; ++t, rows += columns) {
    random::Draws const draws(static_cast<std::uint64_t>(set), random::Stream::test_tasks,
                              static_cast<std::uint64_t>(first + t));
    auto const uniform = [&](std::uint64_t i) { return draws.uniform(i); };
    rows[0] = std::pow(10, -1.5 + uniform(0));
    rows[1] = 2 + 3 * uniform(1);
    rows[2] = 2 * uniform(2);
    rows[3] = std::pow(10, -1 + 1.5 * uniform(3));
    rows[4] = rows[7] = uniform(4);
    rows[5] = rows[8] = 5 * rows[4] * uniform(5);
    rows[6] = 1;
  }
}

std::vector<double> drawn(std::size_t n) {
  std::vector<double> rows(n * columns);
  draw(TaskSet::test, 0, static_cast<std::int64_t>(n), rows.data());
  return rows;
}

TEST(NonlinearProblem, IsTheOdesStep) {
  constexpr std::size_t n = 50;
  auto const rows = drawn(n);
  TankProblem::Solver nonlinear;
  TankProblem::bind(nonlinear, kernels::Columns<double, TankProblem::columns>::of_rows(rows.data(), columns));
  using Step = kernels::ImplicitEuler<TankOde, double>;
  std::vector<double> steps, theta;
  for (std::size_t t = 0; t < n; ++t) {
    double const* const c = rows.data() + t * columns;
    for (double const v : {0.0, c[3], c[0], c[1], c[2], 1.0, c[4], c[5]}) steps.push_back(v);
    for (double const v : {1.1, c[7] + 0.01, c[8] - 0.02}) theta.push_back(v);
  }
  kernels::NewtonSor<Step> ode;
  ode.system.row = Step::of_rows(steps.data());
  test::RunSettings<double> settings{{1e-6}, {50}, {}};
  settings.tape_slots = 64;
  auto const a = test::run_lockstep<kernels::Pack<double>>(nonlinear, theta, n, settings, true);
  auto const b = test::run_lockstep<kernels::Pack<double>>(ode, theta, n, settings, true);
  EXPECT_EQ(a.status, b.status);
  int differ = 0;
  for (std::size_t t = 0; t < n; ++t) {
    // Only where few iterations are needed, so that rounding is not amplified.
    if (a.status[t] != 0 || a.iterations[t] > 12) continue;
    for (std::size_t i = 3 * t; i < 3 * t + 3; ++i) {
      EXPECT_NEAR(a.theta_bar[i], b.theta_bar[i], 1e-7 * (1 + std::abs(b.theta_bar[i]))) << "task " << t;
      differ += b.theta_bar[i] != 0 ? 1 : 0;
    }
  }
  EXPECT_GT(differ, 30) << "gradients are there";
}

class ProblemSolverOn : public test::CallerMemory {
 protected:
  using Solver = ProblemSolver<TankProblem>;
  static constexpr std::size_t n = 2000;
  static constexpr Stopping<double> to_1e9{1e-9, 200};

  Solver::Tasks tasks() {
    Solver::Tasks t{.count = n};
    auto* const rows = place(drawn(n));
    for (std::size_t c = 0; c < columns; ++c) t.column[c] = {rows + c, columns};
    return t;
  }
};

/// The solver reproduces the figures that training reports, with the same solutions as without the meta-solver.
TEST_P(ProblemSolverOn, TrainsAndUsesAMetaSolver) {
  test::TemporaryFolder const folder;
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  TrainingSettings const settings{"problem.train_tasks=20000", "problem.validation_tasks=2000",
                                  "problem.test_tasks=5000",   "training.epochs=8",
                                  "training.batch_size=128",   "solver.max_iterations=200"};
  auto const report = train_meta_solver<TankProblem>(executor(), folder.path(), draw, settings);
  EXPECT_LT(report.iterations, 0.9 * report.constant_iterations) << "hardly trained, and it pays";
  EXPECT_GT(report.converged, 0.98);

  auto const meta = MetaSolver::load(folder.path());
  EXPECT_EQ(meta.problem(), "stirred_tank");
  EXPECT_EQ(meta.features(), 6);
  Solver solver(executor(), {n, meta});
  auto* const iterations = place(std::vector<std::int32_t>(n));
  auto* const status = place(std::vector<std::int32_t>(n));
  auto* const solution = place(std::vector<double>(2 * n));
  auto const given = tasks();
  auto const solve = [&](Policy const& policy) {
    solver.solve(given, to_1e9, {.status = status, .iterations = iterations, .solution = {solution, 2, 1}}, policy);
    auto const counts = fetch(iterations, n);
    double sum = 0;
    for (auto const k : counts) sum += k;
    return std::tuple{sum / n, fetch(solution, 2 * n), fetch(status, n)};
  };
  auto const [constant, expected, status_without] = solve({.meta_solver = false});
  auto const [learned, found, status_with] = solve({});
  EXPECT_NEAR(constant, report.constant_iterations, 0.1 * constant);
  EXPECT_NEAR(learned, report.iterations, 0.1 * learned + 0.2);
  EXPECT_NE(learned, constant);
  std::size_t compared = 0;
  for (std::size_t t = 0; t < n; ++t) {
    if (status_without[t] != 0 || status_with[t] != 0) continue;
    ++compared;
    for (std::size_t i = 2 * t; i < 2 * t + 2; ++i) EXPECT_NEAR(found[i], expected[i], 1e-7) << "task " << t;
  }
  EXPECT_GT(compared, n * 95 / 100);

  // A trained meta-solver is bound to its problem.
  test::expect_message<InputError>(
      [&] {
        ProblemSolver<test::SquareRootProblem>(executor(), {1, meta});
      },
      {"stirred_tank", "square_root"});
}

config::RunConfig network_for(char const* problem, int width) {
  auto c = test::robertson_network(width);
  c.problem.name = problem;
  return c;
}

/// A user-defined solver, written from scratch: its results, with a network fused into the solve and before it.
TEST_P(ProblemSolverOn, SolvesByAUsersOwnSolver) {
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  std::vector<double> a(n), x(n);
  std::vector<std::int32_t> iterations(n), status(n), expected(n);
  for (std::size_t t = 0; t < n; ++t) {
    a[t] = 1e-3 * static_cast<double>(t + 1);
    for (double at = 1.0; !(std::abs(at * at - a[t]) / a[t] <= 1e-6); ++expected[t]) at -= 0.4 * (at - a[t] / at);
  }
  auto const solve = [&](std::optional<MetaSolver> const& meta, Policy const& policy) {
    ProblemSolver<test::SquareRootProblem> roots(executor(), {n, meta});
    roots.solve({n, {{{a.data(), 1}, 0.8, 1.0}}}, {1e-6, 200},
                {.status = status.data(), .iterations = iterations.data(), .solution = {x.data(), 1, 1}}, policy);
    EXPECT_EQ(status, std::vector<std::int32_t>(n, 0));
    for (std::size_t t = 0; t < n; ++t) EXPECT_NEAR(x[t] * x[t], a[t], 1.01e-6 * a[t]) << "task " << t;
  };
  solve({}, {});
  EXPECT_EQ(iterations, expected);
  auto const constant = x;
  for (int const width : {16, 100}) {
    solve(test::meta_solver(network_for("square_root", width)), {});
    EXPECT_NE(iterations, expected) << width;
    solve(test::meta_solver_of_nan(network_for("square_root", width), width),
          {.retry = true, .first_max_iterations = 1});
    EXPECT_EQ(iterations, expected) << width;
    EXPECT_EQ(x, constant) << width;
  }
}

TEST_P(ProblemSolverOn, WorksInTheCallersMemoryAndTakesNone) {
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  auto const given = tasks();
  auto* const solution = place(std::vector<double>(2 * n));
  auto* const status = place(std::vector<std::int32_t>(n));
  for (int const width : {0, 16, 100}) {
    SCOPED_TRACE(width);
    metasolve::Setup setup{n};
    if (width > 0) setup.meta_solver = test::meta_solver(network_for("stirred_tank", width));
    auto const solve = [&](Solver& by) {
      by.solve(given, to_1e9, {.status = status, .solution = {solution, 2, 1}},
               {.retry = true, .first_max_iterations = 20});
    };
    Solver own(executor(), setup);
    solve(own);
    auto const expected = fetch(solution, 2 * n);
#if METASOLVE_COUNTS_MALLOC
    EXPECT_EQ(test::taken_by([&] { solve(own); }), 0);
#endif
    setup.workspace = workspace(Solver::workspace_bytes(executor(), setup));
    auto const before = backend().allocated();
    Solver by(executor(), setup);
    EXPECT_EQ(backend().allocated(), before) << "no memory but the caller's";
    solve(by);
    EXPECT_EQ(fetch(solution, 2 * n), expected);
    auto within = given;
    within.column[0] = {static_cast<double const*>(setup.workspace.data), 0};
    test::expect_message<InputError>([&] { by.solve(within, to_1e9, {}); },
                                     {"setup.workspace overlaps tasks.column[0]"});
  }
}

TEST_P(ProblemSolverOn, WrongArgumentsAreNamed) {
  if (executor().name() != "cpu") {
    EXPECT_THROW(Solver(executor(), {1}), DeviceError) << "compiled for the CPU alone";
    return;
  }
  Solver solver(executor(), {4});
  auto given = tasks();
  test::expect_message<InputError>([&] { solver.solve(given, to_1e9, {}); }, {"tasks.count"});
  given.count = 4;
  auto* const rows = const_cast<double*>(given.column[0].data);
  test::expect_message<InputError>(
      [&] {
        solver.solve(given, to_1e9, {.solution = {rows, columns, 1}});
      },
      {"results.solution", "tasks.column"});
  test::TemporaryFolder const folder;
  test::expect_message<InputError>(
      [&] { train_meta_solver<TankProblem>(executor(), folder.path(), draw, {"training.epoch=3"}); },
      {"training.epoch"});
  given.column[3] = {static_cast<double const*>(nullptr), columns};
  test::expect_message<InputError>([&] { solver.solve(given, to_1e9, {}); }, {"tasks.column[3]"});
  test::expect_message<InputError>(
      [&] { train_meta_solver<TankProblem>(executor(), folder.path(), draw, {"problem.name=\"robertson\""}); },
      {"robertson", "stirred_tank"});
  // "nobody" is not registered.
  test::expect_message<InputError>(
      [&] {
        api::train_problem({"nobody", typeid(void)}, executor(), folder.path(), {draw, {}}, {});
      },
      {"nobody"});
}

/// A name belongs to one problem: another of that name is not trained instead.
TEST(UserProblem, NamesAreNotShared) {
  auto const executor = Executor::cpu(1);
  test::TemporaryFolder const folder;
  auto const refuses = [&](std::string const& name, std::string const& what) {
    test::expect_message<InputError>(
        [&] {
          api::train_problem({name, typeid(int)}, executor, folder.path(), {draw, {}}, {});
        },
        {name, what});
  };
  ASSERT_TRUE(compile_problem<TankProblem>());
  refuses("stirred_tank", "two problems");
  problems::RowDescription own;
  own.name = "robertson";
  own.type = typeid(int);
  problems::register_problem(own);
  refuses("robertson", "library's own");
}

/// Training uses the caller's solver, with its settings: within this clamp there is no solution.
TEST_P(ProblemSolverOn, TrainsWithTheCallersSolver) {
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  test::TemporaryFolder const folder;
  TankProblem::Solver solver;
  solver.clamps = true;
  solver.low = -2;
  solver.high = -1;
  auto const report =
      train_meta_solver<TankProblem>(executor(), folder.path(), draw,
                                     {"problem.train_tasks=256", "problem.validation_tasks=64", "problem.test_tasks=64",
                                      "training.epochs=1", "training.batch_size=128", "solver.max_iterations=20"},
                                     solver);
  EXPECT_EQ(report.converged, 0);
  EXPECT_EQ(report.constant_iterations, 20);
}

METASOLVE_ON_EXECUTORS(ProblemSolverOn);

}  // namespace
}  // namespace metasolve::problem_solver_test
