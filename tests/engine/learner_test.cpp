// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <numeric>

#include "metasolve/detail/engine/training/adam_learner.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/train_some.hpp"

/// The complete learner: network, head, solver and optimiser, on each executor where possible; results are independent
/// of threads, memory and grouping where they must be, and gradients are those of the whole composition.
namespace metasolve::learner_test {
namespace {

using exec::CpuExec;
using test::small_config;
using test::train_some;

TEST(Learner, NothingDependsOnThreadsGroupingOrRepetition) {
  auto const c = small_config();
  auto const reference = train_some(c);
  EXPECT_NE(reference.weights, train::initial_weights(c));
  EXPECT_EQ(train_some(c), reference);
  EXPECT_EQ(train_some(c, 2), reference);
  EXPECT_EQ(train_some(c, 5), reference);
  auto ungrouped = c;
  ungrouped.training.regroup = false;
  EXPECT_EQ(train_some(ungrouped), reference);
}

TEST(Learner, ABatchLargerThanMemoryIsSplit) {
  auto c = small_config();
  c.training.batch_size = 150;
  auto const whole = train_some(c);
  // 1 MiB of memory would hold everything; this holds one block of rows, and a tape of a few slots.
  auto const split = train_some(c, 1, 100000);
  ASSERT_EQ(split.weights.size(), whole.weights.size());
  for (std::size_t i = 0; i < whole.weights.size(); ++i) {
    // The sum over tasks is split differently; Adam's first steps amplify the rounding of tiny gradients.
    EXPECT_NEAR(split.weights[i], whole.weights[i], 1e-6);
  }
  EXPECT_NEAR(split.loss, whole.loss, 1e-6 * whole.loss);
}

/// Properties on all executors.
struct Training : test::OnExecutors {};
METASOLVE_ON_EXECUTORS(Training);

TEST_P(Training, IsTheSameToTheLastBitAgainAndHoweverTasksAreGrouped) {
  auto const c = small_config();
  auto const reference = train_some(executor(), c);
  EXPECT_NE(reference.weights, train::initial_weights(c));
  EXPECT_EQ(train_some(executor(), c), reference);
  auto ungrouped = c;
  ungrouped.training.regroup = false;
  EXPECT_EQ(train_some(executor(), ungrouped), reference);
}

TEST_P(Training, IsThatOfTheCpuButForRounding) {
  auto c = small_config();
  auto const here = train_some(executor(), c), there = train_some(c);
  EXPECT_NEAR(here.loss, there.loss, 1e-3 * there.loss);
  EXPECT_NEAR(here.iterations, there.iterations, 1e-3 * there.iterations);
}

TEST_P(Training, GoesOnFromWhatWasSavedToTheLastBit) {
  for (auto const optimizer : {engine::Optimizer::adam, engine::Optimizer::levenberg_marquardt}) {
    auto c = small_config();
    c.optimizer.kind = optimizer;
    auto const whole = test::fresh_learner(executor(), c), resumed = test::fresh_learner(executor(), c);
    test::train_epoch(*whole, c, 0);
    resumed->restore(whole->save());
    auto const expected = test::train_epoch(*whole, c, 1), totals = test::train_epoch(*resumed, c, 1);
    EXPECT_EQ(totals.loss, expected.loss);
    EXPECT_EQ(totals.iterations, expected.iterations);
    EXPECT_EQ(resumed->save().front().weights, whole->save().front().weights);
  }
}

TEST_P(Training, PrecisionsAgreeToTheirRounding) {
  auto c = small_config();
  c.solver.tolerance = 1e-2;
  auto const wide = train_some(executor(), c);
  for (int const which : {1, 2, 3}) {
    auto narrow = c;
    if ((which & 1) != 0) narrow.network.precision = engine::Precision::single_precision;
    if ((which & 2) != 0) narrow.solver.precision = engine::Precision::single_precision;
    EXPECT_NEAR(train_some(executor(), narrow).loss, wide.loss, 2e-2 * wide.loss);
  }
}

TEST_P(Training, IsTheSameBesideALearnerOfAnotherPrecisionAndAfterIt) {
  auto wide = small_config(), narrow = small_config();
  for (auto* c : {&wide, &narrow}) c->solver.tolerance = 1e-2;
  narrow.network.precision = engine::Precision::single_precision;
  auto const alone = test::fresh_learner(executor(), wide), beside = test::fresh_learner(executor(), wide);
  auto other = test::fresh_learner(executor(), narrow);
  for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
    auto const expected = test::train_epoch(*alone, wide, epoch);
    if (epoch == 2) other.reset();
    if (other != nullptr) test::train_epoch(*other, narrow, epoch);
    EXPECT_EQ(test::train_epoch(*beside, wide, epoch).loss, expected.loss);
  }
  EXPECT_EQ(beside->save().front().weights, alone->save().front().weights);
  auto const narrow_loss = train_some(executor(), narrow).loss;
  EXPECT_NEAR(narrow_loss, train_some(executor(), wide).loss, 2e-2 * narrow_loss);
}

/// The gradient of the mean loss by backward(), compared with differences of the loss in the weights.
class NetworkGradient : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(NetworkGradient, EqualsDifferences) {
  auto const [activation, basis] = GetParam();
  auto c = small_config();
  c.network.activation = static_cast<kernels::Activation>(activation);
  c.of<problems::PoissonSettings>().basis = static_cast<problems::Basis>(basis);
  c.of<problems::PoissonSettings>().basis_size = basis == 0 ? 5 : 0;  // also a truncated basis

