// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/peers/figures.hpp"
#include "bench/peers/npy.hpp"
#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/version.h"

/// Our side of scripts/compare, one function per kind of work. Each measures our solver and, if there is one, the plain
/// scalar loop on the CPU, prints a line for each, and writes tasks and expected counts to options.folder, if given.
namespace metasolve::peers {

/// @throws DeviceError there is no such device
inline Executor executor_of(Options const& o) { return Executor::open(o.device, o.threads); }

/// Figures of our solver on that executor, with the executor's current memory.
inline Figures our_figures(Options const& o, Executor const& executor, std::string const& work, double seconds,
                           std::string const& note) {
  bool const device = !executor.backend().memory_is_host();
  return {"metasolve", METASOLVE_VERSION_STRING,
          work,        o.threads,
          seconds,     note,
          o.device,    device ? static_cast<std::int64_t>(executor.backend().allocated()) : 0};
}

void newton_sor(Options const& options);  ///< ours_robertson.cpp
void newton(Options const& options);      ///< ours_robertson.cpp
void training(Options const& options);    ///< ours_training.cpp
void iccg(Options const& options);        ///< ours_beams.cpp
void jacobi_cg(Options const& options);   ///< ours_beams.cpp

}  // namespace metasolve::peers
