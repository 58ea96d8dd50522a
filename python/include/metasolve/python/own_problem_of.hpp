// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/python/own_problem.hpp"
// Templates of the library, as in problem_solver.hpp and train_problem.hpp.
#include "metasolve/detail/train/compiled_training.hpp"
#include "metasolve/kernels/problems/nonlinear_problem.hpp"
#include "metasolve/kernels/problems/ode_problem.hpp"

/// What a user's problem is compiled with: METASOLVE_OWN_PROBLEM(P) in a .cpp file, METASOLVE_OWN_PROBLEM_ON_DEVICES(P)
/// in a .cu file.
namespace metasolve::python {

template <kernels::Problem P>
class OwnSolverOf final : public OwnSolver {
 public:
  OwnSolverOf(std::unique_ptr<api::ProblemCalls> calls, int unknowns) : unknowns_(unknowns), calls_(std::move(calls)) {}

  void solve(std::int64_t count, std::span<TaskArgument const> arguments, Stopping<double> const& stopping,
             Results<double> const& results, Policy const& policy) override {
    api::check_count(count, calls_->capacity());
    auto& a = calls_->arguments();
    a.begin(count);
    auto* to = column_.data();
    bool in_place = false;
    for (auto const& given : arguments) {
      if (given.items < 0) {
        a.reads(given.name, given.column);
        *to++ = given.column;
        continue;
      }
      auto const& view = given.view;
      a.reads(given.name, view, given.items);
      in_place = in_place || (results.solution.data != nullptr && results.solution.data == view.data);
      for (int i = 0; i < given.items; ++i) *to++ = {view.data + i * view.item_stride, view.task_stride};
    }
    api::name_results(a, stopping, results, policy, unknowns_);
    a.finish("results.solution", {"tasks.previous", "tasks.guess"});
    calls_->solve(count, column_.data(), stopping, results, policy, in_place);
  }

 private:
  int unknowns_;
  std::unique_ptr<api::ProblemCalls> calls_;
  std::array<Column<double>, P::columns> column_ = {};
};

template <kernels::Problem P>
class OwnProblemOf final : public OwnProblem {
 public:
  [[nodiscard]] int unknowns() const override { return solver_of({}).state_size(); }
  [[nodiscard]] int columns() const override { return P::columns; }
  [[nodiscard]] std::string column_name(int c) const override { return P::column_name(c); }
  [[nodiscard]] std::string feature_name(int f) const override { return P::feature_name(f); }
  [[nodiscard]] int features() const override { return P::features; }

  [[nodiscard]] std::unique_ptr<OwnSolver> solver(Executor const& executor, Clamp const& clamp,
                                                  Setup const& setup) const override {
    auto calls = api::with_workspace(executor, setup, [&] {
      return api::make_calls<P>(executor, api::compiled_for<P>(executor.name()), solver_of(clamp), setup);
    });
    return std::make_unique<OwnSolverOf<P>>(std::move(calls), unknowns());
  }

  [[nodiscard]] TrainingReport train(Executor const& executor, std::filesystem::path const& run, OwnTasks const& tasks,
                                     TrainingControl const& control) const override {
    register_once();
    return api::train_problem({P::name, typeid(P)}, executor, run, run_tasks(tasks), tasks.settings, control);
  }
  [[nodiscard]] TrainingReport evaluate(Executor const& executor, std::filesystem::path const& run,
                                        OwnTasks const& tasks) const override {
    register_once();
    return api::evaluate_problem({P::name, typeid(P)}, executor, run, run_tasks(tasks), tasks.settings);
  }

 private:
  /// Not when the library is loaded: a process keeps the first problem of a name, and a user who tries one text after
  /// the other under one name can solve with all of them.
  static void register_once() {
    static bool const done = api::compile_for_training<api::ThisExec, P>();
    static_cast<void>(done);
  }
  static typename P::Solver solver_of(Clamp const& clamp) {
    typename P::Solver solver;
    solver.clamps = clamp.has_value();
    if (clamp) std::tie(solver.low, solver.high) = *clamp;
    return solver;
  }
  static api::RunTasks run_tasks(OwnTasks const& tasks) {
    return {tasks.rows, std::make_shared<typename P::Solver const>(solver_of(tasks.clamp))};
  }
};

/// For the executor of this file's compiler; without registering P's name, which the .cpp file does.
template <kernels::Problem P, class Exec = api::ThisExec>
bool compile_own_problem() {
  api::compiled_trainings<P>()[Exec::executor_name] = api::TrainingFunctions<P>::template on<Exec>();
  return api::compile<Exec, P>();
}

}  // namespace metasolve::python

#define METASOLVE_OWN_PROBLEM_ON_DEVICES(P) \
  static bool const metasolve_own_is_compiled = metasolve::python::compile_own_problem<P>();

#define METASOLVE_OWN_PROBLEM(P)                                                          \
  METASOLVE_OWN_PROBLEM_ON_DEVICES(P)                                                     \
  extern "C" __attribute__((visibility("default"))) void const* metasolve_own_library() { \
    static metasolve::python::OwnProblemOf<P> const problem;                              \
    static metasolve::python::OwnLibrary const library{.problem = &problem};              \
    return &library;                                                                      \
  }
