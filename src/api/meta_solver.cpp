// SPDX-License-Identifier: Apache-2.0
#include "metasolve/meta_solver.hpp"

#include "src/io/paths.hpp"
#include "src/train/trainer.hpp"

namespace metasolve {

MetaSolver MetaSolver::load(std::filesystem::path const& run_or_checkpoint) {
  auto const file = io::is_directory(run_or_checkpoint) ? train::RunFiles(run_or_checkpoint).best() : run_or_checkpoint;
  return MetaSolver(std::make_shared<train::Checkpoint const>(train::read_checkpoint(file)));
}

MetaSolver::MetaSolver(std::shared_ptr<train::Checkpoint const> checkpoint) : checkpoint_(std::move(checkpoint)) {}

std::string const& MetaSolver::problem() const noexcept { return checkpoint_->config.problem.name; }
int MetaSolver::features() const { return static_cast<int>(train::network_sizes(checkpoint_->config).front()); }
double MetaSolver::tolerance() const noexcept { return checkpoint_->config.solver.tolerance; }

}  // namespace metasolve
