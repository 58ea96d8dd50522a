// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "arrays.hpp"
#include "gil.hpp"
#include "metasolve/error.hpp"
#include "metasolve/meta_solver.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/setup.hpp"

/// Shared by the bindings of all solvers.
namespace metasolve::python {

/// An executor, used by one thread at a time. Its mutex is taken without the GIL held; recursive, because callbacks of
/// a training may solve on its executor.
struct SharedExecutor {
  Executor executor;
  Device device;
  std::recursive_mutex mutex;

  explicit SharedExecutor(Executor const& of);
};
using ExecutorHandle = std::shared_ptr<SharedExecutor>;

/// The address of a cudaStream_t.
using Stream = std::optional<std::uintptr_t>;

/// An executor's stream ordered with a caller's during its lifetime: the work begun in it follows the caller's so far,
/// and the caller's later work follows it. Holds the executor's mutex.
class InOrder {
 public:
  /// stream: none on a CPU.
  InOrder(ExecutorHandle const& executor, Stream stream);
  ~InOrder();
  InOrder(InOrder const&) = delete;
  InOrder& operator=(InOrder const&) = delete;
  /// To call at the end.
  void make_caller_wait() const;

 private:
  SharedExecutor& shared_;
  Stream stream_;
  GilReleased released_;
  std::unique_lock<std::recursive_mutex> lock_;
};

/// function(), without the GIL and with the executor to itself.
template <class Function>
auto alone(ExecutorHandle const& executor, Function&& function) {
  InOrder const order(executor, {});
  return function();
}

/// A library's object with the executor that it runs on. Destroyed only after its work is done.
template <class Object>
class Held {
 public:
  Held(ExecutorHandle executor, Object object) : executor_(std::move(executor)), object_(std::move(object)) {}
  Held(Held const&) = delete;
  Held& operator=(Held const&) = delete;
  ~Held() {
    GilReleased const released;
    std::unique_lock lock(executor_->mutex, std::defer_lock);
    if (!interpreter_ends()) {
      lock.lock();
    } else if (!lock.try_lock()) {  // a daemon thread has it, and waits for the process's end
      new std::optional<Object>(std::move(object_));
      new ExecutorHandle(executor_);
      return;
    }
    try {
      executor_->executor.synchronize();
    } catch (...) {  // reported by the next call
    }
    object_.reset();
  }
  [[nodiscard]] ExecutorHandle const& executor() const { return executor_; }
  Object& operator*() { return *object_; }
  Object* operator->() { return &*object_; }

 private:
  ExecutorHandle executor_;
  std::optional<Object> object_;
};

/// Entries of the tuples that the Python side passes. They have the order of Solver._solve in _solver.py.
template <class Real>
Stopping<Real> stopping_of(Call& call, nb::tuple const& of) {
  return {call.column<Real>(of[0], "tol"), call.column<std::int32_t>(of[1], "max_iterations")};
}
/// (x, status, iterations, measure, origin, history), each an array or None.
template <class Real>
Results<Real> results_of(Call& call, nb::tuple const& of, std::int64_t unknowns) {
  Results<Real> r;
  r.solution = call.writes<Real>(of[0], "out", unknowns);
  r.status = call.writes_each<std::int32_t>(of[1], "status");
  r.iterations = call.writes_each<std::int32_t>(of[2], "iterations");
  r.measure = call.writes_each<Real>(of[3], "measure");
  r.origin = call.writes_each<Origin>(of[4], "origin");
  if (nb::object const history = of[5]; !history.is_none()) {
    std::int64_t const width = nb::cast<std::int64_t>(nb::object(nb::getattr(history, "shape"))[-1]);
    r.history = call.writes<Real>(history, "history", width);
  }
  return r;
}
/// (meta_solver, retry, first_max_iterations), or these and (online meta-solver, its features).
Policy policy_of(Call& call, nb::tuple const& of);
/// meta_solver: an OnlineMetaSolver of the call's executor. features: as its `choose` takes them, or None.
Online online_of(Call& call, nb::handle meta_solver, nb::handle features);

Setup setup_of(std::int64_t capacity, std::optional<MetaSolver> const& meta_solver);

/// [N + 1], [entries] of int32 in the host's memory; valid as long as both arrays.
class PatternArrays {
 public:
  PatternArrays(nb::handle row_ptrs, nb::handle col_idxs);
  [[nodiscard]] Pattern pattern() const;

 private:
  Array row_ptrs_, col_idxs_;
};

/// The value of an option given by its name. @throws InputError lists the choices
template <class Choice, std::size_t n>
Choice choice(char const* option, std::string const& given, std::pair<char const*, Choice> const (&choices)[n]) {
  std::string all;
  for (auto const& [name, value] : choices) {
    if (given == name) return value;
    all += (all.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  throw InputError(std::string(option) + ": \"" + given + "\" is none of " + all);
}
template <class Choice, std::size_t n>
char const* name_of(Choice value, std::pair<char const*, Choice> const (&choices)[n]) {
  for (auto const& [name, of] : choices) {
    if (of == value) return name;
  }
  return "";
}

void bind_executor(nb::module_& m);
void bind_meta_solver(nb::module_& m);
void bind_jacobi(nb::module_& m);
void bind_implicit_euler(nb::module_& m);
void bind_cg(nb::module_& m);
void bind_linear(nb::module_& m);
void bind_grid(nb::module_& m);
void bind_pressure(nb::module_& m);
void bind_qp(nb::module_& m);
void bind_errors(nb::module_& m);
void bind_training(nb::module_& m);
void bind_black_box(nb::module_& m);
void bind_own_problem(nb::module_& m);
void bind_device_array(nb::module_& m);
void bind_online(nb::module_& m);

}  // namespace metasolve::python
