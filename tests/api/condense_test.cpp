// SPDX-License-Identifier: Apache-2.0
#include "metasolve/condense.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/error.hpp"
#include "metasolve/qp_solver.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/random_qps.hpp"

/// Model predictive control with its states eliminated, compared with the whole problem.
namespace metasolve::condense_test {
namespace {

using test::at;
using test::no_bound;

constexpr int nx = 4, nu = 2, horizon = 6;

/// Two coupled, damped masses, pushed by two bounded forces.
struct Masses {
  std::vector<double> a{1, 0.1, 0, 0, -0.1, 0.9, 0.05, 0, 0, 0, 1, 0.1, 0.05, 0, -0.1, 0.9};
  std::vector<double> b{0, 0, 0.1, 0.02, 0, 0, -0.03, 0.1};
  std::vector<double> q{4, 0, 0.5, 0, 0, 1, 0, 0, 0.5, 0, 3, 0, 0, 0, 0, 0.5};
  std::vector<double> q_end{8, 0.3, 0, 0, 0.3, 2, 0, 0, 0, 0, 6, 0.1, 0, 0, 0.1, 1};
  std::vector<double> r{0.2, 0.05, 0.05, 0.1};
  std::vector<double> u_lower{-1, -0.8}, u_upper{1, 1.2};
  std::vector<double> x_lower{-no_bound, -0.3, -no_bound, -no_bound}, x_upper{no_bound, 0.3, 0.9, no_bound};
  std::vector<double> x0{0.7, -0.2, -0.5, 0.1};
  std::vector<double> references;

  Masses() {
    for (int e = 0; e < (horizon + 1) * nx; ++e) references.push_back(0.3 * std::sin(e));
  }
  [[nodiscard]] MpcProblem problem() const {
    return {nx, nu, horizon, a, b, q, r, q_end, u_lower, u_upper, x_lower, x_upper};
  }
  /// The objective of inputs v, by simulation; and the states.
  double cost(std::vector<double> const& v, std::vector<double>* states = nullptr) const {
    auto x = x0;
    double sum = 0;
    auto const add = [&](std::vector<double> const& weight, double const* e, int n) {
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j) sum += e[i] * weight[at(i * n + j)] * e[j] / 2;
      }
    };
    for (int k = 0; k <= horizon; ++k) {
      std::vector<double> e(nx);
      for (int i = 0; i < nx; ++i) e[at(i)] = x[at(i)] - references[at(k * nx + i)];
      add(k == horizon ? q_end : q, e.data(), nx);
      if (states != nullptr) states->insert(states->end(), x.begin(), x.end());
      if (k == horizon) break;
      add(r, &v[at(k * nu)], nu);
      std::vector<double> next(nx, 0.0);
      for (int i = 0; i < nx; ++i) {
        for (int j = 0; j < nx; ++j) next[at(i)] += a[at(i * nx + j)] * x[at(j)];
        for (int j = 0; j < nu; ++j) next[at(i)] += b[at(i * nu + j)] * v[at(k * nu + j)];
      }
      x = next;
    }
    return sum;
  }
};

TEST(Condense, HasTheObjectiveAndTheRowsOfTheSimulation) {
  Masses const masses;
  CondensedMpc const mpc(masses.problem());
  int const n = mpc.variables(), rows = mpc.rows();
  EXPECT_EQ(n, horizon * nu);
  EXPECT_EQ(rows, horizon * nu + horizon * 2);
  EXPECT_EQ(std::vector<std::int32_t>(mpc.bounded_states().begin(), mpc.bounded_states().end()),
            (std::vector<std::int32_t>{1, 2}));
  std::vector<double> g(at(n)), l(at(rows)), u(at(rows));
  mpc.task(masses.x0, masses.references, g, l, u);
  double const at_zero = masses.cost(std::vector<double>(at(n), 0.0));
  for (int trial = 0; trial < 5; ++trial) {
    std::vector<double> v, states;
    for (int j = 0; j < n; ++j) v.push_back(std::cos(j * (trial + 1)));
    double cost = at_zero;
    auto const h = mpc.h_pattern();
    for (int i = 0; i < n; ++i) {
      cost += g[at(i)] * v[at(i)];
      for (auto e = h.row_ptrs[at(i)]; e < h.row_ptrs[at(i) + 1]; ++e) {
        auto const j = h.col_idxs[at(e)];
        cost += mpc.h_values()[at(e)] * v[at(i)] * v[at(j)] * (i == j ? 0.5 : 1);
      }
    }
    EXPECT_NEAR(cost, masses.cost(v, &states), 1e-12 * (1 + std::abs(cost)));
    auto const c = mpc.c_pattern();
    for (int i = 0; i < rows; ++i) {
      double cv = 0;
      for (auto e = c.row_ptrs[at(i)]; e < c.row_ptrs[at(i) + 1]; ++e) {
        cv += mpc.c_values()[at(e)] * v[at(c.col_idxs[at(e)])];
      }
      int const k = i - n, state = mpc.bounded_states()[at(k < 0 ? 0 : k % 2)];
      double const expected = i < n ? v[at(i)] : states[at((k / 2 + 1) * nx + state)];
      double const upper = i < n ? masses.u_upper[at(i % nu)] : masses.x_upper[at(state)];
      double const lower = i < n ? masses.u_lower[at(i % nu)] : masses.x_lower[at(state)];
      EXPECT_NEAR(u[at(i)] - cv, upper - expected, 1e-12);
      if (std::isfinite(lower)) {
        EXPECT_NEAR(cv - l[at(i)], expected - lower, 1e-12);
      } else {
        EXPECT_EQ(l[at(i)], -no_bound);
      }
    }
  }
}

