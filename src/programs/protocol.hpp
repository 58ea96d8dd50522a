// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "metasolve/detail/programs/settings.hpp"
#include "metasolve/types.hpp"

namespace metasolve::programs {

/// Tasks first ... first + count - 1 of a batch, for one process.
struct Request {
  Probes const* batch = nullptr;
  std::int64_t first = 0, count = 0;
  std::int64_t number = 0;  ///< unique in a pool
};

/// The answer for one task.
struct Outcome {
  std::int32_t iterations = 0;
  Status status = Status::converged;
  double seconds = -1;          ///< negative: not said
  std::vector<double> history;  ///< of BlackBoxCost::history: L_0 ... L_K
};

/// An answer that breaks the protocol, and how: "its answer is not JSON".
class BadAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  /// Whether a process answers many requests, a line each. Else it is started for each and answers by ending.
  [[nodiscard]] virtual bool stays_alive() const = 0;
  /// Most tasks of a request; 0: any number.
  [[nodiscard]] virtual std::int64_t most_tasks() const { return 0; }
  /// The command that answers the request.
  [[nodiscard]] virtual std::string command(Request const& request) = 0;
  /// What is written to its standard input.
  [[nodiscard]] virtual std::string text(Request const& request) const = 0;
  /// Most bytes that it may print.
  [[nodiscard]] virtual std::size_t most_bytes(Request const& request) const = 0;
  /// Reads the answer, one Outcome per task. printed: the line, or everything. @throws BadAnswer
  [[nodiscard]] virtual std::vector<Outcome> outcomes(Request const& request, std::string const& printed) const = 0;
  /// The request is over, answered or not.
  virtual void forget(Request const& /*request*/) {}
};

/// @throws InputError settings that do not fit each other
std::unique_ptr<Protocol> json_protocol(ProgramSettings settings);
std::unique_ptr<Protocol> csv_protocol(ProgramSettings settings);

/// Name of the limit that a program is sent, and its value: max_iterations, or max_seconds where time is the cost.
std::string limit_name(BlackBoxCost cost);
std::string limit_word(BlackBoxCost cost, Probes const& batch);

/// Names of a task's numbers: columns, then parameters.
std::vector<std::string> task_names(ProgramSettings const& settings);
/// Number i of task t of the batch as a program is given it: of a choice the option's name, else all digits.
std::string task_word(ProgramSettings const& settings, Probes const& batch, std::int64_t t, std::size_t i);

}  // namespace metasolve::programs
