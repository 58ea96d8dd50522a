// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernels/lockstep/chosen_tasks.hpp"
#include "kernels/lockstep/difference.hpp"
#include "kernels/lockstep/gauss_newton.hpp"
#include "src/engine/choices.hpp"
#include "src/exec/backend.hpp"
#include "src/network/meta_network.hpp"

namespace metasolve::engine {

/// A solver bound to a batch of tasks and an executor: what the rest of the engine sees of it.
/// Arguments are as in kernels::LockstepArguments; calls are ordered on the executor's stream and, but where waits()
/// says so, do not wait.
template <class Scalar>
class SolveStage {
 public:
  virtual ~SolveStage() = default;
  [[nodiscard]] virtual int parameter_size() const = 0;
  /// Whether calls look at the device on their way: they cannot be recorded then.
  [[nodiscard]] virtual bool waits() const { return false; }
  /// One attempt at arguments.slots tasks, at most the capacity that the stage was made for.
  virtual void attempt(kernels::LockstepArguments<Scalar> const& arguments, kernels::Attempt attempt,
                       kernels::Guard const& guard) = 0;
  /// With arguments.theta as it comes; null: with the tasks' own parameters, or zeros.
  void solve(kernels::LockstepArguments<Scalar> const& arguments) { attempt(arguments, kernels::Attempt::given, {}); }
  /// Also writes theta_bar. Only where the stage was made with tape memory.
  virtual void differentiate(kernels::LockstepArguments<Scalar> const& arguments) = 0;
  /// Writes the gradient and the Gauss-Newton matrix in the given directions. Only where the stage was made for so
  /// many, and for a solver whose measure is the norm of a residual.
  virtual void gauss_newton(kernels::LockstepArguments<Scalar> const& arguments,
                            kernels::GaussNewtonArguments<Scalar> const& gauss_newton) = 0;
};

/// What a stage may take.
struct StageLimits {
  std::int64_t capacity = 0;        ///< slots in one call
  bool confirms = false;            ///< solves are confirmed (kernels::ConfirmingSolver): not in training
  std::int64_t tape_bytes = 0;      ///< at most, over all lanes in flight; 0: no differentiate
  std::int64_t max_iterations = 0;  ///< largest limit of a task that is differentiated
  int directions = 0;               ///< most in one call of gauss_newton; 0: no gauss_newton
  Gradient gradient = Gradient::tangent;
  kernels::DifferenceSettings<double> difference = {};
};

/// A solver and a small network in one launch: from the tasks themselves, features included, to their results.
template <class Scalar>
class FusedSolve {
 public:
  virtual ~FusedSolve() = default;
  /// As Mlp holds them. Synchronizes.
  virtual void set_weights(std::vector<double> const& weights) = 0;
  /// As SolveStage::attempt with Attempt::chosen, but for theta, which is not read.
  virtual void solve(kernels::LockstepArguments<Scalar> const& arguments, kernels::Guard const& guard) = 0;
};

/// Tasks of one problem on an executor: the features that the network sees and the solver bound to them.
template <class Scalar>
struct TaskGroup {
  std::int64_t count = 0;
  kernels::BatchView<Scalar const> features;  ///< [count][features], into data
  /// [count][parameters], into data: what is solved with without a meta-solver; null: zeros.
  kernels::BatchView<Scalar const> default_parameters{};
  std::shared_ptr<void> data;  ///< what the views point into
  std::unique_ptr<SolveStage<Scalar>> solver;
  /// A fused solve of at most `capacity` slots with a single-precision network of this shape; null where the shape has
  /// none. Empty: the problem has none.
  std::function<std::unique_ptr<FusedSolve<Scalar>>(network::MetaNetworkShape const& shape, std::int64_t capacity)>
      fuse;
};

}  // namespace metasolve::engine
