// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/engine/problem_functions.hpp"
#include "metasolve/detail/model/interface_of.hpp"
#include "metasolve/kernels/problems/problem.hpp"

namespace metasolve::api {

/// The solver of problem P. Functions: engine::ProblemFunctions of P, compiled for the executor.
template <kernels::ForwardProblem P, class Functions>
class ProblemCallsOf final : public ProblemCalls {
 public:
  using Solver = typename P::Solver;
  using Tasks = kernels::Columns<double, P::columns>;

  /// solver: with all its settings; each call brings its own tasks.
  ProblemCallsOf(Executor executor, Functions const& functions, Solver const& solver, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        functions_(functions),
        capacity_(setup.capacity),
        arguments_(exec_, setup.workspace, P::columns + 16),
        stage_(exec_, {functions.stage.solve}, solver, {.capacity = capacity_}),
        batch_(exec_, stage_, capacity_, true) {
    for (int p = 0; p < P::parameters; ++p) {
      names_[static_cast<std::size_t>(p)] = model::column_name<P>(P::parameter_column(p));
    }
    if constexpr (Functions::predicts) {
      if (setup.meta_solver) set_meta_solver(*setup.meta_solver);
    }
  }

  [[nodiscard]] Arguments& arguments() override { return arguments_; }
  [[nodiscard]] std::int64_t capacity() const override { return capacity_; }

  void solve(std::int64_t count, Column<double> const* columns, Stopping<double> const& stopping,
             Results<double> const& results, Policy const& policy, bool in_place) override {
    if (count > 0) {
      std::copy_n(columns, P::columns, tasks_.column);
      P::bind(stage_.solver(), tasks_);
      stage_.constants() = engine::constants_of<P>(tasks_);
      if (fused_ != nullptr) fused_->set_tasks(stage_.solver(), tasks_);
      if (policy.online.meta_solver != nullptr) bind(*policy.online.meta_solver);
    }
    solve_call(exec_, batch_, count, stopping, results, policy, in_place);
  }

 private:
  using Stage = engine::SolverStage<Solver, engine::ProblemConstants<P>, false>;

  void bind(OnlineMetaSolver& online) {
    stage_.proposal() = stage_.constants();
    std::array<OnlineParameter, P::parameters> all;
    for (int p = 0; p < P::parameters; ++p) {
      auto& of = all[static_cast<std::size_t>(p)];
      of = online_column(names_[static_cast<std::size_t>(p)], stage_.proposal().columns.column[p]);
    }
    bind_online(online, all);
  }

  void set_meta_solver(MetaSolver const& meta_solver) {
    auto const shape = shape_for(meta_solver, model::interface_of<P>());
    if constexpr (Functions::fuses) {
      if (!is_double(meta_solver)) {
        if (auto fused = engine::fuse<P>(exec_, functions_.fused, stage_.solver(), {}, shape, capacity_)) {
          fused_ = fused.get();
          batch_.set_meta_solver(std::move(fused));
          return batch_.set_weights(weights_of(meta_solver));
        }
      }
    }
    auto const part = std::min<std::int64_t>(capacity_, engine::most_in_network);
    features_ = exec::Buffer<double>(exec_, part * P::features);
    constants_ = exec::Buffer<double>(exec_, part * P::parameters);
    functions_.features.load(exec_);
    functions_.default_parameters.load(exec_);
    predict_before<double>(exec_, batch_, meta_solver, shape, part,
                           [this](std::int64_t first, std::int64_t count) { return inputs(first, count); });
  }

  engine::BatchSolver<double>::Inputs inputs(std::int64_t first, std::int64_t count) {
    auto tasks = tasks_;
    for (auto& c : tasks.column) {
      if (c.data != nullptr) c.data += first * c.stride;
    }
    functions_.features.launch(exec_, 1, count, {tasks, features_.data()});
    functions_.default_parameters.launch(exec_, 1, count, {tasks, constants_.data()});
    return {{features_.data(), P::features, 1}, {constants_.data(), P::parameters, 1}};
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  Functions functions_;
  Tasks tasks_;
  std::int64_t capacity_;
  Arguments arguments_;
  Stage stage_;
  engine::BatchSolver<double> batch_;
  engine::FusedProblemSolve<P>* fused_ = nullptr;  ///< owned by the batch solver; null: inference runs before the solve
  exec::Buffer<double> features_, constants_;
  std::array<std::string, P::parameters> names_;  ///< of the parameters
};

template <kernels::ForwardProblem P, class Functions>
std::unique_ptr<ProblemCalls> make_calls(Executor const& executor, Functions const& functions,
                                         typename P::Solver const& solver, Setup const& setup) {
  return std::make_unique<ProblemCallsOf<P, Functions>>(executor, functions, solver, setup);
}

}  // namespace metasolve::api
