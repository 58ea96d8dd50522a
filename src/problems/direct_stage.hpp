// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/problems/block_iccg.hpp"

namespace metasolve::problems {

/// The sparse Cholesky factorisation of LinearSolver, in its ordering by approximate minimum degree, as a stage without
/// parameters. An iteration is a refinement; a task is converged when its relative residual is at most the tolerance. A
/// task that is not converged costs its limit. mixed: factors in float, refined in double. systems, on the pattern of
/// `structure`, must outlive the stage.
/// @throws InputError the factor has more than 2^30 entries; DeviceError; std::bad_alloc
std::unique_ptr<engine::SolveStage<double>> direct_stage(exec::Backend& exec, SpdView const& systems,
                                                         sparse::SymmetricStructure const& structure, bool mixed,
                                                         engine::StageLimits const& limits);

}  // namespace metasolve::problems
