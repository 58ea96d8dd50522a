// SPDX-License-Identifier: Apache-2.0
#include "metasolve/jacobi_solver.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "metasolve/detail/io/csv.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/tridiagonal_csr.hpp"

/// The public solver on each available executor: reference counts, layouts, per-task stopping, invalid arguments.
namespace metasolve::jacobi_solver_test {
namespace {

constexpr int unknowns = 16;

/// tests/data/poisson.csv: 100 tasks with their counts at four tolerances, from another program.
struct Reference {
  std::vector<double> rhs, solution;
  std::vector<std::vector<std::int32_t>> counts;
  std::vector<double> tolerances{1e-2, 1e-4, 1e-6, 1e-8};
  std::int64_t tasks;

  Reference() {
    std::filesystem::path const file = std::filesystem::path(METASOLVE_SOURCE_DIR) / "tests/data/poisson.csv";
    std::vector<std::string> names;
    for (int i = 1; i <= unknowns; ++i) names.push_back("f" + std::to_string(i));
    auto const table = io::read_columns(file, names);
    tasks = table.rows;
    rhs = table.values;
    solution.resize(rhs.size());
    solve_poisson_directly(unknowns, rhs, solution);
    for (char const* name : {"k_1e-2", "k_1e-4", "k_1e-6", "k_1e-8"}) {
      auto const column = io::read_columns(file, {name}).values;
      counts.emplace_back(column.begin(), column.end());
    }
  }
};

class JacobiSolverOn : public test::CallerMemory {};

TEST_P(JacobiSolverOn, CountsAllReferenceTasksExactly) {
  Reference const r;
  ASSERT_EQ(r.tasks, 100);
  auto const n = static_cast<std::size_t>(r.tasks);
  test::TridiagonalCsr const csr(unknowns);
  auto* const rhs = place(r.rhs);
  auto* const solution = place(r.solution);
  auto* const values = place(csr.values);
  auto* const iterations = place(std::vector<std::int32_t>(n));
  auto* const status = place(std::vector<std::int32_t>(n));
  int equal = 0;
  for (bool const sparse : {false, true}) {
    auto solver = sparse ? JacobiSolver<double>::sparse(executor(), {csr.row_ptrs, csr.col_idxs},
                                                        Measure::relative_error, {r.tasks})
                         : JacobiSolver<double>::poisson(executor(), unknowns, Measure::relative_error, {r.tasks});
    for (std::size_t e = 0; e < r.tolerances.size(); ++e) {
      solver.solve({r.tasks, {rhs, unknowns, 1}, {solution, unknowns, 1}, {values, 0, 1}, {}}, {r.tolerances[e], 10000},
                   {status, iterations, nullptr, {}, {}});
      EXPECT_EQ(fetch(iterations, n), r.counts[e]) << "tolerance " << r.tolerances[e];
      EXPECT_EQ(fetch(status, n), std::vector<std::int32_t>(n, 0));
      equal += fetch(iterations, n) == r.counts[e] ? 100 : 0;
    }
  }
  EXPECT_EQ(equal, 800) << "400 counts by stencil and by sparse matrix";
}

TEST_P(JacobiSolverOn, LayoutsPerTaskStoppingAndGuesses) {
  Reference const r;
  auto const n = static_cast<std::size_t>(r.tasks);
  std::vector<double> transposed(r.rhs.size()), guess(r.rhs.size()), tolerances(n);
  std::vector<std::int32_t> limits(n);
  for (std::size_t t = 0; t < n; ++t) {
    tolerances[t] = r.tolerances[t % 4];
    limits[t] = t % 5 == 0 ? 3 : 10000;
    for (std::size_t i = 0; i < unknowns; ++i) transposed[i * n + t] = r.rhs[t * unknowns + i];
  }
  auto solver = JacobiSolver<double>::poisson(executor(), unknowns, Measure::relative_error, {r.tasks});
  auto* const solution = place(r.solution);
  auto* const iterations = place(std::vector<std::int32_t>(n));
  auto* const status = place(std::vector<std::int32_t>(n));
  auto* const last = place(std::vector<double>(r.rhs.size()));
  solver.solve({r.tasks,
                BatchView<double const>::struct_of_arrays(place(transposed), r.tasks),
                BatchView<double const>::array_of_structs(solution, unknowns),
                {},
                {place(guess), unknowns, 1}},
               {{place(tolerances), 1}, {place(limits), 1}},
               {status, iterations, nullptr, BatchView<double>::struct_of_arrays(last, r.tasks), {}});
  auto const counts = fetch(iterations, n);
  auto const states = fetch(last, r.rhs.size());
  for (std::size_t t = 0; t < n; ++t) {
    bool const limited = r.counts[t % 4][t] > limits[t];
    EXPECT_EQ(counts[t], limited ? 3 : r.counts[t % 4][t]);
    EXPECT_EQ(fetch(status, n)[t], limited ? 1 : 0);
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < unknowns; ++i) {
      error += std::pow(states[i * n + t] - r.solution[t * unknowns + i], 2);
      norm += std::pow(r.solution[t * unknowns + i], 2);
    }
    EXPECT_TRUE(limited || std::sqrt(error / norm) <= tolerances[t] * (1 + 1e-9));
  }
  // The solution as a guess takes no iteration; a wrong pointer would.
  solver.solve({r.tasks, {place(r.rhs), unknowns, 1}, {solution, unknowns, 1}, {}, {solution, unknowns, 1}},
               {1e-8, 100}, {status, iterations, nullptr, {}, {}});
  EXPECT_EQ(fetch(iterations, n), std::vector<std::int32_t>(n, 0));
}

TEST_P(JacobiSolverOn, RelativeResidualNeedsNoSolution) {
  Reference const r;
  auto const n = static_cast<std::size_t>(r.tasks);
  auto solver = JacobiSolver<float>::poisson(executor(), unknowns, Measure::relative_residual, {r.tasks});
  std::vector<float> const rhs(r.rhs.begin(), r.rhs.end());
  auto* const measure = place(std::vector<float>(n));
  auto* const status = place(std::vector<std::int32_t>(n));
  solver.solve({r.tasks, {place(rhs), unknowns, 1}, {}, {}, {}}, {1e-3f, 10000}, {status, nullptr, measure, {}, {}});
  for (float const m : fetch(measure, n)) EXPECT_LE(m, 1e-3f);
  EXPECT_EQ(fetch(status, n), std::vector<std::int32_t>(n, 0));
}

TEST_P(JacobiSolverOn, AMetaSolverChangesTheCountsAndMustFit) {
  Reference const r;
  auto const meta = test::meta_solver({});
  EXPECT_EQ(meta.problem(), "poisson");
  EXPECT_EQ(meta.features(), 16);
  EXPECT_EQ(meta.tolerance(), 1e-6);

  auto const n = static_cast<std::size_t>(r.tasks);
  auto solver = JacobiSolver<double>::poisson(executor(), unknowns, Measure::relative_error, {r.tasks, meta});
  auto* const iterations = place(std::vector<std::int32_t>(n));
  solver.solve({r.tasks, {place(r.rhs), unknowns, 1}, {place(r.solution), unknowns, 1}, {}, {}}, {1e-6, 10000},
               {nullptr, iterations, nullptr, {}, {}});
  EXPECT_NE(fetch(iterations, n), r.counts[2]);
  // Without a meta-solver, and with one under a policy that does not use it: the zero guess.
  solver.solve({r.tasks, {place(r.rhs), unknowns, 1}, {place(r.solution), unknowns, 1}, {}, {}}, {1e-6, 10000},
               {nullptr, iterations, nullptr, {}, {}}, {.meta_solver = false});
  EXPECT_EQ(fetch(iterations, n), r.counts[2]);
  EXPECT_THROW(JacobiSolver<double>::poisson(executor(), 15, Measure::relative_error, {10, meta}), InputError);
}

/// Setup shared by the tests below: the reference's tasks to 1e-6.
class GuardedJacobi : public JacobiSolverOn {
 protected:
  using Solver = JacobiSolver<double>;
  static constexpr std::size_t n = 100;
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> measure, solution;
    bool operator==(Outcome const&) const = default;
  };
  void SetUp() override {
    JacobiSolverOn::SetUp();
    if (IsSkipped()) return;
    rhs_ = place(reference_.rhs);
    solution_ = place(reference_.solution);
    auto guess = reference_.solution;
    for (std::size_t i = 0; i < guess.size(); ++i) guess[i] *= 1 + 0.1 * static_cast<double>(i % 3);
    guess_ = place(guess);
    status_ = place(std::vector<std::int32_t>(n));
    iterations_ = place(std::vector<std::int32_t>(n));
    measure_ = place(std::vector<double>(n));
    found_ = place(std::vector<double>(n * unknowns));
    origin_ = place(std::vector<Origin>(n));
    tally_ = place(std::vector<Tally>(1));
  }
  Solver solver(metasolve::Setup const& setup) {
    return Solver::poisson(executor(), unknowns, Measure::relative_error, setup);
  }
  Outcome solve(Solver& by, std::int32_t limit, Policy const& policy = {}) {
    by.solve({n, {rhs_, unknowns, 1}, {solution_, unknowns, 1}, {}, {guess_, unknowns, 1}}, {1e-6, limit},
             {status_, iterations_, measure_, {found_, unknowns, 1}, {}, origin_, tally_}, policy);
    return {fetch(status_, n), fetch(iterations_, n), fetch(measure_, n), fetch(found_, n * unknowns)};
  }
  Tally tally() { return fetch(tally_, 1).front(); }
  std::vector<Origin> origin() { return fetch(origin_, n); }

