// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/detail/estimate/estimator.hpp"
#include "metasolve/detail/estimate/task_draws.hpp"

/// Where probes go, for coordinates that are no choices.
namespace metasolve::estimate {

using Entry = ParameterSpace::Entry;
using Kind = ParameterSpace::Kind;

/// Below this distance both probes of an integer may round to the same number.
inline constexpr double least_integer_step = 0.5;

/// A step of an entry at value x: 0 at an end of a bounded range.
inline double step_size(Entry const& e, double x, double step) {
  if (e.kind == Kind::real) return step * e.scale;
  double const size = std::min(step, 1.0) * ParameterSpace::unit(e, x);
  return e.kind == Kind::integer ? std::max(size, least_integer_step) : size;
}

struct ProbePair {
  double down, up;
};
/// Two probes around x, within the range. Integers: round to different numbers, for which at an end of the range one
/// probe moves further in.
inline ProbePair pair_around(Entry const& e, double x, double step) {
  double const h = step_size(e, x, step);
  if (e.kind != Kind::integer) return {x - h, x + h};
  double const down = std::max(x - h, e.low), up = std::min(x + h, e.high);
  return {std::max(e.low, std::min(down, up - 1)), std::min(e.high, std::max(up, down + 1))};
}
/// The slope of the loss between two probes of a coordinate, as the solver sees them; 0 if it sees no difference.
inline double slope(Entry const& e, double down, double up, double loss_difference) {
  double const distance = ParameterSpace::value(e, up) - ParameterSpace::value(e, down);
  return distance == 0 ? 0 : loss_difference / distance;
}

/// A normal distribution around a coordinate, cut so that no draw leaves a bounded range. Draws are divided by the
/// variance that is left, so that the slope of a linear loss is exact. An integer's draws are clamped instead, as if
/// the loss were constant beyond the range: its width does not vanish at an end.
struct Spread {
  double sigma = 0;
  double bound = std::numeric_limits<double>::infinity();
  double variance = 1;  ///< of a draw z

  Spread(Entry const& e, double x, double step) : sigma(step_size(e, x, step)) {
    if (e.kind != Kind::bounded) return;
    bound = 1 / std::min(step, 1.0);
    variance = second_moment(bound);
  }
  /// Weight of a loss at a draw z in the slope.
  [[nodiscard]] double weight(double z) const { return sigma == 0 ? 0 : z / (sigma * variance); }
  [[nodiscard]] static double point(Entry const& e, double x, double by) {
    return e.kind == Kind::real ? x + by : std::clamp(x + by, e.low, e.high);
  }
};

/// Sums may overflow: what is not finite is set to 0.
inline void remove_non_finite(double* gradient, std::int64_t n) {
  std::replace_if(
      gradient, gradient + n, [](double g) { return !std::isfinite(g); }, 0.0);
}

}  // namespace metasolve::estimate
