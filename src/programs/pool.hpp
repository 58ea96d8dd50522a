// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "metasolve/detail/programs/worker.hpp"

namespace metasolve::programs {

/// Tasks without an answer, by what happened to them, and processes started.
struct PoolCounts {
  std::int64_t crashes = 0, time_limits = 0, bad_answers = 0;
  std::int64_t starts = 0;
};

/// Processes of one program, which solve batches of probes. They are started when first needed, stay alive between
/// batches if the protocol says so, and end with the pool. A fault of one - it exits, hangs, prints something else -
/// ends that process alone. Its tasks are tried again one at a time, and those at fault get a status: breakdown, or
/// iteration_limit where the time limit was reached.
class ProgramPool {
 public:
  /// Starts nothing. @throws InputError settings that do not fit each other
  explicit ProgramPool(ProgramSettings settings);
  ProgramPool(ProgramPool const&) = delete;
  ProgramPool& operator=(ProgramPool const&) = delete;
  ~ProgramPool();

  /// Solves the batch, as BlackBox::solve. One thread at a time, and on Linux always the same.
  /// @throws InputError the program has never answered a task: how it ended, and its last messages
  void solve(Probes const& batch);
  [[nodiscard]] PoolCounts counts() const;

 private:
  struct Chunk {
    std::int64_t first = 0, count = 0;
    bool fresh = false;  ///< needs a process that has answered nothing
  };

  /// Tasks with a number that is not finite, as of a network that has diverged, are no program's business.
  void queue(Probes const& batch, std::int64_t chunk);
  void hand_out(Probes const& batch);
  void wait() const;
  void take(Probes const& batch, Reply const& reply);
  void take_fault(Probes const& batch, Reply const& reply);
  void mark(Probes const& batch, std::int64_t t, std::int32_t iterations, Status status) const;
  void mark_fault(Probes const& batch, std::int64_t t, Fault const& fault);
  [[noreturn]] void refuse(Fault const& fault) const;

  ProgramSettings settings_;
  std::unique_ptr<Protocol> protocol_;
  std::vector<Worker> workers_;
  std::deque<Chunk> waiting_;
  std::int64_t open_ = 0;      ///< tasks of the batch without a result
  std::int64_t requests_ = 0;  ///< of all batches
  std::int64_t answered_ = 0, in_vain_ = 0;
  bool has_greeted_ = false, has_told_ = false;
  PoolCounts counts_;
};

}  // namespace metasolve::programs
