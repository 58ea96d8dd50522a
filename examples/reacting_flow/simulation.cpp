// SPDX-License-Identifier: Apache-2.0
#include "simulation.hpp"

#include <chrono>
#include <cmath>
#include <utility>

namespace flow {

namespace {

double* numbers(std::shared_ptr<void> const& memory) { return static_cast<double*>(memory.get()); }

}  // namespace

Simulation::Simulation(Processes const& processes, metasolve::Executor const& executor, Loops& loops, Grid const& grid,
                       Slab const& slab, Scenario const& scenario, Method method, ChemistrySettings const& settings)
    : processes_(processes),
      executor_(executor),
      loops_(loops),
      grid_(grid),
      slab_(slab),
      fastest_(scenario.fastest),
      diffusion_(scenario.diffusion),
      y_(copy_of(scenario.y)),
      stage_(copy_of(scenario.y)),
      c_(copy_of(scenario.c)),
      u_(copy_of(scenario.u)),
      v_(copy_of(scenario.v)),
      halo_(processes.halo(executor, loops, grid, slab)),
      chemistry_(executor, loops, slab, method, settings) {}

Simulation::Memory Simulation::copy_of(std::vector<double> const& numbers) const {
  auto memory = executor_.allocate(numbers.size() * sizeof(double));
  executor_.upload(memory.get(), numbers.data(), numbers.size() * sizeof(double));
  return memory;
}

void Simulation::advance(double h) {
  transport(h / 2);
  chemistry_.advance(numbers(y_), numbers(c_), h);
  transport(h / 2);
}

void Simulation::transport(double time) {
  auto const start = std::chrono::steady_clock::now();
  double const dx = grid_.spacing;
  // As many equal substeps as keep each cell within the range of its neighbours (a face of the limited scheme counts
  // twice): only chemistry determines the step size.
  double const courant = fastest_ * time / dx, diffusion = diffusion_ * time / (dx * dx);
  int const parts = static_cast<int>(std::ceil(largest(1.0, 2 * courant + 4 * diffusion)));
  double const dt = time / parts;
  TransportStage stage{.from = numbers(y_),
                       .start = numbers(y_),
                       .to = numbers(stage_),
                       .u = numbers(u_),
                       .v = numbers(v_),
                       .keep = 0,
                       .dt_over_dx = dt / dx,
                       .diffusion = diffusion_ * dt / (dx * dx),
                       .slab = slab_};
  TransportStage last = stage;
  last.from = stage.to;
  last.to = numbers(y_);
  last.keep = 0.5;
  for (int part = 0; part < parts; ++part) {
    run(stage, y_);
    run(last, stage_);
  }
  executor_.synchronize();
  transport_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Simulation::run(TransportStage const& stage, Memory const& from) {
  if (halo_) halo_->exchange(numbers(from));
  loops_.run(stage);
}

std::vector<double> Simulation::state() const {
  std::vector<double> y(static_cast<std::size_t>(species * slab_.plane()));
  executor_.download(y.data(), y_.get(), y.size() * sizeof(double));
  return processes_.gather(grid_, slab_, std::move(y));
}

}  // namespace flow