  c.network.output_gain = 0.7;
  c.network.feature_gain = 1.3;
  c.network.feature_scaling = config::FeatureScaling::standard;
  c.solver.max_iterations = 6;  // all tasks take 6: the count is constant
  CpuExec ex(1);
  auto const splits = problems::problem_of(c).tasks(c);
  auto const options = train::learner_options(c, train::feature_scale(c, splits.train));
  std::int64_t const slots = 40;
  network::MetaNetwork<double, double> network(ex, options.network, slots, true);
  auto group = engine::bind<double>(ex, splits.train, {.capacity = slots, .tape_bytes = 1 << 20, .max_iterations = 6});
  auto weights = train::initial_weights(c);
  double const tolerance = 1e-3, gain = 1;  // near enough for the sigmoid to have a slope
  std::int32_t const limit = 6;
  std::vector<double> loss(slots);
  std::vector<std::int32_t> iterations(slots);
  kernels::LockstepArguments<double> run;
  run.slots = slots;
  run.tolerance = {&tolerance, 0};
  run.max_iterations = {&limit, 0};
  run.gain = &gain;
  run.surrogate = {kernels::LossKind::surrogate, kernels::LossScale::logarithm, kernels::LossValue::soft, false};
  run.loss = loss.data();
  run.iterations = iterations.data();
  run.weight = 1.0 / slots;
  auto const evaluate = [&](std::vector<double> const& w) {
    network.network().weights().upload(w.data(), static_cast<std::int64_t>(w.size()));
    run.theta = network.predict(group.features, group.default_parameters, slots);
    group.solver->solve(run);
    run.theta = {};
    return std::accumulate(loss.begin(), loss.end(), 0.0) / slots;
  };
  evaluate(weights);
  for (auto const count : iterations) ASSERT_EQ(count, limit);
  run.theta = network.theta();
  run.theta_bar = network.theta_bar();
  group.solver->differentiate(run);
  network.network().gradient().zero();
  network.backward(slots, nullptr, 0, 0, {network.network().gradient().data(), 0, slots});
  std::vector<double> gradient(weights.size());
  network.network().gradient().download(gradient.data(), static_cast<std::int64_t>(gradient.size()));
  run.theta = {};
  run.theta_bar = {};

