// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/peers/figures.hpp"
#include "bench/peers/npy.hpp"

/// Our side of scripts/compare, a function a kind of work. Each measures ours and, where there is one, the plain scalar
/// loop, prints a line each, and writes tasks and expected counts into options.folder, if one is given.
namespace metasolve::peers {

void newton_sor(Options const& options);  ///< ours_robertson.cpp
void newton(Options const& options);      ///< ours_robertson.cpp
void training(Options const& options);    ///< ours_training.cpp
void iccg(Options const& options);        ///< ours_beams.cpp
void jacobi_cg(Options const& options);   ///< ours_beams.cpp

}  // namespace metasolve::peers
