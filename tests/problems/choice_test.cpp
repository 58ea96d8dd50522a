// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/engine/choice_stage.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/kernels/lockstep/choice.hpp"
#include "tests/support/executors.hpp"

/// Choices among variants of conjugate gradients and a direct method (docs/adjoints/work.md), on every executor.
namespace metasolve::choice_test {
namespace {

using kernels::LossKind;
using kernels::LossScale;

constexpr int variants = 4, parameters = 7;  // scores, and then the parameters of all but the last
constexpr std::int64_t tasks = 21;
std::vector<engine::Price> const prices{{30, 10}, {60, 20}, {0, 5}, {900, 300}};

engine::Tasks beams(std::string const& of_variants) {
  auto const config = config::parse(
      "[problem]\nname = \"elasticity\"\ncells = [4, 1, 1]\ntrain_tasks = 21\n[solver]\nmax_iterations = 60\n"
      "[loss]\ncost = \"flops\"\n",
      "here", {"solver.variants=" + of_variants});
  return problems::problem_of(config).tasks(config).train;
}
engine::Tasks all_variants() { return beams("[\"entries 0\", \"level 1\", \"ssor\", \"direct\"]"); }

class Choice : public test::OnExecutors {
 protected:
  template <class T>
  exec::Buffer<T> on_device(std::vector<T> const& values) {
    return exec::uploaded(backend(), values);
  }
  template <class T>
  static std::vector<T> read(exec::Buffer<T> const& buffer) {
    std::vector<T> values(static_cast<std::size_t>(buffer.size()));
    buffer.download(values.data(), buffer.size());
    return values;
  }

