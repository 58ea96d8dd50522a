// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "tests/support/c_api_memory.hpp"

/// Conjugate gradients from C: agreement with the class, and error handling.
namespace metasolve::c_api_cg_test {
namespace {

using test::made, test::expect_failure, test::setup_of;
constexpr std::int32_t width = 5, n = width * width;
constexpr std::int64_t count = 7;

/// Diffusion on a grid, with its full pattern; each system has other conductivities.
struct Grid {
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values, rhs, solution;  ///< [count] each

  Grid() {
    for (std::int32_t i = 0; i < n; ++i) {
      for (std::int32_t j = 0; j < n; ++j) {
        if (i == j || joined(i, j)) column.push_back(j);
      }
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    for (int t = 0; t < count; ++t) {
      for (std::int32_t i = 0; i < n; ++i) solution.push_back(std::sin(1.0 + i + 3 * t));
      for (std::int32_t i = 0; i < n; ++i) {
        double b = 0;
        for (auto const j : row(i)) {
          values.push_back(entry(t, i, j));
          b += values.back() * solution[static_cast<std::size_t>(t * n + j)];
        }
        rhs.push_back(b);
      }
    }
  }
  [[nodiscard]] std::int32_t entries() const { return static_cast<std::int32_t>(column.size()); }
  [[nodiscard]] metasolve_pattern pattern() const { return {n, entries(), begin.data(), column.data()}; }

 private:
  [[nodiscard]] std::span<std::int32_t const> row(std::int32_t i) const {
    auto const at = static_cast<std::size_t>(i);
    return std::span(column).subspan(static_cast<std::size_t>(begin[at]),
                                     static_cast<std::size_t>(begin[at + 1] - begin[at]));
  }
  static bool joined(std::int32_t i, std::int32_t j) {
    return std::abs(i / width - j / width) + std::abs(i % width - j % width) == 1;
  }
  static double between(int t, std::int32_t i, std::int32_t j) { return 1.5 + std::cos(i + j + 2.0 * t); }
  static double entry(int t, std::int32_t i, std::int32_t j) {
    if (i != j) return -between(t, i, j);
    double sum = 0.1;
    for (std::int32_t k = 0; k < n; ++k) sum += joined(i, k) ? between(t, i, k) : 0.0;
    return sum;
  }
};

class CApiCgOn : public test::CApiMemory {
 protected:
  void SetUp() override {
    CApiMemory::SetUp();
    if (IsSkipped()) return;
    status_ = place(std::vector<std::int32_t>(count, -1));
    iterations_ = place(std::vector<std::int32_t>(count, -1));
    measure_ = place(std::vector<double>(count));
    x_ = place(std::vector<double>(count * n));
  }
  [[nodiscard]] test::Handle<metasolve_cg_solver> solver(metasolve_cg_options const* options, metasolve_setup setup) {
    auto const pattern = grid_.pattern();
    return made<metasolve_cg_solver>(
        [&](auto** to) { return metasolve_cg_solver_create(executor(), &pattern, options, &setup, to); });
  }
  [[nodiscard]] metasolve_cg_tasks tasks(double shift) {
    metasolve_cg_tasks made = METASOLVE_CG_TASKS_DEFAULT;
    made.count = count;
    made.values = {place(grid_.values), grid_.entries(), 1};
    made.rhs = {place(grid_.rhs), n, 1};
    made.shift.value = shift;
    return made;
  }
  [[nodiscard]] metasolve_results results() const {
    metasolve_results made = METASOLVE_RESULTS_DEFAULT;
    made.status = status_;
    made.iterations = iterations_;
    made.measure = measure_;
    made.solution = {x_, n, 1};
    return made;
  }
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> measure, x;
    bool operator==(Outcome const&) const = default;
  };
  [[nodiscard]] Outcome outcome() {
    return {fetch(status_, count), fetch(iterations_, count), fetch(measure_, count), fetch(x_, count * n)};
  }