TEST(Condense, HasTheMapsOfATask) {
  Masses const masses;
  CondensedMpc const mpc(masses.problem());
  std::vector<double> g(at(mpc.variables())), l(at(mpc.rows())), u(at(mpc.rows()));
  // One reference for all steps is that reference at each.
  std::vector<double> const one{0.1, 0.2, -0.3, 0};
  std::vector<double> all;
  for (int k = 0; k <= horizon; ++k) all.insert(all.end(), one.begin(), one.end());
  mpc.task(masses.x0, one, g, l, u);
  for (int j = 0; j < mpc.variables(); ++j) {
    double sum = 0;
    for (int i = 0; i < nx; ++i) sum += mpc.g_of_state()[at(j * nx + i)] * masses.x0[at(i)];
    for (std::size_t e = 0; e < all.size(); ++e) sum -= mpc.g_of_references()[at(j) * all.size() + e] * all[e];
    EXPECT_NEAR(sum, g[at(j)], 1e-13);
  }
  for (int i = 0; i < mpc.rows(); ++i) {
    double sum = 0;
    for (int k = 0; k < nx; ++k) sum += mpc.offset()[at(i * nx + k)] * masses.x0[at(k)];
    EXPECT_EQ(mpc.upper()[at(i)] - sum, u[at(i)]);
  }
}

/// The solution, expanded, satisfies the optimality conditions of the whole problem.
TEST(Condense, ExpandsToASolutionOfTheWholeProblem) {
  Masses const masses;
  CondensedMpc const mpc(masses.problem());
  int const n = mpc.variables(), rows = mpc.rows();
  std::vector<double> g(at(n)), l(at(rows)), u(at(rows)), solution(at(n + rows));
  mpc.task(masses.x0, masses.references, g, l, u);
  QpSolver::Problem problem;
  problem.p = mpc.h_pattern();
  problem.a = mpc.c_pattern();
  problem.p_values = mpc.h_values();
  problem.a_values = mpc.c_values();
  QpSolver solver(Executor::cpu(1), problem, {}, {1});
  QpSolver::Tasks tasks{.count = 1};
  tasks.p_values = {mpc.h_values().data(), 0, 1};
  tasks.a_values = {mpc.c_values().data(), 0, 1};
  tasks.q = {g.data(), n, 1};
  tasks.lower = {l.data(), rows, 1};
  tasks.upper = {u.data(), rows, 1};
  std::int32_t status = -1;
  Results<double> results;
  results.status = &status;
  results.solution = {solution.data(), n + rows, 1};
  solver.solve(tasks, {1e-12, 50000}, results);
  ASSERT_EQ(status, 0);
  auto const all = mpc.expand(masses.x0, masses.references, solution);
  std::vector<double> states;
  masses.cost(solution, &states);
  int active = 0;
  auto const complementary = [&](double value, double y, double lower, double upper) {
    EXPECT_LE(value, upper + 1e-9);
    EXPECT_GE(value, lower - 1e-9);
    if (y > 1e-8) {
      EXPECT_NEAR(value, upper, 1e-9);
    }
    if (y < -1e-8) {
      EXPECT_NEAR(value, lower, 1e-9);
    }
    active += std::abs(y) > 1e-8 ? 1 : 0;
  };
  for (int k = 0; k <= horizon; ++k) {
    auto const& weight = k == horizon ? masses.q_end : masses.q;
    for (int i = 0; i < nx; ++i) {
      auto const e = at(k * nx + i);
      EXPECT_NEAR(all.x[e], states[e], 1e-12);
      double slope = all.x_bounds[e] - all.dynamics[e];
      for (int j = 0; j < nx; ++j) {
        slope += weight[at(i * nx + j)] * (all.x[at(k * nx + j)] - masses.references[at(k * nx + j)]);
        if (k < horizon) slope += masses.a[at(j * nx + i)] * all.dynamics[at((k + 1) * nx + j)];
      }
      EXPECT_NEAR(slope, 0, 1e-12);
      if (k > 0) complementary(all.x[e], all.x_bounds[e], masses.x_lower[at(i)], masses.x_upper[at(i)]);
    }
    if (k == horizon) break;
    for (int i = 0; i < nu; ++i) {
      double slope = all.u_bounds[at(k * nu + i)];
      for (int j = 0; j < nu; ++j) slope += masses.r[at(i * nu + j)] * solution[at(k * nu + j)];
      for (int j = 0; j < nx; ++j) slope += masses.b[at(j * nu + i)] * all.dynamics[at((k + 1) * nx + j)];
      EXPECT_NEAR(slope, 0, 1e-12);
      complementary(solution[at(k * nu + i)], all.u_bounds[at(k * nu + i)], masses.u_lower[at(i)],
                    masses.u_upper[at(i)]);
    }
  }
  EXPECT_GT(active, 2) << "the test needs active bounds";
}

