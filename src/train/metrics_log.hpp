// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/hash.hpp"

/// metrics.jsonl, one JSON object per epoch. The weights never depend on it: errors in it are reported and repaired.
namespace metasolve::train {

/// The part of its log that a run continues.
struct KeptLog {
  std::string lines;     ///< complete lines
  bool in_place = true;  ///< whether the file begins with them
  bool damaged = false;  ///< whether it contains lines that are not log lines: it is kept under another name
  std::string notice;    ///< what is wrong with it; empty: it matches the checkpoint
};

/// Lines of the epochs up to `epochs`, as recorded in a checkpoint: the first `bytes` of the file, with this hash
/// (empty: unknown). Modifies nothing.
KeptLog examine_log(std::filesystem::path const& file, int epochs, std::uint64_t bytes, std::string const& hash);

/// Renames to the first free name of NAME.SUFFIX, NAME.SUFFIX-2, ...; returns it. @throws OutputError
std::filesystem::path set_aside(std::filesystem::path const& file, std::string const& suffix);

/// Not thread-safe.
class MetricsLog {
 public:
  /// Continues after the kept lines; the rest of the file is dropped, or moved aside if damaged. @throws OutputError
  MetricsLog(std::filesystem::path const& file, KeptLog const& kept);

  void append(std::string const& line);
  /// Flushes the lines to disk. If the file was removed, changed or cut by others, rewrites what is recoverable and
  /// returns a message; else returns an empty string. @throws OutputError
  std::string sync();

  [[nodiscard]] std::uint64_t bytes() const { return writer_.bytes(); }
  /// Hash of all bytes.
  [[nodiscard]] std::string hash() const { return hash_.text(); }

 private:
  std::filesystem::path file_;
  io::LineWriter writer_;
  io::Hash hash_;
};

}  // namespace metasolve::train
