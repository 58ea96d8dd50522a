// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/trajectory.hpp"
#include "metasolve/detail/integrate/integration.hpp"

/// Integration by several processes, each of which has some of the sets, in order.
namespace metasolve::app {

/// This process' sets. @throws InputError there are fewer sets than processes
struct OwnSets {
  integrate::IntegrationSetup setup;
  std::size_t first = 0;  ///< its number among all
};
OwnSets own_sets(integrate::IntegrationSetup const& all, std::size_t size);

/// Of all processes. Collective.
integrate::IntegrationTotals summed(integrate::IntegrationTotals const& totals);
double largest(double number);
/// In the order of steps, and of sets.
std::vector<EndedSet> collected(std::vector<EndedSet> const& ended);

/// After step n: merges what an online meta-solver has learned, every ten steps, since merging synchronizes.
/// Collective; nothing where none learns.
void merge_online(integrate::Integration& integration, std::size_t n);

}  // namespace metasolve::app
