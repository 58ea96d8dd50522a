// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <functional>

#include "metasolve/detail/model/model.hpp"
#include "metasolve/online_meta_solver.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"

/// Estimator::network from a trained meta-solver.
namespace metasolve::online_prior_test {
namespace {

using kernels::HeadKind;
using Options = OnlineMetaSolver::Options;

/// Relaxation from z = 0.5 (a - 3) - 0.25 b. The guesses are left to the task.
model::Model model_of_two_features() {
  model::Model m;
  m.sides.problem = "of_the_test";
  m.sides.features = {{.name = "a"}, {.name = "b"}};
  m.sides.parameters.resize(2);
  m.sides.parameters[0].name = "relaxation factor";
  m.sides.parameters[1].name = "guess";
  m.sides.parameters[1].count = 2;
  m.sides.head = {{.kind = HeadKind::interval, .output = 0, .low = 0.5, .high = 1.9}, {}, {}};
  m.network.sizes = {2, 1};  // no hidden layer: linear
  m.shift = {3, 0};
  m.scale = {0.5, 0.25};
  m.weights = {1, -1, 0};  // and the bias
  return m;
}

Options options(model::Model const& m, std::int64_t capacity) {
  return {.parameters = {{.name = "relaxation", .low = 0.5, .high = 1.9, .constant = 0.6}},
          .features = {{.name = "a", .low = 0, .high = 6}, {.name = "b", .low = -4, .high = 4}},
          .capacity = capacity,
          .estimator = OnlineMetaSolver::Estimator::network,
          .prior = MetaSolver(std::make_shared<model::Model const>(m))};
}

class OnlinePriorOn : public test::OnExecutors {};

TEST_P(OnlinePriorOn, ChoosesWhatTheModelPredicts) {
  constexpr std::int64_t count = 4000;
  OnlineMetaSolver online(executor(), options(model_of_two_features(), count));
  std::vector<double> features;
  for (int t = 0; t < count; ++t) features.insert(features.end(), {0.06 * (t % 100), 0.08 * (t / 40) - 4});
  auto const device = executor().allocate(features.size() * sizeof(double));
  executor().upload(device.get(), features.data(), features.size() * sizeof(double));
  auto const theta = online.choose(count, {static_cast<double*>(device.get()), 2, 1});
  std::vector<double> chosen(count);
  executor().download(chosen.data(), theta.data, chosen.size() * sizeof(double));
  double sum = 0, squares = 0, own = 0;
  for (std::size_t t = 0; t < chosen.size(); ++t) {
    if (chosen[t] == 0.6) continue;  // the constant
    double const z = std::log((chosen[t] - 0.5) / (1.9 - chosen[t]));
    double const noise = z - (0.5 * (features[2 * t] - 3) - 0.25 * features[2 * t + 1]);
    sum += noise;
    squares += noise * noise;
    ++own;
  }
  EXPECT_GT(own, 50);
  EXPECT_NEAR(sum / own, 0, 4 * 0.3 / std::sqrt(own));
  EXPECT_NEAR(std::sqrt(squares / own), 0.3, 4 * 0.3 / std::sqrt(2 * own));
}

TEST_P(OnlinePriorOn, RefusesAModelThatDoesNotFit) {
  using test::expect_message;
  auto const make = [&](std::function<void(model::Model&, Options&)> const& change) {
    auto m = model_of_two_features();
    auto o = options(m, 8);
    change(m, o);
    o.prior = MetaSolver(std::make_shared<model::Model const>(m));
    OnlineMetaSolver(executor(), o);
  };
  make([](auto&, auto&) {});
  expect_message<InputError>([&] { make([](auto&, auto& o) { o.features.pop_back(); }); },
                             {"the prior has 2 features (a, b), and 1 are given"});
  expect_message<InputError>([&] { make([](auto&, auto& o) { o.parameters[0].high = 1.8; }); },
                             {"\"relaxation factor\" in a range from 0.5 to 1.9", "from 0.5 to 1.8"});
  expect_message<InputError>(
      [&] { make([](auto& m, auto&) { m.sides.head[1] = {.kind = HeadKind::factor, .output = 0}; }); },
      {"the prior chooses 2 parameters", "exactly the 1"});
  expect_message<InputError>([&] { make([](auto& m, auto&) { m.sides.head[0].kind = HeadKind::factor; }); },
                             {"\"relaxation factor\" without a range"});
  expect_message<InputError>([&] { make([](auto& m, auto&) { m.sides.head.clear(); }); },
                             {"the prior chooses 3 parameters"});
  expect_message<InputError>([&] { make([](auto&, auto& o) { o.estimator = OnlineMetaSolver::Estimator::bins; }); },
                             {"Estimator::network"});
}

METASOLVE_ON_EXECUTORS(OnlinePriorOn);

}  // namespace
}  // namespace metasolve::online_prior_test
