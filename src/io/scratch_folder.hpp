// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace metasolve::io {

/// A new folder among the temporary ones, removed with its contents at the end.
class ScratchFolder {
 public:
  /// purpose: for messages, "the files of a program". @throws OutputError
  explicit ScratchFolder(std::string const& purpose);
  ScratchFolder(ScratchFolder const&) = delete;
  ScratchFolder& operator=(ScratchFolder const&) = delete;
  ~ScratchFolder();

  [[nodiscard]] std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace metasolve::io
