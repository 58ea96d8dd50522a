// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "metasolve/kernels/simd/team.hpp"
#include "metasolve/kernels/simd/view.hpp"

/// Bodies: what an executor runs. A body is a trivially copyable struct of sizes and views of the executor's memory; it
/// neither allocates nor launches.
namespace metasolve::exec {

/// Runs on the elements of a matrix [rows][columns], in any order and with any parallelism:
///
///   using scalar = double;                                     or float
///   template <class Number>
///   METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const;
///     Number: scalar, for this element; or a pack of it, for as many columns from this one on as it has lanes
template <class B>
concept ElementBody = std::is_trivially_copyable_v<B> && requires(B const body, std::int64_t at) {
  typename B::scalar;
  body.template operator()<typename B::scalar>(at, at);
};

/// A source of positions: returns the next position of a launch, or the first of a group if the body claims groups; -1:
/// none left.
struct NoPositions {
  METASOLVE_HD std::int64_t operator()() { return -1; }
};

/// Runs on positions 0, 1, ... of a launch. Teams (kernels/simd/team.hpp) claim them one after another until none are
/// left. Each team gets scratch (L1 or shared memory) and the global workspace.
///
///   using scalar = double;                                     or float
///   using solver_type = S;             its kind and size determine the team size; not needed with is_scalar
///   static constexpr bool takes_batches;     a claim covers as many positions as the number has lanes, else one
///   int scratch_size() const; std::int64_t global_size() const;      numbers per team
///   template <class Number, class T, class Source, class Near, class Far>
///   METASOLVE_HD void run(T const& team, Source& source, Near near, Far far) const;
///     Number: scalar, or on CPUs a pack of it with one task per lane; source: like NoPositions; near, far: views of
///     Number. All members of a team run it.
///
/// Optional: the members of ScalarBody, PairedBody and SharingBody; and
///   static constexpr int positions_a_thread    fewest positions worth waking a CPU thread; default: a pack's lanes
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

/// With static constexpr bool is_scalar = true: Number is scalar on every executor. On a device each team is a whole
/// block.
template <class B>
concept ScalarBody = TeamBody<B> && requires {
  requires B::is_scalar;
};

/// With static constexpr bool prefers_pairs = true: on CPUs Number is a pair of packs (kernels/simd/pack_pair.hpp).
template <class B>
concept PairedBody = TeamBody<B> && requires {
  requires B::prefers_pairs;
};

/// All teams read the same floats, shared_size() of them from shared_source() on. An executor may copy them to faster
/// memory; it then calls run_shared with the copy instead of run.
template <class B>
concept SharingBody = TeamBody<B> && requires(B const body, kernels::SoloTeam const team, NoPositions source,
                                              kernels::LocalView<typename B::scalar> memory, float const* shared) {
  { body.shared_size() } -> std::convertible_to<int>;
  { body.shared_source() } -> std::convertible_to<float const*>;
  body.template run_shared<typename B::scalar>(team, source, memory, shared);
};

}  // namespace metasolve::exec
