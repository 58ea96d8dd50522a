// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/kernels/simd/pack.hpp"
#include "tests/support/thread_team.hpp"
#include "tests/support/warp_of_threads.hpp"

/// A solver's confirmation of apparent convergence (ConfirmingSolver), as called by the lockstep driver.
namespace metasolve::test::confirm_test {
namespace {

using kernels::select;
using kernels::Status;

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Measures that halve at each step, and the value that each confirmation returns instead. Registers: is_solo.
template <bool Registers, bool AtLimit>
struct Scripted {
  using scalar = double;
  static constexpr bool is_solo = Registers;
  static constexpr bool confirms_at_limit = AtLimit;
  static constexpr int looks = 3;
  double const* found;  ///< [tasks][looks]

  static constexpr int task_size() { return looks; }
  static constexpr int state_size() { return 2; }
  static constexpr int parameter_size() { return 1; }
  template <class T, class View>
  bool load(T const& team, std::int64_t task, View data) const {
    kernels::for_each(team, looks, [&](int i) { data[i] = found[task * looks + i]; });
    return true;
  }
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  void start(T const& team, Task, Theta, Work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    kernels::for_each(team, 2, [&](int i) { state[i] = select(fresh, Number(i == 0 ? 1.0 : 0.0), Number(state[i])); });
  }
  template <class T, class Task, class State>
  auto measure(T const&, Task, State state) const {
    return state[0];
  }
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  void step(T const& team, Task, Theta, Work, State state, State next, Mask active) const {
    using Number = typename State::value_type;
    kernels::for_each(team, 2, [&](int i) {
      next[i] = select(active, Number(state[i]) * Number(i == 0 ? 0.5 : 1.0), Number(state[i]));
    });
  }
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  auto confirm(T const& team, Task task, Theta, Work, State state, Mask where) const {
    using Number = typename State::value_type;
    Number const look = state[1];
    Number const L = select(look > Number(1.5), Number(task[2]), select(look > Number(0.5), task[1], task[0]));
    team.sync();
    if (team.rank() == 0) {
      state[0] = select(where, L, Number(state[0]));
      state[1] = select(where, look + Number(1.0), look);
    }
    return L;
  }
};
static_assert(kernels::ConfirmingSolver<Scripted<false, false>>);

/// One task's script and the expected result.
struct Script {
  double found[3];
  std::int32_t max_iterations;
  Status status;
  std::int32_t iterations;
  double measure;
  bool keeps_state = false;  ///< the caller's previous contents remain
};

// The measures are 1, 1/2, 1/4, 1/8 and 1/16; the tolerance is 0.1.
std::vector<Script> scripts() {
  return {
      {{0.05}, 20, Status::converged, 4, 0.05},
      {{0.1}, 4, Status::converged, 4, 0.1},
      {{0.4, 0.15, 0.07}, 20, Status::converged, 7, 0.07},
      {{0.4, 0.3, 0.05}, 20, Status::stagnated, 6, 0.3},
      {{0.11, 0.11, 0.05}, 20, Status::stagnated, 5, 0.11},
      {{0.4, 0.05}, 4, Status::iteration_limit, 4, 0.4},
      {{-0.05}, 20, Status::breakdown, 20, 0.05, true},
      {{not_a_number}, 20, Status::not_finite, 20, not_a_number, true},
      {{infinite}, 20, Status::not_finite, 20, infinite, true},
  };
}

/// Each script many times over, so that lanes take new tasks at all times.
template <bool Registers, bool AtLimit>
struct ScriptedRun {
  static constexpr double was_there = 777;
  std::vector<Script> script;
  std::vector<double> found, measure, solution, history;
  std::vector<std::int32_t> limit, status, iterations;
  static constexpr std::int32_t longest = 20;

