// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/black_box.hpp"
#include "metasolve/detail/problems/row_description.hpp"

/// Somebody else's solvers, seen as problems whose tasks are rows (row_description.hpp): the columns, and the constants
/// of the parameters.
namespace metasolve::problems {

/// `bind` takes the BlackBox as its solver.
RowDescription described(BlackBox const& box);

/// What a network sees of rows [n][width], whose first numbers are the box's columns: [n][columns].
std::vector<double> features_of(BlackBox const& box, double const* rows, std::int64_t n, std::int64_t width);

/// Registers the box's problem, unless that was done. @throws InputError it is registered with another shape
void register_box(BlackBox const& box);

}  // namespace metasolve::problems
