// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/types.hpp"
#include "src/exec/backend.hpp"
#include "src/exec/team_body.hpp"

namespace metasolve::api {

/// The attempts of one call: with what a meta-solver chose, or with the caller's constants; then, where that is wanted,
/// with the constants for the tasks that failed. Constants: kernels::AttemptArguments.
template <class Exec, class S, class Constants>
class Attempts {
 public:
  using scalar = typename S::scalar;
  using Arguments = kernels::LockstepArguments<scalar>;
  using Body = exec::AttemptBody<S, Constants>;

  Attempts(Exec& exec, S const& solver, std::int64_t capacity)
      : exec_(exec),
        body_{solver, {}, {}},
        workspace_(exec, exec.team_bytes(body_, capacity)),
        status_(exec, capacity),
        origin_(exec, capacity) {}

  void set(S const& solver, Constants const& constants) {
    body_.solver = solver;
    body_.attempt.constants = constants;
  }

  /// What a call does, and what its launches are given: the caller's arrays, and where a second attempt needs what the
  /// caller did not ask for, ours.
  struct Call {
    Arguments arguments;
    bool chooses;  ///< the first attempt is with what the meta-solver chose
    bool retries;  ///< with the constants, what has failed then
  };
  [[nodiscard]] Call begin(std::int64_t count, Stopping<scalar> const& stopping, Results<scalar> const& results,
                           Policy const& policy, bool has_meta_solver) {
    bool const chooses = has_meta_solver && policy.meta_solver;
    bool const retries = chooses && policy.retry;
    Call call{{}, chooses, retries};
    auto& run = call.arguments;
    run.slots = count;
    run.tolerance = {stopping.tolerances, 1, stopping.tolerance};
    run.limit = {stopping.limits, 1, stopping.max_iterations};
    run.status = results.status != nullptr || !retries ? results.status : status_.data();
    run.iterations = results.iterations;
    run.measure = results.measure;
    run.solution = {results.solution.data, results.solution.task_stride, results.solution.item_stride};
    run.history = {results.history.data, results.history.task_stride, results.history.item_stride};
    guard_ = {true, results.origin != nullptr || !retries ? results.origin : origin_.data(), results.tally};
    run.confirms = true;
    if (retries) {
      run.is_retried = true;
      run.origin = guard_.origin;
      if (policy.first_limit > 0) run.attempt_limit = policy.first_limit;
    }
    clear(results);
    return call;
  }
  /// What is left to do where there are no tasks.
  void clear(Results<scalar> const& results) {
    if (results.tally != nullptr) exec_.zero(results.tally, sizeof(Tally));
  }
  [[nodiscard]] kernels::Guard const& guard() const { return guard_; }

  /// first_attempt(arguments): with what the meta-solver chooses.
  template <class FirstAttempt>
  void solve(Call const& call, FirstAttempt&& first_attempt) {
    if (!call.chooses) return run(kernels::Attempt::constants, call.arguments, guard_);
    first_attempt(call.arguments);
    if (call.retries) retry(call.arguments);
  }
  /// With a network that holds `part` tasks at a time. theta(first, count): what it chooses for tasks
  /// [first, first + count).
  template <class Theta>
  void solve_in_parts(Call const& call, std::int64_t part, Theta&& theta) {
    solve(call, [&](Arguments const& arguments) {
      for (std::int64_t first = 0; first < arguments.slots; first += part) {
        std::int64_t const here = std::min(part, arguments.slots - first);
        run_chosen(arguments, first, here, theta(first, here));
      }
    });
  }

 private:
  /// Slots [first, first + count) with theta [count][parameters] of these slots alone.
  void run_chosen(Arguments arguments, std::int64_t first, std::int64_t count,
                  kernels::BatchView<scalar const> const& theta) {
    auto guard = guard_;
    auto const move = [first](auto*& p) {
      if (p != nullptr) p += first;
    };
    auto const move_view = [first](auto& v) {
      if (v.data != nullptr) v.data += first * v.task_stride;
    };
    arguments.slots = count;
    arguments.first_task = first;
    arguments.theta = theta;
    move(arguments.tolerance.data);
    move(arguments.limit.data);
    move(arguments.status);
    move(arguments.iterations);
    move(arguments.measure);
    move(arguments.origin);
    move_view(arguments.solution);
    move_view(arguments.history);
    move(guard.origin);
    run(kernels::Attempt::chosen, arguments, guard);
  }
  void retry(Arguments arguments) {
    arguments.adds_iterations = true;
    arguments.is_retried = false;
    arguments.attempt_limit = Arguments{}.attempt_limit;
    run(kernels::Attempt::again, arguments, guard_);
  }
  void run(kernels::Attempt attempt, Arguments const& arguments, kernels::Guard const& guard) {
    body_.arguments = arguments;
    body_.attempt.attempt = attempt;
    body_.attempt.guard = guard;
    exec_.launch_teams(body_, workspace_.data(), arguments.slots);
  }

  Exec& exec_;
  Body body_;
  exec::Buffer<std::byte> workspace_;
  exec::Buffer<std::int32_t> status_;
  exec::Buffer<Origin> origin_;
  kernels::Guard guard_;
};

}  // namespace metasolve::api
