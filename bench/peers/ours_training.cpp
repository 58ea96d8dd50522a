// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "bench/peers/ours.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/kernels/problems/implicit_euler.hpp"

namespace metasolve::peers {
namespace {

/// The training of newton_sor_torch.py: all in double precision, unscaled features, at most 2000 sweeps, Adam at 2e-5,
/// gradient norm clipped to 1, the count with the gradient of the sigmoids.
config::RunConfig configured(std::int64_t tasks, int threads) {
  config::RunConfig c;
  c.problem.name = "robertson";
  c.problem.train_tasks = tasks;
  c.problem.validation_tasks = 1;
  c.solver.tolerance = 1e-9;
  c.solver.max_iterations = 2000;
  c.network.hidden = {64, 64};
  c.network.activation = kernels::Activation::relu;
  c.loss.scale = kernels::LossScale::logarithm;
  c.loss.value = kernels::LossValue::count;
  c.optimizer.rate = 2e-5;
  c.training.batch_size = static_cast<int>(tasks);
  c.resources.threads = threads;
  return c;
}

}  // namespace

/// A step: network, solve, surrogate, adjoints, Adam; all tasks in one batch.
void training(Options const& o) {
  auto const config = configured(o.tasks, o.threads);
  auto const executor = executor_of(o);
  auto const splits = problems::problem_of(config).tasks(config);
  auto const options = train::learner_options(config, train::feature_scale(config, splits.train));
  auto const weights = train::initial_weights(config);

  // The counts of the first step.
  auto const evaluator = engine::make_evaluator(executor, options, splits.train);
  evaluator->set_weights(weights);
  for (std::int64_t first = 0; first < o.tasks; first += evaluator->capacity()) {
    evaluator->solve(engine::Parameters::meta_solver, {config.solver.tolerance, config.solver.max_iterations}, first,
                     std::min(evaluator->capacity(), o.tasks - first));
  }
  auto const counts = evaluator->outcomes().iterations;
  if (!o.folder.empty()) {
    using System = kernels::ImplicitEuler<kernels::Robertson, double>;
    std::vector<double> rows(static_cast<std::size_t>(o.tasks * System::columns)), tasks;
    splits.train.fill(0, o.tasks, rows.data());
    for (std::size_t at = 0; at < rows.size(); at += System::columns) {
      for (int const i : {System::parameters_at, System::parameters_at + 1, System::parameters_at + 2, System::step_at,
                          System::state_at, System::state_at + 1, System::state_at + 2}) {
        tasks.push_back(rows[at + static_cast<std::size_t>(i)]);
      }
    }
    write_npy(o.folder + "/training.npy", tasks, 7);
    write_npy(o.folder + "/training_counts.npy", counts);
    write_npy(o.folder + "/training_weights.npy", weights);  // layer by layer: weights [out][in], biases
  }

  auto const learner = engine::make_learner(executor, options, {splits.train, splits.validation});
  std::vector<std::int32_t> order(static_cast<std::size_t>(o.tasks));
  std::iota(order.begin(), order.end(), 0);
  engine::LearnerState state;
  state.weights = weights;
  state.first_moment.assign(weights.size(), 0);
  state.second_moment.assign(weights.size(), 0);
  engine::EpochSettings const settings{config.optimizer.rate, config.solver.tolerance};
  learner->restore({&state, 1});
  double const seconds = median_seconds(o.repeats, [&] {
    learner->begin_epoch(order, {&settings, 1});
    learner->step(o.tasks);
    learner->epoch_totals();
  });
  print(our_figures(o, executor, "training", seconds, "fp64 network 7-64-64-4"), counts, counts);
}

}  // namespace metasolve::peers
