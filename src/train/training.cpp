// SPDX-License-Identifier: Apache-2.0
#include "metasolve/training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/detail/train/own_configuration.hpp"
#include "metasolve/detail/train/run.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"
#include "metasolve/types.hpp"

namespace metasolve::api {

namespace {

TrainingReport report_of(train::Evaluation const& evaluation, train::Checkpoint const& best, double seconds) {
  auto const& at = evaluation.tolerances.front();
  auto const failed = [&](train::SideFigures const& side) {
    return evaluation.tasks - side.status[static_cast<std::size_t>(Status::converged)];
  };
  TrainingReport r;
  r.constant_iterations = at.baseline.mean;
  r.iterations = at.meta.mean;
  r.converged = at.meta.converged_share;
  r.time_ratio = evaluation.timing.ratio_to(train::Role::baseline);
  r.seconds = seconds;
  r.tasks = evaluation.tasks;
  r.failed = failed(at.meta);
  r.constant_failed = failed(at.baseline);
  r.gives_constant = best.constants.known && best.best_epoch == 0;
  if (!at.tuned) return r;
  r.tuned = evaluation.tuned;
  r.tuned_iterations = at.tuned->mean;
  r.tuned_time_ratio = evaluation.timing.ratio_to(train::Role::tuned);
  r.tuned_failed = failed(*at.tuned);
  return r;
}

TrainingReport stopped_after(double seconds) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  TrainingReport r;
  r.constant_iterations = r.iterations = r.converged = r.time_ratio = unknown;
  r.seconds = seconds;
  r.finished = false;
  return r;
}

/// The scaling of the features depends on the training tasks: if it differs, so do the tasks.
/// @throws InputError
void require_same_tasks(config::RunConfig const& config, train::RunFiles const& files) {
  std::optional<train::Checkpoint> begun;
  try {
    begun = train::read_checkpoint(files.last());
  } catch (InputError const&) {
    return;  // the run repairs or reports it
  }
  if (config.network.feature_scaling == config::FeatureScaling::none) return;
  auto const now = train::feature_scale(config, problems::problem_of(config).tasks(config).train);
  auto const differ = [](std::vector<double> const& a, std::vector<double> const& b) {
    return !std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) <= 1e-9 * (1 + std::abs(x)); });
  };
  if (!differ(now.shift, begun->features.shift) && !differ(now.scale, begun->features.scale)) return;
  throw InputError(files.folder.string() +
                   ": the run was begun with other training tasks than those given now (their features have another "
                   "mean or spread); give the same ones, or train into another folder");
}

}  // namespace

TrainingReport train_problem(ProblemIdentity const& problem, Executor const& executor, std::filesystem::path const& run,
                             RunTasks const& tasks, TrainingSettings const& settings, TrainingControl const& control) {
  auto const& known = problems::user_problem(problem.name, problem.type);
  auto const config = train::own_configuration(problem.name, settings);
  problems::UserProblem::Lent const data(known, {tasks.rows, tasks.solver});
  train::RunRequest request{train::RunFiles(run),
                            control.resume && train::holds_run(train::RunFiles(run)),
                            config,
                            train::command_line(),
                            train::remedies_of_library,
                            {},
                            train::hooks_of(control)};
  exec::from_first(executor.ranks(), [&] {
    if (request.resume) require_same_tasks(config, request.files);
    return std::string();
  });
  auto const trained = train::train_run(executor, request);
  if (!trained.finished) return stopped_after(trained.seconds);
  std::optional<train::Checkpoint> own;
  auto const bytes = exec::from_first(executor.ranks(), [&] {
    own = train::read_checkpoint(trained.has_best ? request.files.best() : request.files.last());
    return exec::ranks_of(executor) > 1 ? train::encode_checkpoint(*own) : std::string();
  });
  auto const model = own ? *own : train::decode_checkpoint(bytes, "rank 0's checkpoint");
  auto report = report_of(train::evaluate(executor, model, train::ConstantSearch::none), model, trained.seconds);
  report.was_finished = trained.was_finished;
  return report;
}

TrainingReport evaluate_problem(ProblemIdentity const& problem, Executor const& executor,
                                std::filesystem::path const& run, RunTasks const& tasks,
                                TrainingSettings const& settings) {
  auto const& known = problems::user_problem(problem.name, problem.type);
  auto const model = train::read_model(train::find_model(run, "best").path, settings, "setting");
  if (model.config.problem.name != problem.name) {
    throw InputError(run.string() + ": was trained for problem \"" + model.config.problem.name + "\", and \"" +
                     problem.name + "\" is to be evaluated");
  }
  problems::UserProblem::Lent const data(known, {tasks.rows, tasks.solver});
  return report_of(train::evaluate(executor, model, train::ConstantSearch::none), model, model.seconds);
}

}  // namespace metasolve::api
