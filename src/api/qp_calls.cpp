// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/qp_calls.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/solvers/qp_codebook.hpp"

namespace metasolve {

using api::reject;
using sparse::at;

QpSolver::Implementation::Shared::Shared(exec::Backend& exec, api::QpSetup const& setup)
    : weight(exec::uploaded(exec, setup.weight)),
      delta(exec::uploaded(exec, setup.delta)),
      root(exec::uploaded(exec, setup.root)),
      no_lower(exec::uploaded(exec, std::vector<double>(at(setup.rows), -std::numeric_limits<double>::infinity()))),
      no_upper(exec::uploaded(exec, std::vector<double>(at(setup.rows), std::numeric_limits<double>::infinity()))),
      rho(exec, setup.groups),
      group(exec::uploaded(exec, setup.group)),
      group_ptrs(exec::uploaded(exec, setup.group_ptrs)),
      group_rows(exec::uploaded(exec, setup.group_rows)),
      guess_row(exec::uploaded(exec, setup.inequalities)),
      shift_x(exec::uploaded(exec, setup.shift_x)),
      shift_y(exec::uploaded(exec, setup.shift_y)) {}

QpSolver::Implementation::Factors::Factors(exec::Backend& exec, api::QpSetup const& setup, std::int64_t entries,
                                           std::int64_t factor_size)
    : rho(exec, entries * setup.rows),
      log_rho(exec, entries * setup.groups),
      penalties(exec, entries * setup.groups),
      factors(exec, entries * factor_size),
      usable(exec, entries) {}

QpSolver::Implementation::Implementation(Executor executor, Problem const& problem, Options const& options,
                                         Setup const& setup)
    : executor_(std::move(executor)),
      exec_(executor_.backend()),
      plan_(exec_, problem.p, problem.a),
      setup_(problem, options, setup.meta_solver ? &setup.meta_solver->model().sides : nullptr),
      capacity_(setup.capacity),
      codebook_(options.codebook),
      shared_(exec_, setup_),
      factors_(exec_, setup_, std::max(1, codebook_), plan_.view().factor_size()),
      arguments_(exec_, setup.workspace),
      stage_(exec_, make_solver(options), capacity_, std::max(1, codebook_),
             setup.meta_solver ? static_cast<int>(setup_.inequalities.size()) : 0),
      batch_(exec_, stage_, capacity_, true) {
  exec_.load<kernels::CodebookPenalties>();
  if (setup.meta_solver) set_meta_solver(*setup.meta_solver);
  rho_ = default_rho(problem, options, setup);
  if (!rho_.empty()) shared_.rho.upload(rho_.data(), setup_.groups);
}

QpSolver::Implementation::Own QpSolver::Implementation::make_solver(Options const& options) const {
  Own s;
  s.kkt = plan_.view();
  s.settings.sigma = options.sigma;
  s.settings.absolute = options.absolute;
  s.settings.certificate = options.certificate_tolerance;
  s.settings.guess_rho = setup_.guess_rho;
  s.settings.guess_row = shared_.guess_row.data();
  s.settings.weight = shared_.weight.data();
  s.settings.groups = setup_.groups;
  s.settings.group_of_row = shared_.group.data();
  s.settings.group_ptrs = shared_.group_ptrs.data();
  s.settings.group_rows = shared_.group_rows.data();
  return s;
}

void QpSolver::Implementation::set_meta_solver(MetaSolver const& meta_solver) {
  auto const& sides = meta_solver.model().sides;
  auto const is_groups = sides.parameters.empty() || sides.parameters[0].count == setup_.groups;
  if (sides.problem == model::qp_name && !is_groups) {
    throw InputError("setup.meta_solver predicts " + std::to_string(sides.parameters[0].count) +
                     " penalties, and this solver has " + std::to_string(setup_.groups) +
                     ": set options.penalty_group as in its training");
  }
  bool const has_start = sides.parameters.size() > 2;
  guessed_ = has_start ? static_cast<int>(setup_.inequalities.size()) : 0;
  auto wanted = model::qp_interface(setup_.groups, guessed_);
  wanted.features = sides.features;  // the caller's
  wanted.head = sides.head;          // what it predicts is checked for each task
  auto const shape = api::shape_for(meta_solver, wanted);
  feature_count_ = static_cast<int>(sides.feature_count());
  auto const part = std::min<std::int64_t>(capacity_, engine::most_in_network);
  defaults_ = exec::Buffer<double>(exec_, part * (setup_.groups + 1 + guessed_));
  exec_.load<kernels::QpDefaults>();
  api::predict_before<double>(exec_, batch_, meta_solver, shape, part,
                              [this](std::int64_t first, std::int64_t count) { return inputs(first, count); });
}

engine::BatchSolver<double>::Inputs QpSolver::Implementation::inputs(std::int64_t first, std::int64_t count) {
  int const size = setup_.groups + 1 + guessed_;
  exec_.launch(count, size, kernels::QpDefaults{stage_.constants(), first, size, defaults_.data()});
  return {engine::from(api::view(features_), first), {defaults_.data(), size, 1}};
}

void QpSolver::Implementation::name_matrices(char const* p_name, BatchView<double const> const& p, char const* a_name,
                                             BatchView<double const> const& a) {
  auto const check = [&](char const* name, BatchView<double const> const& values, std::int64_t entries) {
    if (entries == 0) return;
    if (values.data == nullptr) reject(std::string(name) + " is null; each task's matrix is needed");
    if (api::is_shared(p) && api::is_shared(a) && values.item_stride != 1) {
      reject(std::string(name) + ": values that all tasks share must be contiguous (item_stride 1)");
    }
    arguments_.reads(name, values, entries);
  };
  check(p_name, p, setup_.p_entries);
  check(a_name, a, setup_.a_entries);
}

void QpSolver::Implementation::name_tasks(Tasks const& tasks) {
  if (tasks.count > 0 && tasks.q.data == nullptr) reject("tasks.q is null; each task's q is needed");
  if (tasks.count > 0) name_matrices("tasks.p_values", tasks.p_values, "tasks.a_values", tasks.a_values);
  arguments_.reads("tasks.q", tasks.q, setup_.variables);
  arguments_.reads("tasks.lower", tasks.lower, setup_.rows);
  arguments_.reads("tasks.upper", tasks.upper, setup_.rows);
  arguments_.reads("tasks.scales", tasks.scales, 2);
}

void QpSolver::Implementation::bind_tasks(Tasks const& tasks) {
  auto& to = stage_.solver().tasks;
  to.p = api::view(tasks.p_values);
  to.a = api::view(tasks.a_values);
  // A matrix without entries is that of all tasks.
  if (setup_.p_entries == 0) to.p.task_stride = to.a.task_stride;
  if (setup_.a_entries == 0) to.a.task_stride = to.p.task_stride;
  to.q = api::view(tasks.q);
  to.lower = tasks.lower.data != nullptr ? api::view(tasks.lower)
                                         : kernels::BatchView<double const>{shared_.no_lower.data(), 0, 1};
  to.upper = tasks.upper.data != nullptr ? api::view(tasks.upper)
                                         : kernels::BatchView<double const>{shared_.no_upper.data(), 0, 1};
  to.scales = api::view(tasks.scales);
}

void QpSolver::Implementation::factor(BatchView<double const> const& p, BatchView<double const> const& a,
                                      BatchView<double const> const& rho, int entries) {
  Own by = stage_.solver();
  by.tasks.p = {p.data, 0, 1};
  by.tasks.a = {a.data, 0, 1};
  exec_.launch(entries, setup_.rows + setup_.groups,
               kernels::CodebookPenalties{by.settings, setup_.rows, api::view(rho), factors_.rho.data(),
                                          factors_.log_rho.data(), factors_.penalties.data()});
  stage_.factor({by, entries, factors_.rho.data(), factors_.factors.data(), factors_.usable.data()});
}

void QpSolver::Implementation::set_codebook(Codebook const& codebook) {
  if (codebook_ == 0) reject("set_codebook: options.codebook is 0; make the solver with the number of entries");
  arguments_.begin(codebook_);
  if (codebook.rho.data == nullptr && setup_.groups > 0) reject("codebook.rho is null; each entry's is needed");
  name_matrices("codebook.p_values", {codebook.p_values.data, 0, codebook.p_values.item_stride}, "codebook.a_values",
                {codebook.a_values.data, 0, codebook.a_values.item_stride});
  arguments_.reads("codebook.rho", codebook.rho, setup_.groups);
  arguments_.finish();
  factor(codebook.p_values, codebook.a_values, codebook.rho, codebook_);
  has_codebook_ = true;
}

void QpSolver::Implementation::polish(Tasks const& tasks, Polish const& polish) {
  api::check_count(tasks.count, capacity_);
  arguments_.begin(tasks.count);
  if (tasks.count > 0 && polish.solution.data == nullptr) reject("polish.solution is null; it is improved in place");
  name_tasks(tasks);
  arguments_.reads("polish.status", polish.status);
  arguments_.writes("polish.solution", polish.solution, columns());
  arguments_.writes("polish.measure", polish.measure);
  arguments_.writes("polish.polished", polish.polished);
  arguments_.finish();
  if (tasks.count == 0) return;
  bind_tasks(tasks);
  stage_.solve_active_set({.solver = stage_.solver(),
                           .count = tasks.count,
                           .delta = shared_.delta.data(),
                           .root = shared_.root.data(),
                           .polishes = true,
                           .polish = {api::view(polish.solution), polish.status, polish.measure, polish.polished},
                           .gradient = {}});
}

void QpSolver::Implementation::gradient(Tasks const& tasks, Gradient const& g) {
  api::check_count(tasks.count, capacity_);
  arguments_.begin(tasks.count);
  if (tasks.count > 0 && g.solution.data == nullptr)
    reject("gradient.solution is null; each task's x and y are needed");
  if (tasks.count > 0 && g.solution_bar.data == nullptr) {
    reject("gradient.solution_bar is null; each task's dF/dx, dF/dy are needed");
  }
  name_tasks(tasks);
  arguments_.reads("gradient.solution", g.solution, columns());
  arguments_.reads("gradient.solution_bar", g.solution_bar, g.of_x ? setup_.variables : columns());
  arguments_.writes("gradient.q_bar", g.q_bar, setup_.variables);
  arguments_.writes("gradient.lower_bar", g.lower_bar, setup_.rows);
  arguments_.writes("gradient.upper_bar", g.upper_bar, setup_.rows);
  arguments_.writes("gradient.p_bar", g.p_bar, setup_.p_entries);
  arguments_.writes("gradient.a_bar", g.a_bar, setup_.a_entries);
  arguments_.writes("gradient.status", g.status);
  arguments_.finish();
  if (tasks.count == 0) return;
  bind_tasks(tasks);
  stage_.solve_active_set(
      {.solver = stage_.solver(),
       .count = tasks.count,
       .delta = shared_.delta.data(),
       .root = shared_.root.data(),
       .polishes = false,
       .polish = {},
       .gradient = {api::view(g.solution), api::view(g.solution_bar), g.of_x, api::view(g.q_bar),
                    api::view(g.lower_bar), api::view(g.upper_bar), api::view(g.p_bar), api::view(g.a_bar), g.status}});
}

}  // namespace metasolve
