// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/solve_input.hpp"

/// Problem spd on the command line of `solve`.
namespace metasolve::problems {

std::vector<SolveOption> spd_options();

/// Reads the systems of the folder --matrices, grouped by pattern. @throws InputError
SolveInput read_spd(SolveRequest const& request);

}  // namespace metasolve::problems
