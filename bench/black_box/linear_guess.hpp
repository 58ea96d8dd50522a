// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace metasolve::bench::ni_poisson {

/// Guesses [tasks][unknowns] for the first test tasks by a linear map of the right-hand side, fitted to the solutions
/// of as many training tasks by least squares. The matrix is the same in all tasks: the map is its inverse.
std::vector<double> linear_guesses(long tasks);

}  // namespace metasolve::bench::ni_poisson
