// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::problems {

/// How a problem's matrix is applied: by its stencil, or from stored values of a shared pattern.
enum class MatrixFormat { stencil, sparse };

}  // namespace metasolve::problems
