// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "metasolve/executor.hpp"
#include "src/problems/beam_mesh.hpp"

namespace metasolve::bench {

/// To assemble the matrices and right-hand sides of beams [tasks][BeamColumns], which lie on the executor from the
/// start, into memory of its own: the kernel without any transfer. Returns before it is done.
std::function<void()> make_assembly(Executor const& executor, problems::BeamStencil const& stencil,
                                    std::vector<double> const& beams);

}  // namespace metasolve::bench
