// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::problems {

/// How unknowns are numbered before an incomplete factorisation.
enum class OrderingKind { natural, rcm };

}  // namespace metasolve::problems
