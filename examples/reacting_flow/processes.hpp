// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <metasolve/executor.hpp>
#include <metasolve/ranks.hpp>
#include <vector>

#include "halo.hpp"
#include "loops.hpp"

namespace flow {

/// The processes that share the grid: those that mpirun started, or this one alone. One object lives as long as the
/// program uses anything that it returned.
class Processes {
 public:
  virtual ~Processes() = default;

  /// Null: this process alone.
  [[nodiscard]] virtual std::shared_ptr<metasolve::Ranks> ranks() const = 0;
  [[nodiscard]] int rank() const { return ranks() ? ranks()->rank() : 0; }
  [[nodiscard]] int size() const { return ranks() ? ranks()->size() : 1; }
  [[nodiscard]] bool is_first() const { return rank() == 0; }

  /// Null: the slab is the whole grid. Collective. The loops must outlive the result.
  [[nodiscard]] virtual std::unique_ptr<Halo> halo(metasolve::Executor const& executor, Loops& loops, Grid const& grid,
                                                   Slab const& slab) const = 0;
  /// y: [species][plane] of this process. Returns [species][cells of the grid] on the first one, nothing on others.
  /// Collective.
  [[nodiscard]] virtual std::vector<double> gather(Grid const& grid, Slab const& slab, std::vector<double> y) const = 0;

  /// Prints the message and ends all processes, or returns the exit status for this one alone.
  virtual int fail(char const* message) const = 0;
};

/// Call once, at the beginning.
std::unique_ptr<Processes> start_processes(int& argc, char**& argv);

}  // namespace flow
