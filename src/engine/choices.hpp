// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::engine {

/// Precision of a network or a solver, chosen at run time.
enum class Precision { single_precision, double_precision };

/// Updates the weights from gradients.
/// How sums over tasks are rounded.
enum class Reproducible {
  ranks,  ///< by a tree over blocks of tasks: the same bits on any number of ranks
  fast,   ///< in any order: each number of ranks has its own bits
};

enum class Optimizer {
  adam,                 ///< first order, mini-batches
  levenberg_marquardt,  ///< second order, full-batch, for small networks
};

/// How to compute the gradient of a solver. With several parameters a solver of the library's kernels has the adjoint
/// and `forward`; somebody else's has those from `difference` on but for `forward`.
enum class Gradient {
  adjoint,          ///< reverse mode through the iterations
  tangent,          ///< forward mode through the iterations; for solvers that support it
  difference,       ///< two whole solves at nearby values of each parameter; also for solvers that rounding disturbs
  forward,          ///< forward mode along a random direction, times that direction; no tape
  spsa,             ///< the difference along a random direction, times that direction (Spall, 1992)
  evolution,        ///< antithetic Gaussian evolution strategy: the loss smoothed over the step
  score,            ///< score function of a distribution around the prediction; for discrete parameters too
  control_variate,  ///< the difference along a random direction, with a network as control variate (NI-GBMS, 2024)
  automatic,        ///< what suits the solver: SolverGradients::usual, or for a black box difference or score
};

/// How a network learns to choose among variants of a solver (engine/choice_stage.hpp).
enum class ChoiceGradient {
  mean,   ///< of the mean over all variants, each of which is solved
  score,  ///< by the score function of one that is drawn for each task
};

/// The gradients that a solver has.
struct SolverGradients {
  bool is_tangent = false;  ///< of its one parameter: adjoint, tangent and difference (kernels::OneParameterSolver)
  bool adjoint = true, forward = true;

  /// Where none is chosen.
  [[nodiscard]] Gradient usual() const {
    if (is_tangent) return Gradient::difference;
    return adjoint ? Gradient::adjoint : Gradient::forward;
  }
};

}  // namespace metasolve::engine
