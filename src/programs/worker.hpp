// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/programs/process.hpp"
#include "metasolve/detail/programs/protocol.hpp"

namespace metasolve::programs {

enum class FaultKind { crash, time_limit, bad_answer };

/// Why a request has no answer.
struct Fault {
  FaultKind kind = FaultKind::crash;
  std::string how;            ///< "exited with status 2"
  std::string messages = {};  ///< the last that it wrote to its standard error
  bool at_start = false;      ///< it has not yet answered its first request, of no tasks
  bool is_fresh = false;      ///< the request was the first of its process
};

struct Reply {
  Request request;
  std::vector<Outcome> outcomes;
  double seconds = 0;  ///< from the request to the answer
  std::optional<Fault> fault;
};

/// One process of a pool, and the request that it works on. A fault ends the process; the next request starts another.
class Worker {
 public:
  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] Process& process() { return process_; }

  /// fresh: by a process that has answered nothing.
  void ask(Protocol& protocol, ProgramSettings const& settings, Request const& request, bool fresh);
  /// Adds what is to be watched.
  void watch(std::vector<pollfd>& descriptors) const;
  /// When advance() is to be called again at the latest.
  [[nodiscard]] io::Clock::time_point wake() const;
  /// Reads and writes what is possible now. Returns the reply once the request is over.
  std::optional<Reply> advance(Protocol& protocol, ProgramSettings const& settings);
  /// Ends the process, and drops the request.
  void stop();
  [[nodiscard]] std::int64_t starts() const { return starts_; }

 private:
  void send(std::string text, double limit);
  [[nodiscard]] bool is_complete(Protocol const& protocol) const;
  [[nodiscard]] std::optional<Fault> fault_now(Protocol const& protocol);
  [[nodiscard]] Reply finish(Protocol const& protocol, std::vector<Outcome> outcomes);
  [[nodiscard]] Reply fail(Fault fault);

  Process process_;
  Request request_;
  bool busy_ = false, greeted_ = false;
  std::int64_t starts_ = 0, answers_ = 0;  ///< answers: of this process
  std::string to_send_, received_;
  std::size_t most_ = 0;  ///< bytes of the answer
  double limit_ = 0;      ///< seconds
  io::Clock::time_point since_, deadline_;
  std::optional<io::Clock::time_point> closed_;  ///< since when its output is closed
};

}  // namespace metasolve::programs
