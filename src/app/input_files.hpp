// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

/// A command's result is written when all is done: beforehand it is checked that it replaces no input.
namespace metasolve::app {

/// The files that a command reads, recognised under any name.
class InputFiles {
 public:
  /// what: for the message, "the file given with --tasks". What is no file (a terminal, a pipe) is not kept: it can be
  /// read and written.
  void add(std::filesystem::path const& file, std::string const& what);
  /// What an existing file is as an input, if it is one.
  [[nodiscard]] std::optional<std::string> find(std::filesystem::path const& file) const;

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> by_identity_;  ///< device and number on it
};

/// @throws InputError --out or --solutions names an input, or both name the same file; solutions: a file, or a folder
/// whose files x_k.npy are written; empty: none
void require_apart(InputFiles const& inputs, std::string const& out, std::string const& solutions);

}  // namespace metasolve::app
