// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::sparse {

/// How unknowns are numbered before an incomplete factorisation: as they come, or by reverse Cuthill-McKee.
enum class OrderingKind { natural, rcm };

}  // namespace metasolve::sparse
