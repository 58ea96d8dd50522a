// SPDX-License-Identifier: Apache-2.0
#include "src/train/run.hpp"

#include "metasolve/error.hpp"
#include "src/train/run_settings.hpp"

namespace metasolve::train {

namespace {

namespace fs = std::filesystem;

/// Takes back the files of a run that ended before its first checkpoint.
void remove_fruitless_run(RunFiles const& files) noexcept {
  std::error_code ignored;
  if (fs::exists(files.last(), ignored)) return;
  for (auto const& file : {files.best(), files.metrics(), files.manifest()}) fs::remove(file, ignored);
}

/// What there is to go on with, its unusable files moved out of the way.
FoundRun taken_up(RunRequest const& request) {
  auto found = find_run(request.files, request.remedies);
  require_same(request.config, found.config, request.files.folder, request.remedies.elsewhere);
  for (auto const& notice : found.notices) {
    if (request.hooks.notice) request.hooks.notice(notice);
  }
  for (auto const& [file, suffix] : found.aside) set_aside(file, suffix);
  return found;
}

}  // namespace

TrainResult finished_result(FoundRun const& run) {
  auto const& last = run.start->from;
  return {true, last.epoch, last.has_best, last.best_epoch, last.best_iterations, last.seconds, last.constants};
}

TrainResult train_run(Executor const& executor, RunRequest const& request) {
  auto const& files = request.files;
  auto const device = executor.description();
  io::ensure_directory(files.folder);
  FolderLock const lock(files.folder);
  std::optional<FoundRun> found;
  if (request.resume) {
    found = taken_up(request);
    if (found->finished()) return finished_result(*found);
  } else {
    require_no_run(files, request.remedies);
  }
  if (lock.holds()) {
    for (auto const& file : {files.manifest(), files.metrics(), files.last(), files.best()}) {
      io::remove_temporaries(file);
    }
  }
  try {
    auto const run = found ? found->run : new_run_identity();
    auto manifest = found && found->manifest.whole()
                        ? Manifest::resume(files.manifest(), found->manifest, request.argv, device)
                        : Manifest::begin(files.manifest(), run, request.argv, request.config, device);
    if (request.started) request.started();
    auto hooks = request.hooks;
    hooks.saved = [&] {
      std::error_code error;
      if (fs::exists(files.manifest(), error) || error) return;
      if (hooks.notice) {
        hooks.notice(files.manifest().string() + ": was removed while the training ran; it is written again");
      }
      manifest.write();
    };
    auto const result =
        train(executor, request.config, files, run, found && found->start ? &*found->start : nullptr, hooks);
    manifest.end(result);
    return result;
  } catch (...) {
    if (!found) remove_fruitless_run(files);
    throw;
  }
}

}  // namespace metasolve::train
