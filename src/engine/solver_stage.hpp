// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/detail/engine/difference_gradient.hpp"
#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/error.hpp"

namespace metasolve::engine {

/// The compiled functions of solver S for one kind of executor. Constants: kernels::AttemptArguments. Differentiates:
/// false skips compiling functions that are never called.
template <class S, class Constants, bool Differentiates>
struct StageFunctions {
  using scalar = typename S::scalar;
  static constexpr bool has_adjoint = Differentiates && kernels::Solver<S>;
  static constexpr bool has_tangent = Differentiates && kernels::TangentSolver<S>;
  /// Second-order training supports double precision only.
  static constexpr bool has_residual =
      Differentiates && kernels::LeastSquaresSolver<S> && sizeof(scalar) == sizeof(double);
  struct None {};
  template <bool Has, class Body>
  using Maybe = std::conditional_t<Has, exec::TeamFunctions<Body>, None>;

  exec::TeamFunctions<exec::SolveBody<S, Constants>> solve;
  Maybe<has_adjoint, exec::DifferentiateBody<S>> differentiate{};
  Maybe<has_tangent, exec::TangentBody<S>> tangent{};
  Maybe<has_residual, exec::GaussNewtonBody<S>> gauss_newton{};

  /// make.template operator()<F>() returns the struct of functions F.
  template <class Make>
  static StageFunctions made(Make&& make) {
    StageFunctions all{};
    auto const set = [&]<class F>(F& to) {
      if constexpr (!std::is_same_v<F, None>) to = make.template operator()<F>();
    };
    set(all.solve);
    set(all.differentiate);
    set(all.tangent);
    set(all.gauss_newton);
    return all;
  }
};

/// Looks up a struct of functions F.
struct CompiledFor {
  exec::Backend const& backend;
  template <class F>
  F operator()() const {
    return exec::functions_for<F>(backend);
  }
};
/// The functions that the library compiled for the executor (src/compiled.cmake), via a struct's `made`.
template <class Functions>
Functions compiled_for(exec::Backend const& backend) {
  return Functions::made(CompiledFor{backend});
}
/// The same, compiled in this file for an executor whose type is known.
template <class Exec>
struct CompiledHere {
  template <class F>
  F operator()() const {
    return F::template on<Exec>();
  }
};

/// A lockstep solver as a stage. ByDifference: also true for a solver with one parameter and no adjoints, whose
/// gradient is then that by differences alone.
template <class S, class Constants = kernels::ViewConstants<typename S::scalar>,
          bool Differentiates = kernels::Solver<S> || kernels::DualSolver<S>, bool ByDifference = Differentiates>
class SolverStage final : public SolveStage<typename S::scalar> {
 public:
  using scalar = typename S::scalar;
  using Functions = StageFunctions<S, Constants, Differentiates>;
  using Arguments = kernels::LockstepArguments<scalar>;

  SolverStage(exec::Backend& exec, Functions const& functions, S const& solver, StageLimits limits)
      : exec_(exec), functions_(functions), body_{solver, {}, {}}, limits_(limits) {
    std::int64_t bytes = functions_.solve.bytes(exec, body_, limits.capacity);
    if constexpr (requires(S & s) { s.takes_guess = s.scales_guess = false; }) {
      if (solver.takes_guess) {  // and calls may come without one
        auto without = body_;
        without.solver.takes_guess = without.solver.scales_guess = false;
        bytes = std::max(bytes, functions_.solve.bytes(exec, without, limits.capacity));
      }
    }
    if constexpr (ByDifference) bytes = std::max(bytes, plan_gradient());
    if constexpr (Functions::has_residual) {
      if (limits.directions > 0) {
        exec::GaussNewtonBody<S> const body{solver, {}, {.directions = limits.directions}};
        bytes = std::max(bytes, functions_.gauss_newton.bytes(exec, body, limits.capacity));
      }
    }
    workspace_ = exec::Buffer<std::byte>(exec, bytes);
  }

  /// For replacing the tasks by others of the same sizes, and their own parameters.
  [[nodiscard]] S& solver() { return body_.solver; }
  [[nodiscard]] S const& solver() const { return body_.solver; }
  [[nodiscard]] Constants& constants() { return body_.attempt.constants; }
  /// Parameters of Attempt::proposed, which may differ from the constants.
  [[nodiscard]] Constants& proposal() { return body_.attempt.proposal; }

  [[nodiscard]] int parameter_size() const override { return body_.solver.parameter_size(); }
  [[nodiscard]] int solution_size() const override {
    if constexpr (requires(S const s) { s.solution_size(); }) return body_.solver.solution_size();
    return body_.solver.state_size();
  }

  void attempt(Arguments const& arguments, kernels::Attempt attempt, kernels::Guard const& guard) override {
    check(arguments.slots);
    body_.arguments = arguments;
    body_.attempt.attempt = attempt;
    body_.attempt.guard = guard;
    functions_.solve.launch(exec_, body_, workspace_.data(), arguments.slots);
  }

  void differentiate(Arguments const& arguments) override {
    check(arguments.slots);
    if constexpr (ByDifference) {
      if (limits_.tape_bytes > 0) return launch_gradient(arguments);
    }
    throw Error("differentiate: this stage was made without tape memory, or for a solver without parameters");
  }

