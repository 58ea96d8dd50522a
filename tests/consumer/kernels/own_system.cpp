// SPDX-License-Identifier: Apache-2.0
#include "own_system.hpp"

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

int main() {
  metasolve::exec::CpuExec exec(2);
  return solve_and_check(exec);
}
