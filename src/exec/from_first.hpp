// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "metasolve/executor.hpp"
#include "metasolve/ranks.hpp"

/// What one rank does for all.
namespace metasolve::exec {

inline int rank_of(Executor const& executor) { return executor.ranks() != nullptr ? executor.ranks()->rank() : 0; }
inline int ranks_of(Executor const& executor) { return executor.ranks() != nullptr ? executor.ranks()->size() : 1; }
inline bool is_first(Executor const& executor) { return rank_of(executor) == 0; }
/// This process alone, where a result may be needed on one rank.
inline Executor alone(Executor const& executor) { return executor.over(nullptr); }

/// Runs f on rank 0 and returns its result on all. What f throws is thrown on all. Collective; null: one process.
std::string from_first(Ranks* ranks, std::function<std::string()> const& f);
/// The same for numbers, to the bit.
std::vector<double> numbers_from_first(Ranks* ranks, std::function<std::vector<double>()> const& f);

/// text of all ranks, in their order. Collective.
std::vector<std::string> gathered(Ranks& ranks, std::string const& text);

}  // namespace metasolve::exec
