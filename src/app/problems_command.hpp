// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::app {

/// `metasolve problems`: what problems there are, and what each brings.
int run_problems();

}  // namespace metasolve::app