  struct Results {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> measure, loss, work, solution, theta_bar;
  };
  /// theta: [tasks][as many parameters as the stage takes].
  Results run(engine::SolveStage<double>& stage, std::vector<double> const& theta, bool differentiates,
              kernels::Prices<double> const& of_all = {}) {
    int const p = stage.parameter_size();
    auto const theta_there = on_device(theta);
    auto const gain = on_device(std::vector<double>{1.0});
    exec::Buffer<std::int32_t> status(backend(), tasks), iterations(backend(), tasks);
    exec::Buffer<double> measure(backend(), tasks), loss(backend(), tasks), work(backend(), tasks),
        bar(backend(), tasks * parameters), solution(backend(), tasks * stage.solution_size());
    bar.zero();
    work.zero();
    solution.zero();
    kernels::LockstepArguments<double> a;
    a.slots = tasks;
    if (p > 0) a.theta = {theta_there.data(), p, 1};
    a.tolerance.value = 1e-6;
    a.max_iterations.value = 60;
    a.surrogate = {LossKind::surrogate, LossScale::logarithm};
    a.prices = of_all;
    a.gain = gain.data();
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = measure.data();
    a.loss = loss.data();
    if (differentiates) {
      if (p > 0) a.theta_bar = {bar.data(), p, 1};
      stage.differentiate(a);
    } else {
      a.work = work.data();
      a.solution = {solution.data(), stage.solution_size(), 1};
      stage.solve(a);
    }
    backend().synchronize();
    return {read(status), read(iterations), read(measure), read(loss), read(work), read(solution), read(bar)};
  }
  engine::StageLimits limits(engine::ChoiceGradient choice = engine::ChoiceGradient::mean) const {
    return {.capacity = tasks,
            .tape_bytes = 1 << 20,
            .max_iterations = 60,
            .gradient = engine::Gradient::difference,
            .prices = prices,
            .choice = choice};
  }
  engine::TaskGroup<double> bound(engine::Tasks const& of,
                                  engine::ChoiceGradient choice = engine::ChoiceGradient::mean) {
    return engine::bind<double>(backend(), of, limits(choice));
  }
  /// A variant alone, with prices relative to the first's iteration.
  Results alone(int v, std::vector<double> const& theta, bool differentiates) {
    auto all = all_variants();
    all.kind = all.kind->variants().at(static_cast<std::size_t>(v));
    auto limits_of_one = limits();
    if (v == 2) limits_of_one.difference.below = 2;  // of omega
    auto group = engine::bind<double>(backend(), all, limits_of_one);
    auto const& price = prices[static_cast<std::size_t>(v)];
    std::vector<double> own;
    for (std::size_t t = 0; t < tasks; ++t)
      own.push_back(v < 3 ? theta[t * parameters + 4 + static_cast<std::size_t>(v)] : 0);
    return run(*group.solver, own, differentiates,
               {price.start / prices[0].step, price.step / prices[0].step, (300 - price.step) / prices[0].step});
  }
};

std::vector<double> some_theta() {
  std::vector<double> theta;
  random::Draws const draws(3, random::Stream::weights, 0);
  for (std::uint64_t t = 0; t < tasks; ++t) {
    for (std::uint64_t v = 0; v < variants; ++v) theta.push_back(4 * draws.uniform(t * 16 + v) - 2);
    for (std::uint64_t v = 0; v < 2; ++v) theta.push_back(0.05 + 0.3 * draws.uniform(t * 16 + 8 + v));
    theta.push_back(0.8 + 0.8 * draws.uniform(t * 16 + 12));
  }
  return theta;
}
int taken(std::vector<double> const& theta, std::size_t t) {
  return kernels::best_variant(variants, [&](int v) { return theta[t * parameters + static_cast<std::size_t>(v)]; });
}

TEST_P(Choice, EachTaskIsSolvedByItsBestVariantWithThatVariantsBits) {
  auto const theta = some_theta();
  auto group = bound(all_variants());
  ASSERT_EQ(group.solver->parameter_size(), parameters);
  auto const chosen = run(*group.solver, theta, false);
  std::vector<int> seen(variants, 0);
  auto const size = static_cast<std::size_t>(group.solver->solution_size());
  for (int v = 0; v < variants; ++v) {
    auto const one = alone(v, theta, false);
    for (std::size_t t = 0; t < tasks; ++t) {
      if (taken(theta, t) != v) continue;
      ++seen[static_cast<std::size_t>(v)];
      EXPECT_EQ(chosen.status[t], one.status[t]);
      EXPECT_EQ(chosen.iterations[t], one.iterations[t]);
      EXPECT_EQ(chosen.measure[t], one.measure[t]);
      EXPECT_EQ(chosen.loss[t], one.loss[t]);
      EXPECT_EQ(chosen.work[t], one.work[t]);
      for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(chosen.solution[t * size + i], one.solution[t * size + i]);
    }
  }
  for (int const count : seen) EXPECT_GT(count, 0) << "not every variant was tried: draw other scores";
}

TEST_P(Choice, AScoreThatIsNoNumberIsTheLowest) {
  auto theta = some_theta();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t v = 0; v < variants; ++v) theta[v] = nan;  // task 0: all
  theta[parameters] = theta[parameters + 1] = nan;            // task 1: the first two
  auto group = bound(all_variants());
  auto const chosen = run(*group.solver, theta, false);
  EXPECT_EQ(chosen.iterations[0], alone(0, theta, false).iterations[0]);
  EXPECT_EQ(chosen.iterations[1], alone(taken(theta, 1), theta, false).iterations[1]);
  EXPECT_GE(taken(theta, 1), 2);
  auto const trained = run(*group.solver, theta, true);
  for (std::size_t i = 0; i < parameters; ++i) EXPECT_TRUE(std::isfinite(trained.theta_bar[i]));
}

TEST_P(Choice, TheMeansGradientIsItsDifferenceAndThatOfItsVariants) {
  auto const theta = some_theta();
  auto group = bound(all_variants());
  auto const mean = run(*group.solver, theta, true);
  std::vector<Results> each;
  for (int v = 0; v < variants; ++v) each.push_back(alone(v, theta, true));
  constexpr double h = 1e-5;
  for (std::size_t v = 0; v < variants; ++v) {
    auto up = theta, down = theta;
    for (std::size_t t = 0; t < tasks; ++t) {
      up[t * parameters + v] += h;
      down[t * parameters + v] -= h;
    }
    auto const above = run(*group.solver, up, true), below = run(*group.solver, down, true);
    for (std::size_t t = 0; t < tasks; ++t) {
      double const slope = (above.loss[t] - below.loss[t]) / (2 * h);
      EXPECT_NEAR(mean.theta_bar[t * parameters + v], slope, 1e-6 * (1 + std::abs(slope)));
      kernels::VariantDraw const draw(variants,
                                      [&](int j) { return theta[t * parameters + static_cast<std::size_t>(j)]; });
      auto const own = static_cast<int>(v);
      if (own < 3) {
        double const expected = draw.probability(own) * each[v].theta_bar[t];
        EXPECT_NEAR(mean.theta_bar[t * parameters + 4 + v], expected, 1e-12 * (1 + std::abs(expected)));
      }
    }
  }
  for (std::size_t t = 0; t < tasks; ++t) {
    double expected = 0;
    kernels::VariantDraw const draw(variants,
                                    [&](int v) { return theta[t * parameters + static_cast<std::size_t>(v)]; });
    for (int v = 0; v < variants; ++v) expected += draw.probability(v) * each[static_cast<std::size_t>(v)].loss[t];
    EXPECT_NEAR(mean.loss[t], expected, 1e-12 * expected);
  }
}

TEST_P(Choice, TheScoreFunctionHasTheMeansGradientAsItsMean) {
  if (GetParam() != "cpu") GTEST_SKIP() << "thousands of solves: on the fastest executor alone";
  auto const theta = some_theta();
  auto group = bound(all_variants());
  auto const exact = run(*group.solver, theta, true).theta_bar;
  auto drawn = bound(all_variants(), engine::ChoiceGradient::score);
  exec::Buffer<kernels::StepClock> clock(backend(), 1);
  drawn.solver->follow(clock.data());
  constexpr int steps = 400, settling = 40;
  std::vector<double> sum(exact.size(), 0.0), squares(exact.size(), 0.0);
  for (int step = 0; step < steps + settling; ++step) {
    kernels::StepClock now{};
    now.updates = step;
    clock.upload(&now, 1);
    auto const bar = run(*drawn.solver, theta, true).theta_bar;
    if (step < settling) continue;
    for (std::size_t i = 0; i < bar.size(); ++i) {
      sum[i] += bar[i];
      squares[i] += bar[i] * bar[i];
    }
  }
  double worst = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    double const mean = sum[i] / steps, variance = squares[i] / steps - mean * mean;
    double const error = std::sqrt(variance / steps) + 1e-9;
    worst = std::max(worst, std::abs(mean - exact[i]) / error);
  }
  EXPECT_LT(worst, 5);
  // Its baselines are what it has learned; they survive.
  auto const state = drawn.solver->state();
  EXPECT_EQ(state.size(), 2 * static_cast<std::size_t>(tasks));
  auto again = bound(all_variants(), engine::ChoiceGradient::score);
  again.solver->follow(clock.data());
  again.solver->restore(state);
  EXPECT_EQ(run(*again.solver, theta, true).theta_bar, run(*drawn.solver, theta, true).theta_bar);
  EXPECT_THROW(again.solver->restore({1.0}), InputError);
}