  Reference const reference_;
  double *rhs_ = nullptr, *solution_ = nullptr, *guess_ = nullptr, *measure_ = nullptr, *found_ = nullptr;
  std::int32_t *status_ = nullptr, *iterations_ = nullptr;
  Origin* origin_ = nullptr;
  Tally* tally_ = nullptr;
};

TEST_P(GuardedJacobi, WhatIsNotFiniteIsReplacedAndNotCutShort) {
  auto without = solver({n});
  auto const expected = solve(without, 10000);
  ASSERT_GT(*std::min_element(expected.iterations.begin(), expected.iterations.end()), 5);
  auto by = solver({n, test::meta_solver_of_nan({}, 8)});
  for (Policy const& policy : {Policy{}, Policy{.retry = true}, Policy{.retry = true, .first_max_iterations = 5}}) {
    EXPECT_EQ(solve(by, 10000, policy), expected);
    EXPECT_EQ(origin(), std::vector<Origin>(n, Origin::replaced));
    EXPECT_EQ(tally().replaced, static_cast<std::int64_t>(n));
    EXPECT_EQ(tally().retried, 0);
  }
}

/// A meta-solver whose guesses are far off: from there 1e-6 is not reached within the limit.
TEST_P(GuardedJacobi, WhatFailsIsTriedAgainWithTheConstants) {
  auto without = solver({n});
  auto const expected = solve(without, 1000);
  ASSERT_EQ(expected.status, std::vector<std::int32_t>(n, 0));
  auto by =
      solver({n, test::meta_solver({}, [](auto& weights) { std::fill_n(weights.end() - unknowns, unknowns, 1e12); })});
  solve(by, 1000);
  EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, static_cast<std::int32_t>(Status::iteration_limit)));
  for (std::int32_t const first : {0, 5}) {
    auto again = solve(by, 1000, {.retry = true, .first_max_iterations = first});
    for (auto& k : again.iterations) k -= first > 0 ? first : 1000;
    EXPECT_EQ(again, expected);
    EXPECT_EQ(origin(), std::vector<Origin>(n, Origin::retried));
    EXPECT_EQ(tally().retried, static_cast<std::int64_t>(n));
    EXPECT_EQ(tally().replaced, 0);
  }
}

