// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/make_learner.hpp"

#include "metasolve/detail/engine/training/adam_learner.hpp"
#include "metasolve/detail/engine/training/lm_learner.hpp"
#include "metasolve/detail/engine/training/member_learners.hpp"
#include "metasolve/detail/engine/training/shared_evaluator.hpp"
#include "metasolve/detail/engine/training/shared_tasks.hpp"
#include "metasolve/detail/engine/training/task_evaluator.hpp"
#include "metasolve/detail/exec/from_first.hpp"

namespace metasolve::engine {

namespace {

/// One learner per member: each splits its batches, and so has the bits, as if it were alone.
std::unique_ptr<Learner> make_apart(Executor const& executor, LearnerOptions const& o, LearnerTasks const& tasks) {
  auto one = o;
  one.members = 1;
  one.memory = o.memory / o.members;
  std::vector<std::unique_ptr<Learner>> learners;
  learners.reserve(static_cast<std::size_t>(o.members));
  for (std::int64_t m = 0; m < o.members; ++m) {
    auto const own = [&](Tasks const& all) { return slice(all, m * (all.count / o.members), all.count / o.members); };
    learners.push_back(make_learner(executor, one, {own(tasks.train), own(tasks.validation)}));
  }
  return std::make_unique<MemberLearners>(std::move(learners));
}

}  // namespace

BatchShare LearnerOptions::share_of(Executor const& executor, std::int64_t tasks) const {
  bool const by_tree = reproducible == Reproducible::ranks;
  return BatchShare::of(tasks, by_tree ? rows_for(tasks, costly) : 0, exec::rank_of(executor),
                        exec::ranks_of(executor));
}

std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& o, LearnerTasks const& tasks) {
  if (o.optimizer == Optimizer::levenberg_marquardt) return std::make_unique<LmLearner>(executor, o, tasks);
  if (o.members > 1) return make_apart(executor, o, tasks);
  bool const wide_network = o.network_precision == Precision::double_precision;
  bool const wide_solver = o.solver_precision == Precision::double_precision;
  if (wide_network && wide_solver) return std::make_unique<AdamLearner<double, double>>(executor, o, tasks);
  if (wide_network) return std::make_unique<AdamLearner<double, float>>(executor, o, tasks);
  if (wide_solver) return std::make_unique<AdamLearner<float, double>>(executor, o, tasks);
  return std::make_unique<AdamLearner<float, float>>(executor, o, tasks);
}

namespace {

std::unique_ptr<Evaluator> make_own_evaluator(Executor const& executor, LearnerOptions const& o, Tasks const& tasks) {
  if (o.solver_precision == Precision::double_precision) {
    return std::make_unique<TaskEvaluator<double>>(executor, o, tasks);
  }
  return std::make_unique<TaskEvaluator<float>>(executor, o, tasks);
}

}  // namespace

std::unique_ptr<Evaluator> make_evaluator(Executor const& executor, LearnerOptions const& o, Tasks const& tasks) {
  if (exec::ranks_of(executor) == 1 || executor.backend().planning()) return make_own_evaluator(executor, o, tasks);
  auto const shared = shared_tasks(executor, tasks);
  return std::make_unique<SharedEvaluator>(executor, tasks.count, make_own_evaluator(executor, o, shared));
}

}  // namespace metasolve::engine
