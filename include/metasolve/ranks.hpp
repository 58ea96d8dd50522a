// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// @file
/// Processes that share a computation: the interface between the library and what connects them. mpi.hpp implements it
/// for MPI; a program may implement it for anything else.
namespace metasolve {

/// A group of processes (MPI: the ranks of a communicator), as one of them sees it. An executor over ranks
/// (Executor::over) shares trainings and evaluations among them: docs/scale.md.
///
/// Except `swap` and `take`, all calls are collective: every rank makes the same calls in the same order, with the same
/// sizes. They return when the caller's memory has been written and may be reused. Memory is host memory. Use one
/// object from one thread at a time.
///
/// A rank that throws out of a shared computation leaves the others waiting in their next collective call: end them
/// (MPI_Abort), as the command line does.
class Ranks {
 public:
  Ranks() = default;
  Ranks(Ranks const&) = delete;
  Ranks& operator=(Ranks const&) = delete;
  virtual ~Ranks() = default;

  [[nodiscard]] virtual int rank() const noexcept = 0;        ///< of this process, 0 to size() - 1
  [[nodiscard]] virtual int size() const noexcept = 0;        ///< at least 1
  [[nodiscard]] virtual int local_rank() const noexcept = 0;  ///< among the ranks of this machine, from 0
  [[nodiscard]] virtual int local_size() const noexcept = 0;  ///< ranks of this machine

  /// Rank 0's data to all.
  virtual void broadcast(void* data, std::size_t bytes) = 0;
  /// all [size()][bytes]: what each rank gave as `mine`.
  virtual void all_gather(void const* mine, std::size_t bytes, void* all) = 0;
  /// Swaps bytes with another rank, which calls it at the same time with this one as its partner: theirs = what it gave
  /// as `mine`. The two must not overlap.
  virtual void swap(int partner, void const* mine, void* theirs, std::size_t bytes) = 0;
  /// numbers [n]: the sum over ranks, in any order, but with the same bits on all ranks.
  virtual void all_reduce(float* numbers, std::int64_t n) = 0;
  /// The same in double precision.
  virtual void all_reduce(double* numbers, std::int64_t n) = 0;

  /// Shared counter, for handing out work: returns its value and adds n, in one step for all ranks. Not collective.
  virtual std::int64_t take(std::int64_t n) = 0;
  /// Sets the counter to 0 when all ranks have called; no rank returns before.
  virtual void restart_counter() = 0;
};

}  // namespace metasolve
