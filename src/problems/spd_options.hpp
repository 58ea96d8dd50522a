// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/problems/solve_input.hpp"

/// Problem spd on the command line of `solve`.
namespace metasolve::problems {

std::vector<SolveOption> spd_options();

/// The systems of the folder --matrices, those of one pattern together. @throws InputError
SolveInput read_spd(SolveRequest const& request);

}  // namespace metasolve::problems
