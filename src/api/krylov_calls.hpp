// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/linear_implementation.hpp"

namespace metasolve::api {

/// LinearSolver by conjugate gradients, BiCGSTAB or GMRES (options.method). Options must be validated.
/// @throws InputError as the constructor of LinearSolver
std::unique_ptr<LinearSolver::Implementation> make_krylov(Executor const& executor, Pattern const& pattern,
                                                          LinearSolver::Options const& options, Setup const& setup);

}  // namespace metasolve::api
