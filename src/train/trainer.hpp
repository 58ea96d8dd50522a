// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/metrics_log.hpp"
#include "metasolve/training.hpp"

namespace metasolve::train {

struct TrainerHooks {
  std::function<void(TrainingProgress const&)> progress;  ///< called after each epoch; may be empty
  std::atomic<bool> const* stop = nullptr;                ///< true: save after the current step and return
  std::function<void(std::string const&)> notice;         ///< receives messages for the user immediately; may be empty
  std::function<void()> saved;                            ///< called after each checkpoint; may be empty
};

/// State from which training resumes.
struct StartingPoint {
  Checkpoint from;
  std::optional<Checkpoint> best;  ///< on disk; none although `from` has one: it is lost and determined again
  KeptLog log;
};

struct TrainResult {
  bool finished = false;  ///< false: stopped, can be resumed
  int epoch = 0;
  bool has_best = false;  ///< whether best.safetensors exists
  int best_epoch = 0;     ///< 0: no epoch improved on the constants
  double best_iterations = 0;
  double seconds = 0;
  Constants constants = {};
  bool was_finished = false;  ///< before: nothing was trained in this call
  double time_ratio = 0;      ///< time of the best weights / the better constant, on the validation tasks; 0: not
                              ///< measured
  int best_member = 0;        ///< of training.members, whose weights are the best
};

/// Files of a run: metrics.jsonl (one line per epoch), the checkpoints last.safetensors and best.safetensors, and
/// model.safetensors, the best meta-solver alone.
struct RunFiles {
  explicit RunFiles(std::filesystem::path const& run) : folder(run) {}
  std::filesystem::path folder;
  [[nodiscard]] std::filesystem::path manifest() const { return folder / "manifest.json"; }
  [[nodiscard]] std::filesystem::path metrics() const { return folder / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path last() const { return folder / model::last_name; }
  [[nodiscard]] std::filesystem::path best() const { return folder / model::best_name; }
  [[nodiscard]] std::filesystem::path model() const { return folder / model::model_name; }
};

/// Trains as configured, into an existing folder. run: its identity, for the checkpoints. start: from the same
/// configuration, or null. After any interruption, weights, checkpoints and metrics equal those of an uninterrupted run
/// bit for bit (except times): a step's tasks depend only on seed, epoch and position, and sums have a fixed order.
/// Files removed by others meanwhile are rewritten with the next checkpoint and reported.
/// @throws OutputError, DeviceError
TrainResult train(Executor const& executor, config::RunConfig const& config, RunFiles const& files,
                  std::string const& run, StartingPoint const* start, TrainerHooks const& hooks);

}  // namespace metasolve::train
