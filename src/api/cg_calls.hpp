// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/sparse/caller_pattern.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/operators/krylov_constants.hpp"
#include "metasolve/kernels/problems/spd_features.hpp"
#include "metasolve/kernels/solvers/conjugate_gradient.hpp"

namespace metasolve {

/// The implementation of CgSolver, generic in the preconditioner.
class CgSolver::Implementation {
 public:
  virtual ~Implementation() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  virtual void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) = 0;
};

namespace api {

/// entries: in the caller's pattern.
struct CgPattern {
  sparse::CallerPattern pattern;
  std::int64_t entries = 0;
};
/// Owns the memory of the solver's views.
struct CgData {
  sparse::LowerPattern pattern;
  exec::Buffer<std::int32_t> place_of_value, unknown_at;
  std::shared_ptr<void const> preconditioner;  ///< sparse::with_preconditioner

  CgData(exec::Backend& exec, sparse::CallerPattern const& p)
      : pattern(exec, p.structure),
        place_of_value(exec::uploaded(exec, p.place_of)),
        unknown_at(exec::uploaded(exec, p.order)) {}
};

/// The implementation for valid options.
std::unique_ptr<CgSolver::Implementation> make_cg(Executor const& executor, CgPattern const& given,
                                                  CgSolver::Options const& options, Setup const& setup);
/// @throws InputError not 1 to 16
inline void check_block_size(int size) {
  if (size < 1 || size > 16) reject("options.block_size is " + std::to_string(size) + ", expected 1 to 16");
}

template <class Preconditioner>
class CgCalls final : public CgSolver::Implementation {
 public:
  using Solver = kernels::ConjugateGradient<double, Preconditioner>;
  using Features = kernels::SpdFeatures<double>;

