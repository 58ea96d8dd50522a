// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/jacobi_problem.hpp"
#include "tests/support/run_lockstep.hpp"

/// The loss of work (kernels/lockstep/price.hpp, docs/adjoints/work.md).
namespace metasolve::work_test {
namespace {

using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using kernels::Prices;
using namespace test;

/// Cube roots by Newton's method: x <- x - r q (x - a / x^2) / 3. Set-up costs 1 + q^2, and a step
/// q (1 + (x - 1)^2 / 10): both depend on a parameter, one through `work`, the other on the state too.
struct PricedRoot {
  using scalar = double;
  static constexpr bool is_solo = true, takes_dual_numbers = true;
  std::vector<double> const* a;

  static constexpr int task_size() { return 1; }
  static constexpr int state_size() { return 1; }
  static constexpr int parameter_size() { return 3; }  // r, x_0, q
  static constexpr int workspace_size() { return 1; }

  template <class T, class View>
  bool load(T const&, std::int64_t task, View data) const {
    data[0] = (*a)[static_cast<std::size_t>(task)];
    return data[0] > 0;
  }
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  void start(T const&, Task, Theta theta, Work work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    state[0] = kernels::select(fresh, Number(theta[1]), Number(state[0]));
    work[0] = Number(theta[2]) * Number(theta[2]);
  }
  template <class T, class Task, class State>
  auto measure(T const&, Task data, State state) const {
    using Number = typename State::value_type;
    Number const x = state[0], off = x * x * x - data[0];
    return kernels::sqrt(off * off) / data[0];
  }
  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  void step(T const&, Task data, Theta theta, Work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    Number const x = state[0], r = theta[0], q = theta[2];
    next[0] = kernels::select(active, x - r * q * (x - data[0] / (x * x)) / Number(3.0), x);
  }
  template <class T, class Task, class Theta, class Work>
  auto start_cost(T const&, Task, Theta, Work work) const {
    using Number = typename Theta::value_type;
    return Number(1.0) + Number(work[0]);
  }
  template <class T, class Task, class Theta, class Work, class State>
  auto step_cost(T const&, Task, Theta theta, Work, State state) const {
    using Number = typename State::value_type;
    Number const q = theta[2], from_one = Number(state[0]) - Number(1.0);
    return q * (Number(1.0) + Number(0.1) * from_one * from_one);
  }

