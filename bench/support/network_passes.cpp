// SPDX-License-Identifier: Apache-2.0
#include "support/network_passes.hpp"

#include "src/exec/cpu/cpu_exec.hpp"

namespace metasolve::bench {

std::unique_ptr<NetworkPasses> make_network_passes_cpu(Executor const& executor, network::MetaNetworkShape const& shape,
                                                       std::int64_t tasks) {
  return std::make_unique<NetworkPassesOn<exec::CpuExec>>(executor, shape, tasks);
}

std::unique_ptr<NetworkPasses> make_network_passes(Executor const& executor, network::MetaNetworkShape const& shape,
                                                   std::int64_t tasks) {
  return executor.name() == "cpu" ? make_network_passes_cpu(executor, shape, tasks)
                                  : make_network_passes_cuda(executor, shape, tasks);
}

}  // namespace metasolve::bench