TEST_P(GuardedJacobi, WorksInTheCallersMemory) {
  for (auto const& meta : {std::optional<MetaSolver>{}, std::optional(test::meta_solver({}))}) {
    metasolve::Setup setup{n, meta};
    auto own = solver(setup);
    auto const expected = solve(own, 10000);
    setup.workspace = workspace(Solver::poisson_workspace_bytes(executor(), unknowns, Measure::relative_error, setup));
    auto const before = backend().allocated();
    auto by = solver(setup);
    EXPECT_EQ(backend().allocated(), before) << "no memory but the caller's";
    EXPECT_EQ(solve(by, 10000), expected);
    measure_ = static_cast<double*>(setup.workspace.data);
    test::expect_message<InputError>([&] { solve(by, 10000); }, {"setup.workspace overlaps results.measure"});
    measure_ = place(std::vector<double>(n));
  }
  test::TridiagonalCsr const csr(unknowns);
  metasolve::Setup setup{n};
  auto const bytes =
      Solver::sparse_workspace_bytes(executor(), {csr.row_ptrs, csr.col_idxs}, Measure::relative_error, setup);
  setup.workspace = workspace(bytes);
  auto const before = backend().allocated();
  auto const sparse = Solver::sparse(executor(), {csr.row_ptrs, csr.col_idxs}, Measure::relative_error, setup);
  EXPECT_EQ(backend().allocated(), before);
}

