// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::engine {

/// Of the numbers of a network or a solver, chosen at run time.
enum class Precision { single_precision, double_precision };

}  // namespace metasolve::engine