  Grid const grid_;
  std::int32_t *status_ = nullptr, *iterations_ = nullptr;
  double *measure_ = nullptr, *x_ = nullptr;
};

TEST_P(CApiCgOn, DoesWhatTheClassDoes) {
  auto const cxx = Executor::open(GetParam(), 2);
  auto given = tasks(0.05);
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.tolerance.value = 1e-10;
  auto const out = results();
  std::vector<std::vector<std::int32_t>> counts;
  auto const expect_the_class = [&](metasolve_cg_options const* options, CgSolver::Options const& of_class) {
    auto const pattern = grid_.pattern();
    auto setup = setup_of(count);
    std::size_t bytes = 0;
    ASSERT_EQ(metasolve_cg_solver_workspace_bytes(executor(), &pattern, options, &setup, &bytes), METASOLVE_CODE_OK);
    EXPECT_EQ(bytes, CgSolver::workspace_bytes(cxx, {grid_.begin, grid_.column}, of_class, {count}));
    setup.workspace = {allocate(bytes), bytes};
    auto const by_c = solver(options, setup);
    EXPECT_EQ(metasolve_cg_solver_unknowns(by_c.get()), n);
    ASSERT_EQ(metasolve_cg_solver_solve(by_c.get(), &given, &stopping, &out, nullptr), METASOLVE_CODE_OK)
        << metasolve_last_error();
    ASSERT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    auto const found = outcome();
    EXPECT_EQ(found.status, std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
    for (std::size_t i = 0; i < found.x.size(); ++i) EXPECT_NEAR(found.x[i], grid_.solution[i], 1e-7);
    counts.push_back(found.iterations);

    CgSolver by_class(cxx, {grid_.begin, grid_.column}, of_class, {count});
    by_class.solve({.count = count,
                    .values = {given.values.data, grid_.entries(), 1},
                    .rhs = {given.rhs.data, n, 1},
                    .shift = 0.05},
                   {.tolerance = 1e-10},
                   {.status = status_, .iterations = iterations_, .measure = measure_, .solution = {x_, n, 1}});
    cxx.synchronize();
    EXPECT_EQ(outcome(), found) << "bitwise the class's";
  };
  expect_the_class(nullptr, {});
  // Each option changes the counts, which shows that it reaches the class.
  using Kind = CgSolver::Preconditioner;
  using Order = CgSolver::Ordering;
  metasolve_cg_options options = METASOLVE_CG_OPTIONS_DEFAULT;
  options.preconditioner = METASOLVE_PRECONDITIONER_NONE;
  expect_the_class(&options, {.preconditioner = Kind::none});
  options.preconditioner = METASOLVE_PRECONDITIONER_JACOBI;
  expect_the_class(&options, {.preconditioner = Kind::jacobi});
  options = METASOLVE_CG_OPTIONS_DEFAULT;
  options.fill_entries = 1;
  expect_the_class(&options, {.fill_entries = 1});
  options.ordering = METASOLVE_ORDERING_NATURAL;
  expect_the_class(&options, {.ordering = Order::natural, .fill_entries = 1});
  options = METASOLVE_CG_OPTIONS_DEFAULT;
  options.fill_level = 0;
  expect_the_class(&options, {.fill_level = 0});
  options.fill_level = 1;
  expect_the_class(&options, {.fill_level = 1});
  for (std::size_t a = 0; a < counts.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(counts[a], counts[b]) << "options " << a << " and " << b;
  }
}

TEST_P(CApiCgOn, ShiftsAreEachTasksOwn) {
  auto const by_c = solver(nullptr, setup_of(count));
  auto const out = results();
  auto const solved_with = [&](metasolve_column const& shift) {
    auto given = tasks(0);
    given.shift = shift;
    EXPECT_EQ(metasolve_cg_solver_solve(by_c.get(), &given, nullptr, &out, nullptr), METASOLVE_CODE_OK);
    return outcome();
  };
  auto const none = solved_with({nullptr, 1, 0}), some = solved_with({nullptr, 1, 0.7});
  EXPECT_NE(none.iterations, some.iterations);
  std::vector<double> shifts(3 * count, std::nan(""));
  for (std::size_t t = 0; t < count; ++t) shifts[3 * t] = t % 2 == 0 ? 0.0 : 0.7;
  auto const mixed = solved_with({place(shifts), 3, 0});
  for (std::size_t t = 0; t < count; ++t) {
    EXPECT_EQ(mixed.measure[t], (t % 2 == 0 ? none : some).measure[t]) << "task " << t;
  }
}

TEST_P(CApiCgOn, WrongArgumentsAreNamed) {
  auto const by_c = solver(nullptr, setup_of(count));
  auto const expect_named = [&](char const* name, std::function<void(metasolve_cg_tasks&, metasolve_results&)> edit) {
    auto given = tasks(0);
    auto out = results();
    edit(given, out);
    expect_failure(metasolve_cg_solver_solve(by_c.get(), &given, nullptr, &out, nullptr), METASOLVE_CODE_INVALID_INPUT,
                   name);
  };
  expect_named("tasks.count", [](auto& t, auto&) { t.count = count + 1; });
  expect_named("tasks.values", [](auto& t, auto&) { t.values.data = nullptr; });
  expect_named("tasks.rhs", [](auto& t, auto&) { t.rhs.data = nullptr; });
  expect_named("tasks.shift is -0.1", [](auto& t, auto&) { t.shift.value = -0.1; });
  expect_named("tasks.shift is neither", [](auto& t, auto&) { t.shift.value = std::nan(""); });
  expect_named("tasks.size", [](auto& t, auto&) { t.size = 0; });
  expect_named("results.size", [](auto&, auto& r) { r.size = 0; });
  expect_named("results.solution overlaps tasks.rhs",
               [](auto& t, auto& r) { r.solution.data = const_cast<double*>(t.rhs.data); });
  auto const out = results();
  metasolve_cg_tasks const nothing = METASOLVE_CG_TASKS_DEFAULT;
  EXPECT_EQ(metasolve_cg_solver_solve(by_c.get(), &nothing, nullptr, &out, nullptr), METASOLVE_CODE_OK)
      << "no tasks are no error";
}

METASOLVE_ON_EXECUTORS(CApiCgOn);

TEST(CApiCg, DefaultsAreTheClass) {
  metasolve_cg_options const options = METASOLVE_CG_OPTIONS_DEFAULT;
  CgSolver::Options const of_class;
  EXPECT_EQ(options.preconditioner, static_cast<int>(of_class.preconditioner));
  EXPECT_EQ(options.ordering, static_cast<int>(of_class.ordering));
  EXPECT_EQ(options.fill_level, of_class.fill_level);
  EXPECT_EQ(options.fill_entries, of_class.fill_entries);
  EXPECT_EQ(options.shift_scale, static_cast<int>(of_class.shift_scale));
  metasolve_cg_tasks const tasks = METASOLVE_CG_TASKS_DEFAULT;
  EXPECT_EQ(tasks.shift.value, CgSolver::Tasks{}.shift.value);
  EXPECT_EQ(tasks.shift.data, nullptr);
}

TEST(CApiCg, NullsPatternsAndOptionsAreNamed) {
  auto const executor = test::open("cpu");
  auto* const ex = executor.get();
  Grid const grid;
  auto const good = grid.pattern();
  auto const setup = setup_of(4);
  metasolve_cg_solver* solver = nullptr;
  std::size_t bytes = 0;
  auto const expect_named = [](int code, std::string const& name) {
    expect_failure(code, METASOLVE_CODE_INVALID_INPUT, name);
  };
  expect_named(metasolve_cg_solver_create(nullptr, &good, nullptr, &setup, &solver), "executor is null");
  expect_named(metasolve_cg_solver_create(ex, nullptr, nullptr, &setup, &solver), "pattern is null");
  expect_named(metasolve_cg_solver_create(ex, &good, nullptr, nullptr, &solver), "setup is null");
  expect_named(metasolve_cg_solver_create(ex, &good, nullptr, &setup, nullptr), "solver is null");
  expect_named(metasolve_cg_solver_workspace_bytes(nullptr, &good, nullptr, &setup, &bytes), "executor is null");
  expect_named(metasolve_cg_solver_workspace_bytes(ex, &good, nullptr, &setup, nullptr), "bytes is null");
  metasolve_cg_tasks const tasks = METASOLVE_CG_TASKS_DEFAULT;
  metasolve_results const results = METASOLVE_RESULTS_DEFAULT;
  expect_named(metasolve_cg_solver_solve(nullptr, &tasks, nullptr, &results, nullptr), "solver is null");
  auto const made_one =
      made<metasolve_cg_solver>([&](auto** to) { return metasolve_cg_solver_create(ex, &good, nullptr, &setup, to); });
  expect_named(metasolve_cg_solver_solve(made_one.get(), nullptr, nullptr, &results, nullptr), "tasks is null");
  expect_named(metasolve_cg_solver_solve(made_one.get(), &tasks, nullptr, nullptr, nullptr), "results is null");
  metasolve_cg_solver_release(nullptr);
  EXPECT_EQ(metasolve_cg_solver_unknowns(nullptr), 0);

  using Numbers = std::vector<std::int32_t>;
  auto const expect_pattern = [&](metasolve_pattern const& pattern, std::string const& name) {
    solver = made_one.get();
    expect_named(metasolve_cg_solver_create(ex, &pattern, nullptr, &setup, &solver), name);
    EXPECT_EQ(solver, nullptr);
    expect_named(metasolve_cg_solver_workspace_bytes(ex, &pattern, nullptr, &setup, &bytes), name);
  };
  auto const [unknowns, entries, begin, column] = good;
  for (std::int32_t const wrong : {-1, 0, std::numeric_limits<std::int32_t>::max()}) {
    expect_pattern({wrong, entries, begin, column}, "pattern.unknowns is " + std::to_string(wrong));
  }
  expect_pattern({unknowns, -1, begin, column}, "pattern.entries is -1");
  expect_pattern({unknowns, 0, begin, column}, "pattern.entries is 0");
  expect_pattern({unknowns, entries, nullptr, column}, "pattern.row_ptrs is null");
  expect_pattern({unknowns, entries, begin, nullptr}, "pattern.col_idxs is null");
  expect_pattern({unknowns, entries - 1, begin, column}, "row 24 ends");
  expect_pattern({unknowns - 1, entries, begin, column}, "row 19 has column 24");
  auto const rows = [&](Numbers const& row_ptrs, Numbers const& columns, char const* name) {
    expect_pattern({static_cast<std::int32_t>(row_ptrs.size()) - 1, static_cast<std::int32_t>(columns.size()),
                    row_ptrs.data(), columns.data()},
                   name);
  };
  rows({0, 1, 2}, {0, 0}, "row 1 lacks its diagonal entry");
  rows({0, 1, 3}, {0, 1, 0}, "row 1 is not in ascending order");
  rows({0, 2, 3}, {0, 1, 1}, "row 0 has column 1, but row 1 lacks column 0");
  rows({0, 2, 1}, {0, 1}, "row 1 ends before it begins");
  rows({1, 2, 3}, {1, 2, 3}, "row_ptrs");

  auto const expect_option = [&](std::string const& name, std::function<void(metasolve_cg_options&)> edit) {
    metasolve_cg_options options = METASOLVE_CG_OPTIONS_DEFAULT;
    edit(options);
    expect_named(metasolve_cg_solver_create(ex, &good, &options, &setup, &solver), name);
  };
  constexpr auto none_has = static_cast<std::int32_t>(sparse::preconditioners.size());
  expect_option("options.preconditioner is " + std::to_string(none_has), [](auto& o) { o.preconditioner = none_has; });
  expect_option("METASOLVE_PRECONDITIONER_NONE (0), METASOLVE_PRECONDITIONER_JACOBI (1)",
                [](auto& o) { o.preconditioner = none_has; });
  expect_option("options.preconditioner is -1", [](auto& o) { o.preconditioner = -1; });
  expect_option("options.ordering is 2", [](auto& o) { o.ordering = 2; });
  expect_option("fill_level is -2", [](auto& o) { o.fill_level = -2; });
  expect_option("options.shift_scale is 3", [](auto& o) { o.shift_scale = 3; });
  expect_option("options.size", [](auto& o) { o.size = 8; });
  // As in a program compiled before shift_scale existed.
  metasolve_cg_options before = METASOLVE_CG_OPTIONS_DEFAULT;
  before.size = offsetof(metasolve_cg_options, shift_scale);
  before.shift_scale = 3;
  auto const with_those =
      made<metasolve_cg_solver>([&](auto** to) { return metasolve_cg_solver_create(ex, &good, &before, &setup, to); });
  EXPECT_EQ(metasolve_cg_solver_unknowns(with_those.get()), unknowns);
}

}  // namespace
}  // namespace metasolve::c_api_cg_test
