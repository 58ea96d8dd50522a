// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace metasolve::matrices {

/// A zip archive for reading (minizip): NumPy's .npz. Members are stored or deflated.
class ZipFile {
 public:
  /// memory: limit of a member's unpacked size, in bytes. @throws InputError it cannot be opened; no zip archive
  ZipFile(std::filesystem::path path, std::int64_t memory);
  ZipFile(ZipFile const&) = delete;
  ZipFile& operator=(ZipFile const&) = delete;
  ~ZipFile();

  /// Names of the members, without ".npy".
  [[nodiscard]] std::vector<std::string> const& arrays() const { return arrays_; }
  [[nodiscard]] bool holds(std::string const& array) const;
  /// "FILE: NAME.npy", for messages.
  [[nodiscard]] std::string name(std::string const& array) const;
  /// The unpacked member NAME.npy. @throws InputError none of that name; damaged; larger than the limit
  [[nodiscard]] std::string read(std::string const& array) const;
  [[nodiscard]] std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::int64_t memory_;
  void* file_ = nullptr;
  std::vector<std::string> arrays_;
};

}  // namespace metasolve::matrices
