// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/kernels/lockstep/chosen_tasks.hpp"
#include "metasolve/kernels/lockstep/gauss_newton.hpp"
#include "metasolve/kernels/lockstep/lockstep.hpp"
#include "metasolve/kernels/lockstep/lockstep_adjoint.hpp"
#include "metasolve/kernels/lockstep/lockstep_tangent.hpp"
#include "metasolve/kernels/problems/fused_predictor.hpp"

/// The bodies that teams run. An executor gives each team scratch (L1 or shared memory), the global workspace and
/// positions; the body does the rest.
namespace metasolve::exec {

/// One attempt of lockstep_solve. Constants: kernels::AttemptArguments. Teams claim a group at a time.
template <class S, class Constants = kernels::ViewConstants<typename S::scalar>>
struct SolveBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "solve";
  static constexpr bool takes_batches = true;
  static constexpr bool is_scalar = kernels::ScalarSolver<S>;
  /// On a CPU: whether packs run in pairs (kernels/simd/pack_pair.hpp).
  static constexpr bool prefers_pairs = kernels::RegisterSolver<S>;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  kernels::AttemptArguments<Constants> attempt{};

  METASOLVE_HD int scratch_size() const { return kernels::lockstep_size(solver); }
  METASOLVE_HD std::int64_t global_size() const { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    kernels::ChosenTasks<Number, S, Constants, Source> tasks(solver, arguments, attempt, source);
    kernels::lockstep_solve<Number>(solver, arguments, team, tasks, scratch);
  }
};

/// lockstep_solve with parameters that a small network predicts inside it. Teams claim a group at a time.
template <class S, class FusedPredictor>
struct FusedSolveBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "proposed_solve";
  static constexpr bool takes_batches = true;
  static constexpr bool prefers_pairs = true;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  FusedPredictor predictor;

  METASOLVE_HD int scratch_size() const { return kernels::lockstep_size(solver); }
  METASOLVE_HD std::int64_t global_size() const { return 0; }
  /// Floats that all teams of a block read, and their location; an executor may copy them to faster memory.
  METASOLVE_HD int shared_size() const { return FusedPredictor::Network::size(predictor.network.outputs); }
  METASOLVE_HD float const* shared_source() const { return predictor.network.weights; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    run_shared<Number>(team, source, scratch, predictor.network.weights);
  }
  template <class Number, class T, class Source, class Scratch>
  METASOLVE_HD void run_shared(T const& team, Source& source, Scratch scratch, float const* shared) const {
    kernels::PredictedTasks<Number, S, FusedPredictor, Source> tasks(solver, arguments, predictor, shared, source);
    kernels::lockstep_solve<Number>(solver, arguments, team, tasks, scratch);
  }
};

/// lockstep_differentiate as a launchable body. Teams claim as many positions as their number has lanes.
template <class S>
struct DifferentiateBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "differentiate";
  static constexpr bool takes_batches = true;
  static constexpr bool is_scalar = kernels::ScalarSolver<S>;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  int tape_slots = kernels::Tape<scalar, 1>::least_slots;

  METASOLVE_HD int scratch_size() const { return kernels::differentiate_size(solver); }
  METASOLVE_HD std::int64_t global_size() const {
    return std::int64_t{tape_slots} * kernels::Tape<scalar, 1>::slot_size(solver.state_size());
  }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global global) const {
    kernels::lockstep_differentiate<Number>(solver, arguments, team, source, scratch, global, tape_slots);
  }
};

/// lockstep_tangent as a launchable body. Teams claim as many positions as their number has lanes.
template <class S>
struct TangentBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "tangent";
  static constexpr bool takes_batches = true;

  /// Known at compile time where there is one parameter: a random one would take registers.
  using Direction = std::conditional_t<kernels::DualSolver<S>, kernels::RandomDirection, kernels::OnlyParameter>;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  Direction direction{};

  METASOLVE_HD int scratch_size() const { return kernels::tangent_size(solver); }
  METASOLVE_HD std::int64_t global_size() const { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    kernels::lockstep_tangent<Number>(solver, arguments, direction, team, source, scratch);
  }
};

/// lockstep_gauss_newton as a launchable body. Teams claim as many positions as their number has lanes.
template <class S>
struct GaussNewtonBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "gauss_newton";
  static constexpr bool takes_batches = true;
  static constexpr bool has_open_size = true;  ///< scratch depends on more than the solver's sizes

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  kernels::GaussNewtonArguments<scalar> gauss_newton;

  METASOLVE_HD int scratch_size() const { return kernels::gauss_newton_size(solver, gauss_newton.directions); }
  METASOLVE_HD std::int64_t global_size() const { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    kernels::lockstep_gauss_newton<Number>(solver, arguments, gauss_newton, team, source, scratch);
  }
};

}  // namespace metasolve::exec
