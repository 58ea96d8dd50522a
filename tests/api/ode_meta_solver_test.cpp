// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/robertson_steps.hpp"

/// Permitted effects of a meta-solver on a call of the public solver of ODE steps, on each executor.
namespace metasolve::ode_meta_solver_test {
namespace {

using test::robertson_network, test::to_1e9;

class OdeMetaSolverOn : public test::RobertsonSteps {};

TEST_P(OdeMetaSolverOn, AMetaSolverChoosesUnlessThePolicySaysNo) {
  for (int const width : {16, 100}) {  // fused into the solve; before it
    auto ode = solver(test::meta_solver(robertson_network(width)));
    ode.solve(tasks(), to_1e9, results(), {.meta_solver = false});
    auto const constant = counts();
    ode.solve(tasks(), to_1e9, results());
    EXPECT_NE(counts(), constant) << width;
    EXPECT_EQ(tally().replaced, 0);
    EXPECT_EQ(tally().retried, 0);
    EXPECT_EQ(fetch(origin_, n), std::vector<Origin>(n, Origin::chosen));
    EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  }
}

/// Whatever the network predicts: the task is solved with the constants, to the last bit, and counted.
TEST_P(OdeMetaSolverOn, WhatIsNotFiniteOrOutOfRangeIsReplaced) {
  auto without = solver();
  without.solve(tasks(), to_1e9, results());
  auto const constant = counts();
  auto const expected = solutions();
  for (int const width : {16, 100}) {
    for (bool const nan : {true, false}) {
      // Second-layer values near the largest finite number and an infinite last output; or an infinite second layer,
      // and
      // outputs inf - inf.
      auto ode = solver(test::meta_solver(robertson_network(width), [&](auto& weights) {
        auto const from_end = [&](int i) { return weights.end() - i; };
        std::fill_n(from_end(4 + 5 * width), width, 3e38);
        std::fill_n(from_end(4 + 4 * width), 3 * width, 0.0);  // of the other outputs
        for (int i = 1; i <= width; ++i) *from_end(4 + i) = nan && i % 2 == 0 ? -2 : 2;
        if (nan) std::fill_n(from_end(4 + 5 * width + width * width), width * width, 2.0);
        if (nan) std::fill_n(from_end(4 + 6 * width + width * width), width, 3e38);
      }));
      ode.solve(tasks(), to_1e9, results());
      // exp(tanh(inf)) = e is a valid factor: the guess leaves the clamp where y_3 > 2 / e.
      std::int64_t replaced = 0;
      auto const origin = fetch(origin_, n);
      auto const found = outcome();
      for (std::size_t t = 0; t < n; ++t) {
        bool const is_replaced = nan || reference_.y[3 * t + 2] * std::exp(1.0) > 2;
        EXPECT_EQ(origin[t], is_replaced ? Origin::replaced : Origin::chosen) << "task " << t;
        if (!is_replaced) continue;
        ++replaced;
        EXPECT_EQ(found.iterations[t], constant[t]);
        for (std::size_t i = 3 * t; i < 3 * t + 3; ++i) EXPECT_EQ(found.solution[i], expected[i]);
      }
      EXPECT_GT(replaced, 0);
      EXPECT_EQ(tally().replaced, replaced);
    }
  }
}

/// It has no second attempt: the first, with the constants, has the full limit.
TEST_P(OdeMetaSolverOn, WhatIsReplacedIsNotCutShort) {
  auto without = solver();
  without.solve(tasks(), to_1e9, results());
  auto const expected = outcome();
  ASSERT_GT(*std::max_element(expected.iterations.begin(), expected.iterations.end()), 5);
  for (int const width : {16, 100}) {
    auto ode = solver(test::meta_solver_of_nan(robertson_network(width), width));
    for (bool const tells : {true, false}) {
      auto out = results();
      if (!tells) out.origin = nullptr;
      ode.solve(tasks(), to_1e9, out, {.retry = true, .first_max_iterations = 5});
      EXPECT_EQ(outcome(), expected);
      EXPECT_EQ(tally().replaced, static_cast<std::int64_t>(n));
      EXPECT_EQ(tally().retried, 0);
    }
    EXPECT_EQ(fetch(origin_, n), std::vector<Origin>(n, Origin::replaced));
  }
}

TEST_P(OdeMetaSolverOn, CountsOfTwoAttemptsDoNotOverflow) {
  constexpr std::int32_t limit = 2'000'000'000;
  auto h = reference_.h;
  h[1] = -1;
  auto own = tasks();
  own.step = {place(h), 1};
  for (int const width : {16, 100}) {
    auto ode = solver(test::meta_solver(robertson_network(width)));
    ode.solve(own, {1e-9, limit}, results(), {.retry = true});
    EXPECT_EQ(fetch(status_, n)[1], static_cast<std::int32_t>(Status::breakdown));
    EXPECT_EQ(counts()[1], std::numeric_limits<std::int32_t>::max());
    EXPECT_LT(counts()[0], 10000);
  }
}

/// A meta-solver that always predicts r near 2, where nothing converges.
TEST_P(OdeMetaSolverOn, WhatFailsIsTriedAgainWithTheConstants) {
  auto without = solver();
  without.solve(tasks(), to_1e9, results());
  auto const constant = counts();
  auto const expected = solutions();
  for (int const width : {16, 100}) {
    auto ode =
        solver(test::meta_solver(robertson_network(width), [&](auto& weights) { weights[weights.size() - 4] = 6; }));
    ode.solve(tasks(), to_1e9, results());
    auto const status = fetch(status_, n);
    auto const alone = counts();
    std::int64_t const failed = static_cast<std::int64_t>(n) - std::count(status.begin(), status.end(), 0);
    EXPECT_GT(failed, 300);
    EXPECT_EQ(tally().retried, 0);
    for (bool const tells : {true, false}) {  // whether the caller requests per-task outcomes
      auto out = results();
      if (!tells) out.status = nullptr, out.origin = nullptr;
      ode.solve(tasks(), to_1e9, out, {.retry = true});
      EXPECT_EQ(tally().retried, failed);
      auto const found = outcome();
      for (std::size_t t = 0; t < n; ++t) {
        bool const again = status[t] != 0;
        EXPECT_EQ(found.iterations[t], alone[t] + (again ? constant[t] : 0)) << "task " << t;
        if (!again) continue;
        for (std::size_t i = 3 * t; i < 3 * t + 3; ++i) EXPECT_EQ(found.solution[i], expected[i]);
      }
    }
    auto const origin = fetch(origin_, n);
    EXPECT_EQ(std::count(origin.begin(), origin.end(), Origin::retried), failed);
    // A first attempt may be limited; the second has the full limit.
    constexpr std::int32_t early = 5;
    ode.solve(tasks(), to_1e9, results(), {.retry = true, .first_max_iterations = early});
    auto const ended_early = counts();
    for (std::size_t t = 0; t < n; ++t) {
      bool const again = status[t] != 0 || alone[t] > early;
      EXPECT_EQ(ended_early[t], again ? early + constant[t] : alone[t]) << "task " << t;
    }
    ode.solve(tasks(), to_1e9, results(), {.first_max_iterations = early});
    EXPECT_EQ(counts(), alone) << "without retry it has no meaning";
    ode.solve(tasks(), to_1e9, results(), {.retry = true});
    EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
    // In place, a failed attempt must not overwrite the start of the next.
    auto* const y = place(reference_.y);
    auto own = tasks();
    own.previous = {y, 3, 1};
    auto out = results();
    out.solution = {y, 3, 1};
    ode.solve(own, to_1e9, out, {.retry = true});
    auto const in_place = fetch(y, 3 * n);
    for (std::size_t t = 0; t < n; ++t) {
      if (status[t] != 0) {
        EXPECT_EQ(in_place[3 * t], expected[3 * t]);
      }
    }
  }
}

METASOLVE_ON_EXECUTORS(OdeMetaSolverOn);

}  // namespace
}  // namespace metasolve::ode_meta_solver_test
