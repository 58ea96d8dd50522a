// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "online_state.hpp"

namespace metasolve::kernels {

/// After an update: the parameters that the tasks of each bin draw from, one draw after the other. Each is the arm of
/// the lowest confidence bound, or of the lowest sample (Thompson), among those within reach of a tried one (Sui et
/// al., 2015); it then counts as observed where it was expected, so that a batch spreads (Desautels, Krause and
/// Burdick, 2014). What may cost more than the constants is only drawn as far as the debt allows (Wu et al., 2016). One
/// element per bin.
struct DrawArms {
  using scalar = double;
  static constexpr auto name = "draw_arms";
  OnlineGrid grid;
  OnlineSettings settings;
  OnlineEstimates estimates;
  OnlineDraws draws;
  OnlineClock const* clock;
  double count;  ///< tasks of this call

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    if (clock->is_due == 0) return;
    for (int l = 0; l < lanes_of<Number>; ++l) draw(static_cast<int>(first) + l);
  }

 private:
  /// One bin's view of its arms.
  struct Bin {
    double own[most_online_arms];       ///< variance from observations of the arm itself
    double distance[most_online_arms];  ///< steps to a tried one
    double variance[most_online_arms];  ///< from those of all arms
    double field[most_online_arms];     ///< of a draw, for Thompson sampling
  };

  METASOLVE_HD void draw(int bin) const {
    Bin arms;
    double const* const shape = estimates.shape + bin * grid.arms;
    int const constant = grid.constant_arm;
    int best = constant;
    for (int a = 0; a < grid.arms; ++a) {
      arms.own[a] = arms.variance[a] = estimates.variance[bin * grid.arms + a];
      arms.distance[a] = estimates.distance[bin * grid.arms + a];
      if (arms.distance[a] <= 0 && shape[a] < shape[best]) best = a;
    }
    for (int p = 0; p < grid.parameters; ++p) spread(arms, grid.parameter[p]);
    draws.best[bin] = static_cast<std::int32_t>(best);
    double const constant_cost = estimates.constant_cost[bin];
    double const limit =
        settings.first_limit * (1 + 2 * sqrt(clock->variance)) * exp(estimates.level[bin] + shape[best]);
    draws.limit[bin] = constant_cost > 0 && is_finite(limit) ? limit : infinity<double>();

    double const dearer = higher_of(exp(shape[constant] - shape[best]) - 1, 1e-9);
    double const share = higher_of(lower_of(settings.constant_share, settings.constant_loss / dearer),
                                   settings.constant_share * settings.least_constant_share);
    // What the draws may lose together, in tasks solved with the constants.
    double room = ((settings.most_debt() - clock->debt) / higher_of(count, settings.update_share * clock->remembered) +
                   0.5 * settings.most_loss) *
                  clock->draws * (constant_cost > 0 ? clock->mean_constant / constant_cost : 1.0);
    room = lower_of(room, higher_of(1.0, settings.most_loss * clock->draws));
    for (int d = 0; d < clock->draws; ++d) {
      std::uint64_t const bits =
          mixed(settings.seed, static_cast<std::uint64_t>(clock->updates * most_online_bins + bin),
                static_cast<std::uint64_t>(d));
      bool const with_constant = clock->debt >= settings.most_debt() || unit_of(bits) < clock->draws * share - d;
      int const arm = with_constant ? constant : try_arm(arms, shape, bits, room);
      draws.arm[bin * most_online_draws + d] = static_cast<std::int32_t>(arm);
      put_values(draws.value + (bin * most_online_draws + d) * grid.parameters, shape, arm, arm == best);
    }
  }

  /// The next arm to try. Reduces room by what it may lose.
  METASOLVE_HD int try_arm(Bin& arms, double const* shape, std::uint64_t bits, double& room) const {
    int const constant = grid.constant_arm;
    if (settings.by_thompson) draw_field(bits, arms.field);
    // Now and then wider: an arm that its neighbours made look bad would else never be tried.
    bool const is_wide = unit_of(mixed(bits + 1)) < settings.wide_share;
    double const width = is_wide ? settings.wide_width : settings.bound_width;
    int lowest = constant, safest = constant;
    double low = infinity<double>(), high = infinity<double>();
    for (int a = 0; a < grid.arms; ++a) {
      if (arms.distance[a] > settings.reach) continue;
      double const deviation = sqrt(arms.variance[a]);
      double const below = shape[a] - width * (settings.by_thompson ? arms.field[a] : 1.0) * deviation;
      double const above = shape[a] + (a == constant ? 0.0 : deviation);
      if (below < low) low = below, lowest = a;
      if (above < high) high = above, safest = a;
    }
    double const allowed = higher_of(room, 0.0);
    auto const risk_of = [&](int a) {
      return a == constant ? 0.0 : exp(shape[a] - shape[constant] + sqrt(arms.variance[a])) - 1;
    };
    int pick = lowest;
    double risk = risk_of(pick);
    if (risk > allowed) risk = risk_of(pick = safest);
    if (risk > allowed) risk = risk_of(pick = constant);
    room -= higher_of(risk, 0.0);
    observe(arms, pick);
    return pick;
  }