  double largest = 0;
  for (double const g : gradient) largest = std::max(largest, std::abs(g));
  ASSERT_GT(largest, 0);
  for (std::size_t i = 0; i < weights.size(); i += 3) {
    auto const at = [&](double h) {
      auto moved = weights;
      moved[i] += h;
      return evaluate(moved);
    };
    double const h = 1e-3;
    double const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    // ReLU sometimes has kinks within the range of the differences.
    double const allowed = activation == static_cast<int>(kernels::Activation::relu) ? 2e-3 : 1e-6;
    EXPECT_LE(std::abs(difference - gradient[i]), allowed * largest) << "weight " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(All, NetworkGradient, testing::Combine(testing::Values(1, 2, 3), testing::Values(0, 1)));

/// With inference included, a task's result is bitwise independent: alone, in a part, at another position.
struct Inference : test::OnExecutors {};
METASOLVE_ON_EXECUTORS(Inference);

TEST_P(Inference, IsBatchIndependentBitForBit) {
  for (std::vector<int> const& hidden : {std::vector<int>{15, 15}, std::vector<int>{130, 33}, std::vector<int>{}}) {
    for (auto const precision : {engine::Precision::double_precision, engine::Precision::single_precision}) {
      auto c = small_config();
      c.network.hidden = hidden;
      c.network.precision = precision;
      c.problem.test_tasks = 133;
      auto options = train::learner_options(c, {std::vector<double>(8, 0.0), std::vector<double>(8, 1.0)});
      auto const learner = engine::make_evaluator(executor(), options, problems::problem_of(c).tasks(c).test);
      learner->set_weights(train::initial_weights(c));
      engine::SolveLimits const limits{1e-6, 1000};
      learner->solve(engine::Parameters::meta_solver, limits, 0, 133);
      auto const all = learner->outcomes();
      for (std::int64_t const part : {1, 7, 64, 65, 100}) {
        for (std::int64_t first = 0; first < 133; first += part) {
          learner->solve(engine::Parameters::meta_solver, limits, first, std::min<std::int64_t>(part, 133 - first));
        }
        auto const parts = learner->outcomes();
        EXPECT_EQ(parts.iterations, all.iterations);
        EXPECT_EQ(parts.measure, all.measure) << "parts of " << part;
        EXPECT_EQ(parts.status, all.status);
      }
    }
  }
}

TEST_P(Inference, OfTasksThatDoNotStayFiniteCountsAsTheLimit) {
  auto c = small_config();
  c.network.output_gain = 1e300;
  auto const learner = test::fresh_learner(executor(), c);
  engine::SolveLimits const limits{1e-6, 300};
  auto const totals = learner->validate({&limits, 1}, true).front();
  EXPECT_EQ(totals.iterations, 300.0 * static_cast<double>(totals.tasks)) << "none may pass for a quick one";
  EXPECT_EQ(totals.loss, 300.0 * static_cast<double>(totals.tasks));
}

TEST(Learner, KeepsItsExecutorAlive) {
  std::unique_ptr<engine::Evaluator> evaluator;
  {
    auto const c = small_config();
    auto const splits = problems::problem_of(c).tasks(c);
    evaluator = engine::make_evaluator(Executor::cpu(1),
                                       train::learner_options(c, train::feature_scale(c, splits.train)), splits.test);
  }
  EXPECT_GT(evaluator->capacity(), 0);
  evaluator->solve(engine::Parameters::given, {1e-6, 10}, 0, 5);
  EXPECT_THROW(evaluator->solve(engine::Parameters::given, {1e-6, 10}, small_config().problem.test_tasks, 5),
               InputError);
}

TEST(Adam, FollowsTheReferenceFormula) {
  CpuExec ex(1);
  constexpr std::int64_t n = 37;
  kernels::AdamSettings const settings{0.9, 0.99, 1e-8, 0.01, 0.5};
  exec::Buffer<double> weight(ex, n), gradient(ex, n), mean(ex, n), square(ex, n);
  exec::Buffer<kernels::StepClock> clock(ex, 1);
  clock.data()->rate = 0.1;
  std::vector<double> w(n, 1.0), m(n), v(n);
  for (std::int64_t i = 0; i < n; ++i) weight.data()[i] = 1;
  for (int step = 1; step <= 5; ++step) {
    double norm = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      gradient.data()[i] = std::sin(static_cast<double>(i * step));
      norm += gradient.data()[i] * gradient.data()[i];
    }
    norm = std::sqrt(norm);
    ex.add_square_sum(gradient.data(), n, &clock.data()->gradient_square_sum);
    ex.launch(1, 1, kernels::PrepareUpdate{settings, clock.data()});
    ex.launch(1, n,
              kernels::AdamUpdate<double>{settings, clock.data(), weight.data(), gradient.data(), mean.data(),
                                          square.data()});
    for (std::size_t i = 0; i < n; ++i) {
      double const g = gradient.data()[i] * std::min(1.0, 0.5 / norm) + 0.01 * w[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.99 * v[i] + 0.01 * g * g;
      w[i] -= 0.1 * (m[i] / (1 - std::pow(0.9, step))) / (std::sqrt(v[i] / (1 - std::pow(0.99, step))) + 1e-8);
      EXPECT_NEAR(weight.data()[i], w[i], 1e-12);
    }
  }
  auto const before = std::vector<double>(weight.data(), weight.data() + n);
  gradient.data()[3] = std::nan("");
  ex.add_square_sum(gradient.data(), n, &clock.data()->gradient_square_sum);
  ex.launch(1, 1, kernels::PrepareUpdate{settings, clock.data()});
  ex.launch(
      1, n,
      kernels::AdamUpdate<double>{settings, clock.data(), weight.data(), gradient.data(), mean.data(), square.data()});
  EXPECT_EQ(std::vector<double>(weight.data(), weight.data() + n), before) << "a NaN gradient moves nothing";
  EXPECT_EQ(clock.data()->updates, 5);
}

}  // namespace
}  // namespace metasolve::learner_test
