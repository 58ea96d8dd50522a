// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/operators/shift.hpp"
#include "kernels/problems/spd_features.hpp"
#include "kernels/solvers/conjugate_gradient.hpp"
#include "metasolve/cg_solver.hpp"
#include "metasolve/error.hpp"
#include "src/api/attempts.hpp"
#include "src/api/problem_calls.hpp"
#include "src/api/proposer_on.hpp"
#include "src/problems/spd.hpp"
#include "src/sparse/caller_pattern.hpp"
#include "src/sparse/preconditioners.hpp"

namespace metasolve {

/// What a CgSolver is made of, behind the executor's kind and the preconditioner.
class CgSolver::Implementation {
 public:
  virtual ~Implementation() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  virtual void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) = 0;
};

namespace api {

/// entries: of the caller's pattern.
struct CgPattern {
  sparse::CallerPattern pattern;
  std::int64_t entries = 0;
};
using CgImplementation = std::unique_ptr<CgSolver::Implementation>;
struct CgFunctions {
  CgImplementation (*make)(Executor const&, CgPattern const&, CgSolver::Options const&, Setup const&);
  template <class Exec>
  static CgFunctions on();  ///< src/exec/compiled.hpp
};

/// A shift as kernels take it (kernels/operators/shift.hpp); NaN, of which no factor comes, for what is out of range.
struct ShiftConstant {
  kernels::Columns<double, 1> shift;
  CgSolver::ShiftScale scale = CgSolver::ShiftScale::automatic;

  METASOLVE_HD double operator()(std::int64_t task, int) const {
    using Scale = CgSolver::ShiftScale;
    double const alpha = shift(task, 0);
    if (!(alpha >= 0)) return kernels::infinity<double>() - kernels::infinity<double>();
    bool const is_relative = scale == Scale::diagonal || (scale == Scale::automatic && alpha == 0);
    return is_relative ? kernels::relative_shift(alpha) : alpha;
  }
};

/// What the solver's views point into.
struct CgData {
  sparse::LowerPattern pattern;
  exec::Buffer<std::int32_t> place_of_value, unknown_at;
  std::shared_ptr<void const> preconditioner;  ///< sparse::with_preconditioner

  CgData(exec::Backend& exec, sparse::CallerPattern const& p)
      : pattern(exec, p.structure),
        place_of_value(exec::uploaded(exec, p.place_of)),
        unknown_at(exec::uploaded(exec, p.order)) {}
};

template <class Exec, class Preconditioner>
class CgOn final : public CgSolver::Implementation {
 public:
  using Solver = kernels::ConjugateGradient<double, Preconditioner>;
  using Features = kernels::SpdFeatures<double>;

  CgOn(Executor executor, Exec& exec, CgData data, std::int64_t entries, Preconditioner const& preconditioner,
       CgSolver::ShiftScale shift_scale, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(exec),
        data_(std::move(data)),
        entries_(entries),
        shift_scale_(shift_scale),
        solver_(make_solver(preconditioner)),
        capacity_(setup.capacity),
        arguments_(exec, setup.workspace),
        attempts_(exec, solver_, setup.capacity) {
    if (!setup.meta_solver) return;
    if (Preconditioner::parameter_size() == 0) {
      throw InputError("setup.meta_solver chooses a shift, and this preconditioner has none");
    }
    auto const shape = shape_for(*setup.meta_solver, {problems::SpdKind::problem, Features::width, 1});
    part_ = std::min<std::int64_t>(capacity_, most_in_network);
    features_ = exec::Buffer<double>(exec, part_ * Features::width);
    no_default_ = exec::Buffer<double>(exec, 1);
    exec.template load<Features>();
    proposer_ =
        make_proposer<double>(exec, shape, weights_of(*setup.meta_solver), is_double(*setup.meta_solver), part_);
  }

  [[nodiscard]] int unknowns() const override { return solver_.unknowns(); }

  void solve(CgSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) override {
    check(tasks, stopping, results, policy);
    if (tasks.count == 0) return attempts_.clear(results);
    solver_.values = {tasks.values.data, tasks.values.task_stride, tasks.values.item_stride};
    solver_.right = {tasks.right.data, tasks.right.task_stride, tasks.right.item_stride};
    attempts_.set(solver_, {{{tasks.shift}}, shift_scale_});
    auto const call = attempts_.begin(tasks.count, stopping, results, policy, proposer_ != nullptr);
    attempts_.solve_in_parts(call, part_, [&](std::int64_t first, std::int64_t count) {
      auto values = solver_.values;
      values.data += first * values.task_stride;
      exec_.launch(1, count, Features{solver_.matrix, values, features_.data(), solver_.place_of_value});
      return proposer_->propose({features_.data(), Features::width, 1}, {no_default_.data(), 0, 1}, count);
    });
  }

 private:
  [[nodiscard]] Solver make_solver(Preconditioner const& preconditioner) const {
    Solver solver;
    solver.matrix = data_.pattern.view();
    solver.preconditioner = preconditioner;
    solver.scales_exactly = true;
    solver.place_of_value = data_.place_of_value.data();
    solver.unknown_at = data_.unknown_at.data();
    return solver;
  }

  void check(CgSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0 && tasks.values.data == nullptr) reject("tasks.values is null; each task's matrix is needed");
    if (tasks.count > 0 && tasks.right.data == nullptr) reject("tasks.right is null; each task's b is needed");
    if (tasks.count > 0 && tasks.shift.data == nullptr && tasks.shift.value < 0) {
      reject("tasks.shift is " + std::to_string(tasks.shift.value) + ", expected 0 or more");
    }
    arguments_.reads("tasks.values", tasks.values, entries_);
    arguments_.reads("tasks.right", tasks.right, unknowns());
    arguments_.reads("tasks.shift", tasks.shift);
    name_results(arguments_, stopping, results, policy, unknowns());
    arguments_.finish();
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are gone
  Exec& exec_;
  CgData data_;
  std::int64_t entries_;
  CgSolver::ShiftScale shift_scale_;
  Solver solver_;
  std::int64_t capacity_, part_ = 0;
  Arguments arguments_;
  Attempts<Exec, Solver, ShiftConstant> attempts_;
  exec::Buffer<double> features_, no_default_;
  std::unique_ptr<NetworkProposer<double>> proposer_;  ///< null: no meta-solver
};

template <class Exec>
CgImplementation make_cg_on(Executor const& executor, CgPattern const& given, CgSolver::Options const& options,
                            Setup const& setup) {
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  CgData data(exec, given.pattern);
  sparse::FillRule rule{options.fill_level, {}};
  if (options.fill_entries >= 0) rule.entries = options.fill_entries;
  CgImplementation made;
  sparse::with_preconditioner(
      options.preconditioner, exec, given.pattern.structure, rule,
      [&]<class Preconditioner>(Preconditioner const& preconditioner, std::shared_ptr<void const> points_into) {
        data.preconditioner = std::move(points_into);
        made = std::make_unique<CgOn<Exec, Preconditioner>>(executor, exec, std::move(data), given.entries,
                                                            preconditioner, options.shift_scale, setup);
      });
  return made;
}

template <class Exec>
CgFunctions CgFunctions::on() {
  return {.make = &make_cg_on<Exec>};
}

}  // namespace api
}  // namespace metasolve
