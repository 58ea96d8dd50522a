// SPDX-License-Identifier: Apache-2.0
#include "metasolve/python/own_problem.hpp"

#include <dlfcn.h>
#include <nanobind/stl/unique_ptr.h>

#include "training.hpp"

/// Problems that were compiled from a user's text (_compile.py): loaded, solved, trained.
namespace metasolve::python {

namespace {

struct Loaded {
  std::string path;
  OwnProblem const* problem;
};

/// A library is never unloaded: the process keeps what it has registered.
Loaded load(std::string const& path) {
  GilReleased const released;
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw InputError(std::string("the compiled problem cannot be loaded: ") + dlerror());
  using Function = void const*();
  auto* const function = reinterpret_cast<Function*>(dlsym(library, own_library_function));
  if (function == nullptr) throw InputError(path + ": is no compiled problem");
  auto const* const found = static_cast<OwnLibrary const*>(function());
  if (found->interface != own_problem_interface || found->version != std::string(METASOLVE_VERSION_STRING)) {
    throw InputError(path + ": was compiled for metasolve " + found->version + ", interface " +
                     std::to_string(found->interface) + "; this is " METASOLVE_VERSION_STRING ", interface " +
                     std::to_string(own_problem_interface));
  }
  return {path, found->problem};
}

Clamp checked(Clamp const& clamp) {
  if (clamp && !(clamp->first < clamp->second)) {
    throw InputError("clamp: the low end is not below the high one: nothing could lie within");
  }
  return clamp;
}

struct Own : Held<std::unique_ptr<OwnSolver>> {
  int unknowns, parameters;
};

void init(Own* self, ExecutorHandle const& executor, Loaded const& of, int parameters, Clamp const& clamp,
          std::int64_t capacity, std::optional<MetaSolver> const& meta_solver) {
  checked(clamp);
  auto solver =
      alone(executor, [&] { return of.problem->solver(executor->executor, clamp, setup_of(capacity, meta_solver)); });
  new (self) Own{{executor, std::move(solver)}, of.problem->unknowns(), parameters};
}

TaskArgument column_of(Call& call, nb::handle given, char const* name, char const* full) {
  return {full, -1, {}, call.column<double>(given, name)};
}

void run(Own& s, Call& call, std::span<TaskArgument const> arguments, nb::tuple const& stopping,
         nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
  auto const stops = stopping_of<double>(call, stopping);
  auto const writes = results_of<double>(call, results, s.unknowns);
  auto const how = policy_of(call, policy);
  InOrder const order(s.executor(), stream);
  (*s)->solve(call.count(), arguments, stops, writes, how);
  order.make_caller_wait();
}

void require(bool is_given, Call const& call, char const* name) {
  if (!is_given && call.count() > 0) throw InputError(std::string(name) + " is missing");
}

/// tasks: (previous, parameters, step, time, relaxation, x0), as ImplicitEulerSolver.
void solve_steps(Own& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                 nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const previous = call.reads<double>(tasks[0], "previous", s.unknowns);
  auto parameters = BatchView<double const>{};
  if (s.parameters > 0) parameters = call.reads<double>(tasks[1], "parameters", s.parameters, true);
  require(previous.data != nullptr, call, "previous");
  require(parameters.data != nullptr || s.parameters == 0, call, "parameters");
  auto const step = column_of(call, tasks[2], "step", "tasks.step");
  if (count > 0 && step.column.data == nullptr && !(step.column.value > 0)) {
    throw InputError("step is " + std::to_string(step.column.value) + ", expected a positive number");
  }
  auto const guess = call.reads<double>(tasks[5], "x0", s.unknowns);
  TaskArgument const arguments[] = {
      column_of(call, tasks[3], "time", "tasks.time"),
      step,
      {"tasks.parameters", s.parameters, parameters},
      column_of(call, tasks[4], "relaxation", "tasks.relaxation"),
      {"tasks.previous", s.unknowns, previous},
      {"tasks.guess", s.unknowns, guess.data != nullptr ? guess : previous},
  };
  run(s, call, arguments, stopping, results, policy, stream);
}

/// tasks: (data, relaxation, x0).
void solve_systems(Own& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                   nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const data = call.reads<double>(tasks[0], "data", s.parameters, true);
  auto const guess = call.reads<double>(tasks[2], "x0", s.unknowns);
  require(data.data != nullptr, call, "data");
  require(guess.data != nullptr, call, "x0");
  TaskArgument const arguments[] = {
      {"tasks.data", s.parameters, data},
      column_of(call, tasks[1], "relaxation", "tasks.relaxation"),
      {"tasks.guess", s.unknowns, guess},
  };
  run(s, call, arguments, stopping, results, policy, stream);
}

OwnTasks tasks_of(Loaded const& of, nb::callable const& rows, Clamp const& clamp, TrainingSettings const& settings) {
  return {rows_from(rows, static_cast<std::size_t>(of.problem->columns())), checked(clamp), settings};
}

nb::dict train(Loaded const& of, ExecutorHandle const& executor, std::string const& run, nb::callable const& rows,
               Clamp const& clamp, TrainingSettings const& settings, bool resume, StopFlag const& stop,
               nb::callable const& notice, nb::callable const& progress) {
  auto const tasks = tasks_of(of, rows, clamp, settings);
  auto const control = control_of(resume, stop, notice, progress);
  auto const report = alone(executor, [&] { return of.problem->train(executor->executor, run, tasks, control); });
  return as_dict(report);
}

nb::dict evaluate(Loaded const& of, ExecutorHandle const& executor, std::string const& run, nb::callable const& rows,
                  Clamp const& clamp, TrainingSettings const& settings) {
  auto const tasks = tasks_of(of, rows, clamp, settings);
  auto const report = alone(executor, [&] { return of.problem->evaluate(executor->executor, run, tasks); });
  return as_dict(report);
}

template <class Name>
std::vector<std::string> names(int count, Name const& name) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(name(i));
  return all;
}

}  // namespace

void bind_own_problem(nb::module_& m) {
  nb::class_<Loaded>(m, "OwnProblem")
      .def_static("load", &load)
      .def_ro("path", &Loaded::path)
      .def_prop_ro("unknowns", [](Loaded const& l) { return l.problem->unknowns(); })
      .def_prop_ro(
          "columns",
          [](Loaded const& l) { return names(l.problem->columns(), [&](int c) { return l.problem->column_name(c); }); })
      .def_prop_ro("features",
                   [](Loaded const& l) {
                     return names(l.problem->features(), [&](int f) { return l.problem->feature_name(f); });
                   })
      .def("train", &train)
      .def("evaluate", &evaluate);
  nb::class_<Own>(m, "OwnSolver")
      .def("__init__", &init, nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg().none())
      .def_ro("unknowns", &Own::unknowns)
      .def_ro("parameters", &Own::parameters)
      .def("solve_steps", &solve_steps)
      .def("solve_systems", &solve_systems);
}

}  // namespace metasolve::python
