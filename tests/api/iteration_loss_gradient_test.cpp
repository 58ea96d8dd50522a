// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/loss_caller.hpp"

/// The gradient of the training loss by the parameters of the built-in problems' solvers.
namespace metasolve::iteration_loss_gradient_test {
namespace {

using namespace test;

class LossGradientOn : public LossCaller {};

TEST_P(LossGradientOn, HasTheGradientOfPoissonsGuess) {
  constexpr std::size_t count = 12;
  auto loss = make(poisson_loss, room);
  loss.set_tasks(count, rows_of(loss, count).data());
  auto theta = spread(count * 6);
  expect_differences(loss, count, theta, 1e-8);
  auto linear = make(poisson_loss, room, {"loss.scale=linear", "loss.gain=3", "loss.margin=0.5"});
  linear.set_tasks(count, rows_of(linear, count).data());
  expect_differences(linear, count, theta, 1e-8);
}

TEST_P(LossGradientOn, HasTheGradientOfRobertsonsParameters) {
  constexpr std::size_t count = 10;
  auto loss = make(robertson_loss, room, {"solver.tolerance=1e-6"});
  loss.set_tasks(count, robertson_rows(count).data());
  auto theta = own_parameters_of(loss, count);
  auto const moved = spread(theta.size());
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] *= 1 + 0.05 * moved[i];
  expect_differences(loss, count, theta, 1e-5);
}

TEST_P(LossGradientOn, HasTheGradientOfAShift) {
  constexpr std::size_t count = 6;
  std::vector<double> const theta(count, 0.02);
  // Iterations for short beams, with a factor by level, do not amplify rounding.
  std::vector<double> const short_beams{0.3, 1, 1, 1, 0.2, 0.3, 2, 1, 0.3, 3, 0.9, 2,
                                        0.3, 2, 1, 1, 0.2, 0.5, 2, 1, 0.3, 1, 0.9, 3};
  Losses of[2];
  for (auto const* method : {"adjoint", "tangent"}) {
    auto loss = make(elasticity_loss, room, {"solver.fill_entries=-1", "solver.gradient=" + std::string(method)});
    loss.set_tasks(count, short_beams.data());
    expect_differences(loss, count, theta, 1e-5);
    of[method[0] == 't'] = evaluate(loss, count, theta);
  }
  EXPECT_EQ(of[0].iterations, of[1].iterations);
  // By differences: of two solves at 0.8 and 1.2 times the shift.
  auto loss = make(elasticity_loss, count);
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

TEST_P(LossGradientOn, HasTheGradientOfOmega) {
  constexpr std::size_t count = 6;
  auto loss = make(elasticity_loss, count, {"solver.preconditioner=ssor"});
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

/// Parameters that no solver can use: the task fails, others do not, and its gradient is 0.
TEST_P(LossGradientOn, SurvivesUnusableParameters) {
  constexpr std::size_t count = 10;
  double const infinite = std::numeric_limits<double>::infinity();
  for (auto const& [text, settings] : {std::pair{poisson_loss, TrainingSettings{}},
                                       {robertson_loss, {}},
                                       {elasticity_loss, {}},
                                       {elasticity_loss, {"solver.gradient=tangent"}},
                                       {elasticity_loss, {"solver.preconditioner=ssor"}}}) {
    auto loss = make(text, count, settings);
    auto const p = static_cast<std::size_t>(loss.parameters());
    loss.set_tasks(count, text == robertson_loss ? robertson_rows(count).data() : rows_of(loss, count).data());
    auto const own = own_parameters_of(loss, count);
    auto const sane = evaluate(loss, count, own);
    auto theta = own;
    double const bad[] = {std::nan(""), infinite, -infinite, 1e308, -1e308};
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

METASOLVE_ON_EXECUTORS(LossGradientOn);

}  // namespace
}  // namespace metasolve::iteration_loss_gradient_test
