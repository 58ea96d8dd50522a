// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "metasolve/kernels/online/draw_arms.hpp"
#include "metasolve/kernels/online/least_squares.hpp"
#include "metasolve/kernels/online/online_tasks.hpp"
#include "metasolve/kernels/online/policy_network.hpp"
#include "metasolve/kernels/online/update_estimates.hpp"
#include "tests/support/thread_team.hpp"

/// The bodies of online meta-solvers against dense linear algebra, closed forms and teams of threads.
namespace metasolve::online_kernels_test {
namespace {

using namespace kernels;

/// Memory of a bandit on the host: two parameters, two features.
struct Bandit {
  OnlineGrid grid;
  OnlineSettings settings;
  OnlineClock clock;
  std::vector<double> values, sums, estimates, drawn;
  std::vector<std::int64_t> counters;
  std::vector<std::int32_t> arms, best;
  std::vector<double> limits;

  Bandit() {
    grid.parameters = grid.features = 2;
    int const counts[] = {5, 4}, bins[] = {3, 2};
    for (int i = 0; i < 2; ++i) {
      grid.parameter[i] = {0, 1, false, counts[i], grid.arms};
      grid.feature[i] = {0, 1, false, bins[i], grid.bins};
      grid.arms *= counts[i];
      grid.bins *= bins[i];
    }
    grid.constant_arm = 7;
    for (int a = 0; a < grid.arms; ++a) {
      for (int p = 0; p < 2; ++p) {
        values.push_back(OnlineGrid::place(a, grid.parameter[p]) / (grid.parameter[p].count - 1.0));
      }
    }
    grid.values = values.data();
    auto const cells = static_cast<std::size_t>(grid.cells()), n = static_cast<std::size_t>(grid.bins);
    sums.resize(static_cast<std::size_t>(OnlineSums::size(grid.cells())));
    estimates.resize(static_cast<std::size_t>(OnlineEstimates::size(grid.cells(), grid.bins)));
    counters.resize(static_cast<std::size_t>(OnlineCounters::size(grid.cells())));
    drawn.resize(n * most_online_draws * 2);
    arms.resize(n * most_online_draws);
    best.assign(n, 7);
    limits.assign(n, infinity<double>());
    clock.first_scale = 100;
    // Some cells with costs, most without.
    for (std::size_t c = 0; c < cells; c += 3) {
      std::int64_t const tasks = 1 + static_cast<std::int64_t>(c % 5),
                         cost = 20 + static_cast<std::int64_t>(c * 7 % 13);
      counters[c] = tasks;
      counters[cells + c] = tasks * cost;
      auto const steps = static_cast<std::int64_t>(static_cast<double>(cost) / clock.first_scale * squared_steps);
      counters[2 * cells + c] = tasks * steps * steps + 5000 * tasks;
    }
  }

