// SPDX-License-Identifier: Apache-2.0
#include "metasolve/implicit_euler_solver.hpp"

#include <vector>

#include "metasolve/detail/api/implicit_euler_calls.hpp"
#include "metasolve/detail/api/step_gradient.hpp"
#include "metasolve/detail/systems/known_odes.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

api::StepCalls make(Executor const& executor, ImplicitEulerSolver::System const& system, Setup const& setup) {
  if (system.clamps && !(system.low < system.high)) {
    throw InputError("system.low is not below system.high: nothing could lie within the clamp");
  }
  api::check_choice("system.method", system.method, ImplicitEulerSolver::Method::anderson_sor);
  if (system.method == ImplicitEulerSolver::Method::newton && setup.meta_solver) {
    throw InputError("setup.meta_solver is given, and system.method is newton, which takes none");
  }
  return {api::make_ode_calls(executor, system, setup), api::make_step_gradient(executor, system.name, setup)};
}

}  // namespace

class ImplicitEulerSolver::Implementation {
 public:
  Implementation(Executor const& executor, System const& system, Setup const& setup)
      : description(systems::find_ode(system.name, "system.name")),
        calls(api::with_workspace(executor, setup, [&] { return make(executor, system, setup); })),
        columns(static_cast<std::size_t>(3 + parameters() + 2 * unknowns())) {}

  [[nodiscard]] int unknowns() const { return description.size; }
  [[nodiscard]] int parameters() const { return description.parameters; }

  void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) {
    api::check_count(tasks.count, calls.solve->capacity());
    bool const in_place = results.solution.data != nullptr &&
                          (results.solution.data == tasks.previous.data || results.solution.data == tasks.guess.data);
    auto& a = calls.solve->arguments();
    a.begin(tasks.count);
    if (tasks.count > 0 && tasks.previous.data == nullptr) api::reject("tasks.previous is null; y_prev is needed");
    a.reads("tasks.previous", tasks.previous, unknowns());
    name_rate(tasks);
    a.reads("tasks.relaxation", tasks.relaxation);
    a.reads("tasks.guess", tasks.guess, unknowns());
    api::name_results(a, stopping, results, policy, unknowns());
    a.finish("results.solution", {"tasks.previous", "tasks.guess"});
    if (tasks.count > 0) gather(tasks);
    calls.solve->solve(tasks.count, columns.data(), stopping, results, policy, in_place);
  }

  void gradient(Tasks const& tasks, Gradient const& g, std::int32_t* status) {
    api::check_count(tasks.count, calls.solve->capacity());
    auto& a = calls.solve->arguments();
    a.begin(tasks.count);
    if (tasks.count > 0 && g.solution.data == nullptr)
      api::reject("gradient.solution is null; each task's y is needed");
    if (tasks.count > 0 && g.solution_bar.data == nullptr) {
      api::reject("gradient.solution_bar is null; each task's dF/dy is needed");
    }
    if (tasks.count > 0 && g.previous_bar.data == nullptr) {
      api::reject("gradient.previous_bar is null; dF/dy_prev is written there");
    }
    name_rate(tasks);
    a.reads("gradient.solution", g.solution, unknowns());
    a.reads("gradient.solution_bar", g.solution_bar, unknowns());
    a.writes("gradient.previous_bar", g.previous_bar, unknowns());
    a.writes("gradient.parameters_bar", g.parameters_bar, parameters());
    a.writes("gradient.step_bar", g.step_bar);
    a.writes("gradient.time_bar", g.time_bar);
    a.writes("status", status);
    a.finish("gradient.previous_bar", {"gradient.solution_bar"});
    if (tasks.count == 0) return;
    gather(tasks);
    calls.gradient->run(tasks.count, columns.data(), g, status);
  }

  systems::OdeDescription const& description;
  api::StepCalls calls;

 private:
  /// The arguments of f. @throws InputError one is missing or out of range
  void name_rate(Tasks const& tasks) {
    if (tasks.count > 0 && tasks.parameters.data == nullptr && parameters() > 0) {
      api::reject("tasks.parameters is null; " + std::to_string(parameters()) + " numbers a task are needed");
    }
    if (tasks.count > 0 && tasks.step.data == nullptr && !(tasks.step.value > 0)) {
      api::reject("tasks.step is " + std::to_string(tasks.step.value) + ", expected a positive number");
    }
    auto& a = calls.solve->arguments();
    a.reads("tasks.parameters", tasks.parameters, parameters());
    a.reads("tasks.step", tasks.step);
    a.reads("tasks.time", tasks.time);
  }
  /// In the layout of kernels::ImplicitEuler::Row: t, h, p, r, y_prev, y_0.
  void gather(Tasks const& tasks) {
    auto* to = columns.data();
    auto const put = [&](BatchView<double const> const& view, int items) {
      for (int i = 0; i < items; ++i) *to++ = {view.data + i * view.item_stride, view.task_stride};
    };
    *to++ = tasks.time;
    *to++ = tasks.step;
    put(tasks.parameters, parameters());
    *to++ = tasks.relaxation;
    put(tasks.previous, unknowns());
    put(tasks.guess.data != nullptr ? tasks.guess : tasks.previous, unknowns());
  }

  std::vector<Column<double>> columns;
};

ImplicitEulerSolver::ImplicitEulerSolver(Executor const& executor, System const& system, Setup const& setup)
    : implementation_(std::make_unique<Implementation>(executor, system, setup)) {}
ImplicitEulerSolver::ImplicitEulerSolver(ImplicitEulerSolver&&) noexcept = default;
ImplicitEulerSolver& ImplicitEulerSolver::operator=(ImplicitEulerSolver&&) noexcept = default;
ImplicitEulerSolver::~ImplicitEulerSolver() = default;

std::size_t ImplicitEulerSolver::workspace_bytes(Executor const& executor, System const& system, Setup const& setup) {
  systems::find_ode(system.name, "system.name");
  return api::planned_workspace(executor, setup, [&] { return make(executor, system, setup); });
}

int ImplicitEulerSolver::unknowns() const noexcept { return implementation_->unknowns(); }
int ImplicitEulerSolver::parameters() const noexcept { return implementation_->parameters(); }

void ImplicitEulerSolver::solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                                Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}

void ImplicitEulerSolver::gradient(Tasks const& tasks, Gradient const& gradient, std::int32_t* status) {
  implementation_->gradient(tasks, gradient, status);
}

}  // namespace metasolve
