// SPDX-License-Identifier: Apache-2.0
#include "src/engine/factory_on.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::engine {

Factory cpu_factory() { return factory_on<exec::CpuExec>(); }

}  // namespace metasolve::engine
