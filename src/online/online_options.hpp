// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/kernels/online/online_grid.hpp"
#include "metasolve/online_meta_solver.hpp"

namespace metasolve::online {

using Options = OnlineMetaSolver::Options;

/// The options with nothing automatic.
/// @throws InputError one is out of range
Options checked(Options options);

/// Without `values`.
kernels::OnlineGrid grid_of(Options const& checked);
/// [arms][parameters]. The constants replace the grid's nearest values, so that their cost is learned.
std::vector<double> values_of(Options const& checked, kernels::OnlineGrid const& grid);

/// The value at a position on a parameter's range, 0 to 1.
double value_at(OnlineMetaSolver::Parameter const& parameter, double position);

}  // namespace metasolve::online
