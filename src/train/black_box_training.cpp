// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/black_box.hpp"
#include "metasolve/detail/model/model.hpp"
#include "metasolve/detail/network/predictor.hpp"
#include "metasolve/detail/problems/black_box.hpp"

namespace metasolve {

namespace {

/// The caller's rows, followed by the parameters' constants.
TaskRows with_constants(BlackBox const& box, TaskRows const& rows) {
  return [&box, &rows](TaskSet set, std::int64_t first, std::int64_t n, double* to) {
    auto const columns = static_cast<std::int64_t>(box.columns.size());
    auto const width = columns + static_cast<std::int64_t>(box.parameters.size());
    std::vector<double> given(to, to + n * columns);  // what is not written stays what it was: NaN
    rows(set, first, n, given.data());
    for (std::int64_t t = 0; t < n; ++t) {
      double* const row = to + t * width;
      std::copy_n(given.data() + t * columns, columns, row);
      for (std::size_t p = 0; p < box.parameters.size(); ++p) {
        row[columns + static_cast<std::int64_t>(p)] = box.parameters[p].constant;
      }
    }
  };
}

api::ProblemIdentity identity_of(BlackBox const& box) { return {box.name, typeid(BlackBox)}; }

}  // namespace

TrainingReport train_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                               TaskRows const& rows, TrainingSettings const& settings, TrainingControl const& control) {
  problems::register_box(box);
  return api::train_problem(identity_of(box), executor, run,
                            {with_constants(box, rows), std::make_shared<BlackBox const>(box)}, settings, control);
}

TrainingReport evaluate_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                                  TaskRows const& rows, TrainingSettings const& settings) {
  problems::register_box(box);
  return api::evaluate_problem(identity_of(box), executor, run,
                               {with_constants(box, rows), std::make_shared<BlackBox const>(box)}, settings);
}

void predict_parameters(BlackBox const& box, MetaSolver const& meta_solver, std::int64_t n, double const* rows,
                        double* parameters) {
  validate(box);
  auto const& model = meta_solver.model();
  model::require_fits(model, problems::described(box).sides, "predict_parameters");
  if (n <= 0) return;
  auto const columns = static_cast<std::int64_t>(box.columns.size());
  auto const count = static_cast<std::int64_t>(box.parameters.size());
  auto const executor = Executor::cpu(1);
  auto& exec = executor.backend();
  exec::Buffer<double> features(exec, n * columns), constants(exec, count);
  auto const of_rows = problems::features_of(box, rows, n, columns);
  std::vector<double> of_box;
  for (auto const& p : box.parameters) of_box.push_back(p.constant);
  constants.upload(of_box.data(), count);
  features.upload(of_rows.data(), n * columns);
  auto const predictor = network::make_predictor<double>(exec, model::shape_of(model),
                                                         model.precision == engine::Precision::double_precision, n);
  predictor->set_weights(model.weights);
  auto const theta = predictor->predict({features.data(), columns, 1}, {constants.data(), 0, 1}, n);
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::int64_t p = 0; p < count; ++p) parameters[t * count + p] = theta(t, static_cast<int>(p));
  }
}

}  // namespace metasolve
