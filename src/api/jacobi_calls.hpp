// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/sparse/sparse_pattern.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "metasolve/kernels/operators/poisson_stencil.hpp"
#include "metasolve/kernels/solvers/jacobi.hpp"

namespace metasolve {

/// The implementation of JacobiSolver, generic in the operator.
template <class Real>
class JacobiSolver<Real>::Implementation {
 public:
  virtual ~Implementation() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  virtual void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) = 0;
};

namespace api {

struct JacobiOptions {
  int unknowns = 0;
  Measure measure = Measure::relative_error;
  bool sparse = false;
  Pattern pattern;  ///< only with sparse
};
/// The solver for one operator.
template <class Operator>
class JacobiCalls final : public JacobiSolver<typename Operator::scalar>::Implementation {
 public:
  using Scalar = typename Operator::scalar;
  using Solver = kernels::Jacobi<Operator>;
  using Public = JacobiSolver<Scalar>;

  JacobiCalls(Executor executor, Operator const& matrix, std::unique_ptr<sparse::SparsePattern> pattern,
              JacobiOptions const& options, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        pattern_(std::move(pattern)),
        capacity_(setup.capacity),
        arguments_(exec_, setup.workspace),
        stage_(exec_, engine::compiled_for<typename Stage::Functions>(exec_), Solver{matrix, options.measure, {}, {}},
               {.capacity = capacity_}),
        batch_(exec_, stage_, capacity_, true) {
    if (!setup.meta_solver) return;
    int const n = stage_.solver().unknowns();
    auto const shape = shape_for(*setup.meta_solver, model::poisson_interface(n));
    auto const part = std::min<std::int64_t>(capacity_, engine::most_in_network);
    predict_before<Scalar>(exec_, batch_, *setup.meta_solver, shape, part, [this](std::int64_t first, std::int64_t) {
      return typename engine::BatchSolver<Scalar>::Inputs{engine::from(stage_.solver().rhs, first), {}};
    });
  }

  [[nodiscard]] int unknowns() const override { return stage_.solver().unknowns(); }

  void solve(typename Public::Tasks const& tasks, Stopping<Scalar> const& stopping, Results<Scalar> const& results,
             Policy const& policy) override {
    check(tasks, stopping, results, policy);
    auto& solver = stage_.solver();
    solver.rhs = view(tasks.rhs);
    solver.solution = view(tasks.solution);
    if constexpr (has_values) solver.matrix.values = view(tasks.values);
    stage_.constants().view = view(tasks.guess);
    if (policy.online.meta_solver != nullptr) {
      Column<double> factor;
      bind_online(*policy.online.meta_solver, {online_guess_scale(tasks.guess.data != nullptr, factor)});
      stage_.proposal() = stage_.constants();
      stage_.proposal().factor = {factor.data, factor.stride, factor.value};
    }
    solve_call(exec_, batch_, tasks.count, stopping, results, policy);
  }

 private:
  using Stage = engine::SolverStage<Solver, kernels::ViewConstants<Scalar>, false>;

  void check(typename Public::Tasks const& tasks, Stopping<Scalar> const& stopping, Results<Scalar> const& results,
             Policy const& policy) {
    auto const& solver = stage_.solver();
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0) {
      if (tasks.rhs.data == nullptr) reject("tasks.rhs is null");
      if (solver.measure_kind == Measure::relative_error && tasks.solution.data == nullptr) {
        reject(
            "tasks.solution is null, and the measure is the relative error; give the known solutions, or make the "
            "solver with Measure::relative_residual");
      }
      if (has_values && tasks.values.data == nullptr) {
        reject("tasks.values is null; a sparse solver needs each task's matrix");
      }
    }
    int const n = solver.unknowns();
    arguments_.reads("tasks.rhs", tasks.rhs, n);
    arguments_.reads("tasks.solution", tasks.solution, n);
    arguments_.reads("tasks.guess", tasks.guess, n);
    if constexpr (has_values) arguments_.reads("tasks.values", tasks.values, solver.matrix.pattern.entries);
    name_results(arguments_, stopping, results, policy, n);
    arguments_.finish();
  }

  static constexpr bool has_values = requires(Operator m) { m.values; };

  Executor executor_;  ///< keeps exec_ alive
  exec::Backend& exec_;
  std::unique_ptr<sparse::SparsePattern> pattern_;
  std::int64_t capacity_;
  Arguments arguments_;
  Stage stage_;
  engine::BatchSolver<Scalar> batch_;
};

}  // namespace api
}  // namespace metasolve
