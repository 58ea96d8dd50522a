// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace metasolve {

namespace model {
struct Model;
}

/// A trained meta-solver (the paper's Psi): a small network that predicts each task's solver parameters from its
/// features. It records its parameters, problem and features; a solver that differs rejects it. Stored on the host;
/// solvers copy its weights to their device. Copies share the weights, which are immutable.
class MetaSolver {
 public:
  /// Loads from the run folder of `metasolve train` (its model.safetensors, else its best checkpoint), or from a file:
  /// a model or a checkpoint.
  /// @throws InputError no such file, truncated, damaged, or of another version; the message says what to do
  static MetaSolver load(std::filesystem::path const& run_or_file);

  /// The problem it was trained for, such as "poisson".
  [[nodiscard]] std::string const& problem() const noexcept;
  /// Number of features per task.
  [[nodiscard]] int features() const;
  /// The tolerance it was trained for.
  [[nodiscard]] double tolerance() const noexcept;

  /// For the library's internal use.
  explicit MetaSolver(std::shared_ptr<model::Model const> model);
  /// The library's own side.
  [[nodiscard]] model::Model const& model() const noexcept { return *model_; }

 private:
  std::shared_ptr<model::Model const> model_;
};

}  // namespace metasolve
