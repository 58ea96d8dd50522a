// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/grid_setup.hpp"
#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/model/grid_interface.hpp"
#include "metasolve/kernels/grids/grid_features.hpp"
#include "metasolve/kernels/solvers/grid_iteration.hpp"

namespace metasolve {

/// The implementation of GridSolver, generic in dimensions and stencils.
template <class Real>
class GridSolver<Real>::Implementation {
 public:
  virtual ~Implementation() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  [[nodiscard]] virtual int levels() const = 0;
  [[nodiscard]] virtual std::int64_t numbers() const = 0;
  [[nodiscard]] virtual std::span<Real const> parameters() const = 0;
  [[nodiscard]] virtual std::span<std::string const> parameter_names() const = 0;
  virtual void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) = 0;
};

namespace api {

template <class Real, int Dim, bool IsConstant>
class GridCalls final : public GridSolver<Real>::Implementation {
 public:
  using Public = GridSolver<Real>;
  using Solver = kernels::GridIteration<Real, Dim, IsConstant>;

  GridCalls(Executor executor, GridSetup<Dim> const& made, typename Public::Options const& options, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        capacity_(setup.capacity),
        names_(made.cycle.names),
        parameters_(made.cycle.parameters.begin(), made.cycle.parameters.end()),
        arguments_(exec_, setup.workspace),
        on_device_(exec::uploaded(exec_, parameters_)),
        stage_(exec_, engine::compiled_for<typename Stage::Functions>(exec_), solver_of(made, options),
               {.capacity = capacity_}),
        batch_(exec_, stage_, capacity_, true) {
    if (!setup.meta_solver) return;
    if constexpr (has_features) {
      auto const shape = shape_for(
          *setup.meta_solver, model::grid_interface(made.cycle, made.settings,
                                                    options.method == Public::Method::conjugate_gradients, IsConstant));
      auto const part = std::min<std::int64_t>(capacity_, engine::most_in_network);
      features_ = exec::Buffer<double>(exec_, part * Features::count);
      exec_.load<Features>();
      predict_before<double>(exec_, batch_, *setup.meta_solver, shape, part,
                             [this](std::int64_t first, std::int64_t count) { return inputs(first, count); });
    } else {
      reject("setup.meta_solver: for double precision and grids in two dimensions; give parameters with the tasks");
    }
  }

  [[nodiscard]] int unknowns() const override { return stage_.solution_size(); }
  [[nodiscard]] int levels() const override { return stage_.solver().hierarchy().levels; }
  [[nodiscard]] std::int64_t numbers() const override {
    return std::int64_t{Solver::entries} * (IsConstant ? 1 : unknowns());
  }
  [[nodiscard]] std::span<Real const> parameters() const override { return parameters_; }
  [[nodiscard]] std::span<std::string const> parameter_names() const override { return names_; }

  void solve(typename Public::Tasks const& tasks, Stopping<Real> const& stopping, Results<Real> const& results,
             Policy const& policy) override {
    check(tasks, stopping, results, policy);
    auto& to = stage_.solver();
    to.tasks = {tasks.stencils.data, tasks.stencils.task_stride, view(tasks.rhs), view(tasks.guess)};
    to.takes_guess = tasks.guess.data != nullptr;
    auto& constants = stage_.constants();
    constants.view = tasks.parameters.data != nullptr ? view(tasks.parameters)
                                                      : kernels::BatchView<Real const>{on_device_.data(), 0, 1};
    if (policy.online.meta_solver != nullptr) {
      Column<double> factor;
      bind_online(*policy.online.meta_solver, {online_factor(factor)});
      stage_.proposal() = constants;
      stage_.proposal().factor = {factor.data, factor.stride, factor.value};
    }
    solve_call(exec_, batch_, tasks.count, stopping, results, policy);
  }

 private:
  using Stage = engine::SolverStage<Solver, kernels::ViewConstants<Real>, false>;

  /// What meta-solvers see.
  using Features = kernels::GridFeatures<Real, Dim, IsConstant>;
  static constexpr bool has_features = std::is_same_v<Real, double> && Dim == 2;

  /// Parameters are predicted from the solver's own, which the tasks' may differ from.
  typename engine::BatchSolver<Real>::Inputs inputs(std::int64_t first, std::int64_t count) {
    auto const& solver = stage_.solver();
    Features features;
    for (int a = 0; a < 3; ++a) features.n[a] = solver.grid().n[a];
    features.stencils = solver.tasks.stencils + first * solver.tasks.stencil_stride;
    features.stencil_stride = solver.tasks.stencil_stride;
    features.features = {features_.data(), Features::count, 1};
    exec_.launch(1, count, features);
    return {{features_.data(), Features::count, 1}, {on_device_.data(), 0, 1}};
  }

  [[nodiscard]] static Solver solver_of(GridSetup<Dim> const& made, typename Public::Options const& options) {
    Solver solver;
    solver.operators.h = made.hierarchy;
    solver.operators.shape = made.cycle.shape;
    solver.parameters = made.cycle.weights;
    solver.takes_guess = true;  // a call may
    solver.by_conjugate_gradients = options.method == Public::Method::conjugate_gradients;
    return solver;
  }

  void check(typename Public::Tasks const& tasks, Stopping<Real> const& stopping, Results<Real> const& results,
             Policy const& policy) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0) {
      if (tasks.stencils.data == nullptr) reject("tasks.stencils is null; each task's operator is needed");
      if (tasks.stencils.item_stride != 1) {
        reject("tasks.stencils: the numbers of a task must be contiguous (item_stride 1), given item_stride " +
               std::to_string(tasks.stencils.item_stride));
      }
      if (tasks.rhs.data == nullptr) reject("tasks.rhs is null; each task's f is needed");
    }
    arguments_.reads("tasks.stencils", tasks.stencils, numbers());
    arguments_.reads("tasks.rhs", tasks.rhs, unknowns());
    arguments_.reads("tasks.guess", tasks.guess, unknowns());
    arguments_.reads("tasks.parameters", tasks.parameters, stage_.parameter_size());
    name_results(arguments_, stopping, results, policy, unknowns());
    arguments_.finish("results.solution", {"tasks.guess"});
  }

  Executor executor_;  ///< keeps exec_ alive
  exec::Backend& exec_;
  std::int64_t capacity_;
  std::vector<std::string> names_;
  std::vector<Real> parameters_;
  Arguments arguments_;
  exec::Buffer<Real> on_device_;   ///< parameters_
  exec::Buffer<double> features_;  ///< with a meta-solver
  Stage stage_;
  engine::BatchSolver<Real> batch_;
};

}  // namespace api
}  // namespace metasolve
