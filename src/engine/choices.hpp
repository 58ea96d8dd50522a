// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::engine {

/// Precision of a network or a solver, chosen at run time.
enum class Precision { single_precision, double_precision };

/// Updates the weights from gradients.
enum class Optimizer {
  adam,                 ///< first order, mini-batches
  levenberg_marquardt,  ///< second order, full-batch, for small networks
};

/// How to compute the gradient of a solver with one parameter; several parameters always use the adjoint.
enum class Gradient {
  adjoint,     ///< reverse mode through the iterations
  tangent,     ///< forward mode through the iterations; for solvers that support it
  difference,  ///< two whole solves at nearby values; for solvers that are too sensitive to rounding
};

}  // namespace metasolve::engine
