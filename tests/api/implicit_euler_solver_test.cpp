// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/expect_message.hpp"
#include "tests/support/robertson_steps.hpp"

/// The public solver of ODE steps on each executor: reference counts from the caller's memory in either layout, memory
/// use, invalid arguments.
namespace metasolve::implicit_euler_solver_test {
namespace {

using test::Reference, test::robertson, test::robertson_network, test::to_1e9;
using Strided = BatchView<double const>;

class ImplicitEulerSolverOn : public test::RobertsonSteps {};

TEST_P(ImplicitEulerSolverOn, CountsTheReferencesInEitherLayout) {
  auto ode = solver();
  EXPECT_EQ(ode.unknowns(), 3);
  EXPECT_EQ(ode.parameters(), 3);
  ode.solve(tasks(), to_1e9, results());
  auto const by_rows = counts();
  auto const solutions_by_rows = solutions();
  int equal = 0;
  for (std::size_t t = 0; t < n; ++t) {
    EXPECT_LE(std::abs(by_rows[t] - reference_.sweeps[t]), 1) << "row " << t;
    equal += by_rows[t] == reference_.sweeps[t] ? 1 : 0;
  }
  EXPECT_GE(equal, 597);
  EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  for (double const m : fetch(measure_, n)) EXPECT_LE(m, 1e-9);
  EXPECT_EQ(fetch(origin_, n), std::vector<Origin>(n, Origin::chosen));

  auto by_columns = tasks();
  by_columns.previous = Strided::struct_of_arrays(place(Reference::transposed(reference_.y)), n);
  by_columns.parameters = Strided::struct_of_arrays(place(Reference::transposed(reference_.c)), n);
  auto out = results();
  out.solution = BatchView<double>::struct_of_arrays(solution_, n);
  ode.solve(by_columns, to_1e9, out);
  EXPECT_EQ(counts(), by_rows);
  EXPECT_EQ(solutions(), Reference::transposed(solutions_by_rows));
}

TEST_P(ImplicitEulerSolverOn, TakesNumbersForAllTasksGuessesAndTheCallersOwnLimits) {
  auto ode = solver();
  auto own = tasks();
  own.relaxation = {place(std::vector<double>(n, 1.2)), 1};
  ode.solve(own, to_1e9, results());
  Reference const at_1_2("sweeps_r1.2");
  int equal = 0;
  for (std::size_t t = 0; t < n; ++t) equal += counts()[t] == at_1_2.sweeps[t] ? 1 : 0;
  EXPECT_GE(equal, 597);

  // The solution as a guess: no sweeps, if numbers common to all tasks are read as such.
  own = tasks();
  own.step = 1.0;
  own.parameters = {c_, 0, 1};
  ode.solve(own, {1e-11, 10000}, results());
  auto const solved = fetch(status_, n);
  EXPECT_GT(std::count(solved.begin(), solved.end(), 0), 500);
  auto* const found = place(solutions());
  own.guess = {found, 3, 1};
  ode.solve(own, {1e-9, 10000}, results());
  for (std::size_t t = 0; t < n; ++t) EXPECT_TRUE(solved[t] != 0 || counts()[t] == 0) << "task " << t;

  std::vector<double> tolerances(n, 1e-9);
  std::vector<std::int32_t> limits(n, 10000);
  std::vector<std::size_t> slow;
  for (std::size_t t = 0; t < n; ++t) {
    if (reference_.sweeps[t] > 20) slow.push_back(t);
  }
  ASSERT_GE(slow.size(), 2u);
  tolerances[slow[0]] = 1e-3;
  limits[slow[1]] = 1;
  ode.solve(tasks(), {{place(tolerances), 1}, {place(limits), 1}}, results());
  EXPECT_LT(counts()[slow[0]], reference_.sweeps[slow[0]]);
  EXPECT_EQ(counts()[slow[1]], 1);
  EXPECT_EQ(fetch(status_, n)[slow[1]], static_cast<std::int32_t>(Status::iteration_limit));
}

TEST_P(ImplicitEulerSolverOn, SolvesInPlace) {
  auto ode = solver();
  ode.solve(tasks(), to_1e9, results());
  auto const expected = solutions();
  auto limits = std::vector<std::int32_t>(n, 10000);
  limits[3] = 0;  // this one fails, and keeps its previous solution
  auto out = results();
  out.solution = {y_, 3, 1};
  ode.solve(tasks(), {1e-9, {place(limits), 1}}, out);
  auto const in_place = fetch(y_, 3 * n);
  for (std::size_t i = 0; i < 3 * n; ++i) {
    EXPECT_EQ(in_place[i], i / 3 == 3 ? reference_.y[i] : expected[i]) << "task " << i / 3;
  }
  // The guess too.
  auto* const guess = place(reference_.y);
  auto own = tasks();
  own.previous = {place(reference_.y), 3, 1};
  own.guess = {guess, 3, 1};
  out.solution = {guess, 3, 1};
  ode.solve(own, {1e-9, {place(limits), 1}}, out);
  EXPECT_EQ(fetch(guess, 3 * n), in_place);
}

/// Newton's method reaches the solutions of Newton-SOR in fewer iterations; also in place, and where it must stop.
TEST_P(ImplicitEulerSolverOn, NewtonsMethodComesToTheSameSolutions) {
  auto const newton =
      ImplicitEulerSolver::System{.name = "robertson", .clamps = true, .method = ImplicitEulerSolver::Method::newton};
  auto by_sweeps = solver();
  by_sweeps.solve(tasks(), {1e-12, 100000}, results());
  auto const expected = solutions();
  auto const sweeps = counts();
  EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  ImplicitEulerSolver ode(executor(), newton, {n});
  EXPECT_EQ(ode.unknowns(), 3);
  auto own = tasks();
  own.relaxation = 1;
  ode.solve(own, {1e-12, 50}, results());
  EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  EXPECT_EQ(fetch(origin_, n), std::vector<Origin>(n, Origin::chosen));
  auto const found = solutions();
  std::int64_t all = 0, all_sweeps = 0;
  for (std::size_t t = 0; t < n; ++t) {
    all += counts()[t];
    all_sweeps += sweeps[t];
    for (std::size_t i = 3 * t; i < 3 * t + 3; ++i) EXPECT_NEAR(found[i], expected[i], 1e-8) << "task " << t;
  }
  EXPECT_GT(all, static_cast<std::int64_t>(n) / 2);
  EXPECT_LT(5 * all, all_sweeps);
  // The caller's r applies here too: half a step each time takes longer.
  own.relaxation = 0.5;
  ode.solve(own, {1e-12, 200}, results());
  auto const halved = counts();
  EXPECT_GT(std::accumulate(halved.begin(), halved.end(), std::int64_t{0}), 5 * all);

  own.relaxation = 1;
  std::vector<std::int32_t> limits(n, 50);
  limits[3] = 0;
  auto out = results();
  out.solution = {y_, 3, 1};
  ode.solve(own, {1e-12, {place(limits), 1}}, out);
  auto const in_place = fetch(y_, 3 * n);
  for (std::size_t i = 0; i < 3 * n; ++i) EXPECT_EQ(in_place[i], i / 3 == 3 ? reference_.y[i] : found[i]);
}

TEST_P(ImplicitEulerSolverOn, WorksInTheCallersMemory) {
  for (int const width : {0, 16, 100}) {  // no network; fused into the solve; before it
    SCOPED_TRACE(width);
    metasolve::Setup setup{n};
    if (width > 0) setup.meta_solver = test::meta_solver(robertson_network(width));
    auto own = solver(setup.meta_solver);
    own.solve(tasks(), to_1e9, results(), {.retry = true});
    auto const expected = outcome();
    auto const bytes = ImplicitEulerSolver::workspace_bytes(executor(), robertson, setup);
    EXPECT_GT(bytes, static_cast<std::size_t>(width) * static_cast<std::size_t>(width) * sizeof(float));
    setup.workspace = workspace(bytes);
    auto const before = backend().allocated();
    ImplicitEulerSolver ode(executor(), robertson, setup);
    EXPECT_EQ(backend().allocated(), before) << "no memory but the caller's";
    ode.solve(tasks(), to_1e9, results(), {.retry = true});
    EXPECT_EQ(outcome(), expected);
    auto wrong = setup;
    wrong.workspace.bytes -= 1;
    test::expect_message<InputError>([&] { ImplicitEulerSolver(executor(), robertson, wrong); }, {"workspace.bytes"});
    wrong.workspace = {static_cast<char*>(setup.workspace.data) + 8, bytes};
    test::expect_message<InputError>([&] { ImplicitEulerSolver(executor(), robertson, wrong); }, {"aligned"});
  }
}

TEST_P(ImplicitEulerSolverOn, ABadTaskBreaksDownAlone) {
  auto ode = solver();
  ode.solve(tasks(), to_1e9, results());
  auto const expected = counts();
  auto h = reference_.h;
  h[1] = -1;
  h[2] = std::nan("");
  auto y = reference_.y;
  y[3 * 4] = std::numeric_limits<double>::infinity();
  auto own = tasks();
  own.step = {place(h), 1};
  own.previous = {place(y), 3, 1};
  ode.solve(own, to_1e9, results());
  auto const status = fetch(status_, n);
  for (std::size_t t = 0; t < n; ++t) {
    bool const bad = t == 1 || t == 2 || t == 4;
    EXPECT_EQ(status[t], static_cast<std::int32_t>(bad ? Status::breakdown : Status::converged));
    EXPECT_EQ(counts()[t], bad ? 10000 : expected[t]);
  }
}

TEST_P(ImplicitEulerSolverOn, WrongArgumentsAreNamed) {
  auto ode = solver();
  auto const says = [&](std::string const& what, auto&& edit) {
    auto t = tasks();
    auto r = results();
    auto s = to_1e9;
    edit(t, s, r);
    test::expect_message<InputError>([&] { ode.solve(t, s, r); }, {what});
  };
  says("tasks.count", [](auto& t, auto&, auto&) { t.count = n + 1; });
  says("tasks.count", [](auto& t, auto&, auto&) { t.count = -1; });
  says("tasks.previous", [](auto& t, auto&, auto&) { t.previous = {}; });
  says("tasks.parameters", [](auto& t, auto&, auto&) { t.parameters = {}; });
  says("stopping.tolerance", [](auto&, auto& s, auto&) { s.tolerance = 0; });
  says("stopping.tolerance is inf", [](auto&, auto& s, auto&) { s.tolerance = HUGE_VAL; });
  says("stopping.max_iterations", [](auto&, auto& s, auto&) { s.max_iterations = -1; });
  says("results.status overlaps results.iterations", [&](auto&, auto&, auto& r) { r.iterations = r.status + 1; });
  says("results.measure overlaps tasks.step", [&](auto&, auto&, auto& r) { r.measure = h_; });
  says("overlaps tasks.previous", [&](auto&, auto&, auto& r) { r.solution = {y_ + 1, 3, 1}; });
  says("overlaps tasks.previous", [&](auto&, auto&, auto& r) { r.solution = {y_, 1, n}; });
  // Their product with the size of a number is 0 in 64 bits.
  constexpr std::int64_t beyond = std::int64_t{1} << 61, lowest = std::numeric_limits<std::int64_t>::min();
  for (std::int64_t const far : {beyond, -beyond, lowest, std::numeric_limits<std::int64_t>::max()}) {
    says("tasks.previous has strides", [&](auto& t, auto&, auto&) { t.previous = {y_, far, 1}; });
    says("tasks.parameters has strides", [&](auto& t, auto&, auto&) { t.parameters = {c_, 3, far}; });
    says("tasks.step has strides", [&](auto& t, auto&, auto&) { t.step = {h_, far}; });
    says("results.solution has strides", [&](auto&, auto&, auto& r) { r.solution = {solution_, 3, far}; });
    says("results.history has strides", [&](auto&, auto&, auto& r) { r.history = {solution_, far, 1}; });
  }
  says("same numbers", [&](auto&, auto&, auto& r) { r.solution = {solution_, 0, 1}; });
  says("same numbers", [&](auto&, auto&, auto& r) { r.solution = {solution_, 2, 1}; });
  says("tasks.step", [](auto& t, auto&, auto&) { t.step = 0; });
  says("tasks.time is neither", [](auto& t, auto&, auto&) { t.time = {static_cast<double const*>(nullptr), 1}; });
  says("tasks.relaxation is neither", [](auto& t, auto&, auto&) { t.relaxation = std::nan(""); });
  says("results.tally is not aligned", [&](auto& t, auto&, auto& r) {
    t.count = 0;
    r.tally = reinterpret_cast<Tally*>(reinterpret_cast<char*>(measure_) + 4);
  });
  says("results.measure is not aligned",
       [&](auto&, auto&, auto& r) { r.measure = reinterpret_cast<double*>(reinterpret_cast<char*>(measure_) + 4); });
  // Interleaved structs in one array do not overlap.
  auto* const both = place(std::vector<double>(6 * n, 0.5));
  auto t = tasks();
  t.previous = {both, 6, 1};
  auto r = results();
  r.solution = {both + 3, 6, 1};
  EXPECT_NO_THROW(ode.solve(t, to_1e9, r));
  // Nor do the halves of one struct of arrays, or its rows.
  t.previous = {both, 1, 2 * n};
  r.solution = {both + n, 1, 2 * n};
  EXPECT_NO_THROW(ode.solve(t, to_1e9, r));
  t.previous = {both, 1, n};
  r.solution = {};
  r.measure = both + 3 * n;
  EXPECT_NO_THROW(ode.solve(t, to_1e9, r));
  says("results.measure overlaps tasks.previous", [&](auto& tasks, auto&, auto& out) {
    tasks.previous = {both, 1, 2 * n};
    out.measure = both + 1;
  });
  EXPECT_NO_THROW(ode.solve({}, {}, {})) << "no tasks are no error";
  auto one = tasks();
  one.count = 1;
  one.previous.task_stride = lowest;
  EXPECT_NO_THROW(ode.solve(one, to_1e9, results())) << "one task has no next one";
  EXPECT_NO_THROW(ode.solve({.step = {static_cast<double const*>(nullptr), 1}}, {}, {})) << "nor are their arrays";

  metasolve::Setup in_workspace{n};
  in_workspace.workspace = workspace(ImplicitEulerSolver::workspace_bytes(executor(), robertson, in_workspace));
  ImplicitEulerSolver at_work(executor(), robertson, in_workspace);
  auto* const within = static_cast<double*>(in_workspace.workspace.data) + 1;
  t = tasks();
  t.step = {within, 0};
  test::expect_message<InputError>([&] { at_work.solve(t, to_1e9, results()); },
                                   {"setup.workspace overlaps tasks.step"});
  r = results();
  r.measure = within;
  test::expect_message<InputError>([&] { at_work.solve(tasks(), to_1e9, r); },
                                   {"setup.workspace overlaps results.measure"});
  EXPECT_NO_THROW(at_work.solve(tasks(), to_1e9, results()));

  auto const refuses = [&](std::string const& what, ImplicitEulerSolver::System const& system,
                           metasolve::Setup const& setup) {
    test::expect_message<InputError>([&] { ImplicitEulerSolver(executor(), system, setup); }, {what});
  };
  refuses("lorenz", {"lorenz"}, {1});
  refuses("setup.capacity", robertson, {});
  refuses("poisson", robertson, {1, test::meta_solver({})});
  refuses("system.low", {"robertson", true, 1, 1}, {1});
  refuses("system.method is 3", {.method = static_cast<ImplicitEulerSolver::Method>(3)}, {1});
  refuses("newton", {.method = ImplicitEulerSolver::Method::newton}, {1, test::meta_solver(robertson_network(16))});
}

METASOLVE_ON_EXECUTORS(ImplicitEulerSolverOn);

}  // namespace
}  // namespace metasolve::implicit_euler_solver_test
