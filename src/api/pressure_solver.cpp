// SPDX-License-Identifier: Apache-2.0
#include "metasolve/pressure_solver.hpp"

#include <algorithm>
#include <string>

#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/pressure_features.hpp"
#include "metasolve/kernels/solvers/pressure_cg.hpp"

namespace metasolve {

namespace {

constexpr int most_pressure_side = 4096;

void check_pressure_options(PressureSolver::Options const& o) {
  for (auto const& [name, cells] : {std::pair{"rows", o.rows}, std::pair{"columns", o.columns}}) {
    if (cells >= 1 && cells <= most_pressure_side) continue;
    throw InputError("PressureSolver: options." + std::string(name) + " is " + std::to_string(cells) +
                     ", expected 1 to " + std::to_string(most_pressure_side));
  }
  if (!(o.fill_share >= 0 && o.fill_share <= 1)) {
    throw InputError("PressureSolver: options.fill_share is " + std::to_string(o.fill_share) + ", expected 0 to 1");
  }
  api::check_choice("options.preconditioner", o.preconditioner, PressureSolver::Preconditioner::multigrid);
  api::check_choice("options.measure", o.measure, PressureSolver::Measure::relative_residual);
}

kernels::PressureMeasure pressure_measure_of(PressureSolver::Measure measure) {
  switch (measure) {
    case PressureSolver::Measure::largest_residual:
      return kernels::PressureMeasure::largest_residual;
    case PressureSolver::Measure::residual:
      return kernels::PressureMeasure::residual;
    case PressureSolver::Measure::relative_residual:
      break;
  }
  return kernels::PressureMeasure::relative_residual;
}

kernels::PressurePreconditioner pressure_preconditioner_of(PressureSolver::Preconditioner preconditioner) {
  switch (preconditioner) {
    case PressureSolver::Preconditioner::none:
      return kernels::PressurePreconditioner::none;
    case PressureSolver::Preconditioner::modified_cholesky:
      return kernels::PressurePreconditioner::modified_cholesky;
    case PressureSolver::Preconditioner::multigrid:
      break;
  }
  return kernels::PressurePreconditioner::multigrid;
}

}  // namespace

class PressureSolver::Implementation {
 public:
  Implementation(Executor executor, Options const& options, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        capacity_(setup.capacity),
        arguments_(exec_, setup.workspace),
        stage_(exec_, engine::compiled_for<typename Stage::Functions>(exec_), solver_of(options),
               {.capacity = capacity_}),
        batch_(exec_, stage_, capacity_, true) {
    if (!setup.meta_solver) return;
    predicts_ = true;
    std::int64_t const n = unknowns();
    has_mask_ = setup.meta_solver->features() == 2 * n;
    auto const shape = api::shape_for(*setup.meta_solver, model::pressure_interface(n, has_mask_));
    auto const part = std::min(capacity_, network::most_at_a_time(shape));
    features_ = exec::Buffer<double>(exec_, part * shape.features());
    workspace_ = exec::Buffer<std::byte>(exec_, exec_.team_bytes(features_of(0), part));
    zeros_ = exec::Buffer<double>(exec_, shape.adds_given ? n : 0);
    api::predict_before<double>(exec_, batch_, *setup.meta_solver, shape, part,
                                [this](std::int64_t first, std::int64_t count) { return inputs(first, count); });
  }

  [[nodiscard]] int unknowns() const { return stage_.solution_size(); }

  void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) {
    check(tasks, stopping, results, policy);
    stage_.solver().tasks = {
        api::view(tasks.rhs), api::view(tasks.weights_x), api::view(tasks.weights_y), api::view(tasks.open), {}};
    stage_.constants().view = api::view(tasks.guess);
    if (policy.online.meta_solver != nullptr) {
      Column<double> factor;
      api::bind_online(*policy.online.meta_solver, {api::online_guess_scale(tasks.guess.data != nullptr, factor)});
      stage_.proposal() = stage_.constants();
      stage_.proposal().factor = {factor.data, factor.stride, factor.value};
    }
    api::solve_call(exec_, batch_, tasks.count, stopping, results, policy);
  }

