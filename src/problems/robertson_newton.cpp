// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/problem_functions.hpp"
#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/newton_steps.hpp"

namespace metasolve::problems {

namespace {

/// Rows as in kernels::ImplicitEuler.
class NewtonKind final : public engine::TaskKind {
 public:
  using Steps = kernels::NewtonSteps<kernels::Robertson>;
  using System = Steps::System;

  explicit NewtonKind(bool clamps) : clamps_(clamps) {}

  [[nodiscard]] std::int64_t width() const override { return System::columns; }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override {
    using Functions = engine::ProblemFunctions<Steps, false, false>;
    auto const rows = std::make_shared<exec::Buffer<double>>(exec, tasks.count * width());
    if (!exec.planning()) {
      engine::for_each_part(tasks, 65536, [&](double const* part, std::int64_t first, std::int64_t n) {
        rows->upload(part, n * width(), first * width());
      });
    }
    auto const columns = Steps::of_rows(rows->data(), System::columns);
    Steps::Solver solver;
    integrate::set_clamp(solver, clamps_);
    Steps::bind(solver, columns);
    using Stage = engine::SolverStage<Steps::Solver, engine::ProblemConstants<Steps>, false>;
    auto stage = std::make_unique<Stage>(exec, exec::functions_for<Functions>(exec).stage, solver, limits);
    stage->constants() = engine::constants_of<Steps>(columns);
    engine::TaskGroup<double> group;
    group.count = tasks.count;
    group.data = rows;
    group.solver = std::move(stage);
    return group;
  }
  void features_of(double const*, std::int64_t, double*) const override {
    throw Error("features_of: a direct method has no network");
  }
  [[nodiscard]] std::string cost_name() const override { return "robertson newton"; }

 private:
  bool clamps_;
};

}  // namespace

engine::Tasks robertson_by_newton(engine::Tasks tasks, bool clamps) {
  tasks.kind = std::make_shared<NewtonKind>(clamps);
  tasks.fill = [fill = tasks.fill](std::int64_t first, std::int64_t n, double* rows) {
    fill(first, n, rows);
    using System = NewtonKind::System;
    for (std::int64_t i = 0; i < n; ++i) rows[i * System::columns + System::relaxation_at] = 1;  // full steps
  };
  return tasks;
}

}  // namespace metasolve::problems
