// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "metasolve/executor.hpp"
#include "src/exec/backend.hpp"
#include "src/problems/beam_mesh.hpp"

namespace metasolve::bench {

/// To assemble the matrices and right sides of beams [tasks][BeamColumns], which lie on the executor from the start,
/// into memory of its own: the kernel without any transfer. Returns before it is done.
std::function<void()> make_assembly(Executor const& executor, problems::BeamStencil const& stencil,
                                    std::vector<double> const& beams);

/// Implementation, an executor each.
std::function<void()> make_assembly_cpu(Executor const& executor, problems::BeamStencil const& stencil,
                                        std::vector<double> const& beams);
std::function<void()> make_assembly_cuda(Executor const& executor, problems::BeamStencil const& stencil,
                                         std::vector<double> const& beams);

template <class Exec>
std::function<void()> make_assembly_on(Executor const& executor, problems::BeamStencil const& stencil,
                                       std::vector<double> const& beams) {
  struct Memory {
    Executor executor;  // outlives what is of it
    problems::BeamStencilData stencil;
    exec::Buffer<double> beams, values, right;
  };
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  problems::BeamStencilData data(exec, stencil);
  auto const view = data.view();
  auto const tasks = static_cast<std::int64_t>(beams.size()) / kernels::BeamColumns::count;
  auto const memory = std::make_shared<Memory>(Memory{executor, std::move(data), exec::uploaded(exec, beams),
                                                      exec::Buffer<double>(exec, tasks * view.pattern.values()),
                                                      exec::Buffer<double>(exec, tasks * view.pattern.unknowns)});
  return [memory, &exec, view, tasks] {
    exec.launch(
        tasks, kernels::assembled_columns(view),
        kernels::AssembleBeams<double>{view, memory->beams.data(), memory->values.data(), memory->right.data()});
  };
}

}  // namespace metasolve::bench
