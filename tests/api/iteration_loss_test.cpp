// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/loss_caller.hpp"

/// The training loss for a network of the caller's own, for the built-in problems: tasks, counts, bits.
namespace metasolve::iteration_loss_test {
namespace {

using namespace test;

class IterationLossOn : public LossCaller {};

TEST_P(IterationLossOn, DescribesItsProblem) {
  auto loss = make(poisson_loss, 5);
  EXPECT_EQ(loss.capacity(), 5);
  EXPECT_EQ(loss.columns(), 12);
  EXPECT_EQ(loss.features(), 6);
  EXPECT_EQ(loss.parameters(), 6);
  EXPECT_EQ(loss.tasks(TaskSet::train), 40);
  EXPECT_EQ(loss.tasks(TaskSet::test), 1000);
  auto const of = nlohmann::json::parse(loss.description());
  EXPECT_EQ(of["problem"], "poisson");
  EXPECT_EQ(of["columns"], 12);
  EXPECT_EQ(of["column_names"][7], "u2");
  EXPECT_EQ(of["features"][0]["count"], 6);
  EXPECT_EQ(of["parameters"][0]["count"], 6);
  EXPECT_EQ(of["tolerance"], 1e-3);
  EXPECT_EQ(of["max_iterations"], 200);
  EXPECT_EQ(of["loss"]["scale"], "log");
  EXPECT_EQ(of["tasks"]["train"], 40);
  auto const steps = nlohmann::json::parse(make(robertson_loss, 1).description());
  EXPECT_EQ(steps["columns"], robertson_columns);
  EXPECT_EQ(steps["column_names"].size(), robertson_columns);
  EXPECT_EQ(steps["parameters"][0]["high"], 2);
  EXPECT_EQ(steps["head"][1]["kind"], "factor");
  auto const beams = nlohmann::json::parse(make(elasticity_loss, 1).description());
  EXPECT_EQ(beams["column_names"][0], "width");
  EXPECT_EQ(beams["gradient"], "difference");
}

TEST_P(IterationLossOn, GivesRowsAndFeatures) {
  auto const loss = make(poisson_loss, 5);
  auto const rows = rows_of(loss, 4);
  std::vector<double> second(12), features(4 * 6);
  loss.rows(TaskSet::train, 1, 1, second.data());
  EXPECT_TRUE(std::equal(second.begin(), second.end(), rows.begin() + 12));
  loss.features_of(4, rows.data(), features.data());
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t j = 0; j < 6; ++j) EXPECT_EQ(features[t * 6 + j], rows[t * 12 + j]) << "the right-hand side";
  }
}

TEST_P(IterationLossOn, CountsAsTheSolvers) {
  constexpr std::size_t count = 20;
  auto loss = make(poisson_loss, count);
  auto const rows = rows_of(loss, count);
  loss.set_tasks(count, rows.data());
  auto const theta = spread(count * 6);
  auto* const status = place(std::vector<std::int32_t>(count));
  auto* const iterations = place(std::vector<std::int32_t>(count));
  auto* const measure = place(std::vector<double>(count));
  auto const agree = [&](Losses const& found) {
    EXPECT_EQ(found.status, fetch(status, count));
    EXPECT_EQ(found.iterations, fetch(iterations, count));
    EXPECT_EQ(found.measure, fetch(measure, count));
  };
  auto jacobi = JacobiSolver<double>::poisson(executor(), 6, Measure::relative_error, {count});
  auto const* const on = place(rows);
  jacobi.solve({count, {on, 12, 1}, {on + 6, 12, 1}, {}, {place(theta), 6, 1}}, {1e-3, 200},
               {status, iterations, measure});
  agree(evaluate(loss, count, theta, {}, false));
  EXPECT_EQ(evaluate(loss, count, theta).iterations, fetch(iterations, count)) << "with gradient";
  jacobi.solve({count, {on, 12, 1}, {on + 6, 12, 1}}, {1e-3, 200}, {status, iterations, measure});
  agree(evaluate(loss, count, {}));
  loss.set_tolerance(1e-5);
  jacobi.solve({count, {on, 12, 1}, {on + 6, 12, 1}}, {1e-5, 200}, {status, iterations, measure});
  agree(evaluate(loss, count, {}));

  auto steps = make(robertson_loss, count);
  auto const of_steps = robertson_rows(count);
  steps.set_tasks(count, of_steps.data());
  ImplicitEulerSolver ode(executor(), {.name = "robertson", .clamps = true}, {count});
  auto const* const row = place(of_steps);
  constexpr auto width = robertson_columns;
  ode.solve({.count = count,
             .previous = {row + 6, width, 1},
             .parameters = {row + 2, width, 1},
             .step = {row + 1, width},
             .time = {row, width},
             .relaxation = {row + 5, width}},
            {1e-9, 300}, {status, iterations, measure});
  agree(evaluate(steps, count, {}));
  EXPECT_EQ(evaluate(steps, count, own_parameters_of(steps, count)).iterations, fetch(iterations, count));
}

