// SPDX-License-Identifier: Apache-2.0
#include "metasolve/meta_solver.hpp"

#include "metasolve/detail/model/model_file.hpp"

namespace metasolve {

MetaSolver MetaSolver::load(std::filesystem::path const& run_or_file) {
  return MetaSolver(std::make_shared<model::Model const>(model::read_model(model::model_file(run_or_file))));
}

MetaSolver::MetaSolver(std::shared_ptr<model::Model const> model) : model_(std::move(model)) {}

std::string const& MetaSolver::problem() const noexcept { return model_->sides.problem; }
int MetaSolver::features() const { return static_cast<int>(model_->network.features()); }
double MetaSolver::tolerance() const noexcept { return model_->training.tolerance; }

}  // namespace metasolve
