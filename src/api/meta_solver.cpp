// SPDX-License-Identifier: Apache-2.0
#include "metasolve/meta_solver.hpp"

#include "src/io/paths.hpp"
#include "src/train/trainer.hpp"

namespace metasolve {

MetaSolver MetaSolver::load(std::filesystem::path const& run_or_checkpoint) {
  auto file = run_or_checkpoint;
  if (io::is_directory(file)) {
    train::RunFiles const files(run_or_checkpoint);
    file = files.best();
    if (!io::exists(file) && io::exists(files.last())) {
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
