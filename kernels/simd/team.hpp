// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include "number.hpp"

/// The members that work together on one task (or, with packs, on one group of tasks): one CPU thread, one GPU thread,
/// a tile of a warp, a block, or (in tests) real threads. All members run the same body; branches around sync() and
/// sum() must be taken by all of them or by none.
namespace metasolve::kernels {

template <class T>
concept Team = requires(T const team, double x) {
  { team.rank() } -> std::convertible_to<int>;  ///< this member, 0 to size() - 1
  { team.size() } -> std::convertible_to<int>;
  team.sync();                                     ///< makes each member's writes visible to all
  { team.sum(x) } -> std::convertible_to<double>;  ///< sum over the members, bitwise the same on each
  { team.max(x) } -> std::convertible_to<double>;  ///< likewise the largest; NaN if one is
  { T::is_solo } -> std::convertible_to<bool>;     ///< one member: sync does nothing, sum is the identity
};

/// One member.
struct SoloTeam {
  static constexpr bool is_solo = true;
  METASOLVE_HD static constexpr int rank() { return 0; }
  METASOLVE_HD static constexpr int size() { return 1; }
  METASOLVE_HD static void sync() {}
  template <class Number>
  METASOLVE_HD static Number sum(Number x) {
    return x;
  }
  template <class Number>
  METASOLVE_HD static Number max(Number x) {
    return x;
  }
};

/// A single member whose instructions are issued together with those of others, each on its own task: a thread of a
/// GPU's warp. Where they diverge, the branches run one after the other; a ballot reconverges them.
template <class T>
concept WarpLane = Team<T> && requires(T const team, bool x) {
  requires T::is_solo;
  { T::lanes } -> std::convertible_to<int>;             ///< of the warp, at most 32
  { team.ballot(x) } -> std::convertible_to<unsigned>;  ///< bit l: x of lane l; called by all lanes or none
};

/// body(i) for i in [0, n), split over the members. No sync before or after.
template <Team T, class Body>
METASOLVE_HD void for_each(T const& team, int n, Body&& body) {
  for (int i = team.rank(); i < n; i += team.size()) body(i);
}

/// As for_each, for bodies that hide the latency of their loads by themselves.
template <Team T, class Body>
METASOLVE_HD void for_each_rolled(T const& team, int n, Body&& body) {
  METASOLVE_ROLLED
  for (int i = team.rank(); i < n; i += team.size()) body(i);
}

/// work(few), few being a smaller team if the team has one, for chains of small steps that more members would slow
/// down; the others wait. Syncs at the end.
template <Team T, class Work>
METASOLVE_HD void by_few(T const& team, Work&& work) {
  if constexpr (requires { team.few(); }) {
    if (team.rank() < team.few().size()) work(team.few());
    team.sync();
  } else {
    work(team);
  }
}

/// The sum of term(i) over i in [0, n), bitwise the same on each member. A single member adds in four strands: one
/// alone would be bound by the latency of additions.
template <class Number, Team T, class Term>
METASOLVE_HD Number sum_over(T const& team, int n, Term&& term) {
  Number sum(0);
  if constexpr (T::is_solo) {
    Number strand1(0), strand2(0), strand3(0);
    int i = 0;
    for (; i + 3 < n; i += 4) {
      sum += term(i);
      strand1 += term(i + 1);
      strand2 += term(i + 2);
      strand3 += term(i + 3);
    }
    for (; i < n; ++i) sum += term(i);
    return (sum + strand1) + (strand2 + strand3);
  } else {
    for_each(team, n, [&](int i) { sum += term(i); });
    return team.sum(sum);
  }
}

/// The largest of 0 and term(i) over i in [0, n), the same on each member; NaN if one is.
template <class Number, Team T, class Term>
METASOLVE_HD Number max_over(T const& team, int n, Term&& term) {
  Number largest(0);
  for_each(team, n, [&](int i) { largest = larger_of(largest, Number(term(i))); });
  return team.max(largest);
}

}  // namespace metasolve::kernels
