// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/problems/robertson.hpp"

namespace metasolve::problems {

/// robertson_trajectories, from the cache where it holds them, and left there where it can be written. A cache that
/// cannot be read or written costs a notice, never the run.
std::vector<double> cached_trajectories(RobertsonDistribution const& distribution, std::int64_t sets,
                                        std::uint64_t seed, random::Stream stream, TrajectoryCache const& cache);

/// The file that cached_trajectories uses.
std::string trajectory_file(RobertsonDistribution const& distribution, std::int64_t sets, std::uint64_t seed,
                            random::Stream stream, TrajectoryCache const& cache);

}  // namespace metasolve::problems
