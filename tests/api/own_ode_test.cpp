// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metasolve/detail/random/philox.hpp"
#include "metasolve/error.hpp"
#include "metasolve/train_problem.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// A user-defined ODE, as in README and docs/library.md: training, use, and common user errors.

// As printed in README.
struct VanDerPol {
  static constexpr char const* name = "my_van_der_pol";
  static constexpr int size = 2;
  static constexpr int parameters = 1;
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    f[0] = y[1];
    f[1] = p[0] * (1 - y[0] * y[0]) * y[1] - y[0];
  }
};

/// E + S <-> ES -> E + P by mass action: y = (E, S, ES, P), p = (k1, k-1, k2).
struct Enzyme {
  static constexpr char const* name = "enzyme";
  static constexpr int size = 4;
  static constexpr int parameters = 3;
  static constexpr char const* parameter_names[] = {"k1", "k-1", "k2"};
  static constexpr double relaxation_range[] = {0.2, 1.8};
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    auto const binding = p[0] * y[0] * y[1] - p[1] * y[2];
    auto const product = p[2] * y[2];
    f[0] = product - binding;
    f[1] = -binding;
    f[2] = binding - product;
    f[3] = product;
  }
};

namespace metasolve::own_ode_test {
namespace {

using kernels::HeadKind;
using EnzymeProblem = kernels::OdeProblem<Enzyme>;
using VanDerPolProblem = kernels::OdeProblem<VanDerPol>;

random::Draws drawn(TaskSet set, std::int64_t task) {
  return {static_cast<std::uint64_t>(set), random::Stream::test_tasks, static_cast<std::uint64_t>(task)};
}
double between(double low, double high, double u) { return low + (high - low) * u; }

/// t, h, k1, k-1, k2, r, y_prev [4], y_0 [4].
void enzyme_rows(TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
  for (std::int64_t t = 0; t < n; ++t, rows += EnzymeProblem::columns) {
    auto const draws = drawn(set, first + t);
    rows[0] = 0;
    rows[1] = std::pow(10, between(-2, -0.3, draws.uniform(0)));
    for (int i = 0; i < 3; ++i) {
      rows[2 + i] =
          std::pow(10, between(i == 0 ? 0 : -1, i == 0 ? 1.5 : 1, draws.uniform(static_cast<std::uint64_t>(1 + i))));
    }
    rows[5] = 1;
    for (int i = 0; i < 4; ++i) rows[6 + i] = rows[10 + i] = draws.uniform(static_cast<std::uint64_t>(4 + i));
  }
}
void van_der_pol_rows(TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
  for (std::int64_t t = 0; t < n; ++t, rows += VanDerPolProblem::columns) {
    auto const draws = drawn(set, first + t);
    double const values[] = {0, std::pow(10, between(-2, -0.7, draws.uniform(0))),
                             std::pow(10, between(-1, 0.8, draws.uniform(1))), 1};
    std::copy(std::begin(values), std::end(values), rows);
    for (int i = 0; i < 2; ++i)
      rows[4 + i] = rows[6 + i] = between(-2, 2, draws.uniform(static_cast<std::uint64_t>(2 + i)));
  }
}

constexpr std::int64_t tested = 400;
constexpr Stopping<double> to_1e9{1e-9, 300};

TrainingSettings settings(TrainingSettings const& more = {}) {
  TrainingSettings all{"problem.train_tasks=8192", "problem.validation_tasks=512", "problem.test_tasks=400",
                       "training.epochs=4",        "training.batch_size=64",       "solver.max_iterations=300",
                       "optimizer.rate=5e-3"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

struct Solved {
  std::vector<std::int32_t> iterations, status;
  std::vector<double> solution;
  [[nodiscard]] double mean() const {
    return std::accumulate(iterations.begin(), iterations.end(), 0.0) / static_cast<double>(iterations.size());
  }
};

/// The test tasks solved by ProblemSolver; r: for all tasks, instead of the rows' own.
template <class P>
Solved solve(TaskRows const& rows_of, std::optional<MetaSolver> const& meta, Policy const& policy = {}, double r = 0) {
  std::vector<double> rows(tested * P::columns);
  rows_of(TaskSet::test, 0, tested, rows.data());
  ProblemSolver<P> solver(Executor::cpu(2), {tested, meta});
  typename ProblemSolver<P>::Tasks tasks{.count = tested};
  for (std::size_t c = 0; c < P::columns; ++c) tasks.column[c] = {rows.data() + c, P::columns};
  if (r > 0) tasks.column[P::parameter_column(0)] = r;
  std::size_t const n = P::parameters - 1;
  Solved s{std::vector<std::int32_t>(tested), std::vector<std::int32_t>(tested), std::vector<double>(tested * n)};
  solver.solve(tasks, to_1e9,
               {.status = s.status.data(),
                .iterations = s.iterations.data(),
                .solution = {s.solution.data(), static_cast<std::int64_t>(n), 1}},
               policy);
  return s;
}

/// Trains, and compares the report with ProblemSolver's results and with the best constant factor of a separate grid.
template <class P>
TrainingReport expect_trains(TaskRows const& rows, double low, double high) {
  test::TemporaryFolder const folder;
  auto const report = train_meta_solver<P>(Executor::cpu(2), folder.path(), rows, settings());
  auto const meta = MetaSolver::load(folder.path());
  auto const learned = solve<P>(rows, meta), own = solve<P>(rows, meta, {.meta_solver = false});
  EXPECT_NEAR(report.iterations, learned.mean(), 1e-9);
  EXPECT_NEAR(report.constant_iterations, own.mean(), 1e-9);
  EXPECT_EQ(report.tasks, tested);
  EXPECT_EQ(report.failed, tested - std::ranges::count(learned.status, 0));
  EXPECT_EQ(report.constant_failed, tested - std::ranges::count(own.status, 0));
  double best = own.mean();
  for (double r = low; r < high; r += 0.05) best = std::min(best, solve<P>(rows, {}, {}, r).mean());
  EXPECT_TRUE(report.tuned.has_value());
  EXPECT_TRUE(*report.tuned > low && *report.tuned < high) << *report.tuned;
  EXPECT_TRUE(report.tuned_iterations <= 1.02 * best) << report.tuned_iterations << ", the grid's best " << best;
  EXPECT_NEAR(report.tuned_iterations, solve<P>(rows, {}, {}, *report.tuned).mean(), 1e-9);
  EXPECT_TRUE(report.iterations <= 0.95 * best) << report.iterations << ", the best constant " << best;
  EXPECT_FALSE(report.gives_constant);
  EXPECT_GT(report.tuned_time_ratio, 0);
  for (std::size_t i = 0; i < learned.solution.size(); ++i) {
    std::size_t const task = i / (P::parameters - 1);
    if (learned.status[task] == 0 && own.status[task] == 0) {
      EXPECT_NEAR(learned.solution[i], own.solution[i], 1e-6) << "task " << task;
    }
  }
  return report;
}

TEST(OwnOde, ReadmesTrains) { expect_trains<VanDerPolProblem>(van_der_pol_rows, 0, 2); }

TEST(OwnOde, AnEnzymeTrains) {
  auto const report = expect_trains<EnzymeProblem>(enzyme_rows, 0.2, 1.8);
  EXPECT_TRUE(*report.tuned < 1.15) << "over-relaxation does not help here: " << *report.tuned;
}

/// If no epoch improves, the model predicts the better constant: the tuned one, or, to the bit, the rows' own.
/// A network of the program's own can be the meta-solver: counts are the solver's.
TEST(OwnOde, HasALossForOtherNetworks) {
  auto loss = iteration_loss<EnzymeProblem>(Executor::cpu(2), settings(), tested);
  std::vector<double> rows(tested * EnzymeProblem::columns), theta(tested * EnzymeProblem::parameters);
  enzyme_rows(TaskSet::test, 0, tested, rows.data());
  loss.set_tasks(tested, rows.data());
  loss.own_parameters(theta.data());
  std::vector<double> gradient(theta.size());
  std::vector<std::int32_t> iterations(tested);
  loss.evaluate(tested, nullptr, {theta.data(), loss.parameters(), 1},
                {.iterations = iterations.data(), .gradient = {gradient.data(), loss.parameters(), 1}});
  EXPECT_EQ(iterations, solve<EnzymeProblem>(enzyme_rows, {}).iterations);
  EXPECT_GT(std::ranges::count_if(gradient, [](double x) { return x != 0 && std::isfinite(x); }),
            std::ssize(gradient) / 2);
}

TEST(OwnOde, GivesTheConstantWhereNoEpochIsBetter) {
  for (std::string const start : {"tuned", "drawn"}) {
    test::TemporaryFolder const folder;
    auto const report = train_meta_solver<EnzymeProblem>(
        Executor::cpu(2), folder.path(), enzyme_rows,
        settings({"optimizer.rate=1e-30", "network.start=" + start, "training.epochs=1"}));
    EXPECT_TRUE(report.gives_constant) << start;
    auto const meta = MetaSolver::load(folder.path());
    auto const learned = solve<EnzymeProblem>(enzyme_rows, meta);
    EXPECT_EQ(report.tuned.has_value(), start == "tuned");
    if (report.tuned) {
      EXPECT_NEAR(learned.mean(), report.tuned_iterations, 0.05);
    } else {
      auto const own = solve<EnzymeProblem>(enzyme_rows, meta, {.meta_solver = false});
      EXPECT_EQ(learned.iterations, own.iterations);
      EXPECT_EQ(learned.solution, own.solution);
    }
  }
}

struct Narrow : Enzyme {
  static constexpr double relaxation_range[] = {0.25, 0.75};
};

TEST(OwnOde, HasRangesOfItsOwn) {
  auto const expect_range = [](kernels::HeadEntry const& e, double low, double high, double anchor) {
    EXPECT_EQ(e.kind, HeadKind::interval);
    EXPECT_EQ(e.low, low);
    EXPECT_EQ(e.high, high);
    EXPECT_EQ(e.anchor, anchor);
  };
  expect_range(VanDerPolProblem::head()[0], 0, 2, 1);
  expect_range(EnzymeProblem::head()[0], 0.2, 1.8, 1);
  expect_range(kernels::OdeProblem<Narrow>::head()[0], 0.25, 0.75, 0.5);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(EnzymeProblem::head()[i].kind, HeadKind::factor);
}

TEST(OwnOde, ForgottenColumnsAreNamed) {
  auto const executor = Executor::cpu(1);
  std::vector<double> rows(2 * EnzymeProblem::columns), solution(8);
  enzyme_rows(TaskSet::test, 0, 2, rows.data());
  ProblemSolver<EnzymeProblem> solver(executor, {2});
  ProblemSolver<EnzymeProblem>::Tasks tasks{.count = 2};
  for (std::size_t c = 0; c < 14; ++c) {
    if (c != 3 && c != 5 && c != 12) tasks.column[c] = {rows.data() + c, 14};
  }
  Results<double> const results{.solution = {solution.data(), 4, 1}};
  test::expect_message<InputError>(
      [&] { solver.solve(tasks, to_1e9, results); },
      {"tasks.column[3] (p[1] k-1)", "tasks.column[5] (relaxation factor)", "tasks.column[12] (guess y_0[2])"});
  EXPECT_EQ(solution, std::vector<double>(8)) << "nothing ran";
  tasks.column[3] = tasks.column[5] = 1.0;
  tasks.column[12] = 0.0;  // a number common to all tasks counts as given
  EXPECT_NO_THROW(solver.solve(tasks, to_1e9, results));

  test::TemporaryFolder const folder;
  auto const forgets = [](TaskSet set, std::int64_t first, std::int64_t n, double* to) {
    std::vector<double> whole(static_cast<std::size_t>(n) * 14);
    enzyme_rows(set, first, n, whole.data());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (i % 14 < 10 || first + static_cast<std::int64_t>(i / 14) != 17) to[i] = whole[i];
    }
  };
  test::expect_message<InputError>(
      [&] { train_meta_solver<EnzymeProblem>(executor, folder.path(), forgets, settings()); },
      {"enzyme", "training task 17", "10 (guess y_0[0])", "13 (guess y_0[3])", "write all 14"});
}

TEST(OwnOde, FeaturesThatAreNoNumbersAreNamed) {
  test::TemporaryFolder const folder;
  auto const zero = [](TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
    van_der_pol_rows(set, first, n, rows);
    rows[2] = 0;
  };
  test::expect_message<InputError>(
      [&] { train_meta_solver<VanDerPolProblem>(Executor::cpu(1), folder.path(), zero, settings()); },
      {"my_van_der_pol", "log10 of p[0]", "training task 0", "infinite"});
}

}  // namespace
}  // namespace metasolve::own_ode_test
