// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"

namespace metasolve::kernels {

/// use(state), on a copy if the state is in a thread's registers: otherwise an expression shared by two computations
/// would be rounded in one of them instead of fused.
template <class View, class Use>
METASOLVE_HD auto with_state_apart(View state, Use&& use) {
#if defined(__CUDA_ARCH__)
  if constexpr (is_register_view<View>) {
    using Number = typename View::value_type;
    Number copy[View::size];
    for (int i = 0; i < View::size; ++i) copy[i] = apart(state[i]);
    return use(LocalView<Number>{copy});
  }
#endif
  return use(state);
}

/// An iteration and its measure, as in both the forward pass and the tape's recomputation.
template <class S, class T, class Task, class Theta, class Work, class View, class Mask>
METASOLVE_SAME_BITS METASOLVE_HD void taped_step(S const& solver, T const& team, Task task, Theta theta, Work work,
                                                 View from, View to, Mask active) {
  with_state_apart(from, [&](auto state) { solver.step(team, task, theta, work, state, to, active); });
}
template <class S, class T, class Task, class View>
METASOLVE_SAME_BITS METASOLVE_HD auto taped_measure(S const& solver, T const& team, Task task, View from) {
  return with_state_apart(from, [&](auto state) { return solver.measure(team, task, state); });
}

/// The states that an adjoint visits in reverse, of one team, in a given number of slots: all of them while they fit,
/// else checkpoints. Forward, the number of iterations is not known: every `spacing`-th state is kept, and when the
/// slots are full every other one is dropped and the spacing doubles. Backward, the states between two checkpoints are
/// recomputed into the freed slots, at the distances proven optimal by Griewank and Walther's revolve (ACM TOMS 26(1),
/// 2000). Recomputed states are bitwise the same.
///
/// A slot holds [state..., L, k]. Slots are in the global workspace; memory use does not depend on the iteration limit.
template <class Number, int Stride>
class Tape {
 public:
  METASOLVE_HD Tape(LocalView<Number, Stride> global, int slots, int state_size)
      : global_(global), slots_(slots), state_size_(state_size) {}

  static constexpr int least_slots = 3;

  METASOLVE_HD static int slot_size(int state_size) { return state_size + 2; }

  /// Forward: state_k and its measure. k ascends from 0 by 1.
  template <class T, class View>
  METASOLVE_HD void record(T const& team, std::int64_t k, View state, Number L) {
    if (k != next_) return;
    if (used_ == slots_ - 1) {  // one slot stays free for seek
      thin(team);
      if (k != next_) return;
    }
    push(team, k, state, L);
    recorded_ = used_;
    next_ += spacing_;
  }

  /// Backward: leaves the slot of state_k on top, k descending from the last recorded iteration to 0 by 1. Uses state_a
  /// and state_b as scratch.
  template <class S, class T, class Task, class Theta, class Work, class View, class Mask>
  METASOLVE_HD void seek(S const& solver, T const& team, std::int64_t k, Task task, Theta theta, Work work,
                         View state_a, View state_b, Mask const& active_at) {
    while (top_k() > k) --used_;
    if (used_ < recorded_) recorded_ = used_;
    while (top_k() < k) {
      std::int64_t const from = top_k();
      int const room = slots_ - used_;
      // The last free slot is for state_k itself: without another one, the states up to k are recomputed for each k.
      std::int64_t const to = room > 1 ? from + distance(k - from, room) : k;
      auto a = state_a;
      auto b = state_b;
      auto const base = state();
      for_each(team, state_size_, [&](int i) { a[i] = base[i]; });
      team.sync();
      for (std::int64_t j = from; j < to; ++j) {
        taped_step(solver, team, task, theta, work, a, b, active_at(j));
        team.sync();
        advance(a, b);
      }
      push(team, to, a, taped_measure(solver, team, task, a));
    }
  }

  /// The state and measure found by seek.
  METASOLVE_HD LocalView<Number, Stride> state() const { return slot(used_ - 1); }
  METASOLVE_HD Number measure() const { return slot(used_ - 1)[state_size_]; }

 private:
  METASOLVE_HD LocalView<Number, Stride> slot(int j) const {
    return global_.subview(static_cast<std::int64_t>(j) * slot_size(state_size_));
  }
  /// Avoids a read of the global workspace for states left by the forward pass.
  METASOLVE_HD std::int64_t top_k() const {
    if (used_ <= recorded_) return (used_ - 1) * spacing_;
    return static_cast<std::int64_t>(lane(slot(used_ - 1)[state_size_ + 1], 0));
  }

  template <class T, class View>
  METASOLVE_HD void push(T const& team, std::int64_t k, View state, Number L) {
    auto const to = slot(used_);
    for_each(team, state_size_, [&](int i) { to[i] = state[i]; });
    if (team.rank() == 0) {
      to[state_size_] = L;
      to[state_size_ + 1] = Number(scalar_of<Number>(static_cast<double>(k)));
    }
    ++used_;
    team.sync();
  }

  /// Keeps every other slot.
  template <class T>
  METASOLVE_HD void thin(T const& team) {
    int const kept = (used_ + 1) / 2;
    for (int j = 1; j < kept; ++j) {
      auto const to = slot(j);
      auto const from = slot(2 * j);
      for_each(team, slot_size(state_size_), [&](int i) { to[i] = from[i]; });
      team.sync();
    }
    used_ = kept;
    spacing_ *= 2;
    next_ = kept * spacing_;
  }

  /// Distance from the top to the next checkpoint that minimizes the recomputations for reversing the `length` states
  /// ahead of it with `room` free slots: with s slots beta(s, r) = (s + r)! / (s! r!) states can be reversed, none
  /// computed more than r times, and beta(s, r) = beta(s, r - 1) + beta(s - 1, r) gives the split.
  METASOLVE_HD static std::int64_t distance(std::int64_t length, int room) {
    std::int64_t beta = 1;      // beta(room, r)
    std::int64_t previous = 1;  // beta(room, r - 1)
    std::int64_t r = 0;
    while (beta <= length) {  // length + 1 states, including the top
      previous = beta;
      ++r;
      beta = beta * (room + r) / r;
    }
    std::int64_t const beyond = previous * room / (room + r - 1);  // beta(room - 1, r - 1)
    return previous < length + 1 - beyond ? previous : length + 1 - beyond;
  }

  LocalView<Number, Stride> global_;
  int slots_;
  int state_size_;
  int used_ = 0;
  int recorded_ = 0;  ///< slots that hold the states 0, spacing_, 2 spacing_ ... of the forward pass
  std::int64_t spacing_ = 1;
  std::int64_t next_ = 0;  ///< next to be recorded
};

}  // namespace metasolve::kernels
