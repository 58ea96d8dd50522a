// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::sparse {

/// Ordering of the unknowns before an incomplete factorisation: unchanged, or reverse Cuthill-McKee.
enum class OrderingKind { natural, rcm };

}  // namespace metasolve::sparse
