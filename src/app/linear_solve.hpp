// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/solve_command.hpp"

namespace metasolve::app {

/// `solve --problem linear`. The options that all problems share are already checked. @throws InputError, OutputError,
/// DeviceError
int run_linear_solve(SolveOptions const& options);

}  // namespace metasolve::app
