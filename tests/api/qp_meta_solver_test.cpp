// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/detail/problems/qp_kind.hpp"
#include "metasolve/detail/problems/qp_quadcopter.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/qp_solver.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/online_on.hpp"
#include "tests/support/random_qps.hpp"

/// QpSolver with a meta-solver of the problem "qp", and with one that learns online, on each executor.
namespace metasolve::qp_meta_solver_test {
namespace {

using test::at;
constexpr std::int64_t count = 12;  // vectors with lanes in use, and without

/// Tasks of the quadcopter with its states eliminated, as a caller has them.
class QpMetaSolverOn : public test::CallerMemory {
 protected:
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> solution;
    std::vector<Origin> origin;
    Tally tally;
  };

  void SetUp() override {
    CallerMemory::SetUp();
    if (IsSkipped()) return;
    auto const& f = kind_.family;
    auto const width = f->width();
    std::vector<double> rows(at(count * width)), features(at(count * f->features()));
    for (std::int64_t t = 0; t < count; ++t) {
      f->sample(1, static_cast<int>(random::Stream::test_tasks), t, rows.data() + t * width);
    }
    kind_.features_of(rows.data(), count, features.data());
    auto const* const of_tasks = place(rows);
    std::int64_t next = f->features();
    auto const view = [&](std::int64_t items) {
      BatchView<double const> const v{of_tasks + next, width, 1};
      next += items;
      return v;
    };
    tasks_.count = count;
    tasks_.features = {place(features), f->features(), 1};
    tasks_.q = view(f->variables());
    tasks_.lower = view(f->rows());
    tasks_.upper = view(f->rows());
    if (f->has_scales) tasks_.scales = view(2);
    tasks_.p_values = {place(f->p_values), 0, 1};
    tasks_.a_values = {place(f->a_values), 0, 1};
    tasks_.rho = {place(std::vector<double>(at(kind_.groups()), 10.0)), 0, 1};
  }
  [[nodiscard]] config::RunConfig network() const {
    config::RunConfig c;
    c.problem.name = "qp";
    c.of<problems::QpSettings>().of = "quadcopter_condensed";
    c.of<problems::QpSolverSettings>() = kind_.settings;
    c.network.hidden = {12};
    return c;
  }
  struct Patterns {
    std::vector<double> lower, upper;
    QpSolver::Problem problem;
  };
  /// Classes by bounds: those of the first task.
  [[nodiscard]] Patterns patterns() const {
    auto const& f = kind_.family;
    Patterns given;
    for (auto const row : f->classes) {
      bool const none = row == problems::RowClass::unbounded;
      given.lower.push_back(none ? -test::no_bound : -1);
      given.upper.push_back(none ? test::no_bound : row == problems::RowClass::equality ? -1 : 1);
    }
    given.problem.p = {f->p.row_ptrs, f->p.col_idxs};
    given.problem.a = {f->a.row_ptrs, f->a.col_idxs};
    given.problem.lower = given.lower;
    given.problem.upper = given.upper;
    return given;
  }
  [[nodiscard]] QpSolver solver(std::optional<MetaSolver> meta, int codebook = 0) {
    metasolve::Setup setup;
    setup.capacity = count;
    setup.meta_solver = std::move(meta);
    return {executor(),
            patterns().problem,
            {.row_weights = kind_.weight, .penalty_group = kind_.group_of_row, .codebook = codebook},
            setup};
  }
  Outcome solve(QpSolver& by, Policy const& policy = {}, std::int32_t limit = 4000) {
    auto const width = at(by.variables() + by.rows());
    auto* const status = place(std::vector<std::int32_t>(at(count), -1));
    auto* const iterations = place(std::vector<std::int32_t>(at(count), -1));
    auto* const origin = place(std::vector<Origin>(at(count), static_cast<Origin>(-1)));
    auto* const tally = place(std::vector<Tally>(1, {7, 7}));
    auto* const solution = place(std::vector<double>(at(count) * width, -7));
    Results<double> results;
    results.status = status;
    results.iterations = iterations;
    results.origin = origin;
    results.tally = tally;
    results.solution = {solution, static_cast<std::int64_t>(width), 1};
    by.solve(tasks_, {1e-6, limit}, results, policy);
    return {fetch(status, at(count)), fetch(iterations, at(count)), fetch(solution, at(count) * width),
            fetch(origin, at(count)), fetch(tally, 1).front()};
  }

