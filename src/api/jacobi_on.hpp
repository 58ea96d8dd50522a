// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/operators/poisson_stencil.hpp"
#include "kernels/solvers/jacobi.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "src/api/attempts.hpp"
#include "src/api/problem_calls.hpp"
#include "src/api/proposer_on.hpp"
#include "src/problems/poisson.hpp"
#include "src/sparse/sparse_pattern.hpp"

namespace metasolve {

/// What a JacobiSolver is made of, behind the executor's kind and the operator.
template <class Real>
class JacobiSolver<Real>::Implementation {
 public:
  virtual ~Implementation() = default;
  virtual void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) = 0;
};

namespace api {

struct JacobiOptions {
  int unknowns = 0;
  Measure measure = Measure::relative_error;
  bool sparse = false;
  std::span<std::int32_t const> row_begin, column;  ///< with sparse
};
template <class Real>
using JacobiImplementation = std::unique_ptr<typename JacobiSolver<Real>::Implementation>;
struct JacobiFunctions {
  JacobiImplementation<float> (*make_float)(Executor const&, JacobiOptions const&, Setup const&);
  JacobiImplementation<double> (*make_double)(Executor const&, JacobiOptions const&, Setup const&);
  template <class Exec>
  static JacobiFunctions on();  ///< src/exec/compiled.hpp
};

/// u_0 as the caller has it.
template <class Scalar>
struct GuessConstants {
  kernels::BatchView<Scalar const> guess;  ///< null: zeros
  METASOLVE_HD Scalar operator()(std::int64_t task, int i) const { return guess ? guess(task, i) : Scalar(0); }
};

/// The solver on one kind of executor, for one operator.
template <class Exec, class Operator>
class JacobiOn final : public JacobiSolver<typename Operator::scalar>::Implementation {
 public:
  using Scalar = typename Operator::scalar;
  using Solver = kernels::Jacobi<Operator>;
  using Public = JacobiSolver<Scalar>;

  JacobiOn(Executor executor, Exec& exec, Operator const& matrix, std::unique_ptr<sparse::SparsePattern> pattern,
           JacobiOptions const& options, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(exec),
        pattern_(std::move(pattern)),
        solver_{matrix, options.measure, {}, {}},
        capacity_(setup.capacity),
        arguments_(exec, setup.workspace),
        attempts_(exec, solver_, setup.capacity) {
    if (!setup.meta_solver) return;
    int const n = solver_.unknowns();
    auto const shape = shape_for(*setup.meta_solver, {problems::PoissonKind::problem, n, n});
    part_ = std::min<std::int64_t>(capacity_, most_in_network);
    proposer_ =
        make_proposer<Scalar>(exec, shape, weights_of(*setup.meta_solver), is_double(*setup.meta_solver), part_);
  }

  void solve(typename Public::Tasks const& tasks, Stopping<Scalar> const& stopping, Results<Scalar> const& results,
             Policy const& policy) override {
    check(tasks, stopping, results, policy);
    if (tasks.count == 0) return attempts_.clear(results);
    bind(tasks);
    auto const call = attempts_.begin(tasks.count, stopping, results, policy, proposer_ != nullptr);
    attempts_.solve_in_parts(call, part_, [&](std::int64_t first, std::int64_t count) {
      auto features = view(tasks.force);
      features.data += first * features.task_stride;
      return proposer_->propose(features, {}, count);
    });
  }

 private:
  template <class T>
  static kernels::BatchView<T> view(BatchView<T> const& v) {
    return {v.data, v.task_stride, v.item_stride};
  }

  void bind(typename Public::Tasks const& tasks) {
    solver_.force = view(tasks.force);
    solver_.solution = view(tasks.solution);
    if constexpr (has_values) solver_.matrix.values = view(tasks.values);
    attempts_.set(solver_, {view(tasks.guess)});
  }

  void check(typename Public::Tasks const& tasks, Stopping<Scalar> const& stopping, Results<Scalar> const& results,
             Policy const& policy) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0) {
      if (tasks.force.data == nullptr) reject("tasks.force is null");
      if (solver_.measure_kind == Measure::relative_error && tasks.solution.data == nullptr) {
        reject(
            "tasks.solution is null, and the measure is the relative error; give the known solutions, or make the "
            "solver with Measure::relative_residual");
      }
      if (has_values && tasks.values.data == nullptr) {
        reject("tasks.values is null; a sparse solver needs each task's matrix");
      }
    }
    int const n = solver_.unknowns();
    arguments_.reads("tasks.force", tasks.force, n);
    arguments_.reads("tasks.solution", tasks.solution, n);
    arguments_.reads("tasks.guess", tasks.guess, n);
    if constexpr (has_values) arguments_.reads("tasks.values", tasks.values, solver_.matrix.pattern.entries);
    name_results(arguments_, stopping, results, policy, n);
    arguments_.finish();
  }

  static constexpr bool has_values = requires(Operator m) { m.values; };

  Executor executor_;  ///< keeps exec_ alive
  Exec& exec_;
  std::unique_ptr<sparse::SparsePattern> pattern_;
  Solver solver_;
  std::int64_t capacity_, part_ = 0;
  Arguments arguments_;
  Attempts<Exec, Solver, GuessConstants<Scalar>> attempts_;
  std::unique_ptr<NetworkProposer<Scalar>> proposer_;  ///< null: no meta-solver
};

template <class Exec, class Scalar>
JacobiImplementation<Scalar> make_jacobi_on(Executor const& executor, JacobiOptions const& o, Setup const& setup) {
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  if (!o.sparse) {
    using Matrix = kernels::PoissonStencil<Scalar>;
    return std::make_unique<JacobiOn<Exec, Matrix>>(executor, exec, Matrix{o.unknowns}, nullptr, o, setup);
  }
  using Matrix = kernels::SharedCsr<Scalar>;
  auto pattern = std::make_unique<sparse::SparsePattern>(exec, o.unknowns, o.row_begin, o.column);
  Matrix const matrix{o.unknowns, pattern->view(), {}};
  return std::make_unique<JacobiOn<Exec, Matrix>>(executor, exec, matrix, std::move(pattern), o, setup);
}

template <class Exec>
JacobiFunctions JacobiFunctions::on() {
  return {make_jacobi_on<Exec, float>, make_jacobi_on<Exec, double>};
}

}  // namespace api
}  // namespace metasolve
