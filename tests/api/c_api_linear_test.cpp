// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <tuple>

#include "metasolve/linear_solver.h"
#include "tests/support/c_api_memory.hpp"
#include "tests/support/linear_systems.hpp"

/// Linear systems from C: agreement with the class. Their errors: c_api_linear_errors_test.cpp.
namespace metasolve::c_api_linear_test {
namespace {

using test::made, test::setup_of, test::LinearSystems;
using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Kind = PreconditionerKind;
constexpr std::size_t n = 40, count = 7;

/// The same options for C and for C++.
struct Both {
  metasolve_linear_options c = METASOLVE_LINEAR_OPTIONS_DEFAULT;
  LinearSolver::Options cxx;

  explicit Both(LinearSolver::Options const& o) : cxx(o) {
    c.matrix = static_cast<int>(o.matrix);
    c.method = static_cast<int>(o.method);
    c.ordering = static_cast<int>(o.ordering);
    c.precision = static_cast<int>(o.precision);
    c.keeps_factors = o.keeps_factors ? 1 : 0;
    c.preconditioner = static_cast<int>(o.preconditioner);
    c.fill_level = o.fill_level;
    c.block_size = o.block_size;
    c.restart = o.restart;
  }
};

class CApiLinearOn : public test::CApiMemory {
 protected:
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> measure, x;
    bool operator==(Outcome const&) const = default;
  };
  /// The memory of one call's results.
  struct Arrays {
    std::int32_t *status, *iterations;
    double *measure, *x;

    [[nodiscard]] metasolve_results c() const {
      metasolve_results made = METASOLVE_RESULTS_DEFAULT;
      made.status = status, made.iterations = iterations, made.measure = measure, made.solution = {x, n, 1};
      return made;
    }
    [[nodiscard]] Results<double> cxx() const {
      return {.status = status, .iterations = iterations, .measure = measure, .solution = {x, n, 1}};
    }
  };
  void SetUp() override {
    CApiMemory::SetUp();
    if (!IsSkipped()) class_executor_.emplace(Executor::open(GetParam(), 2));
  }
  Arrays arrays() {
    return {place(std::vector<std::int32_t>(count, -1)), place(std::vector<std::int32_t>(count, -1)),
            place(std::vector<double>(count, -1)), place(std::vector<double>(count * n, 7))};
  }
  Outcome outcome(Arrays const& a) {
    return {fetch(a.status, count), fetch(a.iterations, count), fetch(a.measure, count), fetch(a.x, count * n)};
  }
  [[nodiscard]] static metasolve_pattern pattern(LinearSystems const& s) {
    return {n, static_cast<std::int32_t>(s.entries()), s.row_ptrs.data(), s.col_idxs.data()};
  }
  test::Handle<metasolve_linear_solver> solver(LinearSystems const& s, metasolve_linear_options const* options,
                                               metasolve_setup const& setup) {
    auto const of = pattern(s);
    return made<metasolve_linear_solver>(
        [&](auto** to) { return metasolve_linear_solver_create(executor(), &of, options, &setup, to); });
  }
  metasolve_linear_tasks tasks(LinearSystems const& s) {
    metasolve_linear_tasks made = METASOLVE_LINEAR_TASKS_DEFAULT;
    made.count = count;
    made.values = {place(s.values), s.entries(), 1};
    made.rhs = {place(s.rhs), n, 1};
    return made;
  }
  static LinearSolver::Tasks for_class(metasolve_linear_tasks const& t) {
    auto const view = [](auto const& v) { return BatchView<double const>{v.data, v.task_stride, v.item_stride}; };
    return {t.count, view(t.values), view(t.rhs), view(t.guess), t.shift.value, t.omega.value};
  }
  /// By the class on the same memory.
  Outcome by_class(LinearSystems const& s, LinearSolver::Options const& options, metasolve_linear_tasks const& given) {
    LinearSolver one(*class_executor_, s.pattern(), options, {count});
    auto const out = arrays();
    one.solve(for_class(given), {.tolerance = 1e-10}, out.cxx());
    class_executor_->synchronize();
    return outcome(out);
  }

