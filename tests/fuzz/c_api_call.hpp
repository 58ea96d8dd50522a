// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "fuzz.hpp"
#include "metasolve/metasolve.h"

/// Common arguments of a fuzzed call of the C interface, and its required results.
namespace metasolve::fuzz {

/// Memory of exactly the requested size, released together: AddressSanitizer detects accesses beyond it.
class Memory {
 public:
  template <class T>
  T* take(std::int64_t n) {
    auto const bytes = static_cast<std::size_t>(std::max<std::int64_t>(n, 1)) * sizeof(T);
    pieces_.emplace_back(std::malloc(bytes), std::free);
    require(pieces_.back() != nullptr, "there is memory");
    std::memset(pieces_.back().get(), 0x55, bytes);
    return static_cast<T*>(pieces_.back().get());
  }

 private:
  std::vector<std::unique_ptr<void, void (*)(void*)>> pieces_;
};

/// A view of [tasks][items] over exactly the memory that it covers.
struct View {
  double* data = nullptr;
  std::int64_t task_stride = 0, item_stride = 1;

  [[nodiscard]] double& at(std::int64_t t, std::int64_t i) const { return data[t * task_stride + i * item_stride]; }
  [[nodiscard]] metasolve_batch_view out() const { return {data, task_stride, item_stride}; }
  [[nodiscard]] metasolve_const_batch_view in() const { return {data, task_stride, item_stride}; }
  /// [tasks][items], contiguous.
  [[nodiscard]] std::vector<double> copy(std::int64_t tasks, std::int64_t items) const {
    std::vector<double> numbers;
    for (std::int64_t t = 0; t < tasks; ++t) {
      for (std::int64_t i = 0; i < items; ++i) numbers.push_back(at(t, i));
    }
    return numbers;
  }
};

inline View any_view(Choices& in, Memory& memory, std::int64_t tasks, std::int64_t items) {
  View v;
  switch (in.byte() % 6) {
    case 0:
    case 1:
      v = {nullptr, items, 1};
      break;
    case 2:
      v = {nullptr, 1, tasks};
      break;
    case 3:
      v = {nullptr, -items, 1};
      break;
    case 4:
      v = {nullptr, items + in.range(0, 3), 1};
      break;
    default:
      v = {nullptr, in.range(-9, 9), in.range(-9, 9)};
  }
  auto const over_tasks = (tasks - 1) * v.task_stride, over_items = (items - 1) * v.item_stride;
  auto const first = std::min<std::int64_t>(over_tasks, 0) + std::min<std::int64_t>(over_items, 0);
  auto const last = std::max<std::int64_t>(over_tasks, 0) + std::max<std::int64_t>(over_items, 0);
  v.data = memory.take<double>(last - first + 1) - first;
  return v;
}
inline View filled_view(Choices& in, Memory& memory, std::int64_t tasks, std::int64_t items, double low, double high) {
  auto const v = any_view(in, memory, tasks, items);
  for (std::int64_t t = 0; t < tasks; ++t) {
    for (std::int64_t i = 0; i < items; ++i) v.at(t, i) = in.one_in(40) ? in.odd() : in.real(low, high);
  }
  return v;
}
/// One number per task, or one for all.
inline metasolve_column any_column(Choices& in, Memory& memory, std::int64_t tasks, double low, double high) {
  if (in.one_in(2)) return {nullptr, 1, in.one_in(20) ? in.odd() : in.real(low, high)};
  auto const v = filled_view(in, memory, tasks, 1, low, high);
  return {v.data, v.task_stride, 0.0};
}
/// Task t's number, for that task alone.
inline metasolve_column number_of(metasolve_column const& c, std::int64_t t) {
  return {c.data != nullptr ? c.data + t * c.stride : nullptr, 1, c.value};
}

/// Whether a struct's size was changed to one that no version had.
template <class Struct>
bool spoils_size(Choices& in, Struct& s) {
  if (!in.one_in(24)) return false;
  std::size_t const sizes[] = {0, 1, 8, sizeof(Struct) / 4, sizeof(Struct) + 1, sizeof(Struct) + 64, ~std::size_t{0}};
  s.size = sizes[in.byte() % std::size(sizes)];
  return true;
}

/// Result of one task.
struct Outcome {
  std::int32_t status = -7, iterations = -7, origin = -7;
  double measure = -7;
  metasolve_tally tally{};
  std::vector<double> solution;

  [[nodiscard]] metasolve_results results() {
    metasolve_results r = METASOLVE_RESULTS_DEFAULT;
    r.status = &status;
    r.iterations = &iterations;
    r.origin = &origin;
    r.measure = &measure;
    r.tally = &tally;
    r.solution = {solution.data(), static_cast<std::int64_t>(solution.size()), 1};
    return r;
  }
};

inline bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// Arguments shared by all solvers' calls. `wrong`: some argument must be rejected.
struct Call {
  std::int64_t capacity = 1, count = 0, room = 1;  ///< room: number of tasks in arrays
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  View solution;
  std::int64_t unknowns = 0;
  std::vector<double> before;  ///< previous contents of the solution's memory
  bool wrong = false;

  void set_up(Choices& in) {
    std::int64_t const odd[] = {0, -1, std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 62,
                                std::numeric_limits<std::int64_t>::max()};
    bool const is_odd = in.one_in(20);
    setup.capacity = capacity = is_odd ? odd[in.byte() % std::size(odd)] : in.range(1, 20);
    wrong = is_odd;
    wrong |= spoils_size(in, setup);
  }

