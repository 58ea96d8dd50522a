// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "metasolve/detail/api/policy.hpp"
#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/types.hpp"

namespace metasolve::api {

[[noreturn]] void reject(std::string const& what);

/// The memory that one call reads and writes. Each argument is validated when it is added; `finish` finds overlaps
/// between arguments and with the solver's workspace. Does not allocate for up to `most` arguments. Errors name the
/// argument.
/// @throws InputError
class Arguments {
 public:
  /// workspace: setup.workspace.
  explicit Arguments(exec::Backend const& backend, Workspace const& workspace, std::size_t most = 32)
      : backend_(backend), workspace_(workspace) {
    extents_.reserve(most + 1);
  }

  void begin(std::int64_t count);

  /// [count][items]. The caller must already have rejected null where it is invalid.
  template <class T>
  void reads(char const* name, BatchView<T const> const& view, std::int64_t items) {
    add<T>({name}, view.data, {view.task_stride, view.item_stride, items}, false);
  }
  /// index: among columns of one name, or -1.
  template <class T>
  void reads(char const* name, Column<T> const& column, int index = -1) {
    Name const named{name, index};
    if (count_ > 0 && column.data == nullptr && !std::isfinite(column.value)) reject_column(named);
    add<T>(named, column.data, {column.stride, 0, 1}, false);
  }
  template <class T>
  void writes(char const* name, BatchView<T> const& view, std::int64_t items) {
    add<T>({name}, view.data, {view.task_stride, view.item_stride, items}, true);
  }
  /// [count]
  template <class T>
  void reads(char const* name, T const* data) {
    add<T>({name}, data, {1, 0, 1}, false);
  }
  template <class T>
  void writes(char const* name, T* data) {
    add<T>({name}, data, {1, 0, 1}, true);
  }
  /// A single element, whatever the count.
  template <class T>
  void writes_one(char const* name, T* data) {
    add<T>({name, -1, true}, data, {0, 0, 1}, true);
  }

  /// Its features, if there is a meta-solver.
  /// @throws InputError they are missing, or the meta-solver belongs to another executor or is too small
  void reads(Online const& online, bool is_of_solver = true);

  /// shared: the name of an output that may alias, element for element, an input of `by`.
  void finish(char const* shared = "", std::initializer_list<char const*> by = {}) const;

 private:
  struct Name {
    char const* text;
    int index = -1;          ///< if several have that name
    bool is_of_all = false;  ///< one element, not one per task
    [[nodiscard]] std::string string() const;
  };
  struct Shape {
    std::int64_t task_stride, item_stride, items;
    bool operator==(Shape const&) const = default;
  };
  /// Bytes begin ... end - 1; if period is not 0, only the first `width` of each period.
  struct Extent {
    Name name;
    void const* data;
    Shape shape;
    std::intptr_t begin, end, period, width;
    bool writes;
  };
  [[noreturn]] static void reject_column(Name const& name);
  template <class T>
  void add(Name const& name, void const* data, Shape const& shape, bool writes) {
    add(name, data, shape, static_cast<std::int64_t>(sizeof(T)), static_cast<std::int64_t>(alignof(T)), writes);
  }
  void add(Name const& name, void const* data, Shape const& shape, std::int64_t size, std::int64_t alignment,
           bool writes);
  [[nodiscard]] bool meets_itself(Shape const& shape) const;
  static bool overlap(Extent const& a, Extent const& b);
  static bool same(Extent const& a, Extent const& b);

  exec::Backend const& backend_;
  Workspace workspace_;
  std::int64_t count_ = 0;
  std::vector<Extent> extents_;
};

/// Adds the results that every solver has. unknowns: per solution.
template <class Real>
void name_results(Arguments& arguments, Stopping<Real> const& stopping, Results<Real> const& results,
                  Policy const& policy, std::int64_t unknowns) {
  auto const& [tolerance, max_iterations] = stopping;
  if (tolerance.data == nullptr && !(tolerance.value > Real(0) && std::isfinite(tolerance.value))) {
    reject("stopping.tolerance is " + std::to_string(tolerance.value) + ", expected a positive, finite number");
  }
  if (max_iterations.data == nullptr && max_iterations.value < 0) {
    reject("stopping.max_iterations is " + std::to_string(max_iterations.value) + ", expected 0 or more");
  }
  arguments.reads("stopping.tolerance", tolerance);
  arguments.reads("stopping.max_iterations", max_iterations);
  check(policy);
  arguments.reads(policy.online);
  arguments.writes("results.status", results.status);
  arguments.writes("results.iterations", results.iterations);
  arguments.writes("results.measure", results.measure);
  arguments.writes("results.origin", results.origin);
  arguments.writes_one("results.tally", results.tally);
  arguments.writes("results.solution", results.solution, unknowns);
  // With limits per task, only the caller knows the length of the rows.
  bool const is_known = max_iterations.data == nullptr;
  arguments.writes("results.history", results.history, is_known ? std::int64_t{max_iterations.value} + 1 : 1);
}

/// @throws InputError count is out of range
void check_count(std::int64_t count, std::int64_t capacity);

}  // namespace metasolve::api