TEST_P(JacobiSolverOn, WrongArgumentsAreNamed) {
  using Solver = JacobiSolver<double>;
  auto const& ex = executor();
  for (int const n : {0, -1, 1025}) EXPECT_THROW(Solver::poisson(ex, n, Measure::relative_error, {1}), InputError);
  EXPECT_THROW(Solver::poisson(ex, 16, Measure::relative_error, {0}), InputError);
  std::vector<std::int32_t> const rows{0, 1, 2}, no_diagonal{0, 0};
  test::expect_message<InputError>(
      [&] {
        Solver::sparse(ex, {rows, no_diagonal}, Measure::relative_error, {1});
      },
      {"row 1"});
  auto solver = Solver::poisson(ex, 16, Measure::relative_error, {4});
  auto* const memory = place(std::vector<double>(80, 1.0));  // extra elements at the end, for arrays that begin in it
  BatchView<double const> const f{memory, 16, 1};
  test::expect_message<InputError>([&] { solver.solve({5, f, f, {}, {}}, {}, {}); }, {"tasks.count"});
  test::expect_message<InputError>([&] { solver.solve({-1, f, f, {}, {}}, {}, {}); }, {"tasks.count"});
  test::expect_message<InputError>([&] { solver.solve({4, {}, f, {}, {}}, {}, {}); }, {"tasks.rhs"});
  test::expect_message<InputError>([&] { solver.solve({4, f, {}, {}, {}}, {}, {}); }, {"tasks.solution"});
  test::expect_message<InputError>([&] { solver.solve({4, f, f, {}, {}}, {0.0, 5}, {}); }, {"tolerance"});
  test::expect_message<InputError>([&] { solver.solve({4, f, f, {}, {}}, {std::nan(""), 5}, {}); }, {"tolerance"});
  test::expect_message<InputError>([&] { solver.solve({4, f, f, {}, {}}, {1e-3, -5}, {}); }, {"max_iterations"});
  test::expect_message<InputError>([&] { solver.solve({4, f, f, {}, {}}, {HUGE_VAL, 5}, {}); }, {"tolerance is inf"});
  test::expect_message<InputError>([&] { Solver::poisson(ex, 16, static_cast<Measure>(2), {1}); }, {"measure is 2"});
  auto const off = [](double const* at) {
    return reinterpret_cast<double const*>(reinterpret_cast<char const*>(at) + 4);
  };
  test::expect_message<InputError>(
      [&] {
        solver.solve({4, {off(memory), 16, 1}, f, {}, {}}, {}, {});
      },
      {"tasks.rhs is not aligned"});
  test::expect_message<InputError>(
      [&] {
        solver.solve({4, f, f, {}, {off(memory), 16, 1}}, {}, {});
      },
      {"tasks.guess is not aligned"});
  test::expect_message<InputError>(
      [&] {
        solver.solve({4, f, f, {}, {}}, {}, {.solution = {memory, 16, 1}});
      },
      {"results.solution overlaps tasks.rhs"});
  test::expect_message<InputError>(
      [&] {
        solver.solve({4, f, f, {}, {}}, {}, {.measure = memory + 63});
      },
      {"results.measure overlaps tasks.rhs"});
  auto* const out = place(std::vector<double>(128));
  test::expect_message<InputError>(
      [&] {
        solver.solve({4, f, f, {}, {}}, {}, {.measure = out, .solution = {out + 3, 16, 1}});
      },
      {"results.measure overlaps results.solution"});
  test::expect_message<InputError>(
      [&] {
        solver.solve({4, {memory, std::int64_t{1} << 61, 1}, f, {}, {}}, {}, {});
      },
      {"tasks.rhs has strides"});
  EXPECT_NO_THROW(solver.solve({4, f, f, {}, {}}, {}, {.measure = out, .solution = {out + 4, 16, 1}}));
  EXPECT_NO_THROW(solver.solve({}, {}, {})) << "no tasks are no error";
}

METASOLVE_ON_EXECUTORS(JacobiSolverOn);
METASOLVE_ON_EXECUTORS(GuardedJacobi);

}  // namespace
}  // namespace metasolve::jacobi_solver_test
