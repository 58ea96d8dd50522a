// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/direct_stage.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/error.hpp"
#include "metasolve/linear_solver.hpp"
#include "tests/support/linear_systems.hpp"

/// The direct method as a stage of the engine: against LinearSolver.
namespace metasolve::direct_stage_test {
namespace {

using sparse::at;
using test::LinearSystems;

LinearSystems lower_systems(std::size_t n, std::size_t count, double diagonal = 1.5) {
  return test::random_linear_systems(n, count, {LinearSolver::Matrix::positive_definite, true, 0.15, diagonal}, 7);
}

struct Outcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, x;
  bool operator==(Outcome const&) const = default;
  explicit Outcome(std::size_t count = 0, std::size_t n = 0)
      : status(count, -1), iterations(count, -1), measure(count, -1), x(count * n, 7.0) {}
};

/// The systems on the engine's pattern and a stage for them.
struct Bound {
  exec::CpuExec ex{2};
  sparse::SymmetricStructure structure;
  sparse::LowerPattern pattern;
  std::vector<double> values;
  std::vector<double> rhs;
  std::unique_ptr<engine::SolveStage<double>> stage;

  Bound(LinearSystems const& s, bool mixed, std::int64_t capacity)
      : structure(sparse::structure_of(static_cast<int>(s.n), places(s))), pattern(ex, structure), rhs(s.rhs) {
    auto const entries = structure.entries(), n = std::int64_t{structure.unknowns};
    values.resize(s.count * at(entries + n));
    for (std::size_t k = 0; k < s.count; ++k) {
      auto* const own = values.data() + k * at(entries + n);
      for (std::int32_t i = 0; i < n; ++i) {
        for (auto e = s.row_ptrs[at(i)]; e < s.row_ptrs[at(i) + 1]; ++e) {
          auto const j = s.col_idxs[at(e)];
          own[j == i ? entries + i : structure.find(i, j)] = s.values_of(k)[e];
        }
      }
    }
    stage = problems::direct_stage(ex, {pattern.view(), {values.data(), entries + n, 1}, {rhs.data(), n, 1}}, structure,
                                   mixed, {.capacity = capacity});
  }
  static std::vector<std::pair<std::int32_t, std::int32_t>> places(LinearSystems const& s) {
    std::vector<std::pair<std::int32_t, std::int32_t>> all;
    for (std::size_t i = 0; i < s.n; ++i) {
      for (auto e = s.row_ptrs[i]; e < s.row_ptrs[i + 1]; ++e) all.emplace_back(i, s.col_idxs[at(e)]);
    }
    return all;
  }
  static kernels::LockstepArguments<double> arguments(Outcome& to, std::int64_t slots, std::int64_t n) {
    kernels::LockstepArguments<double> a;
    a.slots = slots;
    a.tolerance.value = 1e-12;
    a.max_iterations.value = 10;
    a.status = to.status.data();
    a.iterations = to.iterations.data();
    a.measure = to.measure.data();
    a.solution = {to.x.data(), n, 1};
    return a;
  }
  Outcome solve(std::size_t count) {
    Outcome result(count, rhs.size() / count);
    stage->solve(arguments(result, static_cast<std::int64_t>(count), structure.unknowns));
    return result;
  }
};

Outcome by_linear_solver(LinearSystems const& s, bool mixed) {
  auto const n = static_cast<std::int64_t>(s.n), count = static_cast<std::int64_t>(s.count);
  Outcome result(s.count, s.n);
  LinearSolver solver(Executor::cpu(2), s.pattern(),
                      {.matrix = LinearSolver::Matrix::positive_definite,
                       .method = LinearSolver::Method::cholesky,
                       .precision = mixed ? LinearSolver::Precision::mixed : LinearSolver::Precision::full},
                      {.capacity = count});
  solver.solve({.count = count, .values = {s.values.data(), s.entries(), 1}, .rhs = {s.rhs.data(), n, 1}}, {1e-12, 10},
               {.status = result.status.data(),
                .iterations = result.iterations.data(),
                .measure = result.measure.data(),
                .solution = {result.x.data(), n, 1}});
  return result;
}

/// LinearSolver's, but for rounding: its matrices' entries are stored in another order, in which residuals are summed.
void expect_as(Outcome const& found, Outcome const& expected) {
  EXPECT_EQ(found.status, expected.status);
  double largest = 0;
  for (double const x : expected.x) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < expected.x.size(); ++i) EXPECT_NEAR(found.x[i], expected.x[i], 1e-11 * largest);
}

TEST(DirectStage, SolvesAsLinearSolver) {
  for (bool const mixed : {false, true}) {
    for (std::size_t const count : {1u, 3u, 21u}) {
      auto const s = lower_systems(37, count);
      Bound bound(s, mixed, static_cast<std::int64_t>(count));
      auto const found = bound.solve(count);
      expect_as(found, by_linear_solver(s, mixed));
      for (std::size_t k = 0; k < count; ++k) {
        EXPECT_EQ(found.status[k], static_cast<std::int32_t>(Status::converged));
        EXPECT_LE(s.residual(k, true, found.x.data() + k * s.n), 2e-12);
        EXPECT_EQ(found.iterations[k] > 0, mixed);
      }
    }
  }
}

