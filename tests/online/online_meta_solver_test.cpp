// SPDX-License-Identifier: Apache-2.0
#include "metasolve/online_meta_solver.hpp"

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <numeric>

#include "tests/support/caller_memory.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// choose and learn by themselves.
namespace metasolve::online_meta_solver_test {
namespace {

using Estimator = OnlineMetaSolver::Estimator;
using Exploration = OnlineMetaSolver::Exploration;
using Options = OnlineMetaSolver::Options;

Options options(std::int64_t capacity) {
  return {.parameters = {{.name = "omega", .low = 1, .high = 2, .constant = 1.2}},
          .features = {{.name = "size", .low = 1, .high = 100, .is_logarithmic = true}},
          .capacity = capacity};
}

/// The value that is best for a feature: 1.1 to 1.9.
double best_of(double feature) { return 1.1 + 0.8 * std::log(feature) / std::log(100.0); }
double cost_of(double omega, double feature) { return 50 * (1 + 4 * std::pow(omega - best_of(feature), 2)); }
/// Feature of a task of a call, spread evenly in the logarithm.
double feature_of(int call, int task) { return std::pow(100.0, std::fmod(0.618 * task + 0.347 * call + 0.05, 1.0)); }

/// Memory of a call.
class Caller {
 public:
  Caller(Executor const& executor, Options const& o)
      : online(executor, o), executor_(executor), count_(static_cast<std::size_t>(o.capacity)) {
    features_ = executor.allocate(count_ * sizeof(double));
    costs_ = executor.allocate(count_ * sizeof(double));
  }
  /// One call of all tasks. Returns the parameters of the first kind. cost(omega, task)
  std::vector<double> call(std::vector<double> const& features,
                           std::function<double(double, std::size_t)> const& cost) {
    executor_.upload(features_.get(), features.data(), count_ * sizeof(double));
    auto const theta = online.choose(static_cast<std::int64_t>(count_), {static_cast<double*>(features_.get()), 1, 1});
    std::vector<double> chosen(count_ * static_cast<std::size_t>(theta.task_stride)), of_first(count_), costs(count_);
    executor_.download(chosen.data(), theta.data, chosen.size() * sizeof(double));
    for (std::size_t t = 0; t < count_; ++t) {
      of_first[t] = chosen[t * static_cast<std::size_t>(theta.task_stride)];
      costs[t] = cost(of_first[t], t);
      total += costs[t];
    }
    executor_.upload(costs_.get(), costs.data(), count_ * sizeof(double));
    online.learn({static_cast<double*>(costs_.get()), 1});
    return of_first;
  }
  /// Calls of the test's tasks, from call `first` on.
  void calls(int first, int count) {
    for (int c = first; c < first + count; ++c) {
      std::vector<double> features(count_);
      for (std::size_t t = 0; t < count_; ++t) features[t] = feature_of(c, static_cast<int>(t));
      call(features, [&](double omega, std::size_t t) { return cost_of(omega, features[t]); });
      for (double const f : features) constant += cost_of(1.2, f);
    }
  }

  OnlineMetaSolver online;
  double total = 0, constant = 0;