  /// Counts an arm as observed once more. Its neighbours are known from it, but for the random walk in between.
  METASOLVE_HD void observe(Bin& arms, int pick) const {
    double const own = arms.own[pick] = 1 / (1 / arms.own[pick] + 1 / clock->variance);
    if (grid.parameters == 1) {
      double const change = change_of(grid.parameter[0]);
      for (int a = 0; a < grid.arms; ++a) {
        double const steps = a < pick ? pick - a : a - pick;
        arms.variance[a] = lower_of(arms.variance[a], own + steps * change);
        arms.distance[a] = lower_of(arms.distance[a], steps);
      }
      return;
    }
    for (int a = 0; a < grid.arms; ++a) {
      double variance = own, distance = 0;
      for (int p = 0; p < grid.parameters; ++p) {
        OnlineAxis const& axis = grid.parameter[p];
        int const apart = grid.place(a, axis) - grid.place(pick, axis);
        variance += change_of(axis) * (apart < 0 ? -apart : apart);
        distance += apart < 0 ? -apart : apart;
      }
      arms.variance[a] = lower_of(arms.variance[a], variance);
      arms.distance[a] = lower_of(arms.distance[a], distance);
    }
  }
  METASOLVE_HD static double change_of(OnlineAxis const& axis) {
    return OnlineSettings::parameter_change * OnlineSettings::parameter_change / (axis.count - 1);
  }

  /// The same along an axis, for all arms.
  METASOLVE_HD void spread(Bin& arms, OnlineAxis const& axis) const {
    double const change = change_of(axis);
    auto const take = [&](int to, int from) {
      arms.variance[to] = lower_of(arms.variance[to], arms.variance[from] + change);
      arms.distance[to] = lower_of(arms.distance[to], arms.distance[from] + 1);
    };
    int const width = axis.stride * axis.count;
    for (int block = 0; block < grid.arms; block += width) {
      for (int a = block + axis.stride; a < block + width; ++a) take(a, a - axis.stride);
      for (int a = block + width - 1 - axis.stride; a >= block; --a) take(a, a + axis.stride);
    }
  }

  /// For Thompson sampling: a smooth random field over the arms, four cosines of random frequency and phase (Rahimi and
  /// Recht, 2007), as neighbours have nearly the same cost; in standard deviations.
  METASOLVE_HD void draw_field(std::uint64_t bits, double* field) const {
    for (int a = 0; a < grid.arms; ++a) field[a] = 0;
    for (int j = 0; j < 4; ++j) {
      double const scale = 0.70710678118654752 * OnlineSettings::sample_width;
      double const phase = 6.283185307179586 * unit_of(mixed(bits + static_cast<std::uint64_t>(16 * j + 15)));
      double step[most_online_parameters];
      for (int p = 0; p < grid.parameters; ++p) {
        step[p] = 3 * normal_of(mixed(bits + static_cast<std::uint64_t>(16 * j + p))) / (grid.parameter[p].count - 1);
      }
      double const turn_cos = cos(step[0]), turn_sin = sin(step[0]);
      // Along the first parameter by rotations.
      for (int block = 0; block < grid.arms; block += grid.parameter[0].count) {
        double angle = phase;
        for (int p = 1; p < grid.parameters; ++p) angle += step[p] * grid.place(block, grid.parameter[p]);
        double c = scale * cos(angle), s = scale * sin(angle);
        for (int a = block; a < block + grid.parameter[0].count; ++a) {
          field[a] += c;
          double const next = c * turn_cos - s * turn_sin;
          s = c * turn_sin + s * turn_cos;
          c = next;
        }
      }
    }
  }

  /// An arm's values; of the best one, half way to the vertex of the parabola through it and its neighbours: valleys
  /// are often steeper. Not where they are so steep that the grid does not resolve them.
  static constexpr double steepest = 0.25;
  METASOLVE_HD void put_values(double* to, double const* shape, int arm, bool is_best) const {
    for (int p = 0; p < grid.parameters; ++p) {
      OnlineAxis const& axis = grid.parameter[p];
      int const at = grid.place(arm, axis);
      auto const value = [&](int a) { return grid.values[a * grid.parameters + p]; };
      to[p] = value(arm);
      if (!is_best || arm == grid.constant_arm || at == 0 || at + 1 == axis.count) continue;
      double const left = shape[arm - axis.stride] - shape[arm], right = shape[arm + axis.stride] - shape[arm];
      if (!(left >= 0 && right >= 0 && left + right > 0 && left < steepest && right < steepest)) continue;
      double const steps = 0.25 * (left - right) / (left + right);
      double const next = value(steps > 0 ? arm + axis.stride : arm - axis.stride), share = fabs(steps);
      to[p] = axis.is_logarithmic ? to[p] * exp(share * log(next / to[p])) : to[p] + share * (next - to[p]);
    }
  }
};

}  // namespace metasolve::kernels
