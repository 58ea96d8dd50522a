// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/robertson.hpp"

namespace metasolve::problems {

/// Reads robertson_trajectories from the cache if stored there; otherwise generates and stores them. Cache errors
/// produce a notice and never stop the run.
std::vector<double> cached_trajectories(RobertsonDistribution const& distribution, std::int64_t sets,
                                        std::uint64_t seed, random::Stream stream, TrajectoryCache const& cache);

/// The file that cached_trajectories uses.
std::string trajectory_file(RobertsonDistribution const& distribution, std::int64_t sets, std::uint64_t seed,
                            random::Stream stream, TrajectoryCache const& cache);

}  // namespace metasolve::problems
