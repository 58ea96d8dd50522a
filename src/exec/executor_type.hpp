// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string_view>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/exec/bodies.hpp"

namespace metasolve::exec {

/// Bodies used only to check the requirements on an executor.
struct ElementProbe {
  using scalar = double;
  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t) const {}
};
struct TeamProbe {
  using scalar = double;
  static constexpr bool takes_batches = false, is_scalar = true;
  METASOLVE_HD static int scratch_size() { return 0; }
  METASOLVE_HD static std::int64_t global_size() { return 0; }
  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const&, Source&, Scratch, Global) const {}
};
static_assert(ElementBody<ElementProbe> && TeamBody<TeamProbe>);

/// A class of executors: a Backend plus launches, which are templates. All operations are ordered on the executor's
/// stream.
///
///   static constexpr std::string_view executor_name   what name() returns
///   void launch(rows, columns, ElementBody)            the body on each element of [rows][columns]
///   void load<Body>()                                  loads the kernel of launch(Body), before a launch is recorded
///   int64 lanes_in_flight(TeamBody, slots) const       lanes that run at once on `slots` positions, among which tape
///                                                      memory is divided. Independent of global_size(); does not
///                                                      decrease as slots grow
///   int64 team_bytes(TeamBody, slots) const            workspace of launch_teams for at most `slots` positions
///   void launch_teams(TeamBody, workspace, slots)      the body on positions [0, slots); workspace with the alignment
///                                                      of allocate
template <class E>
concept ExecutorType = std::derived_from<E, Backend> &&
    requires(E exec, E const asked, std::int64_t n, ElementProbe const element, TeamProbe const team, void* workspace) {
  { E::executor_name } -> std::convertible_to<std::string_view>;
  exec.launch(n, n, element);
  exec.template load<ElementProbe>();
  { asked.lanes_in_flight(team, n) } -> std::same_as<std::int64_t>;
  { asked.team_bytes(team, n) } -> std::same_as<std::int64_t>;
  exec.launch_teams(team, workspace, n);
};

}  // namespace metasolve::exec
