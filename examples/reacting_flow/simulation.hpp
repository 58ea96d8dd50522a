// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "chemistry.hpp"
#include "scenario.hpp"

namespace flow {

/// Advection, diffusion and chemistry by Strang splitting: half a step of transport, a full step of chemistry, half a
/// step of transport.
class Simulation {
 public:
  Simulation(metasolve::Executor const& executor, Loops& loops, Grid const& grid, Scenario const& scenario,
             Method method, ChemistrySettings const& settings);
  void advance(double h);
  /// [species][cells] on the host. Synchronizes.
  [[nodiscard]] std::vector<double> state() const;
  [[nodiscard]] ChemistryTotals const& chemistry() const { return chemistry_.totals(); }
  [[nodiscard]] double transport_seconds() const { return transport_seconds_; }

 private:
  using Memory = std::shared_ptr<void>;
  [[nodiscard]] Memory copy_of(std::vector<double> const& numbers) const;
  void transport(double time);

  metasolve::Executor executor_;
  Loops& loops_;
  Grid grid_;
  double fastest_, diffusion_;
  Memory y_, stage_, c_, u_, v_;
  Chemistry chemistry_;
  double transport_seconds_ = 0;
};

}  // namespace flow
