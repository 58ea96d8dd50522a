// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/pressure.hpp"

namespace metasolve::problems {

/// One system, on the host, to a relative residual of 1e-10: p [rows][columns], of mean 0 where constants are the null
/// space. systems: of one task. @throws InputError its solve fails
void solve_pressure(PressureShape const& shape, kernels::FaceTasks<double> const& systems, double* p);

}  // namespace metasolve::problems
