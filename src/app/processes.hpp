// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "metasolve/ranks.hpp"

/// The program as one of several processes that a launcher started (mpirun, srun).
namespace metasolve::app {

class Processes {
 public:
  /// Connects to the other processes if a launcher says that there are some. @throws InputError the build has no MPI;
  /// DeviceError the MPI cannot serve a process with threads
  Processes();
  Processes(Processes const&) = delete;
  Processes& operator=(Processes const&) = delete;
  ~Processes();

  /// Null: one process.
  [[nodiscard]] Ranks* ranks() const { return ranks_.get(); }
  [[nodiscard]] std::shared_ptr<Ranks> const& shared() const { return ranks_; }
  [[nodiscard]] bool is_first() const { return ranks_ == nullptr || ranks_->rank() == 0; }
  /// "rank 3: " for messages of this process; empty: there are no others.
  [[nodiscard]] std::string prefix() const;
  /// From here on this process does not work with the others: for commands that one process does.
  void work_alone() { ranks_.reset(); }
  /// Ends all processes. Returns if there is one.
  void end_all(int status);

 private:
  std::shared_ptr<Ranks> ranks_;
  bool has_begun_ = false;
};

/// The version of MPI for `doctor`; empty: the build has none.
std::string mpi_version();

/// Connects in the first call, and disconnects when the program ends.
Processes& this_process();
/// Null: it has not been connected.
Processes* begun_process();

/// Whether the processes of a job run this command together; else the first one runs it.
bool is_shared_command(int argc, char const* const* argv);

}  // namespace metasolve::app