 private:
  Executor executor_;
  std::size_t count_;
  std::shared_ptr<void> features_, costs_;
};

class OnlineMetaSolverOn : public test::OnExecutors {};

TEST_P(OnlineMetaSolverOn, FindsTheBestValueOfEachBin) {
  for (auto const exploration : {Exploration::confidence, Exploration::thompson}) {
    auto o = options(200);
    o.exploration = exploration;
    Caller caller(executor(), o);
    caller.calls(0, 60);
    auto const report = caller.online.report();
    ASSERT_EQ(report.bins.size(), 10u);
    for (auto const& bin : report.bins) {
      double const best = best_of(std::sqrt(bin.low[0] * bin.high[0]));
      EXPECT_NEAR(bin.best[0], best, 1.0 / 15) << "in the bin from " << bin.low[0] << " to " << bin.high[0];
      EXPECT_NEAR(bin.cost, cost_of(bin.best[0], std::sqrt(bin.low[0] * bin.high[0])), 2.5);
      EXPECT_NEAR(bin.constant_cost, cost_of(1.2, std::sqrt(bin.low[0] * bin.high[0])), 8);
    }
    EXPECT_EQ(report.tasks, 60 * 200);
    EXPECT_EQ(report.calls, 60);
    EXPECT_NEAR(report.cost, caller.total / (60 * 200), 1e-3 * report.cost);
    EXPECT_NEAR(report.constant_cost, caller.constant / (60 * 200), 0.03 * report.constant_cost);
    EXPECT_LT(report.cost, 52.5);
    EXPECT_GT(report.saved(), 0.25);
    EXPECT_GT(report.constants, 0);
    EXPECT_LT(report.constants, 60 * 200 / 7) << "of which a tenth are in the bin where they are best";
  }
}

TEST_P(OnlineMetaSolverOn, EveryEstimatorBeatsTheConstant) {
  struct Case {
    Estimator estimator;
    Exploration exploration;
    double most;  ///< of the constant's cost; the best has 0.69
  };
  for (auto const& c : {Case{Estimator::least_squares, Exploration::confidence, 0.75},
                        Case{Estimator::least_squares, Exploration::thompson, 0.75},
                        Case{Estimator::network, Exploration::confidence, 0.85}}) {
    auto o = options(500);
    o.estimator = c.estimator;
    o.exploration = c.exploration;
    Caller caller(executor(), o);
    caller.calls(0, 100);
    caller.total = caller.constant = 0;
    caller.calls(100, 10);
    EXPECT_LT(caller.total / caller.constant, c.most)
        << static_cast<int>(c.estimator) << ' ' << static_cast<int>(c.exploration);
  }
}

TEST_P(OnlineMetaSolverOn, TheSameSeedChoosesTheSame) {
  auto const run = [&](std::uint64_t seed, Estimator estimator) {
    auto o = options(50);
    o.seed = seed;
    o.estimator = estimator;
    Caller caller(executor(), o);
    std::vector<double> all;
    for (int c = 0; c < 20; ++c) {
      std::vector<double> features(50);
      for (int t = 0; t < 50; ++t) features[static_cast<std::size_t>(t)] = feature_of(c, t);
      auto const chosen =
          caller.call(features, [&](double omega, std::size_t t) { return std::floor(cost_of(omega, features[t])); });
      all.insert(all.end(), chosen.begin(), chosen.end());
    }
    return all;
  };
  for (auto const e : {Estimator::bins, Estimator::least_squares, Estimator::network}) {
    EXPECT_EQ(run(1, e), run(1, e));
    EXPECT_NE(run(1, e), run(2, e));
  }
}

TEST_P(OnlineMetaSolverOn, SavesAndLoadsToTheBit) {
  test::TemporaryFolder const folder;
  auto const file = folder.path() / "state.safetensors";
  for (auto const e : {Estimator::bins, Estimator::least_squares, Estimator::network}) {
    auto o = options(40);
    o.estimator = e;
    Caller caller(executor(), o);
    caller.calls(0, 15);
    caller.online.save(file);
    Caller loaded(executor(), o);
    loaded.online = OnlineMetaSolver::load(executor(), file);
    Caller copied(executor(), o);
    copied.online = OnlineMetaSolver(executor(), caller.online, 0);
    for (int c = 15; c < 25; ++c) {
      std::vector<double> features(40);
      for (int t = 0; t < 40; ++t) features[static_cast<std::size_t>(t)] = feature_of(c, t);
      auto const cost = [&](double omega, std::size_t t) { return cost_of(omega, features[t]); };
      auto const chosen = caller.call(features, cost);
      EXPECT_EQ(loaded.call(features, cost), chosen) << "call " << c;
      EXPECT_EQ(copied.call(features, cost), chosen) << "call " << c;
    }
    EXPECT_EQ(OnlineMetaSolver::load(executor(), file, 7).options().capacity, 7);
  }
}

TEST_P(OnlineMetaSolverOn, TwoThatAreMergedKnowWhatBothSaw) {
  for (auto const e : {Estimator::bins, Estimator::least_squares}) {
    auto o = options(100);
    o.estimator = e;
    o.memory = 100'000;
    Caller a(executor(), o), b(executor(), o);
    double tasks = 0;
    for (int round = 0; round < 2; ++round) {  // the second one from a common base
      a.calls(20 * round, 5);
      b.calls(20 * round + 10, 10);
      auto sum = a.online.learned();
      auto const other = b.online.learned();
      ASSERT_EQ(sum.size(), other.size());
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
      a.online.merge(sum);
      b.online.merge(sum);
      tasks += 1500;
      auto const of_a = a.online.report(), of_b = b.online.report();
      EXPECT_EQ(of_a.tasks, static_cast<std::int64_t>(tasks));
      EXPECT_EQ(of_b.tasks, of_a.tasks);
      double remembered = 0;
      for (std::size_t c = 0; c < of_a.cells.size(); ++c) {
        EXPECT_NEAR(of_a.cells[c].tasks, of_b.cells[c].tasks, 1e-6 * (1 + of_a.cells[c].tasks));
        EXPECT_NEAR(of_a.cells[c].cost, of_b.cells[c].cost, 1e-3 * of_a.cells[c].cost);
        remembered += of_a.cells[c].tasks;
      }
      EXPECT_NEAR(remembered, tasks, 0.04 * tasks);
      auto const nothing = a.online.learned();
      double left = 0;
      for (std::size_t i = 0; i < of_a.cells.size(); ++i) left += std::abs(nothing[i]);
      EXPECT_LT(left, 1e-6 * tasks) << "after a merge nothing is new";
    }
  }
}

TEST_P(OnlineMetaSolverOn, OfNetworksTheWeightsAreAveraged) {
  auto o = options(300);
  o.estimator = Estimator::network;
  Caller a(executor(), o), b(executor(), o);
  a.calls(0, 3);
  b.calls(50, 3);
  auto sum = a.online.learned();
  auto const mine = sum, other = b.online.learned();
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
  EXPECT_EQ(sum.back(), 2);
  a.online.merge(sum);
  auto const after = a.online.learned();
  for (std::size_t i = after.size() - 20; i + 1 < after.size(); ++i) {
    EXPECT_DOUBLE_EQ(after[i], (mine[i] + other[i]) / 2) << i;
    EXPECT_NE(mine[i], other[i]) << "both have learned";
  }
}

TEST_P(OnlineMetaSolverOn, FollowsADrift) {
  auto o = options(100);
  o.memory = 2000;
  Caller caller(executor(), o);
  caller.calls(0, 60);
  double cost = 0, constant = 0;
  for (int c = 0; c < 80; ++c) {
    std::vector<double> features(100);
    for (int t = 0; t < 100; ++t) features[static_cast<std::size_t>(t)] = feature_of(c, t);
    // What was best for small features now is for large ones.
    auto const drifted = [&](double omega, std::size_t t) { return cost_of(omega, 100 / features[t]); };
    auto const before = caller.total;
    caller.call(features, drifted);
    if (c < 60) continue;
    cost += caller.total - before;
    for (std::size_t t = 0; t < 100; ++t) constant += drifted(1.2, t);
  }
  EXPECT_LT(cost / constant, 0.78);
}

/// The promise: over any 500 tasks at most 1.05 of the constant's cost (docs/online.md), here with a feature that says
/// nothing, and costs that are lowest at the constant.
TEST_P(OnlineMetaSolverOn, NeverLosesMuchWhereTheConstantIsBest) {
  auto o = options(1);
  Caller caller(executor(), o);
  std::vector<double> costs;
  for (int c = 0; c < 2000; ++c) {
    double const feature = feature_of(c * 7919 % 1000, 3);
    caller.call({feature}, [&](double omega, std::size_t) {
      costs.push_back(20 * (1 + 3 * std::abs(omega - 1.2)));
      return costs.back();
    });
  }
  double window = 0, worst = 0;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    window += costs[i] - (i >= 500 ? costs[i - 500] : 0);
    if (i >= 499) worst = std::max(worst, window / 500);
  }
  EXPECT_LT(worst, 1.05 * 20);
  EXPECT_LT(std::accumulate(costs.begin(), costs.end(), 0.0) / 2000, 1.02 * 20);
}

TEST_P(OnlineMetaSolverOn, FailuresAreDear) {
  auto o = options(100);
  Caller caller(executor(), o);
  double failed = 0;
  for (int c = 0; c < 40; ++c) {
    std::vector<double> const features(100, 11.0);
    caller.call(features, [&](double omega, std::size_t) {
      if (omega > 1.5) {  // just above the cheapest
        if (c >= 20) ++failed;
        return std::numeric_limits<double>::quiet_NaN();
      }
      return 100 * (2 - omega);
    });
  }
  EXPECT_LT(failed, 0.03 * 20 * 100);
  auto const report = caller.online.report();
  EXPECT_NEAR(report.bins[5].best[0], 1.4667, 0.07);
}

TEST_P(OnlineMetaSolverOn, CostsInSecondsWhateverTheFirstOneWas) {
  for (double const first : {1e-6, 1.0, 1e3}) {
    Caller caller(executor(), options(50));
    caller.call(std::vector<double>(50, 11.0), [&](double, std::size_t) { return first * 1e-3; });
    for (int c = 0; c < 80; ++c) {
      std::vector<double> features(50);
      for (int t = 0; t < 50; ++t) features[static_cast<std::size_t>(t)] = feature_of(c, t);
      if (c == 70) caller.total = 0;
      caller.call(features, [&](double omega, std::size_t t) { return 1e-5 * cost_of(omega, features[t]); });
    }
    EXPECT_LT(caller.total / 500, 1e-5 * 55) << "after a first cost of " << first << " ms";
  }
}

TEST_P(OnlineMetaSolverOn, CostsInUnitsOfOne) {
  auto o = options(50);
  o.cost_unit = 1;  // as a solver's counts have
  Caller caller(executor(), o);
  caller.calls(0, 60);
  caller.total = caller.constant = 0;
  caller.calls(60, 10);
  EXPECT_LT(caller.total / caller.constant, 0.75);
}

TEST_P(OnlineMetaSolverOn, ANegativeFeatureOfALogarithmHarmsNobody) {
  for (auto const e : {Estimator::least_squares, Estimator::network}) {
    auto o = options(100);
    o.estimator = e;
    Caller caller(executor(), o);
    for (int c = 0; c < 60; ++c) {
      std::vector<double> features(100);
      for (int t = 0; t < 100; ++t) features[static_cast<std::size_t>(t)] = feature_of(c, t);
      if (c == 5) features[3] = -1;
      caller.call(features, [&](double omega, std::size_t t) { return cost_of(omega, std::max(features[t], 1.0)); });
    }
    for (double const x : caller.online.learned()) EXPECT_TRUE(std::isfinite(x));
    caller.total = caller.constant = 0;
    caller.calls(60, 10);
    EXPECT_LT(caller.total / caller.constant, 0.95);
  }
}

TEST_P(OnlineMetaSolverOn, MergesWithOneThatHasSeenNothing) {
  Caller a(executor(), options(100)), idle(executor(), options(100));
  a.calls(0, 20);
  auto sum = a.online.learned();
  auto const nothing = idle.online.learned();
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += nothing[i];
  a.online.merge(sum);
  idle.online.merge(sum);
  idle.calls(20, 3);
  EXPECT_LT(idle.total / idle.constant, 0.8) << "it knows what the other one has learned";
  EXPECT_EQ(idle.online.report().tasks, 2300);
}

/// Costs with a cliff: no estimator goes on choosing what is known to be dear.
TEST_P(OnlineMetaSolverOn, EstimatorsKeepAwayFromACliff) {
  for (auto const e : {Estimator::bins, Estimator::least_squares, Estimator::network}) {
    auto o = options(200);
    o.estimator = e;
    Caller caller(executor(), o);
    for (int c = 0; c < 60; ++c) {
      std::vector<double> features(200);
      for (int t = 0; t < 200; ++t) features[static_cast<std::size_t>(t)] = feature_of(c, t);
      if (c == 30) caller.total = 0;
      caller.call(features, [&](double omega, std::size_t) { return omega > 1.62 ? 1e4 : 100 * (2 - omega); });
    }
    EXPECT_LT(caller.total / (30 * 200), 80 * 1.05) << static_cast<int>(e) << ": the constant costs 80";
  }
}

TEST_P(OnlineMetaSolverOn, TasksWithoutFeaturesGetTheConstants) {
  Caller caller(executor(), options(4));
  double const nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (int c = 0; c < 50; ++c) {
    auto const chosen = caller.call({nan, 10, inf, -3}, [](double, std::size_t) { return 1.0; });
    EXPECT_EQ(chosen[0], 1.2);
    EXPECT_EQ(chosen[2], 1.2);
  }
  EXPECT_EQ(caller.online.report().tasks, 100) << "the logarithm of -3 counts as the low end";
}

TEST_P(OnlineMetaSolverOn, RefusesWhatIsOutOfRange) {
  auto const make = [&](std::function<void(Options&)> const& change) {
    auto o = options(8);
    change(o);
    return OnlineMetaSolver(executor(), o);
  };
  using test::expect_message;
  expect_message<InputError>([&] { make([](Options& o) { o.parameters.clear(); }); }, {"0 parameters given"});
  expect_message<InputError>([&] { make([](Options& o) { o.parameters[0].constant = 3; }); }, {"the constant is 3"});
  expect_message<InputError>([&] { make([](Options& o) { o.parameters[0].values = 1; }); }, {"expected 2 to 32"});
  expect_message<InputError>([&] { make([](Options& o) { o.parameters[0].high = 1; }); }, {"low must be below high"});
  expect_message<InputError>([&] { make([](Options& o) { o.features[0].low = 0; }); }, {"expected above 0"});
  expect_message<InputError>([&] { make([](Options& o) { o.features[0].bins = 300; }); }, {"bins is 300"});
  expect_message<InputError>([&] { make([](Options& o) { o.features.push_back(o.features[0]); }); }, {"twice"});
  expect_message<InputError>([&] { make([](Options& o) { o.capacity = 0; }); }, {"capacity is 0"});
  expect_message<InputError>([&] { make([](Options& o) { o.first_limit = 0.5; }); }, {"first_limit"});
  expect_message<InputError>([&] { make([](Options& o) { o.constant_share = 1.5; }); }, {"constant_share"});
  auto online = make([](Options&) {});
  expect_message<InputError>([&] { online.choose(9); }, {"expected 0 to the capacity, 8"});
  expect_message<InputError>([&] { online.choose(3); }, {"online.features is null"});
  expect_message<InputError>([&] { online.learn(1.0); }, {"no choose since the last one"});
  std::vector<double> const short_one(5);
  expect_message<InputError>([&] { online.merge(short_one); }, {"given 5 numbers"});
}

TEST_P(OnlineMetaSolverOn, RefusesADamagedFile) {
  test::TemporaryFolder const folder;
  auto const file = folder.path() / "state.safetensors";
  Caller caller(executor(), options(4));
  caller.calls(0, 2);
  caller.online.save(file);
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  auto const with = [&](std::string const& changed) {
    std::ofstream(file, std::ios::binary) << changed;
    EXPECT_THROW((void)OnlineMetaSolver::load(executor(), file), InputError);
  };
  with(bytes.substr(0, bytes.size() / 2));
  auto flipped = bytes;
  flipped[bytes.size() - 9] = static_cast<char>(flipped[bytes.size() - 9] ^ 1);
  with(flipped);
  EXPECT_THROW((void)OnlineMetaSolver::load(executor(), folder.path() / "none"), InputError);
}

METASOLVE_ON_EXECUTORS(OnlineMetaSolverOn);

}  // namespace
}  // namespace metasolve::online_meta_solver_test
