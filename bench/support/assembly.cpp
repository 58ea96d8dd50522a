// SPDX-License-Identifier: Apache-2.0
#include "support/assembly.hpp"

#include "src/exec/cpu/cpu_exec.hpp"

namespace metasolve::bench {

std::function<void()> make_assembly_cpu(Executor const& executor, problems::BeamStencil const& stencil,
                                        std::vector<double> const& beams) {
  return make_assembly_on<exec::CpuExec>(executor, stencil, beams);
}

std::function<void()> make_assembly(Executor const& executor, problems::BeamStencil const& stencil,
                                    std::vector<double> const& beams) {
  return executor.name() == "cpu" ? make_assembly_cpu(executor, stencil, beams)
                                  : make_assembly_cuda(executor, stencil, beams);
}

}  // namespace metasolve::bench
