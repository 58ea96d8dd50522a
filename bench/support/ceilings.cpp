// SPDX-License-Identifier: Apache-2.0
#include "support/ceilings.hpp"

#include <map>
#include <string>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "support/ceilings_on.hpp"

namespace metasolve::bench {

Ceilings measure_ceilings_cpu(Executor const& executor) {
  return measure_ceilings_on<exec::CpuExec, CopyBody>(executor, std::int64_t{1} << 26, std::int64_t{1} << 17, 1536);
}

Ceilings const& ceilings_of(Executor const& executor) {
  static std::map<std::string, Ceilings> known;
  auto const name = executor.description();  // includes the threads
  auto found = known.find(name);
  if (found == known.end()) {
    bool const cpu = executor.name() == "cpu";
    found = known.emplace(name, cpu ? measure_ceilings_cpu(executor) : measure_ceilings_cuda(executor)).first;
  }
  return found->second;
}

}  // namespace metasolve::bench
