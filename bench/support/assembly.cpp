// SPDX-License-Identifier: Apache-2.0
#include "support/assembly.hpp"

#include <memory>

#include "metasolve/detail/exec/launches.hpp"

namespace metasolve::bench {

std::function<void()> make_assembly(Executor const& executor, problems::BeamStencil const& stencil,
                                    std::vector<double> const& beams) {
  struct Memory {
    Executor executor;  // must outlive the members below
    problems::BeamStencilData stencil;
    exec::Buffer<double> beams, values, rhs;
  };
  auto& exec = executor.backend();
  problems::BeamStencilData data(exec, stencil);
  auto const view = data.view();
  auto const tasks = static_cast<std::int64_t>(beams.size()) / kernels::BeamColumns::count;
  auto const memory = std::make_shared<Memory>(Memory{executor, std::move(data), exec::uploaded(exec, beams),
                                                      exec::Buffer<double>(exec, tasks * view.pattern.values()),
                                                      exec::Buffer<double>(exec, tasks * view.pattern.unknowns)});
  return [memory, &exec, view, tasks] {
    exec.launch(tasks, kernels::assembled_columns(view),
                kernels::AssembleBeams<double>{view, memory->beams.data(), memory->values.data(), memory->rhs.data()});
  };
}

}  // namespace metasolve::bench
