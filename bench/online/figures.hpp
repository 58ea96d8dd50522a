// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "trajectories.hpp"

namespace metasolve::bench::online {

using Json = nlohmann::ordered_json;

inline constexpr std::size_t window = 500;  ///< solves

double mean(Counts const& counts);
/// At least 99 % of the values are at most this.
template <class T>
T percentile99(std::vector<T> values);
double median(std::vector<double> values);
/// Processor time of this thread, in seconds: what others do on the machine shows only in the caches.
double processor_seconds();
/// The largest share of cost against the reference's in any `window` consecutive solves; of all, if there are fewer.
double worst_window(Counts const& counts, Counts const& reference);
/// After how many solves the cost so far is below the reference's and stays so; as many as there are: never.
std::size_t break_even(Counts const& counts, Counts const& reference);

/// A row of a method that is run once per seed.
struct Rival {
  std::string name;
  std::vector<Counts> runs;         ///< [seeds]
  Counts const* against = nullptr;  ///< the constant of its loss per window
  std::string note = {};
};
/// best_fixed: of the break-even. bound: per-step best.
Json row(std::string const& problem, Rival const& rival, Counts const& best_fixed, Counts const& bound);

/// Cost so far divided by the reference's, at about `points` solves evenly spaced in the logarithm, mean over the runs.
Json relative_cost(std::vector<Counts> const& runs, Counts const& reference, std::vector<std::size_t> const& at);
std::vector<std::size_t> curve_points(std::size_t steps);

// The parts of the measurement beside the trajectories, each a member of the document.

/// Seconds per solve of calls of one system, contenders by turns in each step; medians of `rounds` runs.
Json seconds(heat::HeatEquation const& heat, double best_omega, int steps, int rounds);
/// Nanoseconds per task of choosing and learning.
Json overhead(int rounds);
/// A call of `members` simulations a step, each at another time of the cycle.
Json batches(heat::HeatEquation const& heat, double constant, int members, int steps, int seeds);
/// Where conditions or features change against what was learned.
Json drift(heat::HeatEquation const& heat, double constant, int steps, int seeds);

}  // namespace metasolve::bench::online
