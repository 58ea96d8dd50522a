// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/loss_caller.hpp"

/// The training loss and its gradient for a caller's own network, for the built-in problems.
namespace metasolve::iteration_loss_test {
namespace {

using test::Losses;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string const poisson = R"(
[problem]
name = "poisson"
unknowns = 6
train_tasks = 40
[solver]
tolerance = 1e-3
max_iterations = 200
[loss]
scale = "log"
)";
std::string const robertson = R"(
[problem]
name = "robertson"
[solver]
tolerance = 1e-9
max_iterations = 300
[loss]
scale = "log"
)";
std::string const elasticity = R"(
[problem]
name = "elasticity"
cells = [3, 1, 1]
train_tasks = 12
[solver]
max_iterations = 60
[loss]
scale = "log"
)";

/// Rows of the training set.
std::vector<double> rows_of(IterationLoss const& loss, std::int64_t n) {
  std::vector<double> rows(static_cast<std::size_t>(n * loss.columns()));
  loss.rows(TaskSet::train, 0, n, rows.data());
  return rows;
}
std::vector<double> own_parameters_of(IterationLoss const& loss, std::int64_t n) {
  std::vector<double> own(static_cast<std::size_t>(n * loss.parameters()));
  loss.own_parameters(own.data());
  return own;
}

/// Numbers between -1 and 1.
std::vector<double> spread(std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = 2 * std::fmod(0.618034 * static_cast<double>(i + 1), 1.0) - 1;
  return x;
}

/// Steps of Robertson's reaction: t, h, c, r, y.
constexpr std::int64_t robertson_columns = 9;
std::vector<double> robertson_rows(std::size_t count) {
  std::vector<double> rows;
  for (std::size_t t = 0; t < count; ++t) {
    double const part = static_cast<double>(t + 1) / static_cast<double>(count + 1);
    for (double const x : {0.0, 0.1 * part, 0.04 + part, 1e5 + 1e8 * part, 1e2 + 1e5 * part, 1.2 + 0.2 * part,
                           1 - part / 2, 1e-6, part / 2}) {
      rows.push_back(x);
    }
  }
  return rows;
}

class IterationLossOn : public test::LossCaller {
 protected:
  [[nodiscard]] IterationLoss make(std::string const& configuration, std::int64_t capacity,
                                   TrainingSettings const& settings = {}) const {
    return IterationLoss(executor(), configuration, settings, capacity);
  }
};

TEST_P(IterationLossOn, DescribesItsProblem) {
  auto loss = make(poisson, 5);
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
  auto const steps = nlohmann::json::parse(make(robertson, 1).description());
  EXPECT_EQ(steps["columns"], robertson_columns);
  EXPECT_EQ(steps["column_names"].size(), robertson_columns);
  EXPECT_EQ(steps["parameters"][0]["high"], 2);
  EXPECT_EQ(steps["head"][1]["kind"], "factor");
  auto const beams = nlohmann::json::parse(make(elasticity, 1).description());
  EXPECT_EQ(beams["column_names"][0], "width");
  EXPECT_EQ(beams["gradient"], "difference");
}

TEST_P(IterationLossOn, GivesRowsAndFeatures) {
  auto const loss = make(poisson, 5);
  auto const rows = rows_of(loss, 4);
  std::vector<double> second(12), features(4 * 6);
  loss.rows(TaskSet::train, 1, 1, second.data());
  EXPECT_TRUE(std::equal(second.begin(), second.end(), rows.begin() + 12));
  loss.features_of(4, rows.data(), features.data());
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t j = 0; j < 6; ++j) EXPECT_EQ(features[t * 6 + j], rows[t * 12 + j]) << "the right-hand side";
  }
}

TEST_P(IterationLossOn, HasTheGradientOfPoissonsGuess) {
  constexpr std::size_t count = 12;
  auto loss = make(poisson, count);
  loss.set_tasks(count, rows_of(loss, count).data());
  auto theta = spread(count * 6);
  expect_differences(loss, count, theta, 1e-5, 1e-6);
  auto linear = make(poisson, count, {"loss.scale=linear", "loss.gain=3", "loss.margin=0.5"});
  linear.set_tasks(count, rows_of(linear, count).data());
  expect_differences(linear, count, theta, 1e-5, 1e-6);
}

TEST_P(IterationLossOn, HasTheGradientOfRobertsonsParameters) {
  constexpr std::size_t count = 10;
  auto loss = make(robertson, count);
  loss.set_tasks(count, robertson_rows(count).data());
  auto theta = own_parameters_of(loss, count);
  auto const moved = spread(theta.size());
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] *= 1 + 0.05 * moved[i];
  expect_differences(loss, count, theta, 1e-6, 1e-4);
}