TEST(Condense, ShiftsByAStep) {
  Masses masses;
  CondensedMpc const mpc(masses.problem());
  auto const x = mpc.shift_x(), y = mpc.shift_y();
  ASSERT_EQ(std::ssize(x), mpc.variables());
  ASSERT_EQ(std::ssize(y), mpc.rows());
  EXPECT_EQ(x[0], nu);
  EXPECT_EQ(x[at(horizon * nu - 1)], horizon * nu - 1);
  EXPECT_EQ(y[1], nu + 1);
  EXPECT_EQ(y[at(horizon * nu)], horizon * nu + 2);
  EXPECT_EQ(y.back(), mpc.rows() - 1);
  auto free = masses.problem();
  free.u_lower = free.u_upper = free.x_lower = free.x_upper = {};
  CondensedMpc const without(free);
  EXPECT_EQ(without.rows(), 0);
  EXPECT_TRUE(without.shift_y().empty());
}

TEST(Condense, NamesWhatIsWrong) {
  Masses const masses;
  auto const rejects = [&](auto&& edit, char const* name) {
    auto problem = masses.problem();
    edit(problem);
    test::expect_message<InputError>([&] { CondensedMpc{problem}; }, {name, "expected"});
  };
  rejects([](MpcProblem& p) { p.horizon = 0; }, "horizon");
  rejects([](MpcProblem& p) { p.a = p.b; }, "a has 8 numbers");
  rejects([](MpcProblem& p) { p.q_end = p.b; }, "q_end");
  rejects([](MpcProblem& p) { p.x_upper = p.u_upper; }, "x_upper");
  auto skew = masses.q, unknown = masses.a;
  skew[1] += 0.1;
  unknown[3] = std::nan("");
  auto crossed = masses.u_lower, none = masses.x_upper;
  crossed[1] = 2;
  none[2] = std::nan("");
  rejects([&](MpcProblem& p) { p.q = skew; }, "q is not symmetric");
  rejects([&](MpcProblem& p) { p.q_end = skew; }, "q_end is not symmetric");
  rejects([&](MpcProblem& p) { p.u_lower = crossed; }, "u_lower[1] is 2");
  rejects([&](MpcProblem& p) { p.x_upper = none; }, "x_lower[2]");
  rejects([](MpcProblem& p) { p.horizon = std::numeric_limits<int>::max(); }, "horizon");
  auto infinite = masses.problem();
  infinite.a = unknown;
  test::expect_message<InputError>([&] { CondensedMpc{infinite}; }, {"a[3] is not finite"});
  CondensedMpc const mpc(masses.problem());
  test::expect_message<InputError>([&] { (void)mpc.expand(masses.x0, masses.a, masses.x0); },
                                   {"references has 16 numbers, expected 28, or 4"});
  test::expect_message<InputError>([&] { (void)mpc.expand(masses.x0, masses.references, masses.x0); }, {"solution"});
}

}  // namespace
}  // namespace metasolve::condense_test
