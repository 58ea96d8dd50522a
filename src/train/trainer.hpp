// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "src/train/checkpoint.hpp"
#include "src/train/metrics_log.hpp"

namespace metasolve::train {

/// After an epoch.
struct Progress {
  int epoch = 0;    ///< epochs done
  int epochs = 0;   ///< in all
  double loss = 0;  ///< mean over the training tasks, as they were met
  double validation_loss = 0;
  double validation_iterations = 0;  ///< mean, at solver.tolerance
  double best_iterations = 0;        ///< of the best weights so far, or the constants
  double constant_iterations = 0;    ///< of the best constant parameters; not finite: unknown
  double rate = 0;
  double tolerance = 0;
  double tasks_per_second = 0;  ///< training tasks, of this process
  double seconds = 0;           ///< spent training, in all
  double seconds_left = 0;      ///< at this process's pace
};

struct TrainerHooks {
  std::function<void(Progress const&)> report;     ///< after each epoch; may be empty
  std::atomic<bool> const* stop = nullptr;         ///< true: save after the step in progress and return
  std::function<void(std::string const&)> notice;  ///< what a user should know at once; may be empty
  std::function<void()> saved;                     ///< after each checkpoint; may be empty
};

/// What training goes on from.
struct StartingPoint {
  Checkpoint from;
  std::optional<Checkpoint> best;  ///< on the disk; none though `from` knows one: it is lost, and found again
  KeptLog log;
};

struct TrainResult {
  bool finished = false;  ///< false: stopped, and can be resumed
  int epoch = 0;
  bool has_best = false;  ///< and best.safetensors is there
  int best_epoch = 0;     ///< 0: no epoch was better than the constants
  double best_iterations = 0;
  double seconds = 0;
  Constants constants = {};
  double time_ratio = 0;  ///< of the best weights to the better constant, on the validation tasks; 0: not measured
};

/// Files of a run: metrics.jsonl (a line an epoch), last.safetensors, best.safetensors.
struct RunFiles {
  explicit RunFiles(std::filesystem::path const& run) : folder(run) {}
  std::filesystem::path folder;
  [[nodiscard]] std::filesystem::path manifest() const { return folder / "manifest.json"; }
  [[nodiscard]] std::filesystem::path metrics() const { return folder / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path last() const { return folder / "last.safetensors"; }
  [[nodiscard]] std::filesystem::path best() const { return folder / "best.safetensors"; }
};

/// Loss and iterations over the validation tasks, a member each, by each member's configuration; the configurations
/// differ in seed, distribution and tolerance alone.
std::vector<engine::Totals> validate(engine::Learner& learner, std::span<config::RunConfig const> configs);
/// The figure that training.selection names, of validation totals.
double selection_figure(config::RunConfig const& config, engine::Totals const& validation);

/// Trains as configured, into an existing folder. run: its identity, for the checkpoints. start: of the same
/// configuration, or null. Whatever was interrupted, the weights, checkpoints and metrics come out bit for bit as of
/// one run (times aside): a step's tasks depend on seed, epoch and position alone, and sums have a fixed order. Files
/// that others take away meanwhile are written again with the next checkpoint, and told.
/// @throws OutputError, DeviceError
TrainResult train(Executor const& executor, config::RunConfig const& config, RunFiles const& files,
                  std::string const& run, StartingPoint const* start, TrainerHooks const& hooks);

}  // namespace metasolve::train
