// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::app {

/// `metasolve problems`: lists the problems and their properties.
int run_problems();

}  // namespace metasolve::app
