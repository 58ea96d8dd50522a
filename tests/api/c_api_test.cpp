// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <vector>

#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/trainer.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/c_api_memory.hpp"
#include "tests/support/temporary_folder.hpp"

// Counts every `new` of the process, including the library's. Not inlined: g++ would see a `new` next to a `free`, or a
// `malloc` next to a `delete`, and warn.
namespace {
std::atomic<std::int64_t> news{0};
}
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++news;
  if (void* const memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept {
  ++news;
  return std::malloc(bytes > 0 ? bytes : 1);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

/// The C interface computes what the C++ classes compute.
namespace metasolve::c_api_test {
namespace {

using test::made, test::open, test::expect_failure, test::setup_of;

std::vector<double> columns_of(char const* file, std::vector<std::string> const& names) {
  return io::read_columns(std::filesystem::path(METASOLVE_SOURCE_DIR) / "tests/data" / file, names).values;
}

class CApiOn : public test::CApiMemory {};

TEST_P(CApiOn, ImplicitEulerSolverDoesWhatTheClassDoes) {
  auto const rows = columns_of("robertson.csv", {"c1", "c2", "c3", "h", "y1", "y2", "y3"});
  std::int64_t const count = 600;
  ASSERT_EQ(rows.size(), 7u * count);
  auto* const at = place(rows);
  auto* const status = place(std::vector<std::int32_t>(count, -1));
  auto* const sweeps = place(std::vector<std::int32_t>(count, -1));
  auto* const measure = place(std::vector<double>(count));
  auto* const after = place(std::vector<double>(3 * count));
  auto* const origin = place(std::vector<std::int32_t>(count, -1));
  auto* const tally = place(std::vector<metasolve_tally>(1, {-1, -1}));

  auto setup = setup_of(count);
  std::size_t bytes = 0;
  ASSERT_EQ(metasolve_implicit_euler_solver_workspace_bytes(executor(), "robertson", nullptr, &setup, &bytes),
            METASOLVE_CODE_OK);
  ASSERT_GT(bytes, 0u);
  setup.workspace = {allocate(bytes), bytes};
  auto const solver = made<metasolve_implicit_euler_solver>(
      [&](auto** to) { return metasolve_implicit_euler_solver_create(executor(), "robertson", nullptr, &setup, to); });
  EXPECT_EQ(metasolve_implicit_euler_solver_unknowns(solver.get()), 3);
  EXPECT_EQ(metasolve_implicit_euler_solver_parameters(solver.get()), 3);
  auto const cxx = Executor::open(GetParam(), 2);
  ImplicitEulerSolver by_class(cxx, {}, {.capacity = count});

  for (auto const& [relaxation, column] :
       {std::pair{1.0, "sweeps_r1.0"}, {1.2, "sweeps_r1.2"}, {1.37, "sweeps_r1.37"}}) {
    metasolve_implicit_euler_tasks tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
    tasks.count = count;
    tasks.parameters = {at, 7, 1};
    tasks.step = {at + 3, 7, 0};
    tasks.previous = {at + 4, 7, 1};
    if (relaxation != 1) tasks.relaxation.value = relaxation;
    metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
    stopping.tolerance.value = 1e-9;
    metasolve_results results = METASOLVE_RESULTS_DEFAULT;
    results.status = status;
    results.iterations = sweeps;
    results.measure = measure;
    results.solution = {after, 3, 1};
    results.origin = origin;
    results.tally = tally;
    auto const before = news.load();
    int const code = metasolve_implicit_euler_solver_solve(solver.get(), &tasks, &stopping, &results, nullptr);
    if (GetParam() == "cpu") {
      EXPECT_EQ(news.load(), before) << "solve does not allocate";
    }
    ASSERT_EQ(code, METASOLVE_CODE_OK) << metasolve_last_error();
    ASSERT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);

    auto const counts = fetch(sweeps, count);
    auto const expected = columns_of("robertson.csv", {column});
    int equal = 0;
    for (std::size_t t = 0; t < count; ++t) {
      double const off = std::abs(counts[t] - expected[t]);
      EXPECT_LE(off, 1) << "row " << t << ", " << column;
      equal += off == 0 ? 1 : 0;
    }
    EXPECT_GE(equal, 597) << column;
    EXPECT_EQ(fetch(status, count), std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
    EXPECT_EQ(fetch(origin, count), std::vector<std::int32_t>(count, METASOLVE_ORIGIN_CHOSEN));
    EXPECT_EQ(fetch(tally, 1)[0].replaced, 0);
    EXPECT_EQ(fetch(tally, 1)[0].retried, 0);

    auto const measures = fetch(measure, count);
    auto const states = fetch(after, 3 * count);
    by_class.solve({.count = count,
                    .previous = {at + 4, 7, 1},
                    .parameters = {at, 7, 1},
                    .step = {at + 3, 7},
                    .relaxation = relaxation},
                   {.tolerance = 1e-9}, {.iterations = sweeps, .measure = measure, .solution = {after, 3, 1}});
    cxx.synchronize();
    EXPECT_EQ(fetch(sweeps, count), counts) << "bitwise the class's";
    EXPECT_EQ(fetch(measure, count), measures);
    EXPECT_EQ(fetch(after, 3 * count), states);

    auto* const bars = place(std::vector<double>(8 * count));
    metasolve_implicit_euler_gradient gradient = METASOLVE_IMPLICIT_EULER_GRADIENT_DEFAULT;
    gradient.solution = gradient.solution_bar = {after, 3, 1};
    gradient.previous_bar = {bars, 8, 1};
    gradient.parameters_bar = {bars + 3, 8, 1};
    gradient.step_bar = measure;
    ASSERT_EQ(metasolve_implicit_euler_solver_gradient(solver.get(), &tasks, &gradient, status), METASOLVE_CODE_OK)
        << metasolve_last_error();
    ASSERT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    EXPECT_EQ(fetch(status, count), std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
    auto const bars_of_c = fetch(bars, 8 * count), steps_of_c = fetch(measure, count);
    by_class.gradient({.count = count, .parameters = {at, 7, 1}, .step = {at + 3, 7}},
                      {.solution = {after, 3, 1},
                       .solution_bar = {after, 3, 1},
                       .previous_bar = {bars, 8, 1},
                       .parameters_bar = {bars + 3, 8, 1},
                       .step_bar = measure});
    cxx.synchronize();
    EXPECT_EQ(fetch(bars, 8 * count), bars_of_c);
    EXPECT_EQ(fetch(measure, count), steps_of_c);
  }
}

TEST_P(CApiOn, OdeOptionsReachTheSolver) {
  // y2 of the solution is about 3.6e-5; a clamp to values from 0.5 on must have an effect.
  auto const setup = setup_of(1);
  metasolve_implicit_euler_options options = METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT;
  options.clamps = 1;
  options.low = 0.5;
  auto const solver = made<metasolve_implicit_euler_solver>(
      [&](auto** to) { return metasolve_implicit_euler_solver_create(executor(), "robertson", &options, &setup, to); });
  auto* const at = place(std::vector<double>{0.04, 3e7, 1e4, 1, 0, 0});
  auto* const status = place(std::vector<std::int32_t>(1, -1));
  auto* const after = place(std::vector<double>(3));
  metasolve_implicit_euler_tasks tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  tasks.count = 1;
  tasks.parameters = {at, 3, 1};
  tasks.previous = {at + 3, 3, 1};
  tasks.step.value = 1e-3;
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.max_iterations.value = 5;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  results.solution = {after, 3, 1};
  ASSERT_EQ(metasolve_implicit_euler_solver_solve(solver.get(), &tasks, &stopping, &results, nullptr),
            METASOLVE_CODE_OK);
  EXPECT_EQ(fetch(status, 1)[0], METASOLVE_STATUS_ITERATION_LIMIT);
  EXPECT_EQ(fetch(after, 3)[1], 0.5);

  options.high = 0.25;
  metasolve_implicit_euler_solver* none = solver.get();
  expect_failure(metasolve_implicit_euler_solver_create(executor(), "robertson", &options, &setup, &none),
                 METASOLVE_CODE_INVALID_INPUT, "low");
  EXPECT_EQ(none, nullptr);
  options = METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT;
  options.method = 3;
  expect_failure(metasolve_implicit_euler_solver_create(executor(), "robertson", &options, &setup, &none),
                 METASOLVE_CODE_INVALID_INPUT, "method is 3");

  tasks.step.value = 0.1;
  stopping.max_iterations.value = 1000;
  auto* const iterations = place(std::vector<std::int32_t>(1, -1));
  results.iterations = iterations;
  auto const iterations_by = [&](metasolve_implicit_euler_options const* by) {
    auto const made_by = made<metasolve_implicit_euler_solver>(
        [&](auto** to) { return metasolve_implicit_euler_solver_create(executor(), "robertson", by, &setup, to); });
    EXPECT_EQ(metasolve_implicit_euler_solver_solve(made_by.get(), &tasks, &stopping, &results, nullptr),
              METASOLVE_CODE_OK);
    EXPECT_EQ(fetch(status, 1)[0], METASOLVE_STATUS_CONVERGED);
    return fetch(iterations, 1)[0];
  };
  stopping.tolerance.value = 1e-12;
  auto const by_sweeps = iterations_by(nullptr);
  options.method = METASOLVE_METHOD_NEWTON;
  EXPECT_LT(iterations_by(&options), by_sweeps);
  // As in a program compiled before the method existed.
  options.size = offsetof(metasolve_implicit_euler_options, method);
  EXPECT_EQ(iterations_by(&options), by_sweeps);
}

TEST_P(CApiOn, JacobiCountsAreTheReferences) {
  std::vector<std::string> names;
  for (int i = 1; i <= 16; ++i) names.push_back("f" + std::to_string(i));
  auto const rhs = columns_of("poisson.csv", names);
  auto const expected = columns_of("poisson.csv", {"k_1e-6"});
  std::vector<double> solution(rhs.size());
  ASSERT_EQ(metasolve_solve_poisson_directly(16, 100, rhs.data(), solution.data()), METASOLVE_CODE_OK);

  auto const setup = setup_of(100);
  auto solver = made<metasolve_jacobi_solver>([&](auto** to) {
    return metasolve_jacobi_solver_create_poisson(executor(), 16, METASOLVE_MEASURE_RELATIVE_ERROR, &setup, to);
  });
  auto* const sweeps = place(std::vector<std::int32_t>(100));
  metasolve_jacobi_tasks tasks = METASOLVE_JACOBI_TASKS_DEFAULT;
  tasks.count = 100;
  tasks.rhs = {place(rhs), 16, 1};
  tasks.solution = {place(solution), 16, 1};
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.iterations = sweeps;
  // A solver keeps its executor.
  executor_.reset();
  auto const before = news.load();
  int const code = metasolve_jacobi_solver_solve(solver.get(), &tasks, nullptr, &results, nullptr);
  if (GetParam() == "cpu") {
    EXPECT_EQ(news.load(), before) << "solve does not allocate";
  }
  ASSERT_EQ(code, METASOLVE_CODE_OK) << metasolve_last_error();
  solver.reset();  // also destroys its executor, which synchronizes; the next one has another stream
  executor_ = open(GetParam());
  EXPECT_EQ(fetch(sweeps, 100), std::vector<std::int32_t>(expected.begin(), expected.end()));
}

/// The caller's matrices, with one unsymmetric pattern.
TEST_P(CApiOn, SparseJacobiDoesWhatTheClassDoes) {
  constexpr std::int32_t n = 6;
  constexpr std::int64_t count = 9;
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values, rhs;
  for (std::int32_t i = 0; i < n; ++i) {
    for (std::int32_t j = 0; j < n; ++j) {
      if (i == j || j == (i + 1) % n || j == 0) column.push_back(j);
    }
    begin.push_back(static_cast<std::int32_t>(column.size()));
  }
  auto const entries = static_cast<std::int32_t>(column.size());
  for (int t = 0; t < count; ++t) {
    for (std::int32_t i = 0; i < n; ++i) {
      rhs.push_back(std::sin(1.0 + i + 2 * t));
      for (auto e = begin[static_cast<std::size_t>(i)]; e < begin[static_cast<std::size_t>(i) + 1]; ++e) {
        values.push_back(column[static_cast<std::size_t>(e)] == i ? 3.0 + t : std::cos(e + 5.0 * t));
      }
    }
  }
  auto const* const a = place(values);
  auto const* const f = place(rhs);
  auto* const status = place(std::vector<std::int32_t>(count, -1));
  auto* const iterations = place(std::vector<std::int32_t>(count, -1));
  auto* const u = place(std::vector<double>(count * n));

  metasolve_pattern const pattern{n, entries, begin.data(), column.data()};
  auto setup = setup_of(count);
  std::size_t bytes = 0;
  ASSERT_EQ(metasolve_jacobi_solver_sparse_workspace_bytes(executor(), &pattern, METASOLVE_MEASURE_RELATIVE_RESIDUAL,
                                                           &setup, &bytes),
            METASOLVE_CODE_OK);
  setup.workspace = {allocate(bytes), bytes};
  auto const by_c = made<metasolve_jacobi_solver>([&](auto** to) {
    return metasolve_jacobi_solver_create_sparse(executor(), &pattern, METASOLVE_MEASURE_RELATIVE_RESIDUAL, &setup, to);
  });
  metasolve_jacobi_tasks tasks = METASOLVE_JACOBI_TASKS_DEFAULT;
  tasks.count = count;
  tasks.rhs = {f, n, 1};
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  results.iterations = iterations;
  results.solution = {u, n, 1};
  expect_failure(metasolve_jacobi_solver_solve(by_c.get(), &tasks, nullptr, &results, nullptr),
                 METASOLVE_CODE_INVALID_INPUT, "tasks.values is null");
  tasks.values = {a, entries, 1};
  ASSERT_EQ(metasolve_jacobi_solver_solve(by_c.get(), &tasks, nullptr, &results, nullptr), METASOLVE_CODE_OK);
  auto const counts = fetch(iterations, count);
  auto const solutions = fetch(u, count * n);
  EXPECT_EQ(fetch(status, count), std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      double r = rhs[t * n + i];
      for (auto e = begin[i]; e < begin[i + 1]; ++e) {
        auto const at = static_cast<std::size_t>(e);
        r -= values[t * static_cast<std::size_t>(entries) + at] *
             solutions[t * n + static_cast<std::size_t>(column[at])];
      }
      EXPECT_LE(std::abs(r), 1e-5) << "task " << t << ", row " << i;
    }
  }

  auto const cxx = Executor::open(GetParam(), 2);
  auto by_class = JacobiSolver<double>::sparse(cxx, {begin, column}, Measure::relative_residual, {count});
  by_class.solve({.count = count, .rhs = {f, n, 1}, .values = {a, entries, 1}}, {},
                 {.iterations = iterations, .solution = {u, n, 1}});
  cxx.synchronize();
  EXPECT_EQ(fetch(iterations, count), counts) << "bitwise the class's";
  EXPECT_EQ(fetch(u, count * n), solutions);

  auto wrong = column;
  wrong.back() = 4;
  metasolve_pattern const no_diagonal{n, entries, begin.data(), wrong.data()};
  metasolve_jacobi_solver* none = by_c.get();
  expect_failure(metasolve_jacobi_solver_create_sparse(executor(), &no_diagonal, METASOLVE_MEASURE_RELATIVE_RESIDUAL,
                                                       &setup, &none),
                 METASOLVE_CODE_INVALID_INPUT, "row 5");
  EXPECT_EQ(none, nullptr);
}

TEST_P(CApiOn, AMetaSolverIsFollowedUnlessThePolicySaysNo) {
  test::TemporaryFolder const folder;
  config::RunConfig c;
  train::Checkpoint checkpoint;
  checkpoint.config = c;
  checkpoint.features = {std::vector<double>(16, 0.0), std::vector<double>(16, 1.0)};
  checkpoint.learner.weights = train::initial_weights(c);
  checkpoint.learner.first_moment.resize(checkpoint.learner.weights.size());
  checkpoint.learner.second_moment = checkpoint.learner.first_moment;
  train::write_checkpoint(folder.path() / "best.safetensors", checkpoint);
  auto meta_solver =
      made<metasolve_meta_solver>([&](auto** to) { return metasolve_meta_solver_load(folder.path().c_str(), to); });
  EXPECT_STREQ(metasolve_meta_solver_problem(meta_solver.get()), "poisson");
  EXPECT_EQ(metasolve_meta_solver_features(meta_solver.get()), 16);
  EXPECT_EQ(metasolve_meta_solver_tolerance(meta_solver.get()), 1e-6);

  auto setup = setup_of(1);
  setup.meta_solver = meta_solver.get();
  auto const create = [&](int unknowns, metasolve_jacobi_solver** to) {
    return metasolve_jacobi_solver_create_poisson(executor(), unknowns, METASOLVE_MEASURE_RELATIVE_RESIDUAL, &setup,
                                                  to);
  };
  auto const solver = made<metasolve_jacobi_solver>([&](auto** to) { return create(16, to); });
  metasolve_jacobi_solver* other = nullptr;
  EXPECT_EQ(create(15, &other), METASOLVE_CODE_INVALID_INPUT) << "of another N";
  meta_solver.reset();  // the solver keeps a reference

  metasolve_jacobi_tasks tasks = METASOLVE_JACOBI_TASKS_DEFAULT;
  tasks.count = 1;
  tasks.rhs = {place(std::vector<double>(16, 1.0)), 16, 1};
  auto* const measure = place(std::vector<double>(1, -1));
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.max_iterations.value = 0;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.measure = measure;
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  policy.meta_solver = 0;
  ASSERT_EQ(metasolve_jacobi_solver_solve(solver.get(), &tasks, &stopping, &results, &policy), METASOLVE_CODE_OK);
  EXPECT_EQ(fetch(measure, 1)[0], 1) << "from a zero guess";
  ASSERT_EQ(metasolve_jacobi_solver_solve(solver.get(), &tasks, &stopping, &results, nullptr), METASOLVE_CODE_OK);
  EXPECT_NE(fetch(measure, 1)[0], 1);
}

METASOLVE_ON_EXECUTORS(CApiOn);

}  // namespace
}  // namespace metasolve::c_api_test
