// SPDX-License-Identifier: Apache-2.0
#include "src/app/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "metasolve/error.hpp"
#include "src/io/paths.hpp"

namespace metasolve::app {

namespace fs = std::filesystem;

FolderLock::FolderLock(fs::path const& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (fd_ < 0) {
    throw OutputError(folder.string() + ": cannot be opened: " + std::strerror(errno) + "; check its permissions");
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(fd_);
    throw InputError(
        folder.string() +
        ": another process is training into this folder; wait until it ends, or choose another with --out");
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

void require_no_run(train::RunFiles const& files) {
  auto const folder = files.folder.string();
  for (auto const& file : {files.last(), files.best(), files.manifest(), files.metrics()}) {
    if (!io::exists(file)) continue;
    std::string const found =
        folder + ": holds another run (" + file.filename().string() + "), which is not overwritten; ";
    if (io::exists(files.last())) {
      throw InputError(found + "go on with it by `metasolve train --resume --out " + folder +
                       "`, or choose another folder with --out");
    }
    throw InputError(found +
                     "it has no checkpoint to go on from: choose another folder with --out, or remove this one");
  }
}

train::Checkpoint read_last(train::RunFiles const& files) {
  if (io::exists(files.last())) return train::read_checkpoint(files.last());
  throw InputError(
      files.folder.string() + ": has no checkpoint (" + files.last().filename().string() + ") to resume from; " +
      (io::exists(files.manifest()) ? "the run ended before its first one: remove the folder and train again"
                                    : "give the folder of a run with --out, or train without --resume"));
}

fs::path checkpoint_of(fs::path const& run, std::string const& which) {
  if (!io::exists(run)) throw InputError(run.string() + ": is not there; give the folder of a run, or a checkpoint");
  if (!io::is_directory(run)) return run;
  train::RunFiles const files(run);
  auto const file = which == "best" ? files.best() : files.last();
  if (io::exists(file)) return file;
  std::string const other = which == "best" ? "last" : "best";
  bool const has_other = io::exists(which == "best" ? files.last() : files.best());
  throw InputError(run.string() + ": has no checkpoint " + file.filename().string() +
                   (has_other ? "; --checkpoint " + other + " is there"
                              : "; give the folder of a run that has made a checkpoint, or a checkpoint"));
}

void remove_fruitless_run(train::RunFiles const& files) noexcept {
  std::error_code ignored;
  if (fs::exists(files.last(), ignored)) return;
  for (auto const& file : {files.best(), files.metrics(), files.manifest()}) fs::remove(file, ignored);
}

}  // namespace metasolve::app
