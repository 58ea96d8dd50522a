// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "chemistry.hpp"
#include "processes.hpp"
#include "scenario.hpp"

namespace flow {

/// Advection, diffusion and chemistry by Strang splitting: half a step of transport, a full step of chemistry, half a
/// step of transport. Each process simulates its slab of the grid; all calls are collective.
class Simulation {
 public:
  /// scenario: of the slab. The processes and the loops must outlive the result.
  Simulation(Processes const& processes, metasolve::Executor const& executor, Loops& loops, Grid const& grid,
             Slab const& slab, Scenario const& scenario, Method method, ChemistrySettings const& settings);
  void advance(double h);
  /// [species][cells of the grid] on the host of the first process, nothing on others. Synchronizes.
  [[nodiscard]] std::vector<double> state() const;
  [[nodiscard]] ChemistryTotals chemistry() const { return chemistry_.totals(); }
  [[nodiscard]] double transport_seconds() const { return transport_seconds_; }

 private:
  using Memory = std::shared_ptr<void>;
  [[nodiscard]] Memory copy_of(std::vector<double> const& numbers) const;
  void transport(double time);
  void run(TransportStage const& stage, Memory const& from);

  Processes const& processes_;
  metasolve::Executor executor_;
  Loops& loops_;
  Grid grid_;
  Slab slab_;
  double fastest_, diffusion_;
  Memory y_, stage_, c_, u_, v_;
  std::unique_ptr<Halo> halo_;  ///< null: none is needed
  Chemistry chemistry_;
  double transport_seconds_ = 0;
};

}  // namespace flow
