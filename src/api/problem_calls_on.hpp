// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/problems/problem.hpp"
#include "src/api/attempts.hpp"
#include "src/api/problem_calls.hpp"
#include "src/api/proposer_on.hpp"
#include "src/engine/fused_problem.hpp"

namespace metasolve::api {

/// A task's constants are columns of its own.
template <kernels::ForwardProblem P>
struct ColumnConstants {
  kernels::Columns<double, P::columns> tasks;
  METASOLVE_HD double operator()(std::int64_t task, int p) const { return tasks(task, P::parameter_column(p)); }
};

/// Fuses: small networks are asked within the solve, for a compilation of each width; else all before it. A problem
/// that is a ForwardProblem alone has no meta-solver.
template <class Exec, kernels::ForwardProblem P, bool Fuses>
class ProblemCallsOn final : public ProblemCalls {
 public:
  using Solver = typename P::Solver;
  using Tasks = kernels::Columns<double, P::columns>;

  /// solver: with all its settings; its tasks come with each call.
  ProblemCallsOn(Executor executor, Exec& exec, Solver const& solver, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(exec),
        solver_(solver),
        capacity_(setup.capacity),
        part_(std::min<std::int64_t>(capacity_, most_in_network)),
        arguments_(exec, setup.workspace, P::columns + 16),
        attempts_(exec, solver, setup.capacity) {
    if constexpr (kernels::Problem<P>) take_meta_solver(setup);
  }

  [[nodiscard]] Arguments& arguments() override { return arguments_; }
  [[nodiscard]] std::int64_t capacity() const override { return capacity_; }

  void solve(std::int64_t count, Column<double> const* columns, Stopping<double> const& stopping,
             Results<double> const& results, Policy const& policy, bool in_place) override {
    if (count == 0) return attempts_.clear(results);
    Tasks tasks;
    std::copy_n(columns, P::columns, tasks.column);
    P::bind(solver_, tasks);
    attempts_.set(solver_, {tasks});
    auto call = attempts_.begin(count, stopping, results, policy, fused_ || proposer_);
    call.arguments.only_converged = in_place;
    if (fused_) {
      return attempts_.solve(call, [&](auto const& arguments) {
        fused_->set_tasks(solver_, tasks, attempts_.guard());
        fused_->solve(arguments);
      });
    }
    attempts_.solve_in_parts(call, part_, [&](std::int64_t first, std::int64_t here) {
      if constexpr (kernels::Problem<P>) return propose(tasks, first, here);
      return kernels::BatchView<double const>{};
    });
  }

 private:
  void take_meta_solver(Setup const& setup) {
    if (!setup.meta_solver) return;
    auto const shape = shape_for(*setup.meta_solver, {P::name, P::features, P::parameters});
    auto const& weights = weights_of(*setup.meta_solver);
    if constexpr (Fuses) {
      if (!is_double(*setup.meta_solver)) fused_ = engine::fuse<Exec, P>(exec_, solver_, {}, shape, capacity_);
      if (fused_) {
        fused_->set_weights(weights);
        return;
      }
    }
    features_ = exec::Buffer<double>(exec_, part_ * P::features);
    constants_ = exec::Buffer<double>(exec_, part_ * P::parameters);
    exec_.template load<kernels::ProblemFeatures<P>>();
    exec_.template load<kernels::DefaultParameters<P>>();
    proposer_ = make_proposer<double>(exec_, shape, weights, is_double(*setup.meta_solver), part_);
  }

  kernels::BatchView<double const> propose(Tasks tasks, std::int64_t first, std::int64_t count) {
    for (auto& c : tasks.column) {
      if (c.data != nullptr) c.data += first * c.stride;
    }
    exec_.launch(1, count, kernels::ProblemFeatures<P>{tasks, features_.data()});
    exec_.launch(1, count, kernels::DefaultParameters<P>{tasks, constants_.data()});
    return proposer_->propose({features_.data(), P::features, 1}, {constants_.data(), P::parameters, 1}, count);
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are gone
  Exec& exec_;
  Solver solver_;
  std::int64_t capacity_, part_;
  Arguments arguments_;
  Attempts<Exec, Solver, ColumnConstants<P>> attempts_;
  std::unique_ptr<engine::FusedProblemSolve<P>> fused_;  ///< null: the network is asked before the solve
  exec::Buffer<double> features_, constants_;
  std::unique_ptr<NetworkProposer<double>> proposer_;  ///< null: fused, or no meta-solver
};

template <class Exec, kernels::ForwardProblem P, bool Fuses = true>
std::unique_ptr<ProblemCalls> make_calls_on(Executor const& executor, typename P::Solver const& solver,
                                            Setup const& setup) {
  return std::make_unique<ProblemCallsOn<Exec, P, Fuses>>(executor, dynamic_cast<Exec&>(executor.backend()), solver,
                                                          setup);
}

}  // namespace metasolve::api
