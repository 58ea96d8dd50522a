// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/lockstep/tape.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

/// The tape restores every state, and computes no more states than necessary.
namespace metasolve::tape_test {
namespace {

/// state_k = k; counts its steps.
struct CountingSolver {
  using scalar = double;
  std::int64_t* steps;
  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  void step(T const&, Task, Theta, Work, State state, Next next, Mask) const {
    next[0] = state[0] + 1;
    ++*steps;
  }
  template <class T, class Task, class State>
  double measure(T const&, Task, State state) const {
    return 2 * state[0];
  }
};

/// Number of steps in a reversal of states 0 ... last with this many slots; checks each state.
std::int64_t reverse(int slots, std::int64_t last) {
  std::int64_t steps = 0;
  CountingSolver const solver{&steps};
  kernels::SoloTeam const team;
  std::vector<double> global(static_cast<std::size_t>(3 * slots), -1.0);
  double a = 0, b = 0;
  kernels::LocalView<double> const view_a{&a}, view_b{&b};
  kernels::Tape<double, 1> tape(kernels::LocalView<double>{global.data()}, slots, 1);
  for (std::int64_t k = 0; k <= last; ++k) {
    double state = static_cast<double>(k);
    tape.record(team, k, kernels::LocalView<double>{&state}, 2 * state);
  }
  for (std::int64_t k = last; k >= 0; --k) {
    tape.seek(solver, team, k, view_a, view_a, view_a, view_a, view_b, [](std::int64_t) { return true; });
    EXPECT_EQ(tape.state()[0], static_cast<double>(k)) << slots << " slots";
    EXPECT_EQ(tape.measure(), 2 * static_cast<double>(k));
  }
  return steps;
}

TEST(Tape, FindsEveryStateInEveryNumberOfSlots) {
  for (int slots = kernels::Tape<double, 1>::least_slots; slots < 20; ++slots) {
    for (std::int64_t last = 0; last < 90; ++last) reverse(slots, last);
  }
}

TEST(Tape, ComputesNothingAgainWhileTheStatesFit) {
  for (int slots = 3; slots < 40; ++slots) EXPECT_EQ(reverse(slots, slots - 2), 0);
}

/// The minimum number of steps to visit states base + 1 ... base + length backwards from a checkpoint at base, with
/// `room` free slots, including one for the last visited state: by dynamic programming over the next checkpoint's
/// position.
TEST(Tape, CheckpointsStandWhereTheyCostLeast) {
  constexpr int most_length = 60, most_room = 12;
  std::vector<std::vector<std::int64_t>> best(most_room + 1, std::vector<std::int64_t>(most_length + 1, 0));
  for (int length = 1; length <= most_length; ++length)
    best[1][static_cast<std::size_t>(length)] = length * (length + 1) / 2;
  for (std::size_t room = 2; room <= most_room; ++room) {
    for (std::size_t length = 1; length <= most_length; ++length) {
      auto fewest = best[1][length];
      for (std::size_t d = 1; d <= length; ++d) {  // d steps to the next checkpoint, which is a visited state itself
        auto const steps = static_cast<std::int64_t>(d) + best[room - 1][length - d] + best[room][d - 1];
        fewest = std::min(fewest, steps);
      }
      best[room][length] = fewest;
    }
  }
  // A chain in which the forward sweep could store state 0 only: what record leaves at the next doubling of its
  // spacing is not optimal by itself, so the reversal is tested from a single checkpoint.
  for (int room = 2; room <= most_room; ++room) {
    for (std::int64_t length = 1; length <= most_length; ++length) {
      std::int64_t steps = 0;
      CountingSolver const solver{&steps};
      kernels::SoloTeam const team;
      std::vector<double> global(static_cast<std::size_t>(3 * (room + 1)));
      double a = 0, b = 0, state = 0;
      kernels::LocalView<double> const view_a{&a}, view_b{&b};
      kernels::Tape<double, 1> tape(kernels::LocalView<double>{global.data()}, room + 1, 1);
      tape.record(team, 0, kernels::LocalView<double>{&state}, 0.0);
      for (std::int64_t k = length; k >= 0; --k) {
        tape.seek(solver, team, k, view_a, view_a, view_a, view_a, view_b, [](std::int64_t) { return true; });
      }
      EXPECT_EQ(steps, best[static_cast<std::size_t>(room)][static_cast<std::size_t>(length)])
          << room << " free slots, " << length << " states";
    }
  }
}

}  // namespace
}  // namespace metasolve::tape_test
