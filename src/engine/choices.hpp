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

}  // namespace metasolve::engine