  [[nodiscard]] OnlineEstimates estimate() { return OnlineEstimates::at(estimates.data(), grid.cells(), grid.bins); }
  UpdateEstimates update() {
    return {grid,
            settings,
            OnlineCounters::at(counters.data(), grid.cells()),
            OnlineSums::at(sums.data(), grid.cells()),
            estimate(),
            {drawn.data(), arms.data(), limits.data(), best.data()},
            &clock,
            100.0,
            nullptr,
            0};
  }
};

/// Runs a body on position 0.
template <class Body, class T>
void run_once(Body const& body, T const& team) {
  bool is_first = true;
  auto source = [&]() -> std::int64_t {
    bool const was = is_first;
    is_first = false;
    return was ? 0 : -1;
  };
  LocalView<double> const nothing;
  body.template run<double>(team, source, nothing, nothing);
}

/// The mode of the Markov random field by a dense solve. Unknowns: shapes, then levels.
Eigen::VectorXd dense_mode(Bandit const& b, double variance) {
  int const cells = b.grid.cells(), n = cells + b.grid.bins;
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(n, n);
  Eigen::VectorXd y = Eigen::VectorXd::Zero(n);
  auto const couple = [&](int i, int j, double w) {
    A(i, i) += w;
    A(j, j) += w;
    A(i, j) -= w;
    A(j, i) -= w;
  };
  for (int c = 0; c < cells; ++c) {
    A(c, c) += 1e-6;
    int const bin = c / b.grid.arms, arm = c % b.grid.arms;
    for (auto const& axis : {b.grid.parameter[0], b.grid.parameter[1]}) {
      double const w = (axis.count - 1) / std::pow(OnlineSettings::parameter_change, 2);
      if (OnlineGrid::place(arm, axis) + 1 < axis.count) couple(c, c + axis.stride, w);
    }
    for (auto const& axis : {b.grid.feature[0], b.grid.feature[1]}) {
      double const w = (axis.count - 1) / std::pow(OnlineSettings::feature_change, 2);
      if (OnlineGrid::place(bin, axis) + 1 < axis.count) couple(c, c + axis.stride * b.grid.arms, w);
    }
    double const tasks = b.sums[static_cast<std::size_t>(c)];
    if (tasks <= 0) continue;
    double const w = tasks / variance, seen = std::log(b.sums[static_cast<std::size_t>(cells + c)] / tasks + 0.5);
    int const level = cells + bin;
    A(c, c) += w;
    A(level, level) += w;
    A(c, level) += w;
    A(level, c) += w;
    y(c) += w * seen;
    y(level) += w * seen;
  }
  return A.ldlt().solve(y);
}

TEST(UpdateEstimates, FindsTheModeOfTheMarkovRandomField) {
  Bandit b;
  run_once(b.update(), SoloTeam{});
  double const variance = b.clock.variance;
  auto const cells = static_cast<std::size_t>(b.grid.cells());
  for (int more = 0; more < 400; ++more) {
    b.clock.warm = 0;  // due, though nothing is new
    run_once(b.update(), SoloTeam{});
  }
  ASSERT_DOUBLE_EQ(b.clock.variance, variance);
  auto const mode = dense_mode(b, variance);
  auto const e = b.estimate();
  for (std::size_t c = 0; c < cells; ++c) {
    double const expected = mode(static_cast<Eigen::Index>(c)) +
                            mode(static_cast<Eigen::Index>(cells + c / static_cast<std::size_t>(b.grid.arms)));
    EXPECT_NEAR(e.shape[c] + e.level[c / static_cast<std::size_t>(b.grid.arms)], expected, 1e-6) << c;
  }
}

TEST(UpdateEstimates, IsTheSameByATeamOfThreads) {
  Bandit alone, together;
  run_once(alone.update(), SoloTeam{});
  auto const body = together.update();
  test::run_on_thread_team(body, 1, 4);
  for (std::size_t i = 0; i < alone.estimates.size(); ++i) {
    EXPECT_NEAR(together.estimates[i], alone.estimates[i], 1e-9 * std::max(1.0, std::abs(alone.estimates[i]))) << i;
  }
  EXPECT_EQ(together.counters, alone.counters);
  EXPECT_EQ(together.clock.calls, 1);
  EXPECT_EQ(together.clock.updates, 1);
}

TEST(UpdateEstimates, ForgetsAtItsRateAndKeepsTheTotals) {
  Bandit b;
  b.settings.memory = 50;
  double fresh = 0;
  for (int c = 0; c < b.grid.cells(); ++c) fresh += static_cast<double>(b.counters[static_cast<std::size_t>(c)]);
  run_once(b.update(), SoloTeam{});
  double const first = b.sums[0];
  b.counters[1] = 10;  // in a cell without tasks
  b.counters[static_cast<std::size_t>(b.grid.cells()) + 1] = 300;
  run_once(b.update(), SoloTeam{});
  EXPECT_DOUBLE_EQ(b.sums[0], first * std::exp(-10.0 / 50));
  EXPECT_DOUBLE_EQ(b.sums[1], 10);
  EXPECT_DOUBLE_EQ(OnlineSums::at(b.sums.data(), b.grid.cells()).totals->tasks, fresh + 10);
  EXPECT_DOUBLE_EQ(b.clock.log_kept, -(fresh + 10) / 50);
}

TEST(DrawArms, TriesOnlyNeighboursOfWhatWasTried) {
  Bandit b;
  b.counters.assign(b.counters.size(), 0);
  run_once(b.update(), SoloTeam{});
  DrawArms const draw{b.grid, b.settings, b.estimate(), b.update().draws, &b.clock, 100.0};
  for (int bin = 0; bin < b.grid.bins; ++bin) draw.operator()<double>(0, bin);
  auto const apart = [&](int a, int other) {
    int steps = 0;
    for (auto const& axis : {b.grid.parameter[0], b.grid.parameter[1]}) {
      steps += std::abs(OnlineGrid::place(a, axis) - OnlineGrid::place(other, axis));
    }
    return steps;
  };
  for (int bin = 0; bin < b.grid.bins; ++bin) {
    std::vector<int> tried{b.grid.constant_arm};
    for (int d = 0; d < b.clock.draws; ++d) {
      int const arm = b.arms[static_cast<std::size_t>(bin * most_online_draws + d)];
      int nearest = 99;
      for (int const other : tried) nearest = std::min(nearest, apart(arm, other));
      EXPECT_LE(nearest, OnlineSettings::reach) << "draw " << d << " of bin " << bin;
      tried.push_back(arm);
    }
    EXPECT_EQ(b.limits[static_cast<std::size_t>(bin)], infinity<double>()) << "nothing is known yet";
  }
}

TEST(DrawArms, NothingButTheConstantsInDebt) {
  Bandit b;
  run_once(b.update(), SoloTeam{});
  b.clock.debt = b.settings.most_debt();
  DrawArms const draw{b.grid, b.settings, b.estimate(), b.update().draws, &b.clock, 100.0};
  for (int bin = 0; bin < b.grid.bins; ++bin) draw.operator()<double>(0, bin);
  for (int bin = 0; bin < b.grid.bins; ++bin) {
    for (int d = 0; d < b.clock.draws; ++d) {
      EXPECT_EQ(b.arms[static_cast<std::size_t>(bin * most_online_draws + d)], b.grid.constant_arm);
    }
  }
}

TEST(FitQuadratic, SolvesTheNormalEquations) {
  OnlineGrid grid;
  grid.parameters = 1;
  grid.features = 2;
  grid.arms = 9;
  grid.parameter[0] = {0, 1, false, 9, 1};
  double values[9];
  for (int a = 0; a < 9; ++a) values[a] = a / 8.0;
  grid.values = values;
  grid.constant_arm = 4;
  QuadraticTerms const terms{2, 1};
  int const d = terms.count();
  ASSERT_EQ(d, 10);
  std::vector<double> sums(static_cast<std::size_t>(terms.row() * terms.row())), factor(100), row(11);
  std::vector<double> weights(static_cast<std::size_t>(d * (most_online_draws + 1)));
  double deviation = 0;
  Eigen::MatrixXd G = Eigen::MatrixXd::Zero(11, 11);
  for (int i = 0; i < 300; ++i) {
    double const z[] = {1, std::sin(1.7 * i), std::cos(2.9 * i), std::sin(0.3 * i + 1)};
    terms.write(z, row.data());
    row[10] = 2 + z[1] - 0.5 * z[3] + 0.8 * z[3] * z[3] + 0.4 * z[1] * z[3] + 0.01 * std::sin(17.0 * i);
    Eigen::Map<Eigen::VectorXd> const r(row.data(), 11);
    G += r * r.transpose();
  }
  for (int i = 0; i < 11; ++i) {
    for (int j = 0; j < 11; ++j) sums[static_cast<std::size_t>(i * 11 + j)] = G(i, j);
  }
  OnlineClock clock;
  clock.is_due = 1;
  FitQuadratic const fit{grid, {}, {terms, sums.data(), factor.data(), weights.data(), &deviation, nullptr}, &clock};
  run_once(fit, SoloTeam{});
  // The prior: 0.25 z_3^2 around the constant, 0.5, which is 0 in z.
  Eigen::MatrixXd A = G.topLeftCorner(10, 10);
  Eigen::VectorXd b = G.col(10).head(10);
  for (int i = 0; i < 10; ++i) A(i, i) += i == 0 ? 1e-6 : 1.0;
  b(QuadraticTerms::at(3, 3)) += 0.25;
  Eigen::VectorXd const w = A.ldlt().solve(b);
  for (int i = 0; i < d; ++i) EXPECT_NEAR(weights[static_cast<std::size_t>(i)], w(i), 1e-9) << i;
  EXPECT_NEAR(w(QuadraticTerms::at(3, 3)), 0.8, 0.02);
  EXPECT_GT(deviation, 0.0);
  EXPECT_LT(deviation, 0.1);
  auto const again = weights;
  test::run_on_thread_team(fit, 1, 4);
  for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i], again[i], 1e-9) << i;
}

