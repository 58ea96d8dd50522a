// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "metasolve/detail/io/atomic_file.hpp"

namespace metasolve::problems {

/// What is known of one solve.
struct ProbeResult {
  std::int32_t iterations = 0;
  std::int32_t status = 0;
  double loss = 0;
  double measure = 0;  ///< the last one; 0: unknown
};

/// Costs of solves in a file, a line for each, which survives the process: appended to as solves are done, by several
/// processes at a time, and read as a whole when opened. A line that a killed process left unfinished is passed over.
class CostCache {
 public:
  using Key = std::array<std::uint64_t, 2>;  ///< a hash of all that determines a cost

  /// of: what all its costs depend on, such as the name of a solver. Creates the file. @throws InputError another kind
  /// of file; OutputError
  CostCache(std::filesystem::path const& file, std::string of);

  [[nodiscard]] Key key(std::span<double const> numbers) const;
  [[nodiscard]] std::optional<ProbeResult> find(Key const& key) const;
  /// Keeps it in memory, and in the file once `flush` was called. @throws OutputError
  void add(Key const& key, ProbeResult const& result);
  void flush();

 private:
  struct HashOf {
    std::size_t operator()(Key const& key) const { return static_cast<std::size_t>(key[0]); }
  };
  void read();

  std::filesystem::path file_;
  std::string of_;
  std::unordered_map<Key, ProbeResult, HashOf> known_;
  std::string unwritten_;  ///< whole lines
};

}  // namespace metasolve::problems
