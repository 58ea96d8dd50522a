// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/options.hpp"

namespace metasolve::app {

/// Reports the build, the machine and what a device name resolves to here. Exit status: 0, or 2 if that device cannot
/// be used.
int run_doctor(CommonOptions const& options);

}  // namespace metasolve::app
