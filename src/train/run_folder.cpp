// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "metasolve/detail/model/model_file.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

namespace fs = std::filesystem;

bool is_there(fs::path const& file) {
  std::error_code error;
  bool const found = fs::exists(fs::symlink_status(file, error));
  if (!found && error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
    throw InputError(file.string() + ": cannot be looked at: " + error.message() + "; check the name of the folder");
  }
  return found;
}

/// A checkpoint: missing, damaged or valid.
struct Tried {
  bool exists = false;
  std::string damage;
  std::optional<Checkpoint> whole;
};

/// @throws UnknownProblem, problems::UnreadableTasks
Tried try_checkpoint(fs::path const& file) {
  Tried tried;
  tried.exists = is_there(file);
  if (!tried.exists) return tried;
  try {
    tried.whole = read_checkpoint(file);
  } catch (UnknownProblem const&) {
    throw;
  } catch (problems::UnreadableTasks const&) {
    throw;
  } catch (InputError const& problem) {
    tried.damage = problem.what();
  }
  return tried;
}

bool same_run(Checkpoint const& a, std::string const& run, config::RunConfig const& config) {
  bool const known_apart = !a.run.empty() && !run.empty() && a.run != run;
  return !known_apart && difference(a.config, config).empty();
}

/// Determines, file by file, what can be resumed.
class RunSearch {
 public:
  RunSearch(RunFiles const& files, Remedies const& remedies) : files_(files), remedies_(remedies) {}

  FoundRun find() {
    found_.manifest = find_manifest(files_.manifest());
    last_ = try_checkpoint(files_.last());
    best_ = try_checkpoint(files_.best());
    if (last_.whole) {
      go_on_from_last();
    } else if (best_.whole && best_.whole->best_epoch > 0) {
      go_on_from_best();
    } else {
      begin_again();
    }
    judge_manifest();
    if (found_.start) {
      auto const& from = found_.start->from;
      found_.config = from.config;
      found_.start->log = examine_log(files_.metrics(), from.epoch, from.metrics_bytes, from.metrics_hash);
      note(found_.start->log.notice);
    }
    return std::move(found_);
  }

 private:
  void go_on_from_last() {
    found_.start.emplace();
    found_.start->from = std::move(*last_.whole);
    auto const& last = found_.start->from;
    found_.run = last.run;
    std::string const name = files_.best().string();
    std::string const again =
        " the run goes on, and the best weights are found again from epoch " + std::to_string(last.epoch) + " on";
    if (!best_.exists) {
      if (last.has_best) note(name + ": is missing;" + again);
      return;
    }
    if (!best_.whole) {
      lay_aside(files_.best(), "damaged");
      note(best_.damage + "; it is kept as " + files_.best().filename().string() + ".damaged;" + again);
      return;
    }
    // One of a later epoch also belongs to this run: it was killed between the two writes.
    auto const& best = *best_.whole;
    bool const behind = last.has_best && (best.best_epoch < last.best_epoch ||
                                          (best.best_epoch == last.best_epoch && best.best_figure != last.best_figure));
    if (behind || !same_run(best, last.run, last.config)) {
      lay_aside(files_.best(), "other");
      note(name + ": is not this run's; it is kept as " + files_.best().filename().string() + ".other;" + again);
      return;
    }
    found_.start->best = best;
  }

  void go_on_from_best() {
    found_.start.emplace();
    found_.start->from = *best_.whole;
    found_.start->best = std::move(*best_.whole);
    found_.run = found_.start->from.run;
    std::string const what = last_.exists
                                 ? last_.damage + "; it is kept as " + files_.last().filename().string() + ".damaged"
                                 : files_.last().string() + ": is missing";
    if (last_.exists) lay_aside(files_.last(), "damaged");
    note(what + "; the run goes on from " + files_.best().filename().string() + ", of epoch " +
         std::to_string(found_.start->from.epoch));
  }

  /// The only valid checkpoint, if any, is a best that is a constant: not a state of the weights in training.
  void begin_again() {
    auto const folder = files_.folder.string();
    for (auto const& [tried, file] : {std::pair(&last_, files_.last()), std::pair(&best_, files_.best())}) {
      if (!tried->exists || best_.whole) continue;
      throw InputError(tried->damage + "; no other checkpoint of the run is whole: restore one" +
                       (found_.manifest.config ? ", or move " + file.filename().string() +
                                                     " away: the run then begins again as its manifest says"
                                               : ", or train into another folder"));
    }
    auto const& manifest = found_.manifest;
    std::string source = files_.manifest().filename().string();
    if (manifest.config) {
      found_.config = *manifest.config;
      found_.run = manifest.run;
    } else if (best_.whole) {
      found_.config = best_.whole->config;
      found_.run = best_.whole->run;
      source = files_.best().filename().string();
    } else {
      throw_nothing_to_begin_with();
    }
    if (last_.exists) {
      lay_aside(files_.last(), "damaged");
      note(last_.damage + "; it is kept as " + files_.last().filename().string() + ".damaged");
    } else if (best_.whole) {
      note(files_.last().string() + ": is missing");
    }
    note(folder + ": has no checkpoint of a trained network: the run begins again, as " + source + " says");
    if (problems::find_problem(found_.config.problem.name) == nullptr)
      throw_unknown_problem(folder, found_.config.problem.name);
  }

