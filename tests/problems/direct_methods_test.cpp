// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/types.hpp"

/// The direct method of each built-in problem, beside its iterative solver.
namespace metasolve::direct_methods_test {
namespace {

struct Solved {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> x;
  std::size_t size = 0;
};

Solved solve(engine::Tasks const& tasks, double tolerance, std::int32_t limit) {
  exec::CpuExec ex(2);
  auto const group = engine::bind<double>(ex, tasks, {.capacity = tasks.count, .confirms = true});
  auto const n = static_cast<std::size_t>(tasks.count);
  Solved result;
  result.size = static_cast<std::size_t>(group.solver->solution_size());
  result.status.resize(n);
  result.iterations.resize(n);
  result.x.resize(n * result.size);
  kernels::LockstepArguments<double> run;
  run.slots = tasks.count;
  run.theta = group.default_parameters;
  run.tolerance.value = tolerance;
  run.max_iterations.value = limit;
  run.status = result.status.data();
  run.iterations = result.iterations.data();
  run.solution = {result.x.data(), static_cast<std::int64_t>(result.size), 1};
  run.confirms = true;
  group.solver->solve(run);
  return result;
}

/// The largest difference of a task's solutions over the largest number of one.
double distance(Solved const& a, Solved const& b, std::size_t task) {
  double difference = 0, size = 0;
  for (std::size_t i = task * a.size; i < (task + 1) * a.size; ++i) {
    difference = std::max(difference, std::abs(a.x[i] - b.x[i]));
    size = std::max(size, std::abs(b.x[i]));
  }
  return difference / size;
}

void compare(std::string const& problem, std::string const& settings, std::string const& name, double tolerance,
             double closeness) {
  auto const config = config::parse("problem.name = \"" + problem + "\"\nproblem.test_tasks = 37\n" + settings, "test");
  auto const& known = problems::problem_of(config);
  auto const direct = known.direct(config);
  ASSERT_TRUE(direct);
  EXPECT_EQ(direct->name, name);
  auto const found = solve(direct->tasks, tolerance, 100), iterated = solve(known.tasks(config).test, tolerance, 20000);
  ASSERT_EQ(found.size, iterated.size);
  for (std::size_t t = 0; t < found.status.size(); ++t) {
    EXPECT_EQ(found.status[t], static_cast<std::int32_t>(Status::converged)) << problem << " " << t;
    EXPECT_LE(found.iterations[t], 20) << problem << " " << t;
    if (iterated.status[t] != static_cast<std::int32_t>(Status::converged)) continue;
    EXPECT_LE(distance(found, iterated, t), closeness) << problem << " " << t;
  }
}

TEST(DirectMethods, Poisson) {
  compare("poisson", "", "elimination", 1e-12, 1e-10);
  compare("poisson", "problem.unknowns = 100\nproblem.measure = \"relative-residual\"", "elimination", 1e-12, 1e-8);
  compare("poisson", "problem.unknowns = 1", "elimination", 1e-12, 1e-10);
}
TEST(DirectMethods, Robertson) { compare("robertson", "", "Newton's method", 1e-10, 1e-6); }
TEST(DirectMethods, Elasticity) {
  compare("elasticity", "problem.cells = [4, 2, 2]\nsolver.shift = 0.001", "sparse Cholesky", 1e-8, 1e-3);
}
TEST(DirectMethods, ProgramsHaveNone) {
  config::RunConfig config;
  config.problem.name = "program";
  EXPECT_FALSE(problems::find_problem("program")->direct(config));
}

}  // namespace
}  // namespace metasolve::direct_methods_test
