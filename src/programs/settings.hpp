// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metasolve/black_box.hpp"
#include "metasolve/detail/io/choice_names.hpp"

/// Black boxes that are programs: processes which solve batches of probes.
namespace metasolve::programs {

/// How a program is told what to solve (docs/black_box.md).
enum class Wire {
  json,  ///< it stays alive; a line of JSON on its standard input for each request, one on its standard output back
  csv,   ///< it is started for each request, with CSV files or with the numbers of one task in its command
};

struct ProgramSettings {
  std::string command;      ///< of /bin/sh
  std::string folder = {};  ///< in which it runs; empty: the current one
  Wire wire = Wire::json;
  int processes = 0;        ///< 0: one per hardware thread
  double time_limit = 60;   ///< seconds per task
  double start_limit = 60;  ///< seconds until a program that stays alive answers its first request, of no tasks
  std::int64_t chunk = 0;   ///< tasks per request; 0: so many that each process gets about four requests a batch
  std::vector<std::string> columns;
  std::vector<BlackBoxParameter> parameters;  ///< name, kind and options are read
  BlackBoxCost cost = BlackBoxCost::iterations;
  /// ECMAScript regular expression whose one group is the count, for programs that print it: the last line that
  /// matches counts. Empty: the last whole number that is printed.
  std::string iterations_pattern;
};

}  // namespace metasolve::programs

namespace metasolve::io {

template <>
struct ChoiceNames<programs::Wire> {
  static constexpr ChoiceTable<programs::Wire, 2> table{{{programs::Wire::json, "json"}, {programs::Wire::csv, "csv"}}};
};

}  // namespace metasolve::io