  explicit ScriptedRun(std::vector<Script> const& each) {
    for (std::size_t i = 0; i < 101; ++i) script.push_back(each[i * 5 % each.size()]);
    for (auto const& s : script) {
      found.insert(found.end(), std::begin(s.found), std::end(s.found));
      limit.push_back(s.max_iterations);
    }
    status.assign(script.size(), -1);
    iterations.assign(script.size(), -1);
    measure.resize(script.size());
    solution.assign(2 * script.size(), was_there);
    history.assign(script.size() * (longest + 1), was_there);
  }
  auto body(bool confirms) {
    exec::SolveBody<Scripted<Registers, AtLimit>> b{{found.data()}, {}};
    auto& a = b.arguments;
    a.slots = static_cast<std::int64_t>(script.size());
    a.tolerance.value = 0.1;
    a.max_iterations = {limit.data(), 1};
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = measure.data();
    a.solution = {solution.data(), 2, 1};
    a.history = {history.data(), longest + 1, 1};
    a.confirms = confirms;
    return b;
  }
  void expect_as_scripted() const {
    for (std::size_t i = 0; i < script.size(); ++i) {
      auto const& s = script[i];
      SCOPED_TRACE("first found " + std::to_string(s.found[0]) + ", limit " + std::to_string(s.max_iterations));
      EXPECT_EQ(status[i], static_cast<int>(s.status));
      EXPECT_EQ(iterations[i], s.iterations);
      EXPECT_TRUE(measure[i] == s.measure || s.status == Status::not_finite) << measure[i];
      EXPECT_EQ(solution[2 * i], s.keeps_state ? was_there : s.measure);
      if (!s.keeps_state) {
        EXPECT_EQ(history[i * (longest + 1) + static_cast<std::size_t>(s.iterations)], s.measure);
      }
    }
  }
};

template <class Number, class Body>
void run_in_lanes(Body const& body) {
  std::vector<Number> scratch(static_cast<std::size_t>(body.scratch_size()));
  AscendingPositions source{body.arguments.slots};
  body.template run<Number>(kernels::SoloTeam{}, source, kernels::LocalView<Number>{scratch.data()},
                            kernels::LocalView<Number>{});
}

/// In every kind of lane.
template <bool Registers, bool AtLimit>
void expect_everywhere(std::vector<Script> const& each) {
  auto const with = [&](auto&& launch) {
    ScriptedRun<Registers, AtLimit> run(each);
    launch(run.body(true));
    run.expect_as_scripted();
  };
  with([](auto const& body) { run_in_lanes<double>(body); });
  with([](auto const& body) { run_in_lanes<kernels::Pack<double>>(body); });
  with([](auto const& body) { run_on_warp(body); });
  if constexpr (!Registers) {
    with([](auto const& body) { run_on_thread_team(body, body.arguments.slots, 3); });
  }
}

TEST(Confirm, EndsGoesOnOrStagnatesAsTheTrueMeasureSays) {
  expect_everywhere<false, false>(scripts());
  expect_everywhere<true, false>(scripts());
}

TEST(Confirm, AtTheLimitTheTrueMeasureIsReportedWhereTheSolverSaysSo) {
  // At the limit 2 the measure is 1/4.
  std::vector<Script> each{{{0.3}, 2, Status::iteration_limit, 2, 0.3}, {{0.05}, 2, Status::converged, 2, 0.05}};
  expect_everywhere<false, true>(each);
  for (auto& s : each) s = {{s.found[0]}, 2, Status::iteration_limit, 2, 0.25};
  expect_everywhere<false, false>(each);
}

TEST(Confirm, IsLeftOutWhereItIsNotWanted) {
  std::vector<Script> each = scripts();
  for (auto& s : each) s = {{s.found[0]}, 20, Status::converged, 4, 0.0625};
  ScriptedRun<false, true> run(each);
  run_in_lanes<kernels::Pack<double>>(run.body(false));
  run.expect_as_scripted();
}

}  // namespace
}  // namespace metasolve::test::confirm_test
