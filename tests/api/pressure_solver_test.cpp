// SPDX-License-Identifier: Apache-2.0
#include "metasolve/pressure_solver.hpp"

#include <gtest/gtest.h>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/error.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/pressure_systems.hpp"

/// PressureSolver as a program uses it.
namespace metasolve::test::pressure_solver_test {
namespace {

struct Solved {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> pressure, measure;
};

/// Tasks first ... first + count - 1 of the systems.
Solved solve(Executor const& executor, PressureSystems const& s, PressureSolver::Options options, int first, int count,
             PressureSolver::Stopping const& stopping = {}) {
  auto& exec = executor.backend();
  options.rows = s.rows, options.columns = s.columns;
  PressureSolver solver(executor, options, {.capacity = count});
  auto const rhs = exec::uploaded(exec, s.rhs), x = exec::uploaded(exec, s.weights_x),
             y = exec::uploaded(exec, s.weights_y), open = exec::uploaded(exec, s.open);
  exec::Buffer<double> pressure(exec, std::int64_t{count} * s.points()), measure(exec, count);
  exec::Buffer<std::int32_t> status(exec, count), iterations(exec, count);
  auto const part = [&](exec::Buffer<double> const& of, std::int64_t width) {
    return BatchView<double const>{of.size() > 0 ? of.data() + first * width : nullptr, width, 1};
  };
  PressureSolver::Tasks tasks;
  tasks.count = count;
  tasks.rhs = part(rhs, s.points());
  tasks.weights_x = part(x, std::int64_t{s.rows} * (s.columns - 1));
  tasks.weights_y = part(y, std::int64_t{s.rows - 1} * s.columns);
  tasks.open = part(open, s.points());
  PressureSolver::Results results;
  results.status = status.data(), results.iterations = iterations.data(), results.measure = measure.data();
  results.solution = {pressure.data(), s.points(), 1};
  solver.solve(tasks, stopping, results);
  Solved out{std::vector<std::int32_t>(static_cast<std::size_t>(count)), {}, {}, {}};
  out.iterations = out.status;
  out.pressure.resize(static_cast<std::size_t>(pressure.size()));
  out.measure.resize(static_cast<std::size_t>(count));
  status.download(out.status.data(), count), iterations.download(out.iterations.data(), count);
  pressure.download(out.pressure.data(), pressure.size()), measure.download(out.measure.data(), count);
  return out;
}

class PressureSolverOn : public OnExecutors {};
METASOLVE_ON_EXECUTORS(PressureSolverOn);

TEST_P(PressureSolverOn, Solves) {
  for (bool const open : {false, true}) {
    PressureSystems const systems(14, 11, 3, open);
    for (auto const preconditioner :
         {PressureSolver::Preconditioner::none, PressureSolver::Preconditioner::modified_cholesky,
          PressureSolver::Preconditioner::multigrid}) {
      PressureSolver::Options options;
      options.preconditioner = preconditioner;
      auto const r = solve(executor(), systems, options, 0, 3, {.tolerance = 1e-9});
      for (int t = 0; t < 3; ++t) {
        auto const at = static_cast<std::size_t>(t);
        EXPECT_EQ(r.status[at], static_cast<int>(Status::converged));
        EXPECT_LE(r.measure[at], 1e-9);
        EXPECT_LE(systems.relative_residual(t, r.pressure.data() + t * systems.points()), 1.01e-9);
      }
    }
  }
}

TEST_P(PressureSolverOn, ATaskHasTheSameBitsAloneAndInABatch) {
  PressureSystems const systems(14, 11, 5, false);
  for (auto const preconditioner :
       {PressureSolver::Preconditioner::modified_cholesky, PressureSolver::Preconditioner::multigrid}) {
    PressureSolver::Options options;
    options.preconditioner = preconditioner;
    auto const all = solve(executor(), systems, options, 0, 5);
    for (int t = 0; t < 5; ++t) {
      auto const alone = solve(executor(), systems, options, t, 1);
      EXPECT_EQ(alone.iterations[0], all.iterations[static_cast<std::size_t>(t)]);
      std::vector<double> const own(all.pressure.begin() + t * systems.points(),
                                    all.pressure.begin() + (t + 1) * systems.points());
      EXPECT_EQ(alone.pressure, own);
    }
  }
}

TEST(PressureSolver, RefusesWhatItCannotUse) {
  auto const executor = Executor::cpu(1);
  using Options = PressureSolver::Options;
  auto const expect_refused = [&](Options const& options, std::string const& part) {
    expect_message<InputError>([&] { PressureSolver(executor, options, {.capacity = 1}); }, {part});
  };
  expect_refused({.rows = 0, .columns = 4}, "options.rows is 0, expected 1 to 4096");
  expect_refused({.rows = 4, .columns = 5000}, "options.columns is 5000");
  expect_refused({.rows = 4, .columns = 4, .fill_share = 1.5}, "options.fill_share is 1.5");
  PressureSolver solver(executor, {.rows = 4, .columns = 4}, {.capacity = 1});
  std::vector<double> const numbers(16, 1.0);
  PressureSolver::Tasks tasks;
  tasks.count = 1;
  expect_message<InputError>([&] { solver.solve(tasks, {}, {}); }, {"tasks.rhs is null"});
  tasks.rhs = {numbers.data(), 16, 1};
  tasks.weights_x = {numbers.data(), 12, 1};
  expect_message<InputError>([&] { solver.solve(tasks, {}, {}); }, {"give both, or neither"});
}

}  // namespace
}  // namespace metasolve::test::pressure_solver_test