TEST_P(IterationLossOn, HasTheGradientOfAShift) {
  constexpr std::size_t count = 12;
  std::vector<double> const theta(count, 0.02);
  Losses of[2];
  for (auto const* method : {"adjoint", "tangent"}) {
    auto loss = make(elasticity, count, {"solver.gradient=" + std::string(method)});
    loss.set_tasks(count, rows_of(loss, count).data());
    expect_differences(loss, count, theta, 1e-5, 1e-5);
    of[method[0] == 't'] = evaluate(loss, count, theta);
  }
  EXPECT_EQ(of[0].loss, of[1].loss);
  // By differences: of two solves at 0.8 and 1.2 times the shift.
  auto loss = make(elasticity, count);
  loss.set_tasks(count, rows_of(loss, count).data());
  auto const found = evaluate(loss, count, theta);
  auto const low = evaluate(loss, count, std::vector<double>(count, 0.8 * 0.02), {}, false);
  auto const high = evaluate(loss, count, std::vector<double>(count, 1.2 * 0.02), {}, false);
  for (std::size_t t = 0; t < count; ++t) {
    double const expected = (high.loss[t] - low.loss[t]) / (0.4 * 0.02);
    EXPECT_NEAR(found.gradient[t], expected, 1e-9 * (1 + std::abs(expected)));
  }
  // The constant shift.
  EXPECT_EQ(own_parameters_of(loss, count), std::vector<double>(count, 0.036));
  EXPECT_EQ(evaluate(loss, count, {}), evaluate(loss, count, std::vector<double>(count, 0.036), {}, false));
}

TEST_P(IterationLossOn, HasTheGradientOfOmega) {
  constexpr std::size_t count = 6;
  auto loss = make(elasticity, count, {"solver.preconditioner=ssor"});
  loss.set_tasks(count, rows_of(loss, count).data());
  std::vector<double> const theta(count, 1.2);
  auto const found = evaluate(loss, count, theta);
  auto const low = evaluate(loss, count, std::vector<double>(count, 1.2 - 0.2 * 0.8), {}, false);
  auto const high = evaluate(loss, count, std::vector<double>(count, 1.2 + 0.2 * 0.8), {}, false);
  for (std::size_t t = 0; t < count; ++t) {
    EXPECT_NEAR(found.gradient[t], (high.loss[t] - low.loss[t]) / (0.4 * 0.8), 1e-9);
    EXPECT_NE(found.gradient[t], 0);
  }
  EXPECT_EQ(own_parameters_of(loss, count), std::vector<double>(count, 1));
}

TEST_P(IterationLossOn, CountsAsTheSolvers) {
  constexpr std::size_t count = 20;
  auto loss = make(poisson, count);
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

  auto steps = make(robertson, count);
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
  for (auto const& text : {poisson, robertson, elasticity}) {
    auto loss = make(text, slots);
    auto const p = static_cast<std::size_t>(loss.parameters());
    auto const rows = text == robertson ? robertson_rows(count) : rows_of(loss, count);
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

/// Parameters that no solver can use: the task fails, others do not, and its gradient is 0.
TEST_P(IterationLossOn, SurvivesUnusableParameters) {
  constexpr std::size_t count = 10;
  double const infinite = std::numeric_limits<double>::infinity();
  for (auto const& [text, settings] :
       {std::pair{poisson, TrainingSettings{}}, {robertson, {}}, {elasticity, {}},
        {elasticity, {"solver.gradient=tangent"}}, {elasticity, {"solver.preconditioner=ssor"}}}) {
    auto loss = make(text, count, settings);
    auto const p = static_cast<std::size_t>(loss.parameters());
    loss.set_tasks(count, text == robertson ? robertson_rows(count).data() : rows_of(loss, count).data());
    auto const own = own_parameters_of(loss, count);
    auto const sane = evaluate(loss, count, own);
    auto theta = own;
    double const bad[] = {nan, infinite, -infinite, 1e308, -1e308};
    for (std::size_t i = 0; i < 5; ++i) std::fill_n(theta.begin() + static_cast<std::ptrdiff_t>(i * p), p, bad[i]);
    auto const found = evaluate(loss, count, theta);
    for (std::size_t t = 0; t < count; ++t) {
      if (t >= 5) {
        EXPECT_EQ(found.loss[t], sane.loss[t]);
        for (std::size_t i = 0; i < p; ++i) EXPECT_EQ(found.gradient[t * p + i], sane.gradient[t * p + i]);
        continue;
      }
      EXPECT_TRUE(std::isfinite(found.loss[t])) << text << " with " << bad[t];
      for (std::size_t i = 0; i < p; ++i) EXPECT_TRUE(std::isfinite(found.gradient[t * p + i])) << bad[t];
      auto const status = static_cast<Status>(found.status[t]);
      if (status != Status::breakdown && status != Status::not_finite) continue;
      EXPECT_EQ(found.loss[t], found.iterations[t]) << "the limit";
      for (std::size_t i = 0; i < p; ++i) EXPECT_EQ(found.gradient[t * p + i], 0) << bad[t];
    }
    EXPECT_NE(found.status[0], 0) << text;
  }
}

METASOLVE_ON_EXECUTORS(IterationLossOn);

}  // namespace
}  // namespace metasolve::iteration_loss_test
