// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/jacobi.hpp"
#include "kernels/poisson_stencil.hpp"
#include "metasolve/error.hpp"
#include "src/api/jacobi_implementation.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/network/meta_network.hpp"
#include "src/problems/sparse_pattern.hpp"
#include "src/train/checkpoint.hpp"

namespace metasolve::api {

/// A meta-solver's network on an executor, whatever its precision.
template <class Scalar>
class Proposer {
 public:
  virtual ~Proposer() = default;
  virtual kernels::BatchView<Scalar const> propose(kernels::BatchView<Scalar const> features, std::int64_t tasks) = 0;
};

template <class Exec, class Real, class Scalar>
class ProposerOn final : public Proposer<Scalar> {
 public:
  ProposerOn(Exec& exec, train::Checkpoint const& c, std::int64_t capacity)
      : network_(exec, train::learner_options(c.config, c.features).network, capacity, false) {
    std::vector<Real> const weights(c.learner.weights.begin(), c.learner.weights.end());
    network_.mlp().weights().upload(weights.data(), static_cast<std::int64_t>(weights.size()));
  }
  kernels::BatchView<Scalar const> propose(kernels::BatchView<Scalar const> features, std::int64_t tasks) override {
    network_.propose(features, {}, nullptr, 0, tasks);
    return network_.theta();
  }

 private:
  network::MetaNetwork<Exec, Real, Scalar> network_;
};

/// The solver on one kind of executor, for one operator.
template <class Exec, class Operator>
class JacobiOn final : public JacobiSolver<typename Operator::scalar>::Implementation {
 public:
  using Scalar = typename Operator::scalar;
  using Solver = kernels::Jacobi<Operator>;
  using Public = JacobiSolver<Scalar>;

  JacobiOn(Executor executor, Exec& exec, Operator const& matrix, std::unique_ptr<problems::SparsePattern> pattern,
           JacobiOptions const& options)
      : executor_(std::move(executor)),
        exec_(exec),
        pattern_(std::move(pattern)),
        solver_{matrix, options.measure, {}, {}},
        capacity_(options.capacity),
        stage_(exec, solver_, {options.capacity, 0, 0}) {}

  void use(MetaSolver const& meta_solver) override {
    auto const& c = meta_solver.checkpoint();
    if (c.config.problem.name != "poisson" || c.config.problem.unknowns != solver_.unknowns()) {
      throw InputError("use: the meta-solver was trained for problem '" + c.config.problem.name + "' with " +
                       std::to_string(c.config.problem.unknowns) + " unknowns, and this solver has " +
                       std::to_string(solver_.unknowns()) + "; train one for this size");
    }
    if (c.config.network.precision == engine::Precision::double_precision) {
      proposer_ = std::make_unique<ProposerOn<Exec, double, Scalar>>(exec_, c, capacity_);
    } else {
      proposer_ = std::make_unique<ProposerOn<Exec, float, Scalar>>(exec_, c, capacity_);
    }
  }

  void solve(typename Public::Tasks const& tasks, typename Public::Stopping const& stopping,
             typename Public::Results const& results) override {
    check(tasks, stopping);
    if (tasks.count == 0) return;
    bind(tasks);
    kernels::LockstepArguments<Scalar> run;
    run.slots = tasks.count;
    if (tasks.guess.data != nullptr) {
      run.theta = view(tasks.guess);
    } else if (proposer_) {
      run.theta = proposer_->propose(view(tasks.force), tasks.count);
    }
    run.tolerance = {stopping.tolerances, 1, stopping.tolerance};
    run.limit = {stopping.limits, 1, stopping.max_iterations};
    run.status = results.status;
    run.iterations = results.iterations;
    run.measure = results.measure;
    run.solution = view(results.solution);
    run.history = view(results.history);
    stage_.solve(run);
  }

 private:
  template <class T>
  static kernels::BatchView<T> view(BatchView<T> const& v) {
    return {v.data, v.task_stride, v.item_stride};
  }

  void bind(typename Public::Tasks const& tasks) {
    solver_.force = view(tasks.force);
    solver_.solution = view(tasks.solution);
    if constexpr (requires { solver_.matrix.values; }) solver_.matrix.values = view(tasks.values);
    stage_.set_solver(solver_);
  }

  void check(typename Public::Tasks const& tasks, typename Public::Stopping const& stopping) const {
    auto const reject = [](std::string const& what) { throw InputError("solve: " + what); };
    if (tasks.count < 0 || tasks.count > capacity_) {
      reject("tasks.count is " + std::to_string(tasks.count) + ", expected 0 to the capacity, " +
             std::to_string(capacity_));
    }
    if (tasks.count == 0) return;
    if (tasks.force.data == nullptr) reject("tasks.force is null");
    if (solver_.measure_kind == Measure::relative_error && tasks.solution.data == nullptr) {
      reject(
          "tasks.solution is null, and the measure is the relative error; give the known solutions, or make the "
          "solver with Measure::relative_residual");
    }
    if constexpr (requires { solver_.matrix.values; }) {
      if (tasks.values.data == nullptr) reject("tasks.values is null; a sparse solver needs each task's matrix");
    }
    if (stopping.tolerances == nullptr && !(stopping.tolerance > Scalar(0))) {
      reject("stopping.tolerance must be positive");
    }
    if (stopping.limits == nullptr && stopping.max_iterations < 0) {
      reject("stopping.max_iterations is " + std::to_string(stopping.max_iterations) + ", expected 0 or more");
    }
  }

  Executor executor_;  ///< keeps exec_ alive
  Exec& exec_;
  std::unique_ptr<problems::SparsePattern> pattern_;
  Solver solver_;
  std::int64_t capacity_;
  engine::SolveStageOn<Exec, Solver> stage_;
  std::unique_ptr<Proposer<Scalar>> proposer_;
};

template <class Exec, class Scalar>
JacobiImplementation<Scalar> make_jacobi_on(Executor const& executor, JacobiOptions const& o) {
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  if (!o.sparse) {
    using Matrix = kernels::PoissonStencil<Scalar>;
    return std::make_unique<JacobiOn<Exec, Matrix>>(executor, exec, Matrix{o.unknowns}, nullptr, o);
  }
  using Matrix = kernels::SharedCsr<Scalar>;
  auto pattern = std::make_unique<problems::SparsePattern>(exec, o.unknowns, o.row_begin, o.column);
  Matrix const matrix{o.unknowns, pattern->view(), {}};
  return std::make_unique<JacobiOn<Exec, Matrix>>(executor, exec, matrix, std::move(pattern), o);
}

}  // namespace metasolve::api
