// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "kernels/simd/team.hpp"
#include "kernels/simd/view.hpp"

/// What an executor runs. A body is a trivially copyable struct of sizes and views of memory that the executor reaches;
/// it neither allocates nor launches.
namespace metasolve::exec {

/// Runs on the elements of a matrix [rows][columns], in any order and any number of them at once:
///
///   using scalar = double;                                     or float
///   template <class Number>
///   METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const;
///       Number: scalar, for this element; or a pack of it, for as many columns from this one on as it has lanes
template <class B>
concept ElementBody = std::is_trivially_copyable_v<B> && requires(B const body, std::int64_t at) {
  typename B::scalar;
  body.template operator()<typename B::scalar>(at, at);
};

/// Of positions: the next one of a launch, the first of a group where the body claims groups; -1: there are none left.
struct NoPositions {
  METASOLVE_HD std::int64_t operator()() { return -1; }
};

/// Runs on positions 0, 1, ... of a launch, which teams (kernels/simd/team.hpp) claim one after the other until there
/// are none left. Each team gets scratch (registers' neighbour: L1 or shared memory) and the global workspace.
///
///   using scalar = double;                                     or float
///   using solver_type = S;             whose kind and size say how many members a team has; needless with is_scalar
///   static constexpr bool takes_batches;     a claim is of as many positions as the number has lanes, else of one
///   int scratch_size() const; std::int64_t global_size() const;      numbers for each team
///   template <class Number, class T, class Source, class Near, class Far>
///   METASOLVE_HD void run(T const& team, Source& source, Near near, Far far) const;
///       Number: scalar, or on CPUs a pack of it, each lane with a task of its own; source: as NoPositions; near, far:
///       views of Number. All members of a team run it.
///
/// Optional: what ScalarBody, PairedBody and SharingBody say; and
///   static constexpr int positions_a_thread    a thread of the CPU is not worth waking for fewer; else a pack's lanes
template <class B>
concept TeamBody = std::is_trivially_copyable_v<B> &&
    requires(B const body, kernels::SoloTeam const team, NoPositions source,
             kernels::LocalView<typename B::scalar> memory) {
  typename B::scalar;
  { B::takes_batches } -> std::convertible_to<bool>;
  { body.scratch_size() } -> std::convertible_to<int>;
  { body.global_size() } -> std::convertible_to<std::int64_t>;
  body.template run<typename B::scalar>(team, source, memory, memory);
};

/// With static constexpr bool is_scalar = true: Number is scalar on every executor. A device's teams are whole blocks.
template <class B>
concept ScalarBody = TeamBody<B> && requires {
  requires B::is_scalar;
};

/// With static constexpr bool prefers_pairs = true: on CPUs Number is two packs that go together
/// (kernels/simd/pack_pair.hpp).
template <class B>
concept PairedBody = TeamBody<B> && requires {
  requires B::prefers_pairs;
};

/// All teams read the same floats, which an executor may copy to nearer memory: shared_size() of them from
/// shared_source() on. run_shared is then called in the place of run, with the copy.
template <class B>
concept SharingBody = TeamBody<B> && requires(B const body, kernels::SoloTeam const team, NoPositions source,
                                              kernels::LocalView<typename B::scalar> memory, float const* shared) {
  { body.shared_size() } -> std::convertible_to<int>;
  { body.shared_source() } -> std::convertible_to<float const*>;
  body.template run_shared<typename B::scalar>(team, source, memory, shared);
};

}  // namespace metasolve::exec
