// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <limits>
#include <random>
#include <thread>

#include "newton_sor_problem.hpp"
#include "src/exec/team_body.hpp"

/// lockstep_solve on the lanes of a warp, which are real threads here: each has a task of its own, and all stop for new
/// ones together.
namespace metasolve::test {
namespace {

using Solver = problems::OdeSolver<Robertson, double>;
using Body = exec::SolveBody<Solver>;
using kernels::LocalView;

/// What the lanes of one warp share.
struct Warp {
  static constexpr int lanes = 8;
  std::barrier<> barrier{lanes};
  std::array<std::atomic<unsigned>, 3> votes{};  ///< of one ballot, of the last and of the next
  std::atomic<std::int64_t> next{0};             ///< position
  std::int64_t ballots = 0;
};

struct Lane : kernels::SoloTeam {
  static constexpr int lanes = Warp::lanes;
  Warp* warp;
  unsigned lane;
  mutable std::size_t ballots = 0;

  Lane(Warp& w, unsigned l) : warp(&w), lane(l) {}
  [[nodiscard]] unsigned ballot(bool x) const {
    auto& votes = warp->votes;
    // Of two ballots ago: each lane has read it before it came to the last one.
    if (lane == 0) votes[(ballots + 1) % 3] = 0;
    if (x) votes[ballots % 3] |= 1u << lane;
    warp->barrier.arrive_and_wait();
    if (lane == 0) ++warp->ballots;
    return votes[ballots++ % 3];
  }
};
static_assert(kernels::WarpLane<Lane>);

struct SharedPositions {
  Warp& warp;
  std::int64_t slots;
  std::int64_t operator()() const {
    std::int64_t const position = warp.next++;
    return position < slots ? position : -1;
  }
};

/// Tasks with limits of their own and what became of them.
struct TaskBatch {
  std::vector<double> rows, theta;
  std::vector<std::int32_t> limits, status, iterations;
  std::vector<double> measure, solution, loss, history;
  static constexpr std::int32_t longest = 200;
  double gain = 2;

  explicit TaskBatch(std::size_t n) : rows(euler_rows<Robertson>(static_cast<std::int64_t>(n))) {
    theta = default_theta<Robertson>(rows);
    std::mt19937 random(4);
    for (std::size_t t = 0; t < n; ++t) limits.push_back(static_cast<std::int32_t>(random() % (longest + 1)));
    status.assign(n, -1);
    iterations.assign(n, -1);
    measure.resize(n);
    loss.resize(n);
    solution.resize(3 * n);
    history.resize(n * (longest + 1));
  }
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(limits.size()); }
  [[nodiscard]] Body body(double tolerance) {
    Body b{problems::ode_solver<Robertson, double>(rows.data(), true), {}};
    auto& a = b.arguments;
    a.slots = count();
    a.theta = {theta.data(), 4, 1};
    a.tolerance.value = tolerance;
    a.limit = {limits.data(), 1};
    a.gain = &gain;
    a.surrogate = {kernels::LossKind::surrogate, kernels::LossScale::logarithm, kernels::LossValue::soft, false};
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = measure.data();
    a.loss = loss.data();
    a.solution = {solution.data(), 3, 1};
    a.history = {history.data(), longest + 1, 1};
    return b;
  }
};

void run_alone(Body const& body) {
  std::vector<double> near(static_cast<std::size_t>(body.near_size()));
  Counter source{body.arguments.slots};
  body.run<double>(kernels::SoloTeam{}, source, LocalView<double>{near.data()}, LocalView<double>{});
}

/// Ballots that it took.
std::int64_t run_on_warp(Body const& body) {
  Warp warp;
  {
    std::vector<std::jthread> threads;
    for (unsigned l = 0; l < Warp::lanes; ++l) {
      threads.emplace_back([&, l] {
        std::vector<double> near(static_cast<std::size_t>(body.near_size()));
        SharedPositions source{warp, body.arguments.slots};
        body.run<double>(Lane(warp, l), source, LocalView<double>{near.data()}, LocalView<double>{});
      });
    }
  }
  return warp.ballots;
}

/// Bit for bit as each task in a warp whose other lanes have none, and but for rounding as on a lone member.
void expect_as_alone(TaskBatch const& batch, double tolerance) {
  TaskBatch together = batch, alone = batch, solo = batch;
  run_on_warp(together.body(tolerance));
  for (std::int32_t slot = 0; slot < batch.count(); ++slot) {
    auto body = alone.body(tolerance);
    body.arguments.slots = 1;
    body.arguments.slot_order = &slot;
    run_on_warp(body);
  }
  EXPECT_EQ(together.status, alone.status);
  EXPECT_EQ(together.iterations, alone.iterations);
  EXPECT_EQ(together.measure, alone.measure);
  EXPECT_EQ(together.loss, alone.loss);
  EXPECT_EQ(together.solution, alone.solution);
  EXPECT_EQ(together.history, alone.history);
  run_alone(solo.body(tolerance));
  EXPECT_EQ(together.status, solo.status);
  for (std::size_t t = 0; t < together.status.size(); ++t) {
    if (together.status[t] != static_cast<int>(kernels::Status::converged)) continue;
    EXPECT_EQ(together.iterations[t], solo.iterations[t]) << t;
    EXPECT_NEAR(together.measure[t], solo.measure[t], 1e-3 * tolerance) << t;
  }
}

TEST(WarpLockstep, EachTaskIsSolvedAsOnALaneAlone) {
  for (std::size_t const n : {1, 7, 8, 9, 100}) {
    SCOPED_TRACE(n);
    expect_as_alone(TaskBatch(n), 1e-9);
  }
}

TEST(WarpLockstep, TasksThatCannotBeSetUpAreLeftBehind) {
  TaskBatch batch(60);
  for (std::size_t t = 0; t < 60; ++t) {
    if (t % 3 == 0 || t > 40) batch.rows[t * EulerRow<Robertson>::columns + 1] = -1;  // a step size
  }
  expect_as_alone(batch, 1e-9);
}

TEST(WarpLockstep, NoLaneWaitsForTheSlowest) {
  constexpr std::size_t n = 400;
  TaskBatch batch(n);
  // Few converge: most take as many steps as their limit allows.
  auto const ballots = run_on_warp(batch.body(std::numeric_limits<double>::denorm_min()));
  std::int64_t steps = 0, waiting = 0;
  for (std::size_t first = 0; first < n; first += Warp::lanes) {
    std::int32_t most = 0;
    for (std::size_t t = first; t < first + Warp::lanes; ++t) {
      steps += batch.iterations[t];
      most = std::max(most, batch.iterations[t]);
    }
    waiting += most;
  }
  EXPECT_LT(static_cast<double>(ballots), 1.25 * static_cast<double>(steps) / Warp::lanes);
  EXPECT_GT(static_cast<double>(waiting), 1.6 * static_cast<double>(steps) / Warp::lanes) << "or this says nothing";
}

}  // namespace
}  // namespace metasolve::test
