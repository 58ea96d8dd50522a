// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/train/manifest.hpp"
#include "metasolve/detail/train/trainer.hpp"

/// The folder of a run: its lock, and its contents, possibly damaged.
namespace metasolve::train {

/// Prevents others from training into the same folder until it is destroyed or the process ends in any way. On file
/// systems without locks it has no effect.
class FolderLock {
 public:
  /// @throws InputError another training uses the folder; OutputError the folder cannot be opened
  explicit FolderLock(std::filesystem::path const& folder);
  FolderLock(FolderLock const&) = delete;
  FolderLock& operator=(FolderLock const&) = delete;
  ~FolderLock();
  /// False on file systems without locks.
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  int fd_ = -1;
  bool holds_ = false;
};

/// Remedies for the user, in the caller's terms: "`metasolve train --resume --out DIR`".
struct Remedies {
  std::string resume, elsewhere;
};

/// Whether the folder holds any file of a run. @throws InputError it cannot be read
bool holds_run(RunFiles const& files);

/// @throws InputError the folder holds any file of a run
void require_no_run(RunFiles const& files, Remedies const& remedies);

/// A run to resume, as far as its files can be read.
struct FoundRun {
  config::RunConfig config;
  std::string run;                     ///< its identity; empty: from before identities existed
  std::optional<StartingPoint> start;  ///< none: it was killed before its first checkpoint and restarts
  FoundManifest manifest;
  /// Unusable files and the suffixes for their names: "damaged", "other".
  std::vector<std::pair<std::filesystem::path, std::string>> aside;
  std::vector<std::string> notices;  ///< what is missing or damaged
  /// Whether it is trained to the end, valid and marked as finished in its manifest.
  [[nodiscard]] bool finished() const;
};

/// Modifies nothing. @throws InputError there is no run, none of its checkpoints can be read, or they are of another
/// run; UnknownProblem; problems::UnreadableTasks
FoundRun find_run(RunFiles const& files, Remedies const& remedies);

/// The checkpoint of a run to solve with.
struct ModelFile {
  std::filesystem::path path;
  std::string notice;  ///< why it is not the best; empty: it is the requested one
};

/// run: a checkpoint, which is used as it is, or a folder; which: "best" or "last" of the folder; the last replaces a
/// best that is missing or damaged. @throws InputError there is none; UnknownProblem; problems::UnreadableTasks
ModelFile find_model(std::filesystem::path const& run, std::string const& which);

}  // namespace metasolve::train
