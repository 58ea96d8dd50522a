// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/train_problem.hpp"
#include "tests/api/counted_malloc.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/loss_caller.hpp"
#include "tests/support/own_solver.hpp"

/// Calls of IterationLoss: what they refuse, that they do not allocate, and a program's own problem.
namespace metasolve::iteration_loss_calls_test {
namespace {

using Problem = test::SquareRootProblem;
using test::expect_message;

std::string const poisson = "[problem]\nname = \"poisson\"\nunknowns = 4\n[solver]\ntolerance = 1e-3\n";

class IterationLossCalls : public test::LossCaller {
 protected:
  void SetUp() override {
    LossCaller::SetUp();
    if (IsSkipped()) return;
    loss_.emplace(executor(), poisson, TrainingSettings{}, 4);
    rows_.resize(3 * 8);
    loss_->rows(TaskSet::train, 0, 3, rows_.data());
  }
  template <class Action>
  void refuses(Action&& action, std::initializer_list<std::string> parts) {
    expect_message<InputError>(action, parts);
  }

  std::optional<IterationLoss> loss_;
  std::vector<double> rows_;
};

TEST_P(IterationLossCalls, WrongConfigurationsAreNamed) {
  auto const make = [&](std::string const& text, TrainingSettings const& settings, std::int64_t capacity) {
    IterationLoss(executor(), text, settings, capacity);
  };
  refuses([&] { make("[problem", {}, 1); }, {"configuration:1", "TOML"});
  refuses([&] { make("[problem]\nname = \"nowhere\"\n", {}, 1); }, {"nowhere"});
  refuses([&] { make(poisson, {"solver.tolerence=1e-3"}, 1); }, {"setting", "solver.tolerance"});
  refuses([&] { make(poisson, {"solver.precision=float"}, 1); }, {"solver.precision", "double"});
  refuses([&] { make(poisson, {}, 0); }, {"capacity", "0"});
  refuses([&] { make(poisson, {}, std::int64_t{1} << 40); }, {"capacity"});
  refuses([&] { make("[problem]\nname = \"spd\"\n", {}, 1); }, {"problem.matrices"});
  refuses([&] { make("[problem]\nname = \"square_root\"\n", {}, 1); }, {"square_root"});
}

TEST_P(IterationLossCalls, WrongTasksAreNamed) {
  refuses([&] { evaluate(*loss_, 1, {}); }, {"set_tasks"});
  refuses([&] { loss_->own_parameters(rows_.data()); }, {"set_tasks"});
  loss_->set_tasks(3, rows_.data());
  refuses([&] { loss_->set_tasks(0, rows_.data()); }, {"0", "capacity, 4"});
  refuses([&] { loss_->set_tasks(5, rows_.data()); }, {"5", "capacity, 4"});
  refuses([&] { loss_->set_tasks(1, nullptr); }, {"rows is null"});
  auto rows = rows_;
  rows[8 + 6] = std::nan("");
  refuses([&] { loss_->set_tasks(3, rows.data()); }, {"column 6", "u3", "task 1"});
  EXPECT_EQ(evaluate(*loss_, 3, {}).status, std::vector<std::int32_t>(3, 0)) << "the tasks before";
  refuses([&] { loss_->own_parameters(nullptr); }, {"null"});
  refuses([&] { loss_->rows(TaskSet::test, 998, 3, rows.data()); }, {"998", "1000"});
  refuses([&] { loss_->rows(TaskSet::test, -1, 1, rows.data()); }, {"-1"});
  refuses([&] { loss_->rows(TaskSet::test, 0, 1, nullptr); }, {"rows is null"});
  refuses([&] { loss_->features_of(-1, rows.data(), rows.data()); }, {"-1"});
  refuses([&] { loss_->features_of(1, rows.data(), nullptr); }, {"features is null"});
  for (double const wrong : {0.0, -1.0, std::nan("")}) {
    refuses([&] { loss_->set_tolerance(wrong); }, {"tolerance"});
  }
}

TEST_P(IterationLossCalls, WrongArgumentsAreNamed) {
  loss_->set_tasks(3, rows_.data());
  auto* const theta = place(std::vector<double>(16, 0.1));
  auto* const gradient = place(std::vector<double>(16));
  auto* const loss = place(std::vector<double>(4));
  BatchView<double const> const given{theta, 4, 1};
  auto const call = [&](std::int64_t count, BatchView<double const> view, IterationLoss::Results const& results) {
    loss_->evaluate(count, nullptr, view, results);
  };
  refuses([&] { call(-1, given, {}); }, {"tasks.count", "-1"});
  refuses([&] { call(4, given, {}); }, {"tasks.count", "4", "3"});
  refuses([&] { evaluate(*loss_, 5, std::vector<double>(20), {0, 0, 0, 0, 0}); }, {"tasks.count", "5", "4"});
  refuses([&] { call(3, {}, {.gradient = {gradient, 4, 1}}); }, {"theta is null", "results.gradient"});
  refuses([&] { call(3, given, {.gradient = {theta, 4, 1}}); }, {"results.gradient overlaps theta"});
  refuses([&] { call(3, given, {.loss = loss, .measure = loss + 1}); }, {"results.", "overlaps"});
  refuses([&] { call(3, given, {.gradient = {gradient, 0, 1}}); }, {"results.gradient", "strides"});
  auto* const askew = reinterpret_cast<double*>(reinterpret_cast<char*>(loss) + 1);
  refuses([&] { call(1, given, {.loss = askew}); }, {"results.loss", "aligned"});
  EXPECT_NO_THROW(call(0, {}, {}));
  EXPECT_NO_THROW(call(3, given, {}));
  if (executor().kind() != DeviceKind::cpu) {
    std::vector<double> on_host(4);
    refuses([&] { call(3, given, {.loss = on_host.data()}); }, {"results.loss"});
    return;
  }
  refuses([&] { evaluate(*loss_, 2, std::vector<double>(8), {0, 3}); }, {"tasks[1] is 3", "0 to 2"});
  refuses([&] { evaluate(*loss_, 2, std::vector<double>(8), {-1, 0}); }, {"tasks[0] is -1"});
}

/// In any strides.
TEST_P(IterationLossCalls, TakesAnyLayout) {
  loss_->set_tasks(3, rows_.data());
  std::vector<double> theta(12), other(12);
  for (std::size_t i = 0; i < 12; ++i) other[i % 4 * 3 + i / 4] = theta[i] = 0.1 * static_cast<double>(i) - 0.5;
  auto const expected = evaluate(*loss_, 3, theta);
  auto* const gradient = place(std::vector<double>(12));
  loss_->evaluate(3, nullptr, BatchView<double const>::struct_of_arrays(place(other), 3),
                  {.gradient = BatchView<double>::struct_of_arrays(gradient, 3)});
  auto const found = fetch(gradient, 12);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(found[i % 4 * 3 + i / 4], expected.gradient[i]);
}

/// The rows of test::SquareRootProblem: a, r, x_0.
std::vector<double> roots(std::size_t count) {
  std::vector<double> rows;
  for (std::size_t t = 0; t < count; ++t) {
    for (double const x : {0.5 + static_cast<double>(t), 0.7, 1.0 + 0.1 * static_cast<double>(t)}) rows.push_back(x);
  }
  return rows;
}

/// Counts are those of the iteration written down again.
TEST_P(IterationLossCalls, TakesAProgramsOwnProblem) {
  constexpr std::size_t count = 7;
  compile_training<Problem, exec::SerialExec>();
  if (executor().name() == "cuda") GTEST_SKIP() << "this file is compiled for CPUs";
  auto loss = iteration_loss<Problem>(executor(), {"solver.tolerance=1e-6"}, room);
  EXPECT_EQ(loss.columns(), 3);
  EXPECT_EQ(loss.features(), 1);
  EXPECT_EQ(loss.parameters(), 2);
  EXPECT_EQ(loss.tasks(TaskSet::train), 0);
  std::vector<double> rows = roots(count), features(count), own(2 * count);
  refuses([&] { loss.rows(TaskSet::train, 0, 1, rows.data()); }, {"the set has 0"});
  loss.features_of(count, rows.data(), features.data());
  EXPECT_EQ(features[1], std::log(1.5));
  loss.set_tasks(count, rows.data());
  loss.own_parameters(own.data());
  for (std::size_t t = 0; t < count; ++t) {
    EXPECT_EQ(own[2 * t], 0.7);
    EXPECT_EQ(own[2 * t + 1], rows[3 * t + 2]);
  }
  auto const found = evaluate(loss, count, own);
  EXPECT_EQ(found.iterations, evaluate(loss, count, {}).iterations);
  for (std::size_t t = 0; t < count; ++t) {
    double x = own[2 * t + 1];
    std::int32_t k = 0;
    for (; std::abs(x * x - rows[3 * t]) / rows[3 * t] > 1e-6; ++k) x -= 0.7 * 0.5 * (x - rows[3 * t] / x);
    EXPECT_EQ(found.iterations[t], k);
  }
  expect_differences(loss, count, own, 1e-6);
  refuses([&] { iteration_loss<Problem>(executor(), {"problem.name=robertson"}, 1); }, {"robertson", "square_root"});
}

TEST_P(IterationLossCalls, DoesNotAllocate) {
#if METASOLVE_COUNTS_MALLOC
  constexpr std::int64_t count = 300;
  for (std::string const name : {"poisson", "elasticity", "robertson"}) {
    auto const text = "[problem]\nname = \"" + name + "\"\n" + (name == "elasticity" ? "cells = [3, 1, 1]\n" : "");
    IterationLoss loss(executor(), text, {"solver.max_iterations=50"}, count);
    std::vector<double> rows(static_cast<std::size_t>(count * loss.columns()), 0.5);
    loss.set_tasks(count, rows.data());
    auto const parameters = static_cast<std::size_t>(loss.parameters());
    std::vector<std::int32_t> order(count);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(7 * i % count);
    auto const* const tasks = place(order);
    auto const* const theta = place(std::vector<double>(count * parameters, 0.3));
    auto* const gradient = place(std::vector<double>(count * parameters));
    auto* const values = place(std::vector<double>(count));
    auto* const iterations = place(std::vector<std::int32_t>(count));
    BatchView<double const> const given{theta, loss.parameters(), 1};
    auto const evaluate_all = [&] {
      for (auto const* of : {static_cast<std::int32_t const*>(nullptr), tasks}) {
        loss.evaluate(count, of, given, {.loss = values, .gradient = {gradient, loss.parameters(), 1}});
        loss.evaluate(count, of, given, {.loss = values, .iterations = iterations});
        loss.evaluate(count / 2, of, {}, {.loss = values});
        loss.evaluate(0, of, {}, {});
      }
    };
    evaluate_all();                             // OpenMP creates threads
    if (executor().name() == "cuda") continue;  // its launches allocate
    EXPECT_EQ(test::taken_by(evaluate_all), 0) << name;
  }
#else
  GTEST_SKIP() << "sanitizers have a malloc of their own";
#endif
}

METASOLVE_ON_EXECUTORS(IterationLossCalls);

}  // namespace
}  // namespace metasolve::iteration_loss_calls_test
