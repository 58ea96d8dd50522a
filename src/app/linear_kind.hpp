// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/linear_options.hpp"

namespace metasolve::app {

/// As what a system is solved: what was given; else by the method; else, where the method is free too, as positive
/// definite if the matrix is exactly symmetric and its diagonal positive, and as general otherwise.
/// @throws InputError it is to be solved as symmetric, and is not to 1e-12; names the entry. A lower triangle alone is.
LinearSolver::Matrix matrix_for(matrices::LinearSystem const& system, LinearChoices const& choices);

/// Whether a system that breaks down as positive definite is solved again as general.
bool may_be_general(LinearChoices const& choices);

}  // namespace metasolve::app
