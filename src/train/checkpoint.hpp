// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "metasolve/detail/model/model_file.hpp"
#include "metasolve/detail/train/schedule.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

/// Results of the constants on the validation tasks, as mean iterations at solver.tolerance; a failed task counts as
/// solver.max_iterations.
struct Constants {
  bool known = false;           ///< false: in checkpoints of earlier versions
  double own_iterations = 0;    ///< with the tasks' own parameters
  bool is_tuned = false;        ///< whether one value of a parameter was found best for all training tasks
  double value = 0;             ///< that value, or of a choice the best variant's index,
  double tuned_iterations = 0;  ///< and its result
  [[nodiscard]] bool tuned_is_best() const { return is_tuned && tuned_iterations < own_iterations; }
  [[nodiscard]] double iterations() const { return tuned_is_best() ? tuned_iterations : own_iterations; }
};

/// One of training.members.
struct MemberState {
  engine::LearnerState learner;
  Schedule::State schedule;
};

/// The complete training state. As safetensors: a model (model/model_file.hpp), whose training part contains the
/// configuration; `adam.*` or `levenberg_marquardt.*`, `clock.*`, `trainer.*`, `constants.*`,
/// `gradient.*`; `members.*` (checkpoint_members.hpp).
struct Checkpoint {
  config::RunConfig config;
  FeatureScale features;
  engine::LearnerState learner;  ///< of the member that is the model
  Schedule::State schedule;      ///< of the same
  int epoch = 0;                 ///< the epoch in progress, or the number of epochs if finished
  bool has_best = false;
  double best_figure = 0;  ///< the figure selected by `training.selection`, on the validation tasks
  double best_iterations = 0;
  int best_epoch = 0;  ///< 0: a constant is the best so far
  Constants constants;
  bool gives_own = false;           ///< returns the tasks' own parameters, whatever the weights: nothing better was
                                    ///< found
  std::uint64_t metrics_bytes = 0;  ///< size of metrics.jsonl when the checkpoint was made
  std::string metrics_hash = {};    ///< of those bytes; empty: unknown (io/hash.hpp)
  double seconds = 0;               ///< training time until then
  std::vector<engine::Price> prices = {};  ///< prices_of, when training began
  std::string run = {};                    ///< identity of the run, as in its manifest; empty: unknown
  int member = 0;                          ///< index of the model's member: the one with the best weights so far
  std::vector<MemberState> others = {};    ///< the other members, in their order
};

/// The states of all members, in their order.
std::vector<MemberState> members_of(Checkpoint const& checkpoint);
/// Stores them; checkpoint.member is set already.
void set_members(Checkpoint& checkpoint, std::vector<MemberState> members);

/// Options from the configuration and features; the learner predicts what the checkpoint predicts.
engine::LearnerOptions learner_options(Checkpoint const& checkpoint);

/// The meta-solver of a checkpoint, without the training state.
model::Model model_of(Checkpoint const& checkpoint);

/// The bytes of a checkpoint's file, and back. @throws as read_checkpoint
std::string encode_checkpoint(Checkpoint const& checkpoint);
Checkpoint decode_checkpoint(std::string_view bytes, std::string const& origin);

/// Atomic. @throws OutputError
void write_checkpoint(std::filesystem::path const& file, Checkpoint const& checkpoint);

/// The checkpoint is valid, but its problem is unknown to this program.
class UnknownProblem : public InputError {
 public:
  using InputError::InputError;
};

/// Reads this format and the previous one. @throws UnknownProblem; problems::UnreadableTasks; InputError another kind
/// of file, damaged, a later format, or its model no longer fits its problem
Checkpoint read_checkpoint(std::filesystem::path const& file);

/// Reads a checkpoint or a model; for a model the training state is initial. @throws as read_checkpoint
Checkpoint read_to_solve(std::filesystem::path const& file);

/// Reads a model or a checkpoint of any problem; one of the previous format, which contains less, only of a problem
/// that is known here. @throws InputError as read_checkpoint
model::Model read_any_model(std::filesystem::path const& file);

}  // namespace metasolve::train