TEST_P(Choice, WithoutParametersTheFirstVariantIsTaken) {
  auto group = bound(all_variants());
  exec::Buffer<std::int32_t> status(backend(), tasks), iterations(backend(), tasks);
  kernels::LockstepArguments<double> a;
  a.slots = tasks;
  a.theta = group.default_parameters;
  a.tolerance.value = 1e-6;
  a.max_iterations.value = 60;
  a.status = status.data();
  a.iterations = iterations.data();
  group.solver->solve(a);
  backend().synchronize();
  std::vector<double> own(static_cast<std::size_t>(tasks * parameters), 0.036);
  EXPECT_EQ(read(iterations), alone(0, own, false).iterations);
}

METASOLVE_ON_EXECUTORS(Choice);

TEST(ChoiceConfiguration, SaysWhatIsWrong) {
  auto const message = [](std::vector<std::string> overrides) {
    overrides.insert(overrides.begin(), {"problem.name=elasticity"});
    try {
      config::parse("", "here", overrides);
    } catch (InputError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  std::string const two = "solver.variants=[\"direct\", \"entries 5\"]";
  EXPECT_EQ(message({two, "loss.cost=time"}), "");
  EXPECT_NE(message({two}).find("loss.cost: given \"count\""), std::string::npos);
  EXPECT_NE(message({"solver.variants=[\"direct\"]", "loss.cost=time"}).find("expected 2 or more"), std::string::npos);
  EXPECT_NE(message({"solver.variants=[\"ssor\", \"ssor\"]", "loss.cost=time"}).find("twice"), std::string::npos);
  EXPECT_NE(message({"solver.variants=[\"ssor\", \"entries x\"]", "loss.cost=time"}).find("\"entries x\""),
            std::string::npos);
  EXPECT_NE(message({two, "loss.cost=time", "loss.kind=measure"}).find("loss.cost"), std::string::npos);
  EXPECT_NE(message({two, "loss.cost=time", "solver.shift_scale=diagonal"}).find("solver.shift_scale"),
            std::string::npos);
}

TEST(ChoiceConfiguration, OperationsOfAMatrixCountedByHand) {
  auto const all = all_variants();
  auto const kinds = all.kind->variants();
  ASSERT_EQ(kinds.size(), 4u);
  auto const of = [&](std::size_t v) { return *kinds[v]->operations(); };
  EXPECT_LT(of(2).step, of(0).step);    // ssor has no factor; with entries the whole envelope is computed
  EXPECT_GT(of(3).start, of(2).start);  // a complete factor
  EXPECT_LT(of(3).step, of(3).start);   // a refinement is a part of it
  EXPECT_NE(kinds[0]->cost_name(), kinds[1]->cost_name());
}

}  // namespace
}  // namespace metasolve::choice_test
