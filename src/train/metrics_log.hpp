// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/io/atomic_file.hpp"
#include "src/io/hash.hpp"

/// metrics.jsonl, a JSON object an epoch. The weights never depend on it: what is wrong with it is told and mended.
namespace metasolve::train {

/// What a run goes on with of its log.
struct KeptLog {
  std::string lines;     ///< whole lines
  bool in_place = true;  ///< the file begins with them
  bool damaged = false;  ///< it holds what is no line of a log: it is kept under another name
  std::string notice;    ///< what is wrong with it; empty: it is as the checkpoint knows it
};

/// Lines of the epochs up to `epochs`, as a checkpoint knows them: the first `bytes` of the file, with this hash
/// (empty: not known). Changes nothing.
KeptLog examine_log(std::filesystem::path const& file, int epochs, std::uint64_t bytes, std::string const& hash);

/// Renames to the first free one of NAME.SUFFIX, NAME.SUFFIX-2, ...; returns that. @throws OutputError
std::filesystem::path set_aside(std::filesystem::path const& file, std::string const& suffix);

/// Not for use by two threads at once.
class MetricsLog {
 public:
  /// Goes on with what is kept; the rest of the file is dropped, or kept aside if it is damaged. @throws OutputError
  MetricsLog(std::filesystem::path const& file, KeptLog const& kept);

  void append(std::string const& line);
  /// Returns once the lines are on the disk. If the file was taken away, changed or cut by somebody else, writes again
  /// what can be had of it and returns what to tell; else returns nothing. @throws OutputError
  std::string sync();

  [[nodiscard]] std::uint64_t bytes() const { return writer_.bytes(); }
  /// Of all bytes.
  [[nodiscard]] std::string hash() const { return hash_.text(); }

 private:
  std::filesystem::path file_;
  io::LineWriter writer_;
  io::Hash hash_;
};

}  // namespace metasolve::train