  CgCalls(Executor executor, CgData data, std::int64_t entries, Preconditioner const& preconditioner,
          CgSolver::ShiftScale shift_scale, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        data_(std::move(data)),
        entries_(entries),
        capacity_(setup.capacity),
        arguments_(exec_, setup.workspace),
        stage_(exec_, engine::compiled_for<typename Stage::Functions>(exec_), make_solver(preconditioner),
               {.capacity = capacity_}),
        batch_(exec_, stage_, capacity_, true) {
    using Scale = CgSolver::ShiftScale;
    stage_.constants().is_relative = shift_scale == Scale::diagonal;
    stage_.constants().is_relative_at_zero = shift_scale == Scale::automatic;
    stage_.constants().is_as_given = !has_shift;
    stage_.constants().first = Preconditioner::parameter_size() > 0 ? 0 : 1;
    stage_.constants().column.column[1] = 1.0;
    if (!setup.meta_solver) return;
    auto const shape = shape_of_parameter(*setup.meta_solver, preconditioner);
    auto const part = std::min<std::int64_t>(capacity_, engine::most_in_network);
    features_ = exec::Buffer<double>(exec_, part * Features::width);
    no_default_ = exec::Buffer<double>(exec_, 1);
    exec_.load<Features>();
    predict_before<double>(exec_, batch_, *setup.meta_solver, shape, part,
                           [this](std::int64_t first, std::int64_t count) { return inputs(first, count); });
  }

  [[nodiscard]] int unknowns() const override { return stage_.solver().unknowns(); }

  void solve(CgSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) override {
    check(tasks, stopping, results, policy);
    stage_.solver().values = view(tasks.values);
    stage_.solver().rhs = view(tasks.rhs);
    stage_.solver().guess = view(tasks.guess);
    stage_.solver().takes_guess = tasks.guess.data != nullptr;
    stage_.constants().column.column[0] = has_shift ? tasks.shift : tasks.omega;
    stage_.solver().scales_guess = false;
    if (policy.online.meta_solver != nullptr) bind(*policy.online.meta_solver);
    solve_call(exec_, batch_, tasks.count, stopping, results, policy);
  }

 private:
  static constexpr bool has_shift = kernels::has_absolute_shift<Preconditioner>();

  void bind(OnlineMetaSolver& online) {
    auto& solver = stage_.solver();
    auto& proposal = stage_.proposal();
    proposal = stage_.constants();
    solver.scales_guess = chooses(online, online_names::guess_scale);
    bool has_omega = false;
    if constexpr (requires { solver.preconditioner.kind; }) {
      has_omega = solver.preconditioner.kind == Preconditioner::Kind::ssor;
    }
    bind_online(online,
                {online_shift(has_shift, proposal.column.column[0]), online_omega(has_omega, proposal.column.column[0]),
                 online_guess_scale(solver.takes_guess, proposal.column.column[1])});
  }
  using Stage = engine::SolverStage<Solver, kernels::KrylovConstants, false>;

  engine::BatchSolver<double>::Inputs inputs(std::int64_t first, std::int64_t count) {
    auto const& solver = stage_.solver();
    exec_.launch(1, count,
                 Features{solver.matrix, engine::from(solver.values, first), features_.data(), solver.place_of_value});
    return {{features_.data(), Features::width, 1}, {no_default_.data(), 0, 1}};
  }

  /// The network's, if what it chooses is this preconditioner's parameter. @throws InputError
  [[nodiscard]] static network::MetaNetworkShape shape_of_parameter(MetaSolver const& meta_solver,
                                                                    Preconditioner const& preconditioner) {
    bool has_omega = false;
    if constexpr (requires { preconditioner.kind; }) has_omega = preconditioner.kind == Preconditioner::Kind::ssor;
    auto const& sides = meta_solver.model().sides;
    bool const chooses_omega =
        sides.problem == model::spd_name && !sides.parameters.empty() && sides.parameters[0].name == model::omega_name;
    if (chooses_omega && !has_omega) {
      throw InputError(
          "setup.meta_solver chooses omega of SSOR, which this preconditioner has not; set options.preconditioner to "
          "ssor, or give a meta-solver that chooses a shift");
    }
    if (!chooses_omega && !has_shift) {
      throw InputError(has_omega ? "setup.meta_solver chooses a shift, and ssor has omega instead; set "
                                   "options.preconditioner to incomplete_cholesky, or give a meta-solver trained with "
                                   "solver.preconditioner = \"ssor\""
                                 : "setup.meta_solver chooses a parameter, and this preconditioner has none; set "
                                   "options.preconditioner to incomplete_cholesky or ssor, whichever it was trained "
                                   "with");
    }
    return shape_for(meta_solver, has_omega ? model::ssor_interface() : model::spd_interface());
  }

  [[nodiscard]] Solver make_solver(Preconditioner const& preconditioner) const {
    Solver solver;
    solver.matrix = data_.pattern.view();
    solver.preconditioner = preconditioner;
    solver.scales_exactly = true;
    solver.takes_guess = solver.scales_guess = true;  // a call may
    solver.place_of_value = data_.place_of_value.data();
    solver.unknown_at = data_.unknown_at.data();
    return solver;
  }

  void check(CgSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0 && tasks.values.data == nullptr) reject("tasks.values is null; each task's matrix is needed");
    if (tasks.count > 0 && tasks.rhs.data == nullptr) reject("tasks.rhs is null; each task's b is needed");
    if (tasks.count > 0 && tasks.shift.data == nullptr && tasks.shift.value < 0) {
      reject("tasks.shift is " + std::to_string(tasks.shift.value) + ", expected 0 or more");
    }
    arguments_.reads("tasks.values", tasks.values, entries_);
    arguments_.reads("tasks.rhs", tasks.rhs, unknowns());
    arguments_.reads("tasks.shift", tasks.shift);
    arguments_.reads("tasks.omega", tasks.omega);
    arguments_.reads("tasks.guess", tasks.guess, unknowns());
    name_results(arguments_, stopping, results, policy, unknowns());
    arguments_.finish();
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  CgData data_;
  std::int64_t entries_;
  std::int64_t capacity_;
  Arguments arguments_;
  Stage stage_;
  engine::BatchSolver<double> batch_;
  exec::Buffer<double> features_, no_default_;
};

}  // namespace api
}  // namespace metasolve
