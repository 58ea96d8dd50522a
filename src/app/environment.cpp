// SPDX-License-Identifier: Apache-2.0
#include "src/app/environment.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "src/exec/cpu_features.hpp"

namespace metasolve::app {

namespace {
bool is_set(char const* name) { return std::getenv(name) != nullptr; }
}  // namespace

void settle_environment(char** argv) {
  bool changed = false;
  if (!is_set("GOMP_SPINCOUNT") && !is_set("OMP_WAIT_POLICY")) {
    changed = setenv("GOMP_SPINCOUNT", "10000", 0) == 0;
  }
  std::string const kernel = exec::better_blas_kernel();
  if (!kernel.empty() && !is_set("OPENBLAS_CORETYPE")) {
    changed = setenv("OPENBLAS_CORETYPE", kernel.c_str(), 0) == 0 || changed;
  }
  // What fails here costs speed alone: the program goes on as it is.
  if (changed) execv("/proc/self/exe", argv);
}

}  // namespace metasolve::app
