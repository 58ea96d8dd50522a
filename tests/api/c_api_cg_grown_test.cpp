// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>

#include "metasolve/cg_solver.hpp"
#include "tests/support/c_api_memory.hpp"
#include "tests/support/linear_systems.hpp"

/// What the structs of conjugate gradients gained after the first version: omega, guess and block_size; and programs
/// compiled before.
namespace metasolve::c_api_cg_grown_test {
namespace {

using test::made, test::setup_of;
using Kind = PreconditionerKind;
constexpr std::size_t n = 30, count = 5;

class CApiCgGrownOn : public test::CApiMemory {
 protected:
  struct Outcome {
    std::vector<std::int32_t> iterations;
    std::vector<double> x;
    bool operator==(Outcome const&) const = default;
  };
  void SetUp() override {
    CApiMemory::SetUp();
    if (!IsSkipped()) class_executor_.emplace(Executor::open(GetParam(), 2));
  }
  metasolve_cg_tasks tasks() {
    metasolve_cg_tasks made = METASOLVE_CG_TASKS_DEFAULT;
    made.count = count;
    made.values = {place(systems_.values), systems_.entries(), 1};
    made.rhs = {place(systems_.rhs), n, 1};
    return made;
  }
  Outcome solve(metasolve_cg_options const& options, metasolve_cg_tasks const& given) {
    metasolve_pattern const pattern{n, static_cast<std::int32_t>(systems_.entries()), systems_.row_ptrs.data(),
                                    systems_.col_idxs.data()};
    auto const setup = setup_of(count);
    auto const solver = made<metasolve_cg_solver>(
        [&](auto** to) { return metasolve_cg_solver_create(executor(), &pattern, &options, &setup, to); });
    return outcome([&](std::int32_t* iterations, double* x) {
      metasolve_results results = METASOLVE_RESULTS_DEFAULT;
      results.iterations = iterations;
      results.solution = {x, n, 1};
      EXPECT_EQ(metasolve_cg_solver_solve(solver.get(), &given, nullptr, &results, nullptr), METASOLVE_CODE_OK)
          << metasolve_last_error();
      EXPECT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    });
  }
  Outcome by_class(CgSolver::Options const& options, CgSolver::Tasks tasks) {
    CgSolver solver(*class_executor_, systems_.pattern(), options, {count});
    tasks.count = count;
    tasks.values = {place(systems_.values), systems_.entries(), 1};
    tasks.rhs = {place(systems_.rhs), n, 1};
    return outcome([&](std::int32_t* iterations, double* x) {
      solver.solve(tasks, {1e-6, 10000}, {.iterations = iterations, .solution = {x, n, 1}});
      class_executor_->synchronize();
    });
  }

  test::LinearSystems const systems_ =
      test::random_linear_systems(n, count, {LinearSolver::Matrix::positive_definite, false, 0.2, 1.05}, 11);
  std::optional<Executor> class_executor_;

