// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/problem_solver.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/online_on.hpp"
#include "tests/support/own_solver.hpp"

/// Online meta-solvers in the calls of a problem that the library was not compiled with.
namespace metasolve::online_problem_test {
namespace {

/// Square roots, whose factor and start have names.
struct NamedRoots : test::SquareRootProblem {
  static constexpr char const* name = "named_roots";
  static std::string column_name(int c) { return c == 0 ? "a" : c == 1 ? "relaxation factor" : "start"; }
};

constexpr std::size_t count = 200;
constexpr std::int32_t limit = 200;

class OnlineProblemOn : public test::OnlineOn {
 protected:
  template <class P>
  void expect_plain(OnlineMetaSolver::Options const& options, std::vector<int> const& columns, std::size_t least) {
    if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
    std::vector<double> a;
    for (std::size_t t = 0; t < count; ++t) a.push_back(std::pow(10.0, 4 * std::fmod(0.618034 * double(t), 1.0) - 2));
    auto* const given = place(a);
    ProblemSolver<P> roots(executor(), {count});
    Solve<double> const solve = [&](Columns const& of, Results<double> const& results, Policy const& policy) {
      typename ProblemSolver<P>::Tasks tasks{count, {{{given, 1}, 0.8, 1.0}}};
      for (std::size_t p = 0; p < of.size(); ++p) tasks.column[static_cast<std::size_t>(columns[p])] = of[p];
      roots.solve(tasks, {1e-9, limit}, results, policy);
    };
    Plain<double> const plain = [&](std::vector<double> const& chosen) {
      auto* const values = place(chosen);
      Columns of;
      for (std::size_t p = 0; p < columns.size(); ++p)
        of.push_back({values + p, static_cast<std::int64_t>(columns.size())});
      return call(solve, count, 1, of);
    };
    auto const of = expect_plain_calls<double>(options, solve, plain, count, 1, {given, 1, 1}, limit, 20);
    EXPECT_GT(of[0], least) << "chosen";
    EXPECT_GT(of[3], 0u) << "constant";
  }
  static OnlineMetaSolver::Options options(std::vector<OnlineMetaSolver::Parameter> parameters) {
    return {.parameters = std::move(parameters),
            .features = {{.name = "a", .low = 1e-2, .high = 1e2, .is_logarithmic = true, .bins = 5}},
            .capacity = count,
            .constant_share = 0.1,
            .seed = 3};
  }
};

OnlineMetaSolver::Parameter named(char const* name, double low, double high, double constant) {
  return {.name = name, .low = low, .high = high, .constant = constant, .values = 12};
}

TEST_P(OnlineProblemOn, ChoosesAColumnByItsName) {
  expect_plain<test::SquareRootProblem>(options({named("column 1", 0.3, 1.9, 0.8)}), {1}, count / 2);
  expect_plain<NamedRoots>(options({named("relaxation", 0.3, 1.9, 0.8)}), {1}, count / 2);
  expect_plain<NamedRoots>(options({named("start", 0.1, 10, 1)}), {2}, 10 * count);
}

TEST_P(OnlineProblemOn, ChoosesTwoParametersInEitherOrder) {
  auto const r = named("relaxation", 0.3, 1.9, 0.8), start = named("start", 0.1, 10, 1);
  expect_plain<NamedRoots>(options({r, start}), {1, 2}, 10 * count);
  expect_plain<NamedRoots>(options({start, r}), {2, 1}, 10 * count);
}

/// The first tries of other factors are dear here, the best known halves the counts: it must be used, whatever has been
/// lost before.
TEST_P(OnlineProblemOn, WhatIsKnownToBeBetterIsUsedAfterLosses) {
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  std::vector<double> a;
  for (std::size_t t = 0; t < count; ++t) a.push_back(std::pow(10.0, 4 * std::fmod(0.618034 * double(t), 1.0) - 2));
  std::vector<std::int32_t> iterations(count);
  ProblemSolver<NamedRoots> roots(executor(), {count});
  auto const mean = [&](Policy const& policy) {
    roots.solve({count, {{{a.data(), 1}, 0.8, 1.0}}}, {1e-9, limit}, {.iterations = iterations.data()}, policy);
    return std::accumulate(iterations.begin(), iterations.end(), 0.0) / count;
  };
  double const constant = mean({});
  OnlineMetaSolver online(executor(), options({named("relaxation", 0.3, 1.9, 0.8)}));
  double last = 0;
  for (int c = 0; c < 20; ++c) last = mean({.online = {&online, {a.data(), 1, 1}}});
  EXPECT_LT(online.report().bins[2].best[0], 1.2) << "known";
  EXPECT_LT(last, 0.65 * constant);
}

/// Values that the problem's solver does not admit: the constant, without an attempt.
TEST_P(OnlineProblemOn, ReplacesWhatTheSolverRefuses) {
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  std::vector<double> const a(count, 2.0);
  std::vector<std::int32_t> iterations(count), status(count);
  std::vector<Origin> origin(count);
  std::vector<double> x(count);
  Tally tally;
  ProblemSolver<NamedRoots> roots(executor(), {count});
  Results<double> const results{.status = status.data(),
                                .iterations = iterations.data(),
                                .solution = {x.data(), 1, 1},
                                .origin = origin.data(),
                                .tally = &tally};
  auto const solve = [&](Policy const& policy) {
    roots.solve({count, {{{a.data(), 1}, 0.8, 1.0}}}, {1e-9, 200}, results, policy);
  };
  solve({});
  auto const constant = iterations;
  auto const expected = x;
  OnlineMetaSolver online(executor(), {.parameters = {named("start", -10, 1, 1)}, .capacity = count});
  std::int64_t replaced = 0;
  for (int c = 0; c < 10; ++c) {
    solve({.online = {&online, {}}});
    EXPECT_EQ(status, std::vector<std::int32_t>(count, 0));
    std::int64_t in_call = 0;
    for (std::size_t t = 0; t < count; ++t) {
      bool const is_refused = !(online.learner().chosen()[t] > 0);
      ASSERT_EQ(origin[t] == Origin::replaced, is_refused) << "task " << t;
      if (!is_refused) continue;
      ++in_call;
      EXPECT_EQ(iterations[t], constant[t]);
      EXPECT_EQ(x[t], expected[t]);
    }
    EXPECT_EQ(tally.replaced, in_call);
    replaced += in_call;
  }
  EXPECT_GT(replaced, 0) << "else nothing was tested";
  EXPECT_EQ(online.report().replaced, replaced);
}

TEST_P(OnlineProblemOn, OtherNamesAreRefused) {
  if (executor().name() != "cpu") GTEST_SKIP() << "this test is compiled for the CPU";
  ProblemSolver<NamedRoots> roots(executor(), {count});
  double const a = 2;
  for (char const* const name : {"a", "column 1", "relax"}) {
    OnlineMetaSolver online(executor(), {.parameters = {named(name, 0.3, 1.9, 0.8)}, .capacity = count});
    test::expect_message<InputError>(
        [&] {
          roots.solve({count, {{{&a, 0}, 0.8, 1.0}}}, {1e-9, 200}, {}, {.online = {&online, {}}});
        },
        {"\"" + std::string(name) + "\"", "which this solver has not", "it has: relaxation, start"});
  }
}

METASOLVE_ON_EXECUTORS(OnlineProblemOn);

}  // namespace
}  // namespace metasolve::online_problem_test