  void follow(kernels::StepClock const* clock) override { updates_ = clock != nullptr ? &clock->updates : nullptr; }

  void gauss_newton(Arguments const& arguments, kernels::GaussNewtonArguments<scalar> const& gauss_newton) override {
    check(arguments.slots);
    if constexpr (Functions::has_residual) {
      if (gauss_newton.directions <= limits_.directions) {
        functions_.gauss_newton.launch(exec_, {body_.solver, arguments, gauss_newton}, workspace_.data(),
                                       arguments.slots);
        return;
      }
    }
    throw Error("gauss_newton: this stage was not made for it");
  }

 private:
  void check(std::int64_t slots) const {
    if (slots > limits_.capacity) {
      throw InputError("solve: " + std::to_string(slots) + " tasks given, the capacity is " +
                       std::to_string(limits_.capacity) + "; make the solver with a larger capacity");
    }
  }

  /// Returns the bytes of workspace; sets tape_slots_ for the adjoint.
  std::int64_t plan_gradient() {
    if (limits_.tape_bytes <= 0) return 0;
    if (gradient() == Gradient::difference) {
      difference_ = {exec_, limits_.capacity, limits_.difference};
      return functions_.solve.bytes(exec_, {body_.solver, {}}, difference_.tripled(limits_.capacity));
    }
    if constexpr (Functions::has_tangent) {
      if (gradient() == Gradient::tangent) return functions_.tangent.bytes(exec_, {body_.solver, {}}, limits_.capacity);
    }
    if constexpr (Functions::has_adjoint) {
      if (!kernels::TangentSolver<S> && limits_.gradient == Gradient::forward) {
        throw InputError(
            "solver.gradient: given \"forward\", but this solver does not say that it takes dual numbers "
            "(takes_dual_numbers); choose \"adjoint\"");
      }
      return plan_tape();
    } else {
      throw InputError("solver.gradient: this solver has \"difference\" alone, neither adjoint nor tangent; choose it");
    }
  }
  std::int64_t plan_tape() requires(Functions::has_adjoint) {
    exec::DifferentiateBody<S> body{body_.solver, {}};
    using Tape = kernels::Tape<scalar, 1>;
    auto const slot_bytes = static_cast<std::int64_t>(sizeof(scalar)) * Tape::slot_size(body_.solver.state_size()) *
                            functions_.differentiate.lanes_in_flight(exec_, body, limits_.capacity);
    // All states (0 ... limit) and the one slot that the tape keeps free.
    std::int64_t const whole = limits_.max_iterations + 2;
    tape_slots_ =
        static_cast<int>(std::max<std::int64_t>(Tape::least_slots, std::min(whole, limits_.tape_bytes / slot_bytes)));
    body.tape_slots = tape_slots_;
    return functions_.differentiate.bytes(exec_, body, limits_.capacity);
  }
  void launch_gradient(Arguments const& arguments) {
    if (gradient() == Gradient::difference) {
      return difference_.run(exec_, arguments, [this](auto const& all) {
        functions_.solve.launch(exec_, {body_.solver, all, {}}, workspace_.data(), all.slots);
      });
    }
    if constexpr (Functions::has_tangent) {
      if (gradient() == Gradient::tangent) {
        exec::TangentBody<S> body{body_.solver, arguments};
        if constexpr (kernels::DualSolver<S>) body.direction = {limits_.estimator.seed, updates_};
        return functions_.tangent.launch(exec_, body, workspace_.data(), arguments.slots);
      }
    }
    if constexpr (Functions::has_adjoint) {
      functions_.differentiate.launch(exec_, {body_.solver, arguments, tape_slots_}, workspace_.data(),
                                      arguments.slots);
    }
  }

  /// The requested method if this solver supports it. `forward` is the tangent along a direction.
  [[nodiscard]] Gradient gradient() const {
    if constexpr (!Differentiates) return limits_.gradient;
    bool const is_forward = limits_.gradient == Gradient::forward;
    if constexpr (kernels::DualSolver<S>)
      return is_forward || !kernels::Solver<S> ? Gradient::tangent : Gradient::adjoint;
    if (!kernels::OneParameterSolver<S> || body_.solver.parameter_size() != 1) return Gradient::adjoint;
    return is_forward ? Gradient::tangent : limits_.gradient;
  }

  exec::Backend& exec_;
  Functions functions_;
  exec::SolveBody<S, Constants> body_;
  StageLimits limits_;
  int tape_slots_ = 0;
  std::int64_t const* updates_ = nullptr;  ///< of the training that it follows
  DifferenceGradient<scalar> difference_;
  exec::Buffer<std::byte> workspace_;
};

/// Compiles the functions where the executor's header is included: for solvers that are not part of the library.
template <class S, class Exec>
std::unique_ptr<SolveStage<typename S::scalar>> make_stage(Exec& exec, S const& solver, StageLimits const& limits) {
  using Stage = SolverStage<S>;
  return std::make_unique<Stage>(exec, Stage::Functions::made(CompiledHere<Exec>{}), solver, limits);
}

}  // namespace metasolve::engine