TEST(DirectStage, SolvesTheTasksOfTheSlotsInAnyOrder) {
  auto const s = lower_systems(20, 30);
  Bound bound(s, false, 12);
  auto const all = Bound(s, false, 30).solve(30);
  std::vector<std::int32_t> const tasks{29, 3, 17, 4, 0, 11, 8, 25, 2, 19, 6, 13};
  std::vector<std::int32_t> order(tasks.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>((5 * i) % order.size());
  for (bool const ordered : {false, true}) {
    Outcome found(tasks.size(), s.n);
    auto a = Bound::arguments(found, 12, 20);
    a.task_of_slot = tasks.data();
    if (ordered) a.slot_order = order.data();
    bound.stage->solve(a);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      EXPECT_EQ(found.measure[i], all.measure[at(tasks[i])]);
      for (std::size_t u = 0; u < s.n; ++u) EXPECT_EQ(found.x[i * s.n + u], all.x[at(tasks[i]) * s.n + u]);
    }
  }
  // Some slots alone, those of slot_order; the others' results stay.
  Outcome found(tasks.size(), s.n);
  auto a = Bound::arguments(found, 3, 20);
  std::vector<std::int32_t> const some{7, 2, 10};
  a.task_of_slot = tasks.data();
  a.slot_order = some.data();
  bound.stage->solve(a);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    bool const is_solved = std::ranges::find(some, static_cast<std::int32_t>(i)) != some.end();
    EXPECT_EQ(found.measure[i], is_solved ? all.measure[at(tasks[i])] : -1);
    EXPECT_EQ(found.x[i * s.n], is_solved ? all.x[at(tasks[i]) * s.n] : 7);
  }
  // From a first task on.
  Outcome later(4, s.n);
  auto b = Bound::arguments(later, 4, 20);
  b.first_task = 26;
  bound.stage->solve(b);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(later.x[i * s.n], all.x[(26 + i) * s.n]);
  b.slots = 13;
  EXPECT_THROW(bound.stage->solve(b), InputError);
}

TEST(DirectStage, ASecondAttemptChangesNothingAndTheOriginIsChosen) {
  auto const s = lower_systems(15, 6);
  Bound bound(s, false, 6);
  Outcome found(6, s.n);
  std::vector<Origin> origin(6, Origin::constant);
  auto a = Bound::arguments(found, 6, 15);
  a.is_retried = true;
  a.tolerance.value = 0;  // none converges
  a.origin = origin.data();
  bound.stage->attempt(a, kernels::Attempt::chosen, {true, origin.data(), nullptr});
  auto const first = found;
  bound.stage->attempt(a, kernels::Attempt::again, {true, origin.data(), nullptr});
  EXPECT_EQ(found, first);
  for (std::size_t k = 0; k < 6; ++k) {
    EXPECT_EQ(origin[k], Origin::chosen);
    EXPECT_LE(s.residual(k, true, found.x.data() + k * s.n), 1e-12);
  }
}

TEST(DirectStage, ATaskThatIsNotSolvedCostsItsLimit) {
  auto s = lower_systems(25, 10);
  s.values_of(4)[at(s.row_ptrs[13]) - 1] = -1;  // a diagonal entry: indefinite
  for (bool const mixed : {false, true}) {
    Bound bound(s, mixed, 10);
    Outcome found(10, s.n);
    std::vector<double> loss(10, -1);
    double const gain = 1;
    auto a = Bound::arguments(found, 10, 25);
    a.loss = loss.data();
    a.gain = &gain;
    bound.stage->differentiate(a);
    expect_as(found, by_linear_solver(s, mixed));
    for (std::size_t k = 0; k < 10; ++k) {
      EXPECT_EQ(found.status[k], static_cast<std::int32_t>(k == 4 ? Status::breakdown : Status::converged));
      EXPECT_EQ(loss[k], k == 4 ? 10 : found.iterations[k]);
    }
    EXPECT_EQ(found.x[4 * s.n], 7);  // untouched

    // Below what rounding allows: it stagnates after fewer refinements than the limit, which is its loss.
    a.tolerance.value = 1e-25;
    a.surrogate.value = kernels::LossValue::count;
    bound.stage->differentiate(a);
    for (std::size_t k = 0; k < 10; ++k) {
      if (k == 4) continue;
      EXPECT_EQ(found.status[k], static_cast<std::int32_t>(Status::stagnated));
      EXPECT_LT(found.iterations[k], 10);
      EXPECT_EQ(loss[k], 10);
    }
  }
}

}  // namespace
}  // namespace metasolve::direct_stage_test
