// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/linear_implementation.hpp"

namespace metasolve::api {

/// The direct methods of LinearSolver: options.method is cholesky, ldl, lu or dense_lu. Options must be validated.
/// @throws InputError as LinearSolver
std::unique_ptr<LinearSolver::Implementation> make_direct(Executor const& executor, Pattern const& pattern,
                                                          LinearSolver::Options const& options, Setup const& setup);

}  // namespace metasolve::api
