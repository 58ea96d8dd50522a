// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/lockstep/chosen_tasks.hpp"
#include "kernels/lockstep/curvature.hpp"
#include "kernels/lockstep/lockstep.hpp"
#include "kernels/lockstep/lockstep_adjoint.hpp"
#include "kernels/lockstep/lockstep_tangent.hpp"
#include "kernels/problems/proposer.hpp"

/// The bodies that teams run. An executor gives each team near memory (registers' neighbour: L1 or shared
/// memory) and far memory, and positions to work on; the body does the rest.
namespace metasolve::exec {

/// One attempt of lockstep_solve. Constants: kernels::AttemptArguments. Teams claim a group at a time.
template <class S, class Constants = kernels::ViewConstants<typename S::scalar>>
struct SolveBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "solve";
  static constexpr bool claims_groups = true;
  /// On a CPU: whether two packs go together (kernels/simd/pack_pair.hpp).
  static constexpr bool prefers_pairs = kernels::RegisterSolver<S>;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  kernels::AttemptArguments<Constants> attempt{};

  METASOLVE_HD int near_size() const { return kernels::lockstep_size(solver); }
  METASOLVE_HD std::int64_t far_size() const { return 0; }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near near, Far) const {
    kernels::ChosenTasks<Number, S, Constants, Source> tasks(solver, arguments, attempt, source);
    kernels::lockstep_solve<Number>(solver, arguments, team, tasks, near);
  }
};

/// lockstep_solve with parameters that a small network proposes within it. Teams claim a group at a time.
template <class S, class Proposer>
struct ProposedSolveBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "proposed_solve";
  static constexpr bool claims_groups = true;
  static constexpr bool prefers_pairs = true;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  Proposer proposer;

  METASOLVE_HD int near_size() const { return kernels::lockstep_size(solver); }
  METASOLVE_HD std::int64_t far_size() const { return 0; }
  /// Floats that all teams of a block read, and where they lie: an executor may copy them to nearer memory.
  METASOLVE_HD int shared_size() const { return Proposer::Network::size(proposer.network.outputs); }
  METASOLVE_HD float const* shared_source() const { return proposer.network.weights; }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near near, Far) const {
    run_shared<Number>(team, source, near, proposer.network.weights);
  }
  template <class Number, class T, class Source, class Near>
  METASOLVE_HD void run_shared(T const& team, Source& source, Near near, float const* shared) const {
    kernels::ProposedTasks<Number, S, Proposer, Source> tasks(solver, arguments, proposer, shared, source);
    kernels::lockstep_solve<Number>(solver, arguments, team, tasks, near);
  }
};

/// lockstep_differentiate as a launchable body. Teams claim as many positions as their number has lanes.
template <class S>
struct DifferentiateBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "differentiate";
  static constexpr bool claims_groups = true;

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  int tape_slots = kernels::Tape<scalar, 1>::least_slots;

  METASOLVE_HD int near_size() const { return kernels::differentiate_size(solver); }
  METASOLVE_HD std::int64_t far_size() const {
    return std::int64_t{tape_slots} * kernels::Tape<scalar, 1>::slot_size(solver.state_size());
  }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near near, Far far) const {
    kernels::lockstep_differentiate<Number>(solver, arguments, team, source, near, far, tape_slots);
  }
};

/// lockstep_tangent as a launchable body. Teams claim as many positions as their number has lanes.
template <class S>
struct TangentBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "tangent";
  static constexpr bool claims_groups = true;

  S solver;
  kernels::LockstepArguments<scalar> arguments;

  METASOLVE_HD int near_size() const { return kernels::tangent_size(solver); }
  METASOLVE_HD std::int64_t far_size() const { return 0; }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near near, Far) const {
    kernels::lockstep_tangent<Number>(solver, arguments, team, source, near);
  }
};

/// lockstep_curvature as a launchable body. Teams claim as many positions as their number has lanes.
template <class S>
struct CurvatureBody {
  using solver_type = S;
  using scalar = typename S::scalar;
  static constexpr auto name = "curvature";
  static constexpr bool claims_groups = true;
  static constexpr bool has_open_size = true;  ///< near memory grows with more than the solver's sizes

  S solver;
  kernels::LockstepArguments<scalar> arguments;
  kernels::CurvatureArguments<scalar> curvature;

  METASOLVE_HD int near_size() const { return kernels::curvature_size(solver, curvature.directions); }
  METASOLVE_HD std::int64_t far_size() const { return 0; }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near near, Far) const {
    kernels::lockstep_curvature<Number>(solver, arguments, curvature, team, source, near);
  }
};

}  // namespace metasolve::exec
