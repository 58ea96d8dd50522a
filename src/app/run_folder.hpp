// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/train/trainer.hpp"

/// The folder of a run: who may write there, and what is in it.
namespace metasolve::app {

/// Keeps other processes from training into the same folder, until it is destroyed or the process ends, in whatever
/// way. Where the file system knows no locks nothing is kept off.
class FolderLock {
 public:
  /// @throws InputError another process trains there; OutputError the folder cannot be opened
  explicit FolderLock(std::filesystem::path const& folder);
  FolderLock(FolderLock const&) = delete;
  FolderLock& operator=(FolderLock const&) = delete;
  ~FolderLock();

 private:
  int fd_ = -1;
};

/// @throws InputError the folder holds any file of a run
void require_no_run(train::RunFiles const& files);

/// The checkpoint to go on from. @throws InputError there is none, or it cannot be read
train::Checkpoint read_last(train::RunFiles const& files);

/// The checkpoint that RUN names: itself, if it is a file; else which ("best" or "last") of the folder.
/// @throws InputError it is not there
std::filesystem::path checkpoint_of(std::filesystem::path const& run, std::string const& which);

/// Takes back the files of a run that ended before its first checkpoint, so that the command can be given again.
void remove_fruitless_run(train::RunFiles const& files) noexcept;

}  // namespace metasolve::app
