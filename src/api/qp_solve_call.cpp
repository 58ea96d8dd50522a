// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/qp_calls.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "metasolve/detail/api/solve_call.hpp"

namespace metasolve {

using api::reject;
using kernels::AdmmStart;

namespace {

template <class T>
kernels::PerTask<T> per_task(Column<T> const& column) {
  return {column.data, column.stride, column.value};
}
template <class T>
T const* or_null(exec::Buffer<T> const& buffer) {
  return buffer.size() > 0 ? buffer.data() : nullptr;
}

}  // namespace

void QpSolver::Implementation::bind_constants(Tasks const& tasks, bool is_predicted) {
  auto& settings = stage_.solver().settings;
  bool const is_dual = is_predicted && guessed_ > 0;
  settings.start = tasks.guess.data != nullptr ? AdmmStart::primal_dual : AdmmStart::cold;
  if (is_dual) settings.start = AdmmStart::dual;
  settings.guessed = is_dual ? guessed_ : 0;
  auto& c = stage_.constants();
  c = {};
  c.penalties = setup_.groups;
  c.variables = setup_.variables;
  c.start = settings.start;
  c.rho = tasks.rho.data != nullptr ? api::view(tasks.rho) : kernels::BatchView<double const>{shared_.rho.data(), 0, 1};
  c.alpha = per_task(tasks.alpha);
  c.entry = per_task(tasks.entry);
  c.entries = codebook_;
  c.of_entry = factors_.penalties.data();
  c.guess = api::view(tasks.guess);
  if (tasks.shifts_guess) {
    c.shift_x = or_null(shared_.shift_x);
    c.shift_y = or_null(shared_.shift_y);
  }
  c.guess_row = shared_.guess_row.data();
  c.guess_rho = settings.guess_rho;
  c.lower = stage_.solver().tasks.lower;
  c.upper = stage_.solver().tasks.upper;
}

void QpSolver::Implementation::bind_online(OnlineMetaSolver const& online, Tasks const& tasks) {
  auto& proposal = stage_.proposal();
  proposal = stage_.constants();
  Column<double> factor = 1.0, alpha = tasks.alpha;
  api::bind_online(online, {api::online_rho(setup_.groups > 0, factor), api::online_alpha(alpha)});
  proposal.rho_factor = per_task(factor);
  proposal.alpha = per_task(alpha);
}

void QpSolver::Implementation::check_parameters(Tasks const& tasks, bool chooses_rho) const {
  if (tasks.alpha.data == nullptr && !(tasks.alpha.value > 0 && tasks.alpha.value < 2)) {
    reject("tasks.alpha is " + std::to_string(tasks.alpha.value) + ", expected above 0 and below 2");
  }
  if (rho_.empty() && setup_.groups > 0 && tasks.rho.data == nullptr) {
    reject("tasks.rho is null, and the meta-solver does not say which constants it was trained with; give it");
  }
  if (tasks.shifts_guess && tasks.guess.data == nullptr) reject("tasks.shifts_guess: there is no guess to shift");
  if (tasks.shifts_guess && setup_.shift_x.empty() && setup_.shift_y.empty()) {
    reject("tasks.shifts_guess: options.shift_x and options.shift_y are empty; give where shifted numbers come from");
  }
  if (codebook_ == 0) {
    if (tasks.entry.data != nullptr || tasks.entry.value >= 0) reject("tasks.entry: options.codebook is 0");
    return;
  }
  if (!has_codebook_) reject("set_codebook has not been called; options.codebook is " + std::to_string(codebook_));
  if (tasks.entry.data == nullptr && tasks.entry.value >= codebook_) {
    reject("tasks.entry is " + std::to_string(tasks.entry.value) + ", expected -1 to " + std::to_string(codebook_ - 1));
  }
  bool const shares = (api::is_shared(tasks.p_values) || setup_.p_entries == 0) &&
                      (api::is_shared(tasks.a_values) || setup_.a_entries == 0);
  if (!shares) {
    reject("tasks.p_values and a_values: with a codebook all tasks have the same, of task_stride 0");
  }
  if (chooses_rho && codebook_ == 1) reject("the online meta-solver chooses \"rho\", and the codebook has one entry");
}

void QpSolver::Implementation::solve(Tasks const& given, Stopping<double> const& stopping,
                                     Results<double> const& results, Policy const& policy) {
  auto tasks = given;
  if (tasks.alpha.data == nullptr && tasks.alpha.value == 0) tasks.alpha = setup_.alpha;
  auto* const online = policy.online.meta_solver;
  bool const is_predicted = batch_.has_meta_solver() && policy.meta_solver && online == nullptr;
  bool const chooses_rho = online != nullptr && api::chooses(*online, api::online_names::rho);
  api::check_count(tasks.count, capacity_);
  arguments_.begin(tasks.count);
  if (tasks.count > 0) check_parameters(tasks, chooses_rho);
  name_tasks(tasks);
  arguments_.reads("tasks.rho", tasks.rho, setup_.groups);
  arguments_.reads("tasks.alpha", tasks.alpha);
  arguments_.reads("tasks.entry", tasks.entry);
  arguments_.reads("tasks.guess", tasks.guess, columns());
  if (is_predicted) {
    if (tasks.count > 0 && feature_count_ > 0 && tasks.features.data == nullptr) {
      reject("tasks.features is null; the meta-solver has " + std::to_string(feature_count_) + " features a task");
    }
    arguments_.reads("tasks.features", tasks.features, feature_count_);
  }
  api::name_results(arguments_, stopping, results, policy, columns());
  arguments_.finish("results.solution", {"tasks.guess"});

  features_ = tasks.features;
  bind_tasks(tasks);
  bind_constants(tasks, is_predicted);
  if (online != nullptr) bind_online(*online, tasks);
  auto& solver = stage_.solver();
  bool const is_one = codebook_ == 0 && solver.tasks.shares_matrices() && stage_.constants().rho.task_stride == 0;
  bool const uses_shared = (is_one || codebook_ == 1) && !is_predicted && !chooses_rho;
  if (tasks.count > 0 && codebook_ == 0 && uses_shared) {
    auto const& rho = stage_.constants().rho;
    factor(tasks.p_values, tasks.a_values, {rho.data, rho.task_stride, rho.item_stride}, 1);
  }
  stage_.use_shared(uses_shared);
  solver.codebook = {};
  if (codebook_ > 0 || uses_shared) {
    solver.codebook = {std::max(1, codebook_), factors_.rho.data(), factors_.log_rho.data(), factors_.factors.data(),
                       factors_.usable.data()};
  }
  api::solve_call(exec_, batch_, tasks.count, stopping, results, policy);
}

}  // namespace metasolve