  template <class T, class Task, class Theta, class Work, class State, class Bar, class WorkBar>
  void start_adjoint(T const&, Task, Theta theta, Work, State state_bar, Bar theta_bar, WorkBar work_bar) const {
    theta_bar[1] += state_bar[0];
    theta_bar[2] += 2.0 * theta[2] * work_bar[0];
  }
  template <class T, class Task, class State, class Number, class Bar>
  void measure_adjoint(T const&, Task data, State state, Number, Number L_bar, Bar state_bar) const {
    Number const x = state[0], off = x * x * x - data[0];
    Number const slope = Number(3.0) * x * x / data[0];
    state_bar[0] += L_bar * kernels::select(off < Number(0.0), Number(0.0) - slope, slope);
  }
  template <class T, class Task, class Theta, class Work, class State, class Bar, class ThetaBar, class Mask>
  void step_adjoint(T const&, Task data, Theta theta, Work, State state, Bar next_bar, Bar state_bar,
                    ThetaBar theta_bar, ThetaBar, Mask active) const {
    using Number = typename State::value_type;
    Number const x = state[0], r = theta[0], q = theta[2], third(1.0 / 3.0), zero(0.0);
    Number const way = x - data[0] / (x * x), bar = kernels::select(active, Number(next_bar[0]), zero);
    state_bar[0] = bar * (Number(1.0) - r * q * third * (Number(1.0) + Number(2.0) * data[0] / (x * x * x)));
    theta_bar[0] += Number(0.0) - bar * q * way * third;
    theta_bar[2] += Number(0.0) - bar * r * way * third;
  }
  template <class T, class Task, class Theta, class Work, class Number, class Bar>
  void start_cost_adjoint(T const&, Task, Theta, Work, Number cost_bar, Bar, Bar work_bar) const {
    work_bar[0] += cost_bar;
  }
  template <class T, class Task, class Theta, class Work, class State, class Number, class Bar, class ThetaBar>
  void step_cost_adjoint(T const&, Task, Theta theta, Work, State state, Number cost_bar, Bar state_bar,
                         ThetaBar theta_bar, ThetaBar) const {
    Number const from_one = Number(state[0]) - Number(1.0);
    theta_bar[2] += cost_bar * (Number(1.0) + Number(0.1) * from_one * from_one);
    state_bar[0] += cost_bar * theta[2] * Number(0.2) * from_one;
  }
};
static_assert(kernels::CostedSolver<PricedRoot> && kernels::Solver<PricedRoot> && kernels::DualSolver<PricedRoot>);
static_assert(!kernels::CostedSolver<decltype(std::declval<JacobiProblem<double>>().stencil(Measure::relative_error))>);

constexpr std::int64_t tasks = 11;  // not a multiple of any pack width

struct Roots {
  std::vector<double> a, theta;
  Roots() {
    for (int t = 0; t < tasks; ++t) {
      a.push_back(0.3 + 0.9 * t);
      theta.insert(theta.end(), {0.6 + 0.03 * t, 0.8 + 0.1 * t, 0.9 - 0.02 * t});
    }
  }
  [[nodiscard]] PricedRoot solver() const { return {&a}; }
};

RunSettings<double> settings(LossScale scale, Prices<double> prices, LossValue value = LossValue::soft) {
  return {.tolerance = {1e-4},
          .max_iterations = {60},
          .surrogate = {LossKind::surrogate, scale, value, false},
          .gain = scale == LossScale::linear ? 3.0 : 1.0,
          .prices = prices};
}

template <class Number>
void expect_differences(LossScale scale) {
  Roots const p;
  Prices<double> const prices{0.7, 1.3, 0.0, true};
  auto const s = settings(scale, prices);
  auto const by_adjoint = run_lockstep<Number>(p.solver(), p.theta, tasks, s, Way::adjoint);
  auto const solved = run_lockstep<Number>(p.solver(), p.theta, tasks, s, Way::solve);
  for (std::size_t t = 0; t < tasks; ++t) EXPECT_NEAR(by_adjoint.loss[t], solved.loss[t], 1e-12 * solved.loss[t]);
  constexpr double h = 1e-5;
  for (std::size_t i = 0; i < 3; ++i) {
    auto up = p.theta, down = p.theta;
    for (std::size_t t = 0; t < tasks; ++t) {
      up[3 * t + i] += h;
      down[3 * t + i] -= h;
    }
    auto const above = run_lockstep<Number>(p.solver(), up, tasks, s, Way::solve);
    auto const below = run_lockstep<Number>(p.solver(), down, tasks, s, Way::solve);
    for (std::size_t t = 0; t < tasks; ++t) {
      ASSERT_EQ(above.iterations[t], below.iterations[t]) << "the loss jumps here: choose another task";
      double const slope = (above.loss[t] - below.loss[t]) / (2 * h);
      EXPECT_NEAR(by_adjoint.theta_bar[3 * t + i], slope, 1e-5 * (1 + std::abs(slope))) << "task " << t << ", " << i;
    }
  }
}

TEST(Work, ItsAdjointIsItsDifference) {
  for (auto const scale : {LossScale::linear, LossScale::logarithm}) {
    expect_differences<double>(scale);
    expect_differences<Pack<double>>(scale);
  }
}

struct Coordinate {
  int at;
  struct Entries {
    int at;
    int operator()(int p) const { return p == at ? 1 : 0; }
  };
  [[nodiscard]] Entries of(std::int64_t) const { return {at}; }
};

TEST(Work, ItsTangentIsItsAdjoint) {
  Roots const p;
  auto const s = settings(LossScale::logarithm, {0.7, 1.3, 0.0, true});
  auto const by_adjoint = run_lockstep<Pack<double>>(p.solver(), p.theta, tasks, s, Way::adjoint);
  for (std::size_t i = 0; i < 3; ++i) {
    auto const along =
        run_lockstep<Pack<double>>(p.solver(), p.theta, tasks, s, Way::tangent, Coordinate{static_cast<int>(i)});
    for (std::size_t t = 0; t < tasks; ++t) {
      double const expected = by_adjoint.theta_bar[3 * t + i];
      EXPECT_NEAR(along.theta_bar[3 * t + i], expected, 1e-11 * (1 + std::abs(expected)));
      EXPECT_NEAR(along.loss[t], by_adjoint.loss[t], 1e-12 * along.loss[t]);
    }
  }
}

TEST(Work, AnExactCountIsExactWork) {
  Roots const p;
  Prices<double> const prices{2.0, 3.0, 0.0, true};
  auto const s = settings(LossScale::logarithm, prices, LossValue::count);
  auto const r = run_lockstep<Pack<double>>(p.solver(), p.theta, tasks, s, Way::solve);
  for (std::size_t t = 0; t < tasks; ++t) {
    double const q = p.theta[3 * t + 2];
    double x = p.theta[3 * t + 1], steps = 0;
    for (int k = 0; k < r.iterations[t]; ++k) {
      steps += q * (1 + 0.1 * (x - 1) * (x - 1));
      x -= p.theta[3 * t] * q * (x - p.a[t] / (x * x)) / 3;
    }
    EXPECT_NEAR(r.loss[t], prices.start + prices.step * (1 + q * q + steps), 1e-12 * r.loss[t]);
    EXPECT_EQ(r.work[t], r.loss[t]);
  }
}

TEST(Work, AFailedTaskCostsItsWholeLimit) {
  Roots p;
  p.a[3] = -1;           // cannot be set up
  p.theta[3 * 5] = 1e9;  // diverges
  auto const s = settings(LossScale::logarithm, {2.0, 3.0, 0.0, true});
  for (auto const way : {Way::solve, Way::adjoint}) {
    auto const r = run_lockstep<Pack<double>>(p.solver(), p.theta, tasks, s, way);
    EXPECT_EQ(r.iterations[3], 60);
    EXPECT_EQ(r.loss[3], 2.0 + 3 * 60.0);  // never set up: nothing is known but its limit
    EXPECT_NE(r.status[5], 0);
    EXPECT_GE(r.loss[5], 3 * 60.0 * 0.5);
  }
}

TEST(Work, ATaskThatIsNotSolvedCostsMore) {
  JacobiProblem<double> const p(12, tasks, 7);
  RunSettings<double> s{
      .tolerance = {1e-6}, .max_iterations = {40}, .surrogate = {LossKind::surrogate, LossScale::logarithm}};
  auto const plain = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks, s, Way::solve);
  s.prices.unsolved = 0.5;
  auto const priced = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks, s, Way::solve);
  int unsolved = 0;
  for (std::size_t t = 0; t < tasks; ++t) {
    bool const is_solved = plain.status[t] == 0;
    unsolved += is_solved ? 0 : 1;
    EXPECT_DOUBLE_EQ(priced.loss[t], plain.loss[t] + (is_solved ? 0 : 20));
    EXPECT_DOUBLE_EQ(priced.work[t], plain.work[t] + (is_solved ? 0 : 20));
  }
  EXPECT_GT(unsolved, 0);
}