/// A task alone, in a batch, repeated, and with its own parameters by index.
TEST_P(IterationLossOn, ATasksBitsAreItsOwn) {
  constexpr std::size_t count = 9, slots = 20;
  for (auto const& text : {poisson_loss, robertson_loss, elasticity_loss}) {
    auto loss = make(text, slots);
    auto const p = static_cast<std::size_t>(loss.parameters());
    auto const rows = text == robertson_loss ? robertson_rows(count) : rows_of(loss, count);
    loss.set_tasks(count, rows.data());
    auto theta = own_parameters_of(loss, count);
    auto const moved = spread(theta.size());
    for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = theta[i] * (1 + 0.1 * moved[i]) + 1e-7;
    auto const all = evaluate(loss, count, theta);
    auto const own = evaluate(loss, count, {});
    std::vector<std::int32_t> order(slots);
    std::vector<double> ordered;
    for (std::size_t s = 0; s < slots; ++s) {
      order[s] = static_cast<std::int32_t>((7 * s + 3) % count);
      auto const at = theta.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(order[s]) * p);
      ordered.insert(ordered.end(), at, at + static_cast<std::ptrdiff_t>(p));
    }
    auto const mixed = evaluate(loss, slots, ordered, order);
    auto const own_mixed = evaluate(loss, slots, {}, order);
    for (std::size_t s = 0; s < slots; ++s) {
      auto const t = static_cast<std::size_t>(order[s]);
      EXPECT_EQ(mixed.loss[s], all.loss[t]);
      EXPECT_EQ(mixed.measure[s], all.measure[t]);
      EXPECT_EQ(own_mixed.loss[s], own.loss[t]);
      EXPECT_EQ(own_mixed.iterations[s], own.iterations[t]);
      for (std::size_t i = 0; i < p; ++i) EXPECT_EQ(mixed.gradient[s * p + i], all.gradient[t * p + i]);
    }
    auto const width = static_cast<std::size_t>(loss.columns());
    std::vector<double> const last(rows.end() - static_cast<std::ptrdiff_t>(width), rows.end());
    loss.set_tasks(1, last.data());
    auto const alone = evaluate(loss, 1, {theta.end() - static_cast<std::ptrdiff_t>(p), theta.end()});
    EXPECT_EQ(alone.loss.front(), all.loss.back());
    EXPECT_EQ(alone.iterations.front(), all.iterations.back());
    for (std::size_t i = 0; i < p; ++i) EXPECT_EQ(alone.gradient[i], all.gradient[(count - 1) * p + i]);
  }
}

/// Shifts for systems of the caller's own, read from a folder.
TEST_P(IterationLossOn, ReadsAFoldersMatrices) {
  TemporaryFolder const folder;
  for (int k = 0; k < 4; ++k) {
    auto const diagonal = std::to_string(2.1 + k);
    folder.write("A_" + std::to_string(k) + ".mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 " +
                                                        diagonal + "\n2 1 -1\n2 2 2\n3 2 -1\n3 3 " + diagonal + "\n");
  }
  std::string const text = "[problem]\nname = \"spd\"\nmatrices = \"" + folder.path().string() + "\"\n";
  auto loss = make(text, 4);
  EXPECT_EQ(loss.tasks(TaskSet::train), 2);
  EXPECT_EQ(loss.tasks(TaskSet::validation), 1);
  EXPECT_EQ(loss.columns(), 2 + 3 + 3);
  loss.set_tasks(2, rows_of(loss, 2).data());
  auto const found = evaluate(loss, 2, {0.5, 0.5});
  for (std::size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(found.status[t], 0);
    EXPECT_NE(found.gradient[t], 0);
  }
  std::vector<double> rows(8);
  loss.rows(TaskSet::test, 0, 1, rows.data());
  loss.set_tasks(1, rows.data());
  EXPECT_EQ(evaluate(loss, 1, {0.5}).status.front(), 0);
}

METASOLVE_ON_EXECUTORS(IterationLossOn);

}  // namespace
}  // namespace metasolve::iteration_loss_test
