// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace metasolve {

namespace train {
struct Checkpoint;
}

/// A trained meta-solver (the paper's Psi): a small network that chooses each task's solver parameters from its
/// features. A value on the host; solvers place its weights on their device. Copies share the weights, which never
/// change.
class MetaSolver {
 public:
  /// From a run folder of `metasolve train` (its best checkpoint) or a .safetensors checkpoint.
  /// @throws InputError no such file, truncated, damaged, or of another version
  static MetaSolver load(std::filesystem::path const& run_or_checkpoint);

  /// The problem that it was trained for, such as "poisson".
  [[nodiscard]] std::string const& problem() const noexcept;
  /// Numbers that it sees of a task.
  [[nodiscard]] int features() const;
  /// The tolerance that it was trained for.
  [[nodiscard]] double tolerance() const noexcept;

  /// The library's own side.
  explicit MetaSolver(std::shared_ptr<train::Checkpoint const> checkpoint);
  [[nodiscard]] train::Checkpoint const& checkpoint() const noexcept { return *checkpoint_; }

 private:
  std::shared_ptr<train::Checkpoint const> checkpoint_;
};

}  // namespace metasolve