TEST(Work, PricesOfAnOtherSolverScaleThePapersLoss) {
  JacobiProblem<double> const p(12, tasks, 7);
  RunSettings<double> s{
      .tolerance = {1e-6}, .max_iterations = {40}, .surrogate = {LossKind::surrogate, LossScale::logarithm}};
  auto const plain = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks, s, Way::adjoint);
  s.prices = {5.0, 4.0};  // powers of two scale without rounding
  auto const priced = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks, s, Way::adjoint);
  for (std::size_t t = 0; t < tasks; ++t) EXPECT_EQ(priced.loss[t], 5.0 + 4 * plain.loss[t]);
  for (std::size_t i = 0; i < plain.theta_bar.size(); ++i) EXPECT_EQ(priced.theta_bar[i], 4 * plain.theta_bar[i]);
}

TEST(Work, WithoutItThePapersLossIsUnchangedToTheBit) {
  Roots const p;
  auto const s = settings(LossScale::logarithm, {0.0, 1.0});
  auto const r = run_lockstep<double>(p.solver(), p.theta, tasks, s, Way::adjoint);
  for (std::size_t t = 0; t < tasks; ++t) {
    double x = p.theta[3 * t + 1], sum = 0;
    for (int k = 0; k < r.iterations[t]; ++k) {
      double const off = x * x * x - p.a[t], L = std::sqrt(off * off) / p.a[t];
      sum += s.surrogate.term(L, 1e-4, 1.0);
      x -= p.theta[3 * t] * p.theta[3 * t + 2] * (x - p.a[t] / (x * x)) / 3;
    }
    EXPECT_NEAR(r.loss[t], sum, 1e-13 * sum);
    EXPECT_EQ(r.work[t], r.iterations[t]);
  }
}

TEST(Work, AConventionalLossHasNoPrices) {
  JacobiProblem<double> const p(12, tasks, 7);
  RunSettings<double> s{
      .tolerance = {0.0}, .max_iterations = {7}, .surrogate = {LossKind::measure, LossScale::linear, {}, true}};
  auto const plain = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks, s, Way::adjoint);
  s.prices = {5.0, 4.0};
  auto const priced = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks, s, Way::adjoint);
  EXPECT_EQ(priced.loss, plain.loss);
  EXPECT_EQ(priced.theta_bar, plain.theta_bar);
}

}  // namespace
}  // namespace metasolve::work_test
