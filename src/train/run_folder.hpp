// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/train/manifest.hpp"
#include "src/train/trainer.hpp"

/// The folder of a run: who may write there, and what is in it, whatever was done to it.
namespace metasolve::train {

/// Keeps others from training into the same folder, until it is destroyed or the process ends, in whatever way. Where
/// the file system knows no locks nothing is kept off.
class FolderLock {
 public:
  /// @throws InputError somebody trains there; OutputError the folder cannot be opened
  explicit FolderLock(std::filesystem::path const& folder);
  FolderLock(FolderLock const&) = delete;
  FolderLock& operator=(FolderLock const&) = delete;
  ~FolderLock();
  /// False where the file system knows no locks.
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  int fd_ = -1;
  bool holds_ = false;
};

/// What a user can do, in the words of the caller: "`metasolve train --resume --out DIR`".
struct Remedies {
  std::string resume, elsewhere;
};

/// Does the folder hold any file of a run? @throws InputError it cannot be looked at
bool holds_run(RunFiles const& files);

/// @throws InputError the folder holds any file of a run
void require_no_run(RunFiles const& files, Remedies const& remedies);

/// A run to go on with, as far as its files can be read.
struct FoundRun {
  config::RunConfig config;
  std::string run;                     ///< its identity; empty: of before there were any
  std::optional<StartingPoint> start;  ///< none: it was killed before its first checkpoint, and begins again
  FoundManifest manifest;
  /// Files that cannot be used, with what their names get: "damaged", "other".
  std::vector<std::pair<std::filesystem::path, std::string>> aside;
  std::vector<std::string> notices;  ///< what is lost or damaged
  /// Trained to the end, whole, and its manifest says so: there is nothing to do.
  [[nodiscard]] bool finished() const;
};

/// Changes nothing. @throws InputError there is no run, none of its checkpoints can be read, or they are of another
/// run; UnknownProblem
FoundRun find_run(RunFiles const& files, Remedies const& remedies);

/// The checkpoint of a run to solve with.
struct ModelFile {
  std::filesystem::path path;
  std::string notice;  ///< why it is not the best; empty: it is the one asked for
};

/// run: a checkpoint, which is taken as it is, or a folder, of which which ("best" or "last") is; the last for a best
/// that is missing or damaged. @throws InputError there is none; UnknownProblem
ModelFile find_model(std::filesystem::path const& run, std::string const& which);

}  // namespace metasolve::train
