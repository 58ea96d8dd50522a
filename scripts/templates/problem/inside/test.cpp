// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/evaluate.hpp"

namespace metasolve::@name@_test {
namespace {

config::RunConfig small() {
  config::RunConfig c;
  c.problem.name = "@name@";
  c.problem.train_tasks = c.problem.validation_tasks = c.problem.test_tasks = 100;
  return c;
}

TEST(@Name@, TasksAreTheSameInAnyOrder) {
  auto const tasks = problems::problem_of(small()).tasks(small()).train;
  auto const width = static_cast<std::size_t>(tasks.kind->width());
  std::vector<double> all(100 * width), one(width);
  tasks.fill(0, 100, all.data());
  tasks.fill(37, 1, one.data());
  EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + static_cast<std::ptrdiff_t>(37 * width)));
}

TEST(@Name@, AllTasksAreSolved) {
  auto const c = small();
  auto const tasks = problems::problem_of(c).tasks(c).test;
  auto const features = train::feature_scale(c, tasks);
  auto const evaluator = engine::make_evaluator(Executor::cpu(1), train::learner_options(c, features), tasks);
  train::solve_all(*evaluator, engine::Parameters::given, {1e-10, 1000}, tasks.count);
  for (auto const status : evaluator->outcomes().status) EXPECT_EQ(status, static_cast<int>(Status::converged));
}

}  // namespace
}  // namespace metasolve::@name@_test