/// E[log cost] over the noise has the derivative that the score function estimates.
TEST(ScoreGradient, IsTheDerivativeOfTheExpectedLogCost) {
  OnlineGrid grid;
  grid.parameters = 1;
  grid.arms = 16;
  grid.parameter[0] = {0, 1, false, 16, 1};
  std::vector<double> values(16, 0.0);
  grid.values = values.data();
  HeadEntry const head{.kind = HeadKind::interval, .output = 0, .low = 0, .high = 1};
  constexpr std::int64_t n = 200'000;
  std::vector<double> z(n, 0.7), chosen(n), bar(n), cost(n);
  std::vector<std::int32_t> limits(n, 100), cell(n, 0);
  std::vector<double> sums(static_cast<std::size_t>(OnlineSums::size(16))),
      numbers(static_cast<std::size_t>(OnlineEstimates::size(16, 1)));
  auto const of = OnlineSums::at(sums.data(), 16);
  auto const estimates = OnlineEstimates::at(numbers.data(), 16, 1);
  OnlineClock clock;
  clock.calls = 3;
  ChooseByNetwork const choose{grid,          5,           &clock,   &head, 1, 0, z.data(), chosen.data(),
                               limits.data(), cell.data(), estimates};
  for (std::int64_t t = 0; t < n; ++t) choose.operator()<double>(0, t);
  auto const log_cost = [](double theta) { return 20 + 3 * theta * theta; };  // far above half a unit
  for (std::int64_t t = 0; t < n; ++t) {
    auto const i = static_cast<std::size_t>(t);
    cost[i] = std::exp(log_cost(chosen[i]));
  }
  of.tasks[0] = 1;
  of.cost[0] = std::exp(21.0);
  ScoreGradient const gradient{grid, 5, &clock, of, cost.data(), limits.data(), z.data(), 1, cell.data(), bar.data()};
  double mean = 0;
  for (std::int64_t t = 0; t < n; ++t) {
    gradient.operator()<double>(0, t);
    mean += bar[static_cast<std::size_t>(t)] / static_cast<double>(n);
  }
  // By quadrature.
  auto const expected_at = [&](double mu) {
    double sum = 0, weight = 0;
    for (double x = -6; x <= 6; x += 1e-3) {
      double const w = std::exp(-x * x / 2);
      sum += w * log_cost(head.apply(mu + PolicySettings::noise * x, 0.0));
      weight += w;
    }
    return sum / weight;
  };
  double const slope = (expected_at(0.7 + 1e-4) - expected_at(0.7 - 1e-4)) / 2e-4;
  EXPECT_NEAR(mean, slope, 0.03) << "of " << slope;
  EXPECT_GT(slope, 0.5);
  cost[7] = -1;
  limits[8] = solves_with_constants;
  for (std::int64_t const t : {7, 8}) {
    gradient.operator()<double>(0, t);
    EXPECT_EQ(bar[static_cast<std::size_t>(t)], 0)
        << "nothing is learned from a task that the network did not choose for";
  }
  // An arm that has cost more than the constants is not chosen, and the network is not to blame for the other.
  estimates.shape[grid.constant_arm] = -1;
  auto const before = chosen[9];
  chosen[9] = 0.25;
  choose.operator()<double>(0, 9);
  gradient.operator()<double>(0, 9);
  EXPECT_EQ(chosen[9], 0.25) << "not " << before;
  EXPECT_EQ(bar[9], 0);
}

}  // namespace
}  // namespace metasolve::online_kernels_test