  [[noreturn]] void throw_nothing_to_begin_with() const {
    auto const& manifest = found_.manifest;
    std::string const none =
        files_.folder.string() + ": has no checkpoint (" + files_.last().filename().string() + ") to resume from; ";
    if (!manifest.exists) throw InputError(none + "give the folder of a run, or train without resuming");
    std::string const why = manifest.whole() ? manifest.config_problem : manifest.damage;
    throw InputError(none + files_.manifest().filename().string() + " cannot be used (" + why +
                     "): remove the folder and train again");
  }

  /// Compares the manifest with the run being resumed.
  void judge_manifest() {
    auto const& manifest = found_.manifest;
    std::string const name = files_.manifest().string();
    if (!manifest.exists) {
      note(name + ": is missing; a new one is written");
    } else if (!manifest.whole()) {
      lay_aside(files_.manifest(), "damaged");
      note(name + ": is damaged (" + manifest.damage + "); it is kept as " + files_.manifest().filename().string() +
           ".damaged, and a new one is written");
    } else if (found_.start && manifest.vouched_for() && manifest.config) {
      auto const& from = found_.start->from;
      if (same_run(from, manifest.run, *manifest.config)) return;
      std::string const checkpoint = (last_.exists && last_.damage.empty() ? files_.last() : files_.best()).string();
      throw InputError(checkpoint + ": is a checkpoint of another run than " + name +
                       " is of; restore the run's own, or move the one of them away that is not: a run goes on with " +
                       "either");
    }
  }

  void lay_aside(fs::path const& file, std::string const& suffix) { found_.aside.emplace_back(file, suffix); }
  void note(std::string const& notice) {
    if (!notice.empty()) found_.notices.push_back(notice);
  }

  RunFiles const& files_;
  Remedies const& remedies_;
  Tried last_, best_;
  FoundRun found_;
};

}  // namespace

FolderLock::FolderLock(fs::path const& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (fd_ < 0) {
    throw OutputError(folder.string() + ": cannot be opened: " + std::generic_category().message(errno) +
                      "; check its permissions");
  }
  holds_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
  if (!holds_ && errno == EWOULDBLOCK) {
    ::close(fd_);
    throw InputError(folder.string() +
                     ": another process or thread is training into this folder; wait until it ends, or choose another");
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

bool holds_run(RunFiles const& files) {
  for (auto const& file : {files.last(), files.best(), files.manifest(), files.metrics(), files.model()}) {
    if (is_there(file)) return true;
  }
  return false;
}

void require_no_run(RunFiles const& files, Remedies const& remedies) {
  auto const folder = files.folder.string();
  for (auto const& file : {files.last(), files.best(), files.manifest(), files.metrics(), files.model()}) {
    if (!is_there(file)) continue;
    std::string const found =
        folder + ": holds another run (" + file.filename().string() + "), which is not overwritten; ";
    if (is_there(files.last()) || is_there(files.best())) {
      throw InputError(found + "go on with it by " + remedies.resume + ", or " + remedies.elsewhere);
    }
    if (find_manifest(files.manifest()).config) {
      throw InputError(found + "it ended before its first checkpoint: begin it again by " + remedies.resume + ", or " +
                       remedies.elsewhere);
    }
    throw InputError(found + "it has no checkpoint to go on from: " + remedies.elsewhere + ", or remove this one");
  }
}

bool FoundRun::finished() const {
  return start && start->from.epoch == config.training.epochs && notices.empty() &&
         manifest.document.value("finished", nlohmann::ordered_json()) == true;
}

FoundRun find_run(RunFiles const& files, Remedies const& remedies) { return RunSearch(files, remedies).find(); }

namespace {

bool is_readable_model(fs::path const& file) {
  try {
    model::read_model(file);
    return true;
  } catch (InputError const&) {
    return false;
  }
}

}  // namespace

ModelFile find_model(fs::path const& run, std::string const& which) {
  if (!is_there(run)) throw InputError(run.string() + ": is not there; give the folder of a run, or a checkpoint");
  std::error_code error;
  if (!fs::is_directory(run, error)) return {run, {}};
  RunFiles const files(run);
  auto const wanted = which == "best" ? files.best() : files.last();
  auto const other = which == "best" ? files.last() : files.best();
  auto const tried = try_checkpoint(wanted);
  if (tried.whole) return {wanted, {}};
  std::string const what =
      tried.exists ? tried.damage : run.string() + ": has no checkpoint " + wanted.filename().string();
  if (which == "best") {
    if (!tried.exists && !is_there(other) && is_there(files.model())) return {files.model(), {}};  // moved here alone
    if (is_readable_model(files.model())) {                                                        // the same network
      return {files.model(), what + "; taken instead: " + files.model().filename().string()};
    }
    if (auto const last = try_checkpoint(other); last.whole) {
      return {other, what + "; taken instead: " + other.filename().string() + ", of epoch " +
                         std::to_string(last.whole->epoch)};
    }
  }
  std::string const instead = is_there(other) && which != "best" ? "; --checkpoint best is there" : "";
  throw InputError(what + (tried.exists || !instead.empty()
                               ? instead
                               : "; give the folder of a run that has made a checkpoint, or a checkpoint"));
}

}  // namespace metasolve::train
