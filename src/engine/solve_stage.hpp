// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/estimator_settings.hpp"
#include "metasolve/detail/engine/price.hpp"
#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/network/meta_network.hpp"
#include "metasolve/kernels/lockstep/chosen_tasks.hpp"
#include "metasolve/kernels/lockstep/difference.hpp"
#include "metasolve/kernels/lockstep/gauss_newton.hpp"
#include "metasolve/kernels/network/adam.hpp"

namespace metasolve::engine {

/// A solver bound to a batch of tasks and an executor: the interface the rest of the engine uses. Arguments are as in
/// kernels::LockstepArguments. Calls are ordered on the executor's stream and, unless waits() is true, do not wait.
template <class Scalar>
class SolveStage {
 public:
  virtual ~SolveStage() = default;
  [[nodiscard]] virtual int parameter_size() const = 0;
  [[nodiscard]] virtual int solution_size() const = 0;  ///< numbers per task
  /// Whether calls read from the device while they run; they cannot be recorded then.
  [[nodiscard]] virtual bool waits() const { return false; }
  /// One attempt at arguments.slots tasks, at most the stage's capacity.
  virtual void attempt(kernels::LockstepArguments<Scalar> const& arguments, kernels::Attempt attempt,
                       kernels::Guard const& guard) = 0;
  /// Uses arguments.theta as given; null: the tasks' own parameters, or zeros.
  void solve(kernels::LockstepArguments<Scalar> const& arguments) { attempt(arguments, kernels::Attempt::given, {}); }
  /// Also writes theta_bar. Requires a stage with tape memory.
  virtual void differentiate(kernels::LockstepArguments<Scalar> const& arguments) = 0;
  /// Writes the gradient and the Gauss-Newton matrix in the given directions. Requires a stage made for at least as
  /// many directions, and a solver whose measure is the norm of a residual.
  virtual void gauss_newton(kernels::LockstepArguments<Scalar> const& arguments,
                            kernels::GaussNewtonArguments<Scalar> const& gauss_newton) = 0;

  /// The training's clock, in the executor's memory, on which random directions of a gradient depend. Called before the
  /// first `differentiate`.
  virtual void follow(kernels::StepClock const* /*clock*/) {}
  /// What gradients have learned so far, and going on from there to the last bit; empty: nothing.
  [[nodiscard]] virtual std::vector<double> state() const { return {}; }
  /// @throws InputError another size. Empty: as at the beginning
  virtual void restore(std::vector<double> const& /*state*/) {}
};

/// Limits of a stage.
struct StageLimits {
  std::int64_t capacity = 0;        ///< slots per call
  bool confirms = false;            ///< confirm solves (kernels::ConfirmingSolver): not in training
  std::int64_t tape_bytes = 0;      ///< limit over all lanes in flight; 0: no differentiate
  std::int64_t max_iterations = 0;  ///< largest limit of a differentiated task
  int directions = 0;               ///< most per call of gauss_newton; 0: no gauss_newton
  Gradient gradient = Gradient::tangent;
  kernels::DifferenceSettings<double> difference = {};
  EstimatorSettings estimator = {};
  std::vector<Price> prices = {};  ///< of the variants of a choice, in one unit; empty: iterations count
  ChoiceGradient choice = ChoiceGradient::mean;
};

/// A solver and a small network in one launch, from the tasks through the features to the results.
template <class Scalar>
class FusedSolve {
 public:
  virtual ~FusedSolve() = default;
  /// In Mlp's layout. Synchronizes.
  virtual void set_weights(std::vector<double> const& weights) = 0;
  /// Like SolveStage::attempt with Attempt::chosen, but does not read theta.
  virtual void solve(kernels::LockstepArguments<Scalar> const& arguments, kernels::Guard const& guard) = 0;
};

}  // namespace metasolve::engine
