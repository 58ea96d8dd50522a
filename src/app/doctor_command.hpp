// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/app/options.hpp"

namespace metasolve::app {

/// Tells what this build is, what this machine has, and what a device name would mean here. Exit status: 0, or 2 if
/// that device cannot be used.
int run_doctor(CommonOptions const& options);

}  // namespace metasolve::app
