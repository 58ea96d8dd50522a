// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::engine {

/// Of the numbers of a network or a solver, chosen at run time.
enum class Precision { single_precision, double_precision };

/// What turns gradients into better weights.
enum class Optimizer {
  adam,                 ///< first order, by mini-batches
  levenberg_marquardt,  ///< second order, full-batch, for small networks
};

/// How the gradient of a solver's one parameter is found; where a solver has several, by the adjoint.
enum class Gradient {
  adjoint,     ///< of the iterations, in reverse
  tangent,     ///< of the iterations, on the way forward; for solvers that have one
  difference,  ///< of whole solves at two values near by; for solvers that rounding makes too sensitive
};

}  // namespace metasolve::engine
