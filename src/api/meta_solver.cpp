// SPDX-License-Identifier: Apache-2.0
#include "metasolve/meta_solver.hpp"

#include "src/train/trainer.hpp"

namespace metasolve {

MetaSolver MetaSolver::load(std::filesystem::path const& run_or_checkpoint) {
  std::error_code error;
  auto file = run_or_checkpoint;
  if (std::filesystem::is_directory(file, error)) {
    train::RunFiles const files(run_or_checkpoint);
    file = files.best();
    if (!std::filesystem::exists(file, error) && std::filesystem::exists(files.last(), error)) {
      throw InputError(run_or_checkpoint.string() + ": has no " + file.filename().string() + "; load " +
                       files.last().string() + " by its own name, or finish the training");
    }
  }
  return MetaSolver(std::make_shared<train::Checkpoint const>(train::read_checkpoint(file)));
}

MetaSolver::MetaSolver(std::shared_ptr<train::Checkpoint const> checkpoint) : checkpoint_(std::move(checkpoint)) {}

std::string const& MetaSolver::problem() const noexcept { return checkpoint_->config.problem.name; }
int MetaSolver::features() const { return static_cast<int>(train::network_sizes(checkpoint_->config).front()); }
double MetaSolver::tolerance() const noexcept { return checkpoint_->config.solver.tolerance; }

}  // namespace metasolve
