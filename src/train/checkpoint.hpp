// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "metasolve/error.hpp"
#include "src/train/schedule.hpp"
#include "src/train/setup.hpp"

namespace metasolve::train {

/// What the constants give on the validation tasks, as mean iterations at solver.tolerance; a task that fails counts as
/// solver.max_iterations.
struct Constants {
  bool known = false;           ///< false: in checkpoints of before
  double own_iterations = 0;    ///< by the tasks' own parameters
  bool is_tuned = false;        ///< one value of a parameter was found best for all training tasks
  double value = 0;             ///< that one,
  double tuned_iterations = 0;  ///< and what it gives
  [[nodiscard]] bool tuned_is_best() const { return is_tuned && tuned_iterations < own_iterations; }
  [[nodiscard]] double iterations() const { return tuned_is_best() ? tuned_iterations : own_iterations; }
};

/// All that training goes on from; also what evaluation and the library load. As safetensors: `layers.L.weight`
/// [out][in] and `layers.L.bias` [out] in the network's precision, `adam.*` or `levenberg_marquardt.*`, `features.*`,
/// `clock.*`, `trainer.*`, `constants.*`; the configuration as JSON in the metadata.
struct Checkpoint {
  config::RunConfig config;
  FeatureScale features;
  engine::LearnerState learner;
  Schedule::State schedule;
  int epoch = 0;  ///< the epoch in progress, or the number of epochs if finished
  bool has_best = false;
  double best_figure = 0;  ///< what `training.selection` names, on the validation tasks
  double best_iterations = 0;
  int best_epoch = 0;  ///< 0: a constant is best so far
  Constants constants;
  bool gives_own = false;           ///< the tasks' own parameters, whatever the weights: nothing better was found
  std::uint64_t metrics_bytes = 0;  ///< of metrics.jsonl, when the checkpoint was made
  std::string metrics_hash = {};    ///< of those bytes; empty: not known (io/hash.hpp)
  double seconds = 0;               ///< spent training until then
  std::string run = {};             ///< identity of the run, as in its manifest; empty: not known
};

/// As of configuration and features, and that gives what the checkpoint gives.
engine::LearnerOptions learner_options(Checkpoint const& checkpoint);

/// Atomic. @throws OutputError
void write_checkpoint(std::filesystem::path const& file, Checkpoint const& checkpoint);

/// The checkpoint is whole, and of a problem that this program does not know.
class UnknownProblem : public InputError {
 public:
  using InputError::InputError;
};

/// @throws UnknownProblem; InputError not such a file, damaged, of a later format, or with shapes that its
/// configuration does not have
Checkpoint read_checkpoint(std::filesystem::path const& file);

}  // namespace metasolve::train
