// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/black_box.hpp"
#include "metasolve/detail/model/model.hpp"
#include "metasolve/detail/network/predictor.hpp"
#include "metasolve/detail/problems/black_box_problem.hpp"

namespace metasolve {

namespace {

api::ProblemIdentity identity_of(BlackBox const& box) { return {box.name, typeid(BlackBox)}; }

/// What differs from the settings of other problems, unless the caller says otherwise: where there is no constant to
/// search for, training begins with random weights; a limit in microseconds is as long as it can be.
TrainingSettings settings_for(BlackBox const& box, TrainingSettings const& given) {
  TrainingSettings settings;
  if (!problems::tuned_of(box, problems::described(box))) settings.emplace_back("network.start=\"drawn\"");
  if (box.cost == BlackBoxCost::seconds) {
    settings.push_back("solver.max_iterations=" + std::to_string(problems::longest_microseconds));
  }
  settings.insert(settings.end(), given.begin(), given.end());
  return settings;
}

}  // namespace

TrainingReport train_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                               TaskRows const& rows, TrainingSettings const& settings, TrainingControl const& control) {
  problems::register_box(box);
  return api::train_problem(identity_of(box), executor, run,
                            {problems::with_constants(box, rows), std::make_shared<BlackBox const>(box)},
                            settings_for(box, settings), control);
}

TrainingReport evaluate_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                                  TaskRows const& rows, TrainingSettings const& settings) {
  problems::register_box(box);
  return api::evaluate_problem(identity_of(box), executor, run,
                               {problems::with_constants(box, rows), std::make_shared<BlackBox const>(box)}, settings);
}

void predict_parameters(BlackBox const& box, MetaSolver const& meta_solver, std::int64_t n, double const* rows,
                        double* parameters) {
  validate(box);
  auto const& model = meta_solver.model();
  model::require_fits(model, problems::described(box).sides, "predict_parameters");
  if (n <= 0) return;
  auto const space = problems::space_of(box);
  auto const constants = problems::constants_of(box);
  auto const coordinates = static_cast<std::int64_t>(constants.size());
  auto const width = problems::feature_count(box), columns = static_cast<std::int64_t>(box.columns.size());
  auto const executor = Executor::cpu(1);
  auto& exec = executor.backend();
  exec::Buffer<double> features(exec, n * width), own(exec, coordinates);
  auto const of_rows = problems::features_of(box, rows, n, columns);
  own.upload(constants.data(), coordinates);
  features.upload(of_rows.data(), n * width);
  auto const predictor = network::make_predictor<double>(exec, model::shape_of(model),
                                                         model.precision == engine::Precision::double_precision, n);
  predictor->set_weights(model.weights);
  auto const theta = predictor->predict({features.data(), width, 1}, {own.data(), 0, 1}, n);
  std::vector<double> predicted(constants.size());
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::int64_t j = 0; j < coordinates; ++j) {
      predicted[static_cast<std::size_t>(j)] = theta(t, static_cast<int>(j));
    }
    space.resolve(predicted.data(), parameters + t * space.parameters());
  }
}

}  // namespace metasolve
