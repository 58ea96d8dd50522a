// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "metasolve/error.hpp"
#include "src/engine/choices.hpp"
#include "src/engine/difference_gradient.hpp"
#include "src/exec/backend.hpp"
#include "src/exec/team_body.hpp"
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
  /// At most the capacity that the stage was made for.
  virtual void solve(kernels::LockstepArguments<Scalar> const& arguments) = 0;
  /// Also writes theta_bar. Only where the stage was made with tape memory.
  virtual void differentiate(kernels::LockstepArguments<Scalar> const& arguments) = 0;
  /// Writes the gradient and the Gauss-Newton matrix in the given directions. Only where the stage was made for so
  /// many, and for a solver whose measure is the norm of a residual.
  virtual void curvature(kernels::LockstepArguments<Scalar> const& arguments,
                         kernels::CurvatureArguments<Scalar> const& curvature) = 0;
};

/// What a stage may take.
struct StageLimits {
  std::int64_t capacity = 0;    ///< slots in one call
  bool confirms = false;        ///< solves are confirmed (kernels::ConfirmingSolver): not in training
  std::int64_t tape_bytes = 0;  ///< at most, over all lanes in flight; 0: no differentiate
  std::int64_t iterations = 0;  ///< largest limit of a task that is differentiated
  int directions = 0;           ///< most in one call of curvature; 0: no curvature
  Gradient gradient = Gradient::tangent;
  kernels::DifferenceSettings<double> difference = {};
};

/// Differentiates: what nobody calls is not compiled.
template <class Exec, kernels::Solver S, bool Differentiates = true>
class SolveStageOn final : public SolveStage<typename S::scalar> {
 public:
  using scalar = typename S::scalar;
  /// Second-order training works in double precision alone; what nobody calls is not compiled.
  static constexpr bool has_residual = kernels::LeastSquaresSolver<S> && sizeof(scalar) == sizeof(double);

  SolveStageOn(Exec& exec, S const& solver, StageLimits limits) : exec_(exec), solver_(solver), limits_(limits) {
    std::int64_t bytes = exec.team_bytes(exec::SolveBody<S>{solver, {}}, limits.capacity);
    if constexpr (Differentiates) bytes = std::max(bytes, plan_gradient());
    if constexpr (has_residual) {
      if (limits.directions > 0) {
        exec::CurvatureBody<S> const body{solver, {}, {.directions = limits.directions}};
        bytes = std::max(bytes, exec.team_bytes(body, limits.capacity));
      }
    }
    workspace_ = exec::Buffer<std::byte>(exec, bytes);
  }

  [[nodiscard]] int parameter_size() const override { return solver_.parameter_size(); }

  void solve(kernels::LockstepArguments<scalar> const& arguments) override {
    check(arguments.slots);
    exec_.launch_teams(exec::SolveBody<S>{solver_, arguments}, workspace_.data(), arguments.slots);
  }

  void differentiate(kernels::LockstepArguments<scalar> const& arguments) override {
    check(arguments.slots);
    if constexpr (Differentiates) {
      if (limits_.tape_bytes > 0) return launch_gradient(arguments);
    }
    throw Error("differentiate: this stage was made without tape memory, or for a solver without parameters");
  }

  void curvature(kernels::LockstepArguments<scalar> const& arguments,
                 kernels::CurvatureArguments<scalar> const& curvature) override {
    check(arguments.slots);
    if constexpr (has_residual) {
      if (curvature.directions <= limits_.directions) {
        exec_.launch_teams(exec::CurvatureBody<S>{solver_, arguments, curvature}, workspace_.data(), arguments.slots);
        return;
      }
    }
    throw Error("curvature: this stage was not made for it");
  }

 private:
  void check(std::int64_t slots) const {
    if (slots > limits_.capacity) {
      throw InputError("solve: " + std::to_string(slots) + " tasks given, the capacity is " +
                       std::to_string(limits_.capacity) + "; make the solver with a larger capacity");
    }
  }

  /// Bytes of workspace, and how much of them is tape.
  std::int64_t plan_gradient() {
    if (limits_.tape_bytes <= 0) return 0;
    if (gradient() == Gradient::difference) {
      difference_ = {exec_, limits_.capacity, limits_.difference};
      return exec_.team_bytes(exec::SolveBody<S>{solver_, {}}, difference_.tripled(limits_.capacity));
    }
    if constexpr (kernels::OneParameterSolver<S>) {
      if (gradient() == Gradient::tangent) return exec_.team_bytes(exec::TangentBody<S>{solver_, {}}, limits_.capacity);
    }
    exec::DifferentiateBody<S> body{solver_, {}};
    using Tape = kernels::Tape<scalar, 1>;
    auto const slot_bytes = static_cast<std::int64_t>(sizeof(scalar)) * Tape::slot_size(solver_.state_size()) *
                            exec_.lanes_in_flight(body, limits_.capacity);
    // Every state (0 ... limit) and the one slot that the tape keeps free.
    std::int64_t const whole = limits_.iterations + 2;
    tape_slots_ =
        static_cast<int>(std::max<std::int64_t>(Tape::least_slots, std::min(whole, limits_.tape_bytes / slot_bytes)));
    body.tape_slots = tape_slots_;
    return exec_.team_bytes(body, limits_.capacity);
  }
  void launch_gradient(kernels::LockstepArguments<scalar> const& arguments) {
    if (gradient() == Gradient::difference) {
      return difference_.run(exec_, arguments, [this](auto const& all) {
        exec_.launch_teams(exec::SolveBody<S>{solver_, all}, workspace_.data(), all.slots);
      });
    }
    if constexpr (kernels::OneParameterSolver<S>) {
      if (gradient() == Gradient::tangent) {
        return exec_.launch_teams(exec::TangentBody<S>{solver_, arguments}, workspace_.data(), arguments.slots);
      }
    }
    exec_.launch_teams(exec::DifferentiateBody<S>{solver_, arguments, tape_slots_}, workspace_.data(), arguments.slots);
  }

  /// The way asked for, where this solver has it.
  [[nodiscard]] Gradient gradient() const {
    return kernels::OneParameterSolver<S> && solver_.parameter_size() == 1 ? limits_.gradient : Gradient::adjoint;
  }

  Exec& exec_;
  S solver_;
  StageLimits limits_;
  int tape_slots_ = 0;
  DifferenceGradient<Exec, scalar> difference_;
  exec::Buffer<std::byte> workspace_;
};

/// A solver and a small network in one launch: from the tasks themselves, features included, to their results.
template <class Scalar>
class FusedSolve {
 public:
  virtual ~FusedSolve() = default;
  /// As Mlp holds them. Waits.
  virtual void set_weights(std::vector<double> const& weights) = 0;
  /// As SolveStage::solve, but for theta, which is not read.
  virtual void solve(kernels::LockstepArguments<Scalar> const& arguments) = 0;
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
