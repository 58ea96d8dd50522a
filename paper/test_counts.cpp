// SPDX-License-Identifier: Apache-2.0
#include "paper/test_counts.hpp"

#include <cmath>

#include "metasolve/detail/train/evaluate.hpp"

namespace metasolve::paper {

engine::Outcomes test_outcomes(Executor const& executor, config::RunConfig const& config,
                               train::Checkpoint const* model, double tolerance) {
  auto const splits = problems::problem_of(config).tasks(config);
  auto const features = model != nullptr ? model->features : train::feature_scale(config, splits.train);
  auto const evaluator = engine::make_evaluator(executor, train::learner_options(config, features), splits.test);
  if (model != nullptr) evaluator->set_weights(model->learner.weights);
  train::solve_all(*evaluator, model != nullptr ? engine::Parameters::meta_solver : engine::Parameters::given,
                   {tolerance, config.evaluation.max_iterations}, config.problem.test_tasks);
  return evaluator->outcomes();
}

std::vector<std::vector<std::int32_t>> test_counts(Executor const& executor, config::RunConfig const& config,
                                                   train::Checkpoint const* model,
                                                   std::vector<double> const& tolerances) {
  std::vector<std::vector<std::int32_t>> all;
  for (double const tolerance : tolerances) {
    all.push_back(test_outcomes(executor, config, model, tolerance).iterations);
  }
  return all;
}

std::vector<double> mean_counts(Executor const& executor, config::RunConfig const& config,
                                train::Checkpoint const* model, std::vector<double> const& tolerances) {
  std::vector<double> means;
  for (auto const& counts : test_counts(executor, config, model, tolerances)) means.push_back(moments(counts).mean);
  return means;
}

Moments moments(std::vector<std::int32_t> const& counts) {
  auto const n = static_cast<double>(counts.size());
  Moments m;
  for (auto const k : counts) m.mean += k / n;
  for (auto const k : counts) m.deviation += (k - m.mean) * (k - m.mean) / n;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

}  // namespace metasolve::paper