 private:
  using Solver = kernels::PressureCg<double>;
  using Stage = engine::SolverStage<Solver, kernels::ViewConstants<double>, false>;
  using Features = kernels::PressureFeatures<double>;

  static Solver solver_of(Options const& o) {
    Solver solver;
    solver.fill_share = o.fill_share;
    solver.measure_kind = pressure_measure_of(o.measure);
    solver.set({o.columns, o.rows}, pressure_preconditioner_of(o.preconditioner));
    return solver;
  }

  [[nodiscard]] Features features_of(std::int64_t first) {
    Features body{};
    body.tasks = stage_.solver().tasks;
    body.grid = stage_.solver().grid();
    body.first = first;
    body.guess = stage_.constants().view;
    body.has_mask = has_mask_;
    body.features = {features_.data(), (has_mask_ ? 2 : 1) * std::int64_t{unknowns()}, 1};
    return body;
  }

  engine::BatchSolver<double>::Inputs inputs(std::int64_t first, std::int64_t count) {
    auto const body = features_of(first);
    exec_.launch_teams(body, workspace_.data(), count);
    auto given = engine::from(stage_.constants().view, first);
    if (!given && zeros_.size() > 0) given = {zeros_.data(), 0, 1};
    return {{features_.data(), body.features.task_stride, 1}, given};
  }

  void check(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) {
    api::check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    bool const has_weights = tasks.weights_x.data != nullptr;
    if (tasks.count > 0) {
      if (tasks.rhs.data == nullptr) api::reject("tasks.rhs is null; each task's b is needed");
      if (has_weights != (tasks.weights_y.data != nullptr)) {
        api::reject("tasks.weights_x and weights_y: one is null; give both, or neither for weights of 1");
      }
      if (predicts_ && policy.meta_solver && policy.online.meta_solver == nullptr && has_mask_ != has_weights) {
        api::reject(has_mask_ ? "tasks.weights_x is null, and the meta-solver was trained on systems with weights"
                              : "tasks.weights_x is given, and the meta-solver was trained on systems without weights");
      }
    }
    auto const& grid = stage_.solver().grid();
    int const n = grid.points();
    arguments_.reads("tasks.rhs", tasks.rhs, n);
    arguments_.reads("tasks.weights_x", tasks.weights_x, grid.rows * (grid.columns - 1));
    arguments_.reads("tasks.weights_y", tasks.weights_y, (grid.rows - 1) * grid.columns);
    arguments_.reads("tasks.open", tasks.open, n);
    arguments_.reads("tasks.guess", tasks.guess, n);
    api::name_results(arguments_, stopping, results, policy, n);
    arguments_.finish("results.solution", {"tasks.guess"});
  }

  Executor executor_;  ///< keeps exec_ alive
  exec::Backend& exec_;
  std::int64_t capacity_;
  api::Arguments arguments_;
  Stage stage_;
  engine::BatchSolver<double> batch_;
  bool predicts_ = false, has_mask_ = false;
  exec::Buffer<double> features_, zeros_;  ///< with a meta-solver
  exec::Buffer<std::byte> workspace_;
};

namespace {

auto make_pressure_solver(Executor const& executor, PressureSolver::Options const& options, Setup const& setup) {
  check_pressure_options(options);
  return std::make_unique<PressureSolver::Implementation>(executor, options, setup);
}

}  // namespace

PressureSolver::PressureSolver(Executor const& executor, Options const& options, Setup const& setup)
    : implementation_(
          api::with_workspace(executor, setup, [&] { return make_pressure_solver(executor, options, setup); })) {}
PressureSolver::PressureSolver(PressureSolver&&) noexcept = default;
PressureSolver& PressureSolver::operator=(PressureSolver&&) noexcept = default;
PressureSolver::~PressureSolver() = default;

std::size_t PressureSolver::workspace_bytes(Executor const& executor, Options const& options, Setup const& setup) {
  return api::planned_workspace(executor, setup, [&] { return make_pressure_solver(executor, options, setup); });
}

int PressureSolver::unknowns() const noexcept { return implementation_->unknowns(); }

void PressureSolver::solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}

}  // namespace metasolve
