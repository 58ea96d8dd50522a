// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "metasolve/error.hpp"
#include "sampled_gradients.hpp"

/// What all estimators promise: draws by task, steps of 0 at ends of ranges, failures, finite gradients, state.
namespace metasolve::estimator_test {
namespace {

using engine::Gradient;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A batch of 5 tasks with different parameters.
struct Tasks {
  explicit Tasks(estimate::ParameterSpace const& with_space, std::vector<std::int32_t> with_order = {0, 1, 2, 3, 4})
      : space(with_space), order(std::move(with_order)) {
    for (auto const task : order) {
      auto one = test::inside(space);
      for (std::size_t i = 0; i < one.size(); ++i) {
        auto const& e = space.entries[i];
        double const size = e.kind == test::Kind::real ? 1 : e.high - e.low;
        one[i] += 0.1 * size * test::mixed(17 * task + static_cast<double>(i));
      }
      theta.insert(theta.end(), one.begin(), one.end());
    }
  }
  [[nodiscard]] estimate::Batch batch(std::int64_t step = 0) const {
    return {.tasks = std::ssize(order), .theta = theta.data(), .number = order.data(), .step = step};
  }
  /// change(probe, task, loss, failed) may damage a result. Without one: smooth losses.
  template <class Change>
  std::vector<double> gradient(estimate::Estimator& estimator, std::int64_t step, Change&& change) const {
    auto const n = std::ssize(order), d = std::int64_t{space.parameters()};
    std::vector<double> points(static_cast<std::size_t>(estimator.probes() * n * d)),
        losses(static_cast<std::size_t>(estimator.probes() * n)), gradient(theta.size(), nan);
    std::vector<char> failed(losses.size());
    estimator.place(batch(step), points.data());
    for (std::int64_t p = 0; p < std::ssize(losses); ++p) {
      auto& loss = losses[static_cast<std::size_t>(p)];
      for (std::int64_t i = 0; i < d; ++i) {
        double const x = points[static_cast<std::size_t>(p * d + i)];
        EXPECT_TRUE(std::isfinite(x));
        loss += static_cast<double>(1 + i) * x + std::sin(x);
      }
      change(p / n, p % n, loss, failed[static_cast<std::size_t>(p)]);
    }
    estimator.estimate(batch(step), points.data(), {losses.data(), failed.data()}, gradient.data());
    return gradient;
  }
  std::vector<double> gradient(estimate::Estimator& estimator, std::int64_t step = 0) const {
    return gradient(estimator, step, [](auto, auto, double&, char&) {});
  }
  estimate::ParameterSpace space;
  std::vector<std::int32_t> order;
  std::vector<double> theta;
};

class Each : public ::testing::TestWithParam<std::tuple<Gradient, int>> {
 protected:
  [[nodiscard]] std::unique_ptr<estimate::Estimator> make(std::uint64_t seed = 0) const {
    auto const [kind, samples] = GetParam();
    double const step = kind == Gradient::control_variate ? 1e-6 : 0.2;
    return estimate::make_estimator(kind, space,
                                    {.step = step, .samples = samples, .seed = seed, .surrogate_hidden = {9, 7}}, 5, 0);
  }
  [[nodiscard]] bool draws() const { return std::get<0>(GetParam()) != Gradient::difference; }
  estimate::ParameterSpace space = test::smooth_space(4);
};

TEST_P(Each, DrawsDependOnTaskAndStepAndNotOnTheOrder) {
  Tasks const forth(space), back(space, {4, 3, 2, 1, 0});
  auto const estimator = make();
  auto const d = space.parameters();
  std::vector<double> there(static_cast<std::size_t>(estimator->probes() * 5 * d)), here(there.size());
  estimator->place(forth.batch(), there.data());
  estimator->place(back.batch(), here.data());
  for (int probe = 0; probe < estimator->probes(); ++probe) {
    for (int task = 0; task < 5; ++task) {
      auto const* const one = there.data() + (probe * 5 + task) * d;
      EXPECT_TRUE(std::equal(one, one + d, here.data() + (probe * 5 + 4 - task) * d));
    }
  }
  estimator->place(forth.batch(1), here.data());
  EXPECT_EQ(there == here, !draws());
  make(1)->place(forth.batch(), here.data());
  EXPECT_EQ(there == here, !draws());
}

TEST_P(Each, GradientsDoNotDependOnTheOrder) {
  auto const there = Tasks(space).gradient(*make());
  auto const here = Tasks(space, {4, 3, 2, 1, 0}).gradient(*make());
  for (std::size_t task = 0; task < 5; ++task) {
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(there[4 * task + i], here[4 * (4 - task) + i], 1e-9 * std::abs(there[4 * task + i]));
    }
  }
}

TEST_P(Each, AnEndOfARangeHasNoSlope) {
  Tasks tasks(space);
  tasks.theta[0] = 0;   // the low end of task 0
  tasks.theta[6] = 20;  // the high end of task 1
  auto const estimator = make();
  for (int step = 0; step < 3; ++step) {
    auto const gradient = tasks.gradient(*estimator, step);
    EXPECT_EQ(gradient[0], 0);
    EXPECT_EQ(gradient[6], 0);
    EXPECT_NE(gradient[1], 0);
    EXPECT_TRUE(std::ranges::all_of(gradient, [](double g) { return std::isfinite(g); }));
  }
}

TEST_P(Each, WhereEveryProbeFailedTheGradientIsZero) {
  auto const estimator = make();
  for (int step = 0; step < 3; ++step) {
    auto const gradient = Tasks(space).gradient(*estimator, step, [](auto, auto task, double& loss, char& failed) {
      if (task != 2) return;
      loss = 1000;
      failed = true;
    });
    for (std::size_t i = 0; i < 4; ++i) {
      // One draw that fails is worse than the other tasks' mean: that is what the score function learns from.
      bool const is_compared = std::get<0>(GetParam()) == Gradient::score && std::get<1>(GetParam()) == 1;
      if (!is_compared) {
        EXPECT_EQ(gradient[8 + i], 0);
      }
      EXPECT_NE(gradient[4 + i], 0);
    }
  }
}

TEST_P(Each, LossesThatAreNotFiniteStayWithTheirTask) {
  for (double const bad : {nan, std::numeric_limits<double>::infinity(), 1e308, -1e308}) {
    auto const estimator = make();
    for (int step = 0; step < 4; ++step) {
      auto const gradient =
          Tasks(space).gradient(*estimator, step, [&](std::int64_t probe, auto task, double& loss, char&) {
            if (step < 2 && task == 2) loss = probe % 2 == 0 ? bad : -bad;
          });
      EXPECT_TRUE(std::ranges::all_of(gradient, [](double g) { return std::isfinite(g); })) << bad;
      if (step > 1 && !std::isfinite(bad)) {
        EXPECT_NE(gradient[8], 0) << bad;
      }
    }
  }
}

TEST_P(Each, StateGoesOnToTheLastBit) {
  auto const once = make(), again = make(), fresh = make();
  Tasks const tasks(space);
  auto const first = tasks.gradient(*once);
  (void)tasks.gradient(*once, 1);
  again->restore(once->state());
  EXPECT_EQ(again->state(), once->state());
  for (int step = 2; step < 5; ++step) EXPECT_EQ(tasks.gradient(*again, step), tasks.gradient(*once, step));
  EXPECT_EQ(again->state(), once->state());
  again->restore({});
  EXPECT_EQ(again->state(), fresh->state());
  EXPECT_EQ(tasks.gradient(*again), first);
  if (!once->state().empty()) {
    EXPECT_THROW(again->restore(std::vector<double>(3)), InputError);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Each,
                         ::testing::Combine(::testing::Values(Gradient::difference, Gradient::spsa, Gradient::evolution,
                                                              Gradient::score, Gradient::control_variate),
                                            ::testing::Values(1, 3)));

TEST(Differences, AFailedPairSilencesItsParameterAlone) {
  auto const space = test::smooth_space(3);
  auto const estimator = estimate::make_estimator(Gradient::difference, space, {}, 5, 0);
  auto const whole = Tasks(space).gradient(*estimator);
  auto gradient = Tasks(space).gradient(*estimator, 0, [&](auto probe, auto task, double&, char& failed) {
    failed = (probe == 3 || probe == 4) && task == 1;  // the second parameter's
  });
  EXPECT_EQ(gradient[4], 0);
  gradient[4] = whole[4];
  EXPECT_EQ(gradient, whole);
}

TEST(Differences, OneFailedProbeStillSaysWhereItIsWorse) {
  auto const space = test::smooth_space(3);
  auto const estimator = estimate::make_estimator(Gradient::difference, space, {}, 5, 0);
  for (std::int64_t const bad : {3, 4}) {
    auto const gradient = Tasks(space).gradient(*estimator, 0, [&](auto probe, auto task, double& loss, char& failed) {
      if (probe == bad && task == 1) failed = (loss = 1000) > 0;
    });
    EXPECT_GT((bad == 3 ? -1 : 1) * gradient[4], 10);
  }
}

TEST(Pairs, OneFailedProbeStillSaysWhereItIsWorse) {
  auto const space = test::smooth_space(3);
  for (auto const kind : {Gradient::spsa, Gradient::evolution}) {
    auto const estimator = estimate::make_estimator(kind, space, {}, 5, 0);
    auto const gradient = Tasks(space).gradient(*estimator, 0, [](auto probe, auto, double& loss, char& failed) {
      if (probe == 0) failed = (loss = 1000) > 0;
    });
    EXPECT_TRUE(std::ranges::all_of(gradient, [](double g) { return std::abs(g) > 10; }));
  }
}

std::string refusal(Gradient kind, estimate::ParameterSpace const& space) {
  try {
    (void)estimate::make_estimator(kind, space, {}, 1, 0);
  } catch (InputError const& e) {
    return e.what();
  }
  return "";
}

TEST(MakeEstimator, RefusesKindsThatNeedADerivative) {
  for (auto const kind : {Gradient::adjoint, Gradient::tangent, Gradient::forward}) {
    auto const text = refusal(kind, test::reals(1));
    EXPECT_NE(text.find("solver.gradient: "), std::string::npos);
    EXPECT_NE(text.find("\"control_variate\""), std::string::npos) << text;
  }
}

TEST(MakeEstimator, AChoiceNeedsTheScoreFunction) {
  estimate::ParameterSpace space;
  space.add({.kind = test::Kind::choice, .options = 2});
  for (auto const kind : {Gradient::difference, Gradient::spsa, Gradient::evolution, Gradient::control_variate}) {
    EXPECT_NE(refusal(kind, space).find("a choice needs \"score\""), std::string::npos);
  }
  EXPECT_EQ(refusal(Gradient::score, space), "");
}

TEST(MakeEstimator, AWholeNumberHasNoControlVariate) {
  estimate::ParameterSpace space;
  space.add({.kind = test::Kind::integer, .low = 1, .high = 9});
  EXPECT_NE(refusal(Gradient::control_variate, space).find("whole number"), std::string::npos);
  EXPECT_EQ(refusal(Gradient::difference, space), "");
}

}  // namespace
}  // namespace metasolve::estimator_test