 private:
  Outcome outcome(std::function<void(std::int32_t*, double*)> const& call) {
    auto* const iterations = place(std::vector<std::int32_t>(count, -1));
    auto* const x = place(std::vector<double>(count * n, 7));
    call(iterations, x);
    return {fetch(iterations, count), fetch(x, count * n)};
  }
};

TEST_P(CApiCgGrownOn, OmegaGuessAndBlocksReachTheClass) {
  metasolve_cg_options ssor = METASOLVE_CG_OPTIONS_DEFAULT, blocks = ssor;
  ssor.preconditioner = METASOLVE_PRECONDITIONER_SSOR;
  blocks.preconditioner = METASOLVE_PRECONDITIONER_BLOCK_JACOBI;
  auto const plain = solve(ssor, tasks());
  EXPECT_EQ(plain, by_class({.preconditioner = Kind::ssor}, {}));

  auto given = tasks();
  given.omega.value = 1.4;
  EXPECT_EQ(solve(ssor, given), by_class({.preconditioner = Kind::ssor}, {.omega = 1.4}));
  EXPECT_NE(solve(ssor, given).x, plain.x);

  given = tasks();
  auto* const guess = place(std::vector<double>(count * n, 0.5));
  given.guess = {guess, n, 1};
  EXPECT_EQ(solve(ssor, given), by_class({.preconditioner = Kind::ssor}, {.guess = {guess, n, 1}}));
  EXPECT_NE(solve(ssor, given).x, plain.x);

  auto const of_four = solve(blocks, tasks());
  blocks.block_size = 7;
  EXPECT_EQ(solve(blocks, tasks()), by_class({.preconditioner = Kind::block_jacobi, .block_size = 7}, {}));
  EXPECT_NE(solve(blocks, tasks()).x, of_four.x);
}

TEST_P(CApiCgGrownOn, ProgramsCompiledBeforeWorkAsBefore) {
  metasolve_cg_options options = METASOLVE_CG_OPTIONS_DEFAULT;
  // What lies behind an older struct is not read.
  auto older = tasks();
  older.size = offsetof(metasolve_cg_tasks, omega);
  older.omega.value = std::nan("");
  older.guess.data = place(std::vector<double>(count * n, std::nan("")));
  options.preconditioner = METASOLVE_PRECONDITIONER_SSOR;
  EXPECT_EQ(solve(options, older), solve(options, tasks()));
  // block_size was `reserved`, 0.
  options.preconditioner = METASOLVE_PRECONDITIONER_BLOCK_JACOBI;
  auto const of_four = solve(options, tasks());
  options.block_size = 0;
  EXPECT_EQ(solve(options, older), of_four);
  // And before that there was no shift_scale.
  options.size = offsetof(metasolve_cg_options, shift_scale);
  options.block_size = 99;
  EXPECT_EQ(solve(options, older), of_four);
}

METASOLVE_ON_EXECUTORS(CApiCgGrownOn);

TEST(CApiCgGrown, DefaultsSizesAndErrors) {
  metasolve_cg_options options = METASOLVE_CG_OPTIONS_DEFAULT;
  metasolve_cg_tasks tasks = METASOLVE_CG_TASKS_DEFAULT;
  EXPECT_EQ(options.block_size, CgSolver::Options{}.block_size);
  EXPECT_EQ(tasks.omega.value, CgSolver::Tasks{}.omega.value);
  EXPECT_EQ(tasks.omega.data, nullptr);
  EXPECT_EQ(tasks.guess.data, nullptr);
  // The sizes of the first version, which compiled programs contain.
  EXPECT_EQ(offsetof(metasolve_cg_options, shift_scale), 24u);
  EXPECT_EQ(sizeof(metasolve_cg_options), 32u);
  EXPECT_EQ(offsetof(metasolve_cg_tasks, omega), 88u);

  auto const executor = test::open("cpu");
  std::int32_t const row_ptrs[] = {0, 1}, column = 0;
  metasolve_pattern const pattern{1, 1, row_ptrs, &column};
  auto const setup = setup_of(1);
  auto const solver = made<metasolve_cg_solver>(
      [&](auto** to) { return metasolve_cg_solver_create(executor.get(), &pattern, nullptr, &setup, to); });
  metasolve_results const results = METASOLVE_RESULTS_DEFAULT;
  for (auto const size : {offsetof(metasolve_cg_tasks, omega) - 8, sizeof(metasolve_cg_tasks) + 8}) {
    tasks.size = size;
    test::expect_failure(metasolve_cg_solver_solve(solver.get(), &tasks, nullptr, &results, nullptr),
                         METASOLVE_CODE_INVALID_INPUT,
                         "tasks.size is " + std::to_string(size) + ", expected 88 to 136");
  }
  metasolve_cg_solver* none = nullptr;
  for (std::int32_t const wrong : {-1, 17}) {
    options.block_size = wrong;
    test::expect_failure(metasolve_cg_solver_create(executor.get(), &pattern, &options, &setup, &none),
                         METASOLVE_CODE_INVALID_INPUT, "options.block_size is " + std::to_string(wrong));
  }
}

}  // namespace
}  // namespace metasolve::c_api_cg_grown_test
