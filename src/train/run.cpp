// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/run.hpp"

#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

namespace fs = std::filesystem;

/// Removes the files of a run that ended before its first checkpoint.
void remove_fruitless_run(RunFiles const& files) noexcept {
  std::error_code ignored;
  if (fs::exists(files.last(), ignored)) return;
  for (auto const& file : {files.best(), files.model(), files.metrics(), files.manifest()}) fs::remove(file, ignored);
}

/// Rewrites the best meta-solver's file if it is missing, damaged or from another run.
void mend_model(RunFiles const& files, Checkpoint const& best) {
  auto const wanted = model_of(best);
  try {
    auto const found = model::read_model(files.model());
    if (found.weights == wanted.weights && found.training.run == wanted.training.run) return;
  } catch (InputError const&) {  // the damage does not matter
  }
  model::write_model(files.model(), wanted);
}

/// Returns the run to resume, after moving its unusable files aside.
FoundRun taken_up(RunRequest const& request) {
  auto found = find_run(request.files, request.remedies);
  require_same(request.config, found.config, request.files.folder, request.remedies.elsewhere);
  for (auto const& notice : found.notices) {
    if (request.hooks.notice) request.hooks.notice(notice);
  }
  for (auto const& [file, suffix] : found.aside) set_aside(file, suffix);
  return found;
}

TrainResult result_of(Checkpoint const& last) {
  return {true, last.epoch, last.has_best, last.best_epoch, last.best_iterations, last.seconds, last.constants,
          true, 0,          last.member};
}

/// Rank 0's on all.
StartingPoint shared(Ranks* ranks, std::optional<StartingPoint> of_first) {
  auto const from = exec::from_first(ranks, [&] { return encode_checkpoint(of_first->from); });
  auto const best =
      exec::from_first(ranks, [&] { return of_first->best ? encode_checkpoint(*of_first->best) : std::string(); });
  if (of_first) return std::move(*of_first);
  StartingPoint start{decode_checkpoint(from, "rank 0's checkpoint"), std::nullopt, {}};
  if (!best.empty()) start.best = decode_checkpoint(best, "rank 0's best checkpoint");
  return start;
}

}  // namespace

TrainerHooks hooks_of(TrainingControl const& control) {
  return {.progress = control.progress, .stop = control.stop, .notice = control.notice, .saved = {}};
}

TrainResult finished_result(RunFiles const& files, FoundRun const& run) {
  if (run.start->best) mend_model(files, *run.start->best);
  return result_of(run.start->from);
}

TrainResult train_run(Executor const& executor, RunRequest const& request) {
  auto const& files = request.files;
  auto const device = executor.description();
  // Rank 0 alone looks at the folder and writes into it; the others begin with what it found.
  auto* const ranks = executor.ranks();
  bool const is_first = exec::is_first(executor);
  std::optional<FolderLock> lock;
  std::optional<FoundRun> found;
  auto const begins = exec::from_first(ranks, [&]() -> std::string {
    io::ensure_directory(files.folder);
    lock.emplace(files.folder);
    if (request.resume) {
      found = taken_up(request);
      if (found->finished()) return "finished";
    } else {
      require_no_run(files, request.remedies);
    }
    if (lock->holds()) {
      for (auto const& file : {files.manifest(), files.metrics(), files.last(), files.best(), files.model()}) {
        io::remove_temporaries(file);
      }
    }
    return found && found->start ? "resumed" : "new";
  });
  std::optional<StartingPoint> start;
  if (found) start = std::move(found->start);
  if (begins != "new") start = shared(ranks, std::move(start));
  if (begins == "finished") {
    if (!is_first) return result_of(start->from);
    found->start = std::move(start);
    return finished_result(files, *found);
  }
  auto const run =
      exec::from_first(ranks, [&] { return found && !found->run.empty() ? found->run : new_run_identity(); });
  try {
    std::optional<Manifest> manifest;
    auto hooks = request.hooks;
    hooks.saved = {};
    if (is_first) {
      manifest = found && found->manifest.whole()
                     ? Manifest::resume(files.manifest(), found->manifest, request.argv, device)
                     : Manifest::begin(files.manifest(), run, request.argv, request.config, device);
      if (request.started) request.started();
      hooks.saved = [&] {
        std::error_code error;
        if (fs::exists(files.manifest(), error) || error) return;
        if (hooks.notice) {
          hooks.notice(files.manifest().string() + ": was removed while the training ran; it is written again");
        }
        manifest->write();
      };
    }
    auto const result = train(executor, request.config, files, run, start ? &*start : nullptr, hooks);
    // Files are complete when the call returns, on all ranks.
    exec::from_first(ranks, [&] {
      manifest->end(result);
      return std::string();
    });
    return result;
  } catch (...) {
    if (is_first && !found) remove_fruitless_run(files);
    throw;
  }
}

}  // namespace metasolve::train
