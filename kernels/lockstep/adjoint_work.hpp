// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"

namespace metasolve::kernels {

/// Whether lockstep_differentiate works in registers: a device thread with few constant sizes. A CPU has too few
/// registers for packs.
template <class S, class T>
inline constexpr bool adjoint_in_registers = WarpLane<T>&& RegisterSolver<S>;

/// Working memory for differentiation: scratch, and the tape's slots in reverse.
template <class Number, class S, class T, class View>
class AdjointWork {
 public:
  METASOLVE_HD AdjointWork(S const& solver, View scratch)
      : task_(scratch),
        theta_(task_.subview(solver.task_size())),
        workspace_(theta_.subview(solver.parameter_size())),
        theta_bar_(workspace_.subview(workspace_size(solver))),
        workspace_bar_(theta_bar_.subview(solver.parameter_size())),
        state_(workspace_bar_.subview(workspace_bar_size(solver))),
        next_(state_.subview(solver.state_size())),
        bar_(next_.subview(solver.state_size())),
        next_bar_(bar_.subview(solver.state_size())) {}

  METASOLVE_HD View task() const { return task_; }
  METASOLVE_HD View theta() const { return theta_; }
  METASOLVE_HD View workspace() const { return workspace_; }
  METASOLVE_HD View theta_bar() const { return theta_bar_; }
  METASOLVE_HD View workspace_bar() const { return workspace_bar_; }
  METASOLVE_HD View state() const { return state_; }
  METASOLVE_HD View next() const { return next_; }
  METASOLVE_HD View bar() const { return bar_; }
  METASOLVE_HD View next_bar() const { return next_bar_; }

  METASOLVE_HD View scratch_task() const { return task_; }
  METASOLVE_HD View scratch_theta() const { return theta_; }
  METASOLVE_HD void load() const {}

  /// After the forward pass, whose last measure was L.
  METASOLVE_HD void begin_reverse(Number) const {}
  /// Sets state_k from `visited` and `measure`; k descends from the last by 1.
  template <class Tape, class Seek>
  METASOLVE_HD void visit(Tape const&, Seek const& seek, std::int32_t k) const {
    seek(k);
  }
  template <class Tape>
  METASOLVE_HD auto visited(Tape const& tape) const {
    return tape.state();
  }
  template <class Tape>
  METASOLVE_HD Number measure(Tape const& tape) const {
    return tape.measure();
  }

 private:
  View task_, theta_, workspace_, theta_bar_, workspace_bar_, state_, next_, bar_, next_bar_;
};

/// Registers. The state before the visited one is prefetched from the global workspace.
template <class Number, class S, class T, class View>
requires(adjoint_in_registers<S, T>) class AdjointWork<Number, S, T, View> {
  static constexpr int n = S::state_size(), parameters = S::parameter_size();

 public:
  METASOLVE_HD AdjointWork(S const&, View scratch) : scratch_(scratch) {}

  METASOLVE_HD RegisterView<Number, S::task_size()> task() { return {{task_}}; }
  METASOLVE_HD RegisterView<Number, parameters> theta() { return {{theta_}}; }
  METASOLVE_HD LocalView<Number> workspace() const { return {}; }
  METASOLVE_HD RegisterView<Number, parameters> theta_bar() { return {{theta_bar_}}; }
  METASOLVE_HD LocalView<Number> workspace_bar() const { return {}; }
  METASOLVE_HD RegisterView<Number, n> state() { return {{state_}}; }
  METASOLVE_HD RegisterView<Number, n> next() { return {{next_}}; }
  METASOLVE_HD RegisterView<Number, n> bar() { return {{bar_}}; }
  METASOLVE_HD RegisterView<Number, n> next_bar() { return {{next_bar_}}; }

  METASOLVE_HD View scratch_task() const { return scratch_; }
  METASOLVE_HD View scratch_theta() const { return scratch_.subview(S::task_size()); }
  METASOLVE_HD void load() {
    for (int i = 0; i < S::task_size(); ++i) task_[i] = scratch_task()[i];
    for (int i = 0; i < parameters; ++i) theta_[i] = scratch_theta()[i];
  }

  METASOLVE_HD void begin_reverse(Number L) {
    for (int i = 0; i < n; ++i) ahead_[i] = state_[i];
    L_ahead_ = L;
  }
  template <class Tape, class Seek>
  METASOLVE_HD void visit(Tape const& tape, Seek const& seek, std::int32_t k) {
    for (int i = 0; i < n; ++i) visited_[i] = ahead_[i];
    L_ = L_ahead_;
    if (k == 0) return;
    seek(k - 1);
    auto const from = tape.state();
    for (int i = 0; i < n; ++i) ahead_[i] = from[i];
    L_ahead_ = tape.measure();
  }
  template <class Tape>
  METASOLVE_HD RegisterView<Number, n> visited(Tape const&) {
    return {{visited_}};
  }
  template <class Tape>
  METASOLVE_HD Number measure(Tape const&) const {
    return L_;
  }

 private:
  View scratch_;
  Number task_[S::task_size()], theta_[parameters], theta_bar_[parameters];
  Number state_[n], next_[n], bar_[n], next_bar_[n], visited_[n], ahead_[n], L_, L_ahead_;
};

}  // namespace metasolve::kernels