  std::optional<Executor> class_executor_;
  metasolve_stopping const stopping_ = {sizeof(metasolve_stopping), {nullptr, 1, 1e-10}, {nullptr, 1, 10000}};
};

TEST_P(CApiLinearOn, DoesWhatTheClassDoes) {
  std::vector<std::tuple<int, int, std::int64_t, std::size_t, Outcome>> all;
  auto const general = test::random_linear_systems(n, count, {Matrix::general, false, 0.1}, 3);
  auto const definite = test::random_linear_systems(n, count, {Matrix::positive_definite, false, 0.1}, 4);
  auto const expect_the_class = [&](LinearSystems const& s, LinearSolver::Options const& options) {
    Both const both(options);
    auto const of = pattern(s);
    auto setup = setup_of(count);
    std::size_t bytes = 0;
    ASSERT_EQ(metasolve_linear_solver_workspace_bytes(executor(), &of, &both.c, &setup, &bytes), METASOLVE_CODE_OK);
    EXPECT_EQ(bytes, LinearSolver::workspace_bytes(*class_executor_, s.pattern(), options, {count}));
    setup.workspace = {allocate(bytes), bytes};
    auto const by_c = solver(s, &both.c, setup);
    LinearSolver const one(*class_executor_, s.pattern(), options, {count});
    EXPECT_EQ(metasolve_linear_solver_unknowns(by_c.get()), static_cast<int>(n));
    EXPECT_EQ(metasolve_linear_solver_method(by_c.get()), static_cast<int>(one.method()));
    EXPECT_EQ(metasolve_linear_solver_ordering(by_c.get()), static_cast<int>(one.ordering()));
    EXPECT_EQ(metasolve_linear_solver_factor_entries(by_c.get()), one.factor_entries());
    auto const given = tasks(s);
    auto const out = arrays();
    auto const results = out.c();
    ASSERT_EQ(metasolve_linear_solver_solve(by_c.get(), &given, &stopping_, &results), METASOLVE_CODE_OK)
        << metasolve_last_error();
    ASSERT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    auto const found = outcome(out);
    EXPECT_EQ(found.status, std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
    EXPECT_EQ(by_class(s, options, given), found) << "bitwise the class's";
    all.emplace_back(metasolve_linear_solver_method(by_c.get()), metasolve_linear_solver_ordering(by_c.get()),
                     metasolve_linear_solver_factor_entries(by_c.get()), bytes, found);
  };
  // No two have all of method, ordering, sizes and bits in common, which shows that each option reaches the class.
  expect_the_class(general, {});
  expect_the_class(general, {.keeps_factors = true});
  expect_the_class(general, {.precision = LinearSolver::Precision::mixed});
  expect_the_class(general, {.method = Method::lu, .ordering = LinearSolver::Ordering::natural});
  expect_the_class(general, {.method = Method::lu, .ordering = LinearSolver::Ordering::rcm});
  expect_the_class(general, {.method = Method::lu, .ordering = LinearSolver::Ordering::amd});
  expect_the_class(general, {.method = Method::bicgstab});
  expect_the_class(general, {.method = Method::bicgstab, .fill_level = 1});
  expect_the_class(general, {.method = Method::bicgstab, .preconditioner = Kind::none});
  expect_the_class(general, {.method = Method::gmres});
  expect_the_class(general, {.method = Method::gmres, .preconditioner = Kind::jacobi, .restart = 3});
  expect_the_class(general, {.method = Method::gmres, .preconditioner = Kind::jacobi});
  expect_the_class(general, {.method = Method::gmres, .preconditioner = Kind::block_jacobi});
  expect_the_class(general, {.method = Method::gmres, .preconditioner = Kind::block_jacobi, .block_size = 5});
  expect_the_class(general, {.method = Method::gmres, .preconditioner = Kind::ssor});
  expect_the_class(definite, {.matrix = Matrix::symmetric, .method = Method::ldl});
  expect_the_class(definite, {.matrix = Matrix::positive_definite});
  expect_the_class(definite, {.matrix = Matrix::positive_definite, .method = Method::cg});
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(all[a], all[b]) << "options " << a << " and " << b;
  }
}

TEST_P(CApiLinearOn, GuessShiftAndOmegaReachTheClass) {
  auto const s = test::random_linear_systems(n, count, {Matrix::general, false, 0.1}, 3);
  auto const expect_the_class = [&](LinearSolver::Options const& options,
                                    std::function<void(metasolve_linear_tasks&)> edit) {
    Both const both(options);
    auto const by_c = solver(s, &both.c, setup_of(count));
    auto given = tasks(s);
    auto const without = by_class(s, options, given);
    edit(given);
    auto const out = arrays();
    auto const results = out.c();
    ASSERT_EQ(metasolve_linear_solver_solve(by_c.get(), &given, &stopping_, &results), METASOLVE_CODE_OK)
        << metasolve_last_error();
    ASSERT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    EXPECT_EQ(outcome(out), by_class(s, options, given));
    EXPECT_NE(outcome(out).x, without.x);
  };
  auto* const guess = place(std::vector<double>(count * n, 0.25));
  LinearSolver::Options const ssor{.method = Method::bicgstab, .preconditioner = Kind::ssor};
  expect_the_class({.method = Method::gmres}, [&](auto& t) { t.guess = {guess, n, 1}; });
  expect_the_class({.method = Method::bicgstab}, [](auto& t) { t.shift.value = 0.2; });
  expect_the_class(ssor, [](auto& t) { t.omega.value = 1.3; });
}

TEST_P(CApiLinearOn, KeptFactorsAndGradientsAreTheClass) {
  auto const s = test::random_linear_systems(n, count, {Matrix::general, false, 0.1}, 9);
  Both const both({.method = Method::lu, .keeps_factors = true});
  auto const by_c = solver(s, &both.c, setup_of(count));
  LinearSolver one(*class_executor_, s.pattern(), both.cxx, {count});
  auto given = tasks(s);
  auto const first = arrays(), again = arrays(), of_class = arrays(), of_gradient = arrays();
  auto const first_results = first.c(), again_results = again.c(), gradient_results = of_gradient.c();
  ASSERT_EQ(metasolve_linear_solver_solve(by_c.get(), &given, &stopping_, &first_results), METASOLVE_CODE_OK);
  one.solve(for_class(given), {.tolerance = 1e-10}, of_class.cxx());

  given.rhs.data = place(std::vector<double>(count * n, 1.5));
  ASSERT_EQ(metasolve_linear_solver_solve_again(by_c.get(), &given, &stopping_, &again_results), METASOLVE_CODE_OK)
      << metasolve_last_error();
  one.solve_again(for_class(given), {.tolerance = 1e-10}, of_class.cxx());
  ASSERT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
  class_executor_->synchronize();
  EXPECT_EQ(outcome(again), outcome(of_class));
  EXPECT_NE(outcome(again).x, outcome(first).x);

  auto const entries = static_cast<std::size_t>(s.entries());
  auto const bars = [&](auto&& call) {
    auto* const b_bar = place(std::vector<double>(count * n));
    auto* const a_bar = place(std::vector<double>(count * entries));
    call(b_bar, a_bar);
    EXPECT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    class_executor_->synchronize();
    auto found = fetch(b_bar, count * n);
    auto const of_a = fetch(a_bar, count * entries);
    found.insert(found.end(), of_a.begin(), of_a.end());
    return found;
  };
  auto* const x_bar = place(std::vector<double>(count * n, 0.5));
  auto const of_c = bars([&](double* b_bar, double* a_bar) {
    metasolve_linear_gradient gradient = METASOLVE_LINEAR_GRADIENT_DEFAULT;
    gradient.solution = {again.x, n, 1};
    gradient.solution_bar = {x_bar, n, 1};
    gradient.rhs_bar = {b_bar, n, 1};
    gradient.values_bar = {a_bar, s.entries(), 1};
    EXPECT_EQ(metasolve_linear_solver_gradient(by_c.get(), &given, &gradient, &stopping_, &gradient_results),
              METASOLVE_CODE_OK)
        << metasolve_last_error();
  });
  EXPECT_EQ(of_c, bars([&](double* b_bar, double* a_bar) {
              one.gradient(for_class(given), {{again.x, n, 1}, {x_bar, n, 1}, {b_bar, n, 1}, {a_bar, s.entries(), 1}},
                           {.tolerance = 1e-10}, {});
            }));
  auto const of_solves = outcome(of_gradient);
  EXPECT_EQ(of_solves.status, std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
  EXPECT_EQ(of_solves.x, std::vector<double>(count * n, 7)) << "results.solution is not used";
}

METASOLVE_ON_EXECUTORS(CApiLinearOn);

}  // namespace
}  // namespace metasolve::c_api_linear_test