  /// has_policy: whether the solver takes one.
  void choose(Choices& in, Memory& memory, std::int64_t n, bool has_policy = true) {
    wrong = false;
    unknowns = n;
    std::int64_t const odd[] = {-1, capacity + 1, std::numeric_limits<std::int64_t>::min()};
    count = in.one_in(16) ? odd[in.byte() % std::size(odd)] : in.range(0, capacity);
    wrong |= count < 0 || count > capacity;
    room = capacity + 1;
    choose_stopping(in, memory);
    if (!in.one_in(5)) results.status = memory.take<std::int32_t>(room);
    if (!in.one_in(5)) results.iterations = memory.take<std::int32_t>(room);
    if (!in.one_in(5)) results.measure = memory.take<double>(room);
    if (!in.one_in(3)) results.origin = memory.take<std::int32_t>(room);
    if (!in.one_in(3)) results.tally = memory.take<metasolve_tally>(1);
    if (!in.one_in(6)) set_solution(any_view(in, memory, room, n));
    if (in.one_in(4)) results.history = any_view(in, memory, room, longest_ + 1).out();
    if (in.one_in(30) && count > 0) {
      results.status = reinterpret_cast<std::int32_t*>(memory.take<char>(4 * room + 4) + 1);
      wrong = true;
    }
    wrong |= spoils_size(in, results);
    if (!has_policy) return;
    policy.meta_solver = in.byte() % 3;
    policy.retry = in.byte() % 3;
    policy.first_max_iterations = in.one_in(10) ? -1 : static_cast<std::int32_t>(in.range(0, 10));
    wrong |= policy.first_max_iterations < 0;
    wrong |= spoils_size(in, policy);
  }

  void set_solution(View const& view) {
    solution = view;
    results.solution = view.out();
  }

  /// Call after choosing the arguments and before the solve.
  void keep_what_is_there() {
    if (solution.data != nullptr) before = solution.copy(room, unknowns);
  }

  /// Solves task t alone: solve(stopping, outcome) must call with plain arrays.
  template <class Solve>
  void judge(int code, Solve&& solve_alone) const {
    require(code == METASOLVE_CODE_OK || code == METASOLVE_CODE_INVALID_INPUT || code == METASOLVE_CODE_OUT_OF_MEMORY,
            "a call is done or refused");
    if (code != METASOLVE_CODE_OK) return require(*metasolve_last_error() != '\0', "a refusal has a reason");
    require(!wrong, "wrong arguments are refused");
    metasolve_tally tally{};
    for (std::int64_t t = 0; t < count; ++t) {
      Outcome alone;
      auto const n = static_cast<std::ptrdiff_t>(unknowns);
      alone.solution = before.empty() ? std::vector<double>(static_cast<std::size_t>(n))
                                      : std::vector<double>(before.begin() + t * n, before.begin() + (t + 1) * n);
      metasolve_stopping one = stopping;
      if (one.tolerance.data != nullptr) one.tolerance.data += t;
      if (one.max_iterations.data != nullptr) one.max_iterations.data += t;
      solve_alone(t, one, alone);
      compare(t, alone);
      tally.replaced += alone.tally.replaced;
      tally.retried += alone.tally.retried;
    }
    if (results.tally == nullptr) return;
    require(results.tally->replaced == tally.replaced && results.tally->retried == tally.retried,
            "the tally is the tasks' sum");
  }

 private:
  void choose_stopping(Choices& in, Memory& memory) {
    stopping.tolerance.value = in.one_in(12) ? in.odd() : std::pow(10, -in.real(1, 12));
    stopping.max_iterations.value = in.one_in(12) ? -1 : static_cast<std::int32_t>(in.range(0, 40));
    if (in.one_in(4)) {
      auto* const all = memory.take<double>(room);
      for (std::int64_t t = 0; t < room; ++t) all[t] = in.one_in(10) ? in.odd() : 1e-6;
      stopping.tolerance.data = all;
    } else {
      wrong |= !(stopping.tolerance.value > 0 && std::isfinite(stopping.tolerance.value));
    }
    longest_ = std::max(stopping.max_iterations.value, 0);
    if (in.one_in(4)) {
      auto* const all = memory.take<std::int32_t>(room);
      longest_ = 0;
      for (std::int64_t t = 0; t < room; ++t) {
        all[t] = in.one_in(10) ? std::numeric_limits<std::int32_t>::min() : static_cast<std::int32_t>(in.range(0, 30));
        longest_ = std::max(longest_, all[t]);
      }
      stopping.max_iterations.data = all;
    } else {
      wrong |= stopping.max_iterations.value < 0;
    }
    wrong |= spoils_size(in, stopping);
  }

  void compare(std::int64_t t, Outcome const& alone) const {
    auto const i = static_cast<std::size_t>(t);
    if (results.status != nullptr) require(results.status[i] == alone.status, "a task's status is its own");
    if (results.iterations != nullptr) require(results.iterations[i] == alone.iterations, "a task's count is its own");
    if (results.origin != nullptr) require(results.origin[i] == alone.origin, "a task's origin is its own");
    if (results.measure != nullptr) {
      require(
          same_bits(results.measure[i], alone.measure) || (std::isnan(results.measure[i]) && std::isnan(alone.measure)),
          "a task's measure is its own");
    }
    for (std::int64_t u = 0; solution.data != nullptr && u < unknowns; ++u) {
      double const x = solution.at(t, u), y = alone.solution[static_cast<std::size_t>(u)];
      require(same_bits(x, y) || (std::isnan(x) && std::isnan(y)), "a task's solution is its own");
    }
    if (alone.status != METASOLVE_STATUS_CONVERGED) return;
    double const tolerance = stopping.tolerance.data != nullptr ? stopping.tolerance.data[i] : stopping.tolerance.value;
    require(alone.measure <= tolerance, "what has converged is within its tolerance");
  }

  std::int32_t longest_ = 0;
};

}  // namespace metasolve::fuzz