  problems::QpKind const kind_{std::make_shared<problems::QpFamily const>(problems::quadcopter_family(true)), {}};
  QpSolver::Tasks tasks_;
};

TEST_P(QpMetaSolverOn, ChoosesPenaltiesAndTheStartUnlessThePolicySaysNo) {
  auto plain = solver({});
  auto const constant = solve(plain);
  EXPECT_EQ(constant.status, std::vector<std::int32_t>(at(count), 0));
  auto with = solver(test::meta_solver(network()));
  auto const without = solve(with, {.meta_solver = false});
  EXPECT_EQ(without.iterations, constant.iterations);
  EXPECT_EQ(without.solution, constant.solution);
  auto const chosen = solve(with);
  EXPECT_NE(chosen.iterations, constant.iterations);
  EXPECT_EQ(chosen.origin, std::vector<Origin>(at(count), Origin::chosen));
  for (std::size_t t = 0; t < at(count); ++t) {
    if (chosen.status[t] != 0) continue;
    for (std::size_t k = t * 110; k < t * 110 + 40; ++k) {  // the same inputs
      EXPECT_NEAR(chosen.solution[k], constant.solution[k], 1e-2);
    }
  }
}

/// A network that predicts penalties alone starts from the caller's guess.
TEST_P(QpMetaSolverOn, StartsFromTheGuessWithPredictedPenalties) {
  auto penalties_alone = network();
  penalties_alone.of<problems::QpSolverSettings>().learned = problems::QpLearned::penalties;
  auto with = solver(test::meta_solver(penalties_alone));
  auto plain = solver({});
  auto const cold = solve(with, {}, 300);
  tasks_.guess = {place(cold.solution), 110, 1};
  auto const warm = solve(with, {}, 300);
  int used = 0;
  for (std::size_t t = 0; t < at(count); ++t) {
    if (cold.status[t] != 0) continue;
    EXPECT_LE(warm.iterations[t], 1);
    ++used;
  }
  EXPECT_GT(used, count / 2);
  EXPECT_EQ(warm.origin, std::vector<Origin>(at(count), Origin::chosen));
  tasks_.guess = {place(std::vector<double>(at(count) * 110, 0.01)), 110, 1};
  EXPECT_NE(solve(with, {}, 3).solution, solve(plain, {}, 3).solution) << "other penalties";
}

TEST_P(QpMetaSolverOn, RetriesWithTheConstants) {
  auto plain = solver({});
  auto const constant = solve(plain);
  auto with = solver(test::meta_solver(network()));
  auto const again = solve(with, {.retry = true, .first_max_iterations = 1});
  EXPECT_EQ(again.status, std::vector<std::int32_t>(at(count), 0));
  EXPECT_EQ(again.origin, std::vector<Origin>(at(count), Origin::retried));
  EXPECT_EQ(again.tally.retried, count);
  // From the rows' clipped zeros, as the cold start, but for the first step, which does not relax.
  for (std::size_t t = 0; t < at(count); ++t) {
    EXPECT_LE(again.iterations[t], 2 * constant.iterations[t] + 20);
  }
}

TEST_P(QpMetaSolverOn, ReplacesWhatIsNotFinite) {
  auto with = solver(test::meta_solver_of_nan(network(), 16));
  auto const replaced = solve(with);
  EXPECT_EQ(replaced.status, std::vector<std::int32_t>(at(count), 0));
  EXPECT_EQ(replaced.origin, std::vector<Origin>(at(count), Origin::replaced));
  EXPECT_EQ(replaced.tally.replaced, count);
}

TEST_P(QpMetaSolverOn, PredictsEntriesOfACodebook) {
  auto with = solver(test::meta_solver(network()), 2);
  std::vector<double> penalties;
  for (int e = 0; e < 2; ++e) penalties.insert(penalties.end(), at(with.groups()), e == 0 ? 0.1 : 1);
  with.set_codebook({{place(penalties), with.groups(), 1}, tasks_.p_values, tasks_.a_values});
  EXPECT_EQ(solve(with).origin, std::vector<Origin>(at(count), Origin::chosen));
}

/// Weights and groups of rows, rows to predict, guess_rho and constants need not be given.
TEST_P(QpMetaSolverOn, KnowsWhatItWasTrainedWith) {
  auto c = network();
  auto& s = c.of<problems::QpSolverSettings>();
  s.rho = {0.5, 7};
  s.alpha = 1.4;
  s.guess_rho = 3;
  auto given = patterns();
  auto const meta = test::meta_solver(c);
  QpSolver knows(executor(), given.problem, {}, {.capacity = count, .meta_solver = meta});
  problems::QpKind const kind(kind_.family, s);
  given.upper[3] = given.lower[3];  // equal in this task alone
  QpSolver knows_more(executor(), given.problem, {}, {.capacity = count, .meta_solver = meta});
  given = patterns();
  QpSolver told(executor(), given.problem,
                {.row_weights = kind.weight, .penalty_group = kind.group_of_row, .guess_rho = s.guess_rho},
                {.capacity = count, .meta_solver = meta});
  EXPECT_EQ(knows.groups(), kind.groups());
  EXPECT_TRUE(std::isnan(knows.rho())) << "two constants";
  Policy const plain{.meta_solver = false};
  tasks_.rho = {};
  auto const chosen = solve(knows), constant = solve(knows, plain);
  EXPECT_EQ(solve(knows_more).solution, chosen.solution);
  tasks_.rho = {place(kind.constants), 0, 1};
  tasks_.alpha = 1.4;
  EXPECT_EQ(solve(told).solution, chosen.solution);
  EXPECT_EQ(solve(told, plain).solution, constant.solution);
  EXPECT_EQ(chosen.origin, std::vector<Origin>(at(count), Origin::chosen));
}

TEST_P(QpMetaSolverOn, RejectsAnotherProblem) {
  auto const meta = test::meta_solver(network());
  auto given = patterns();
  auto& problem = given.problem;
  metasolve::Setup setup;
  setup.capacity = count;
  setup.meta_solver = meta;
  std::vector<std::int32_t> const one(at(kind_.family->rows()), 0);
  test::expect_message<InputError>([&] { QpSolver(executor(), problem, {.penalty_group = one}, setup); },
                                   {"setup.meta_solver", "options.penalty_group"});
  problem.a.row_ptrs = std::span(kind_.family->a.row_ptrs).first(3);
  problem.a.col_idxs = std::span(kind_.family->a.col_idxs).first(at(problem.a.row_ptrs.back()));
  problem.lower = problem.upper = {};
  test::expect_message<InputError>([&] { QpSolver(executor(), problem, {}, setup); },
                                   {"setup.meta_solver was trained for programs of 70 rows, and these have 2"});
  config::RunConfig other;
  other.problem.name = "spd";
  setup.meta_solver = test::meta_solver(other);
  test::expect_message<InputError>([&] { QpSolver(executor(), problem, {}, setup); },
                                   {"setup.meta_solver", "spd", "qp"});
  auto with = solver(meta);
  tasks_.features = {};
  test::expect_message<InputError>([&] { solve(with); }, {"tasks.features is null"});
}

METASOLVE_ON_EXECUTORS(QpMetaSolverOn);

class QpOnlineOn : public test::OnlineOn {
 protected:
  void SetUp() override {
    OnlineOn::SetUp();
    if (IsSkipped()) return;
    for (std::int64_t t = 0; t < qps_.count; ++t) feature_.push_back(1 + static_cast<double>(t * 37 % 999));
    tasks_.count = qps_.count;
    tasks_.p_values = {place(qps_.p), 0, 1};
    tasks_.a_values = {place(qps_.a), 0, 1};
    tasks_.q = {place(qps_.q), qps_.n, 1};
    tasks_.lower = {place(qps_.l), qps_.m, 1};
    tasks_.upper = {place(qps_.u), qps_.m, 1};
  }
  void expect_plain(OnlineMetaSolver::Parameter const& parameter, bool is_rho) {
    QpSolver solver(executor(), qps_.problem(), {}, {qps_.count});
    Stopping<double> const stopping{1e-5, 300};
    auto const n = at(qps_.columns()), tasks = at(qps_.count);
    Solve<double> const solve = [&](Columns const& columns, Results<double> const& results, Policy const& policy) {
      auto given = tasks_;
      if (!is_rho) given.alpha = columns[0];
      solver.solve(given, stopping, results, policy);
    };
    Plain<double> const plain = [&](std::vector<double> const& chosen) {
      auto rho = chosen;
      for (auto& x : rho) x *= solver.rho();
      Solve<double> const with_rho = [&](Columns const&, Results<double> const& results, Policy const& policy) {
        auto given = tasks_;
        given.rho = {place(rho), 1, 1};
        solver.solve(given, stopping, results, policy);
      };
      return call(is_rho ? with_rho : solve, tasks, n, {{place(chosen), 1}});
    };
    BatchView<double const> const features{place(feature_), 1, 1};
    auto const of = expect_plain_calls<double>(test::online_options(parameter, qps_.count), solve, plain, tasks, n,
                                               features, 300, 12);
    EXPECT_GT(of[0], tasks) << "chosen";
    EXPECT_GT(of[3], 0u) << "constant";
  }

  test::RandomQps const qps_{6, 8, 48, true};
  std::vector<double> feature_;
  QpSolver::Tasks tasks_;
};

TEST_P(QpOnlineOn, ChoosesAlpha) { expect_plain({.name = "alpha", .low = 0.8, .high = 1.9, .constant = 1.6}, false); }

TEST_P(QpOnlineOn, ChoosesAFactorOnThePenalties) {
  expect_plain({.name = "rho", .low = 0.1, .high = 100, .constant = 1, .is_logarithmic = true}, true);
}

METASOLVE_ON_EXECUTORS(QpOnlineOn);

}  // namespace
}  // namespace metasolve::qp_meta_solver_test
