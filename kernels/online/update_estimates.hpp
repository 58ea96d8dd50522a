// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/team.hpp"
#include "online_state.hpp"

namespace metasolve::kernels {

/// Once per call, where enough tasks have been solved since the last time: adds the counters to the sums, and estimates
/// the cost of every cell. Position 0 alone, by one team.
///
/// Model (docs/online.md): log cost of an arm in a bin = level(bin) + shape(bin, arm). The shape is a Gaussian Markov
/// random field (Rue and Held, 2005): differences between neighbours on the grid have the variances of a random walk
/// with parameter_change over a parameter's whole range, and feature_change over a feature's. The observed means have
/// the variance of one cost / tasks. Its mode is found by sweeps of line relaxation from the last one.
struct UpdateEstimates {
  using scalar = double;
  static constexpr auto name = "update_estimates";
  static constexpr bool takes_batches = false, is_scalar = true;
  OnlineGrid grid;
  OnlineSettings settings;
  OnlineCounters counters;
  OnlineSums sums;
  OnlineEstimates estimates;
  OnlineDraws draws;  ///< the last ones
  OnlineClock* clock;
  double count;             ///< tasks of this call
  double* extra = nullptr;  ///< [extra_size] other sums that are forgotten
  int extra_size = 0;

  METASOLVE_HD static constexpr int scratch_size() { return 0; }
  METASOLVE_HD static constexpr std::int64_t global_size() { return 0; }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near, Far) const {
    while (source() >= 0) update(team);
  }

 private:
  template <class T>
  METASOLVE_HD void update(T const& team) const {
    // Bins with enough new tasks to matter.
    double const changed = sum_over<double>(team, grid.bins, [&](int bin) {
      double remembered = 0;
      std::int64_t fresh = 0;
      for (int c = bin * grid.arms; c < (bin + 1) * grid.arms; ++c) {
        remembered += sums.tasks[c];
        fresh += counters.tasks[c];
      }
      return fresh > 0 && static_cast<double>(fresh) >= settings.update_share * remembered ? 1.0 : 0.0;
    });
    bool const is_due = clock->warm == 0 || changed > 0;
    team.sync();
    if (team.rank() == 0) {
      ++clock->calls;
      clock->is_due = is_due ? 1 : 0;
    }
    team.sync();
    if (!is_due) return;
    double const fresh = over_cells(team, [&](int, int c, int) { return double(counters.tasks[c]); });
    double const decay = settings.memory > 0 ? exp(-fresh / settings.memory) : 1.0;
    add_totals(team, fresh);
    fold(team, decay);
    double const variance = variance_of_one(team);
    Lattice lattice;
    for (int p = 0; p < grid.parameters; ++p) {
      lattice.add(grid.parameter[p].count, grid.parameter[p].stride, settings.parameter_change);
    }
    for (int f = 0; f < grid.features; ++f) {
      lattice.add(grid.feature[f].count, grid.feature[f].stride * grid.arms, settings.feature_change);
    }
    int const sweeps = clock->warm < settings.first_updates ? settings.first_sweeps : settings.sweeps;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      for (int k = 0; k < lattice.count; ++k) relax(team, lattice, lattice.axis[k], variance);
    }
    settle(team, variance, fresh);
    for (int k = grid.parameters; k < lattice.count; ++k) spread(team, lattice.axis[k]);
    if (team.rank() == 0) {
      clock->variance = variance;
      ++clock->updates;
      if (clock->warm < settings.first_updates) ++clock->warm;
      if (settings.memory > 0) clock->log_kept -= fresh / settings.memory;
      // As many draws as tasks until the next update; later on few enough that these pay for them.
      double const until = higher_of(count, settings.update_share * clock->remembered);
      bool const is_late = clock->warm >= settings.first_updates;
      int const most = is_late && until < settings.many_tasks ? most_online_draws / 2 : most_online_draws;
      clock->draws = until < most ? static_cast<int>(higher_of(until, 1.0)) : most;
    }
    team.sync();
  }

  /// The sum of term(bin, cell, arm) over all cells.
  template <class T, class Term>
  METASOLVE_HD double over_cells(T const& team, Term&& term) const {
    return sum_over<double>(team, grid.bins, [&](int bin) {
      double sum = 0;
      for (int arm = 0, c = bin * grid.arms; arm < grid.arms; ++arm, ++c) sum += term(bin, c, arm);
      return sum;
    });
  }

  /// With the draws that the tasks were solved with.
  template <class T>
  METASOLVE_HD void add_totals(T const& team, double fresh) const {
    double const cost = over_cells(team, [&](int, int c, int) { return double(counters.cost[c]); });
    auto const of_arm = [&](auto&& arm_of) {
      return sum_over<double>(team, grid.bins,
                              [&](int bin) { return double(counters.tasks[bin * grid.arms + arm_of(bin)]); });
    };
    double const with_constants = of_arm([&](int) { return grid.constant_arm; });
    double const with_best = of_arm([&](int bin) { return int{draws.best[bin]}; });
    double const with_both = sum_over<double>(team, grid.bins, [&](int bin) {
      return draws.best[bin] == grid.constant_arm ? double(counters.tasks[bin * grid.arms + grid.constant_arm]) : 0.0;
    });
    team.sync();
    if (team.rank() != 0) return;
    auto& totals = *sums.totals;
    totals.tasks += fresh;
    totals.cost += cost;
    totals.constant_tasks += with_constants;
    totals.explored += fresh - with_constants - with_best + with_both;
    totals.replaced += static_cast<double>(*counters.replaced);
    totals.retried += static_cast<double>(*counters.retried);
    *counters.replaced = *counters.retried = 0;
  }

  template <class T>
  METASOLVE_HD void fold(T const& team, double decay) const {
    for_each(team, grid.cells(), [&](int c) {
      auto const tasks = static_cast<double>(counters.tasks[c]), cost = static_cast<double>(counters.cost[c]);
      double const step = scale_of(draws.limit[c / grid.arms], clock->first_scale) / squared_steps;
      double const square = static_cast<double>(counters.square[c]) * step * step;
      sums.tasks[c] = sums.tasks[c] * decay + tasks;
      sums.cost[c] = sums.cost[c] * decay + cost;
      sums.square[c] = sums.square[c] * decay + square;
      if (counters.tasks[c] != 0) estimates.seen[c] = log(sums.cost[c] / sums.tasks[c] + half_a_unit);
    });
    for_each(team, extra_size, [&](int i) { extra[i] *= decay; });
    team.sync();
  }

  /// Of a cost around its cell's mean, relative to that squared: pooled over the cells.
  template <class T>
  METASOLVE_HD double variance_of_one(T const& team) const {
    auto const has_some = [&](int c) { return sums.tasks[c] > 1.5 && sums.cost[c] > 0; };
    double const squares = sum_over<double>(team, grid.cells(), [&](int c) {
      if (!has_some(c)) return 0.0;
      double const mean = sums.cost[c] / sums.tasks[c];
      return higher_of(sums.square[c] / (mean * mean) - sums.tasks[c], 0.0);
    });
    double const weight =
        sum_over<double>(team, grid.cells(), [&](int c) { return has_some(c) ? sums.tasks[c] - 1 : 0.0; });
    double const found = (settings.first_weight * settings.first_variance + squares) / (settings.first_weight + weight);
    return higher_of(found, 1e-3);
  }

  /// An axis of the lattice of all cells, along a parameter or a feature.
  struct Axis {
    int count, stride;
    double weight;  ///< of a difference between neighbours
  };
  struct Lattice {
    int count = 0;
    Axis axis[most_online_parameters + most_online_features];
    METASOLVE_HD void add(int places, int stride, double change) {
      if (places > 1) axis[count++] = {places, stride, (places - 1) / (change * change)};
    }
  };
  /// The first cell of a line along an axis.
  METASOLVE_HD static int first_of(int line, Axis const& along) {
    return line / along.stride * along.stride * along.count + line % along.stride;
  }

  /// One sweep: the levels; then the shapes along an axis, line by line, those of one colour at once.
  template <class T>
  METASOLVE_HD void relax(T const& team, Lattice const& lattice, Axis const& along, double variance) const {
    for_each(team, grid.bins, [&](int bin) {
      double weighted = 0, weight = 0;
      for (int c = bin * grid.arms; c < (bin + 1) * grid.arms; ++c) {
        if (sums.tasks[c] <= 0) continue;
        weighted += sums.tasks[c] * (estimates.seen[c] - estimates.shape[c]);
        weight += sums.tasks[c];
      }
      if (weight > 0) estimates.level[bin] = weighted / weight;
    });
    team.sync();
    for (int colour = 0; colour < 2; ++colour) {
      for_each(team, grid.cells() / along.count,
               [&](int line) { relax_line(lattice, first_of(line, along), along, colour, 1 / variance); });
      team.sync();
    }
  }

  /// The mode along a line, its neighbours fixed: a tridiagonal system (Thomas). Nothing for lines of another colour.
  METASOLVE_HD void relax_line(Lattice const& lattice, int first, Axis const& along, int colour,
                               double per_variance) const {
    Neighbours beside;
    int places = 0;
    for (int k = 0; k < lattice.count; ++k) {
      Axis const& other = lattice.axis[k];
      if (other.stride == along.stride) continue;
      int const place = first / other.stride % other.count;
      places += place;
      beside.add(place, other);
    }
    if ((places & 1) != colour) return;
    double upper[most_online_bins], right[most_online_bins];
    int c = first, bin = first / grid.arms;
    int const next_bin = along.stride / grid.arms;
    for (int i = 0; i < along.count; ++i, c += along.stride, bin += next_bin) {
      double diagonal = beside.weights + 1e-6, b = 0;
      if (sums.tasks[c] > 0) {
        double const weight = sums.tasks[c] * per_variance;
        diagonal += weight;
        b += weight * (estimates.seen[c] - estimates.level[bin]);
      }
      for (int j = 0; j < beside.count; ++j) b += beside.weight[j] * estimates.shape[c + beside.offset[j]];
      if (i > 0) {
        diagonal += along.weight - along.weight * upper[i - 1];
        b += along.weight * right[i - 1];
      }
      if (i + 1 < along.count) diagonal += along.weight;
      double const inverse = 1 / diagonal;
      upper[i] = along.weight * inverse;
      right[i] = b * inverse;
    }
    for (int i = along.count - 1; i >= 0; --i) {
      c -= along.stride;
      if (i + 1 < along.count) right[i] += upper[i] * right[i + 1];
      estimates.shape[c] = right[i];
    }
  }
  /// Of the cells of a line, in all other directions.
  struct Neighbours {
    int count = 0;
    int offset[2 * (most_online_parameters + most_online_features)];
    double weight[2 * (most_online_parameters + most_online_features)];
    double weights = 0;
    METASOLVE_HD void add(int place, Axis const& along) {
      for (int side = -1; side <= 1; side += 2) {
        if (place + side < 0 || place + side >= along.count) continue;
        offset[count] = side * along.stride;
        weight[count++] = along.weight;
        weights += along.weight;
      }
    }
  };

  /// Expected costs of the constants, the debt, variances and distances; clears the counters.
  template <class T>
  METASOLVE_HD void settle(T const& team, double variance, double fresh) const {
    for_each(team, grid.bins, [&](int bin) {
      double weight = 0;
      for (int c = bin * grid.arms; c < (bin + 1) * grid.arms; ++c) weight += sums.tasks[c];
      estimates.constant_cost[bin] =
          weight > 0 ? exp(estimates.level[bin] + estimates.shape[bin * grid.arms + grid.constant_arm]) : 0.0;
    });
    team.sync();
    auto const& constant_cost = estimates.constant_cost;
    double const remembered = over_cells(team, [&](int, int c, int) { return sums.tasks[c]; });
    double const constant = over_cells(team, [&](int bin, int c, int) { return sums.tasks[c] * constant_cost[bin]; });
    double const expected =
        over_cells(team, [&](int bin, int c, int) { return double(counters.tasks[c]) * constant_cost[bin]; });
    double const lost = over_cells(team, [&](int bin, int c, int arm) {
      if (arm == grid.constant_arm) return 0.0;
      return double(counters.cost[c]) - double(counters.tasks[c]) * (constant_cost[bin] - half_a_unit);
    });
    double const best = sum_over<double>(team, grid.bins, [&](int bin) {
      double tasks = 0;
      for (int c = bin * grid.arms; c < (bin + 1) * grid.arms; ++c) tasks += double(counters.tasks[c]);
      return tasks > 0 ? tasks * (exp(estimates.level[bin] + least_shape(bin)) - half_a_unit) : 0.0;
    });
    team.sync();
    if (team.rank() == 0) {
      double const mean = remembered > 0 ? constant / remembered : 1.0;
      clock->remembered = remembered;
      clock->mean_constant = mean;
      double const debt = clock->debt + (lost - 0.5 * settings.most_loss * expected) / mean;
      // A great loss, as by failures, is forgiven after a window.
      clock->debt = lower_of(higher_of(debt, 0.0), 2 * settings.most_debt());
      sums.totals->constant_cost += expected - half_a_unit * fresh;
      sums.totals->best_cost += best;
    }
    for_each(team, grid.bins, [&](int bin) {
      for (int arm = 0, c = bin * grid.arms; arm < grid.arms; ++arm, ++c) {
        bool const is_known = sums.tasks[c] > settings.least_weight, is_constant = arm == grid.constant_arm;
        estimates.variance[c] = is_known ? variance / sums.tasks[c] : is_constant ? 4 * variance : settings.unknown;
        estimates.distance[c] = is_known || is_constant ? 0.0 : settings.unknown;
        counters.tasks[c] = counters.cost[c] = counters.square[c] = 0;
      }
    });
    team.sync();
  }
  METASOLVE_HD double least_shape(int bin) const {
    double const* const shape = estimates.shape + bin * grid.arms;
    double least = shape[grid.constant_arm];
    for (int arm = 0; arm < grid.arms; ++arm) {
      if (sums.tasks[bin * grid.arms + arm] > settings.least_weight) least = lower_of(least, shape[arm]);
    }
    return least;
  }

  /// What is known of an arm in one bin is known in the next, but for the random walk in between.
  template <class T>
  METASOLVE_HD void spread(T const& team, Axis const& along) const {
    double const change = 1 / along.weight;
    for_each(team, grid.cells() / along.count, [&](int line) {
      int const first = first_of(line, along), stride = along.stride;
      auto const take = [&](int to, int from) {
        estimates.variance[to] = lower_of(estimates.variance[to], estimates.variance[from] + change);
        estimates.distance[to] = lower_of(estimates.distance[to], estimates.distance[from] + 1);
      };
      for (int i = 1; i < along.count; ++i) take(first + i * stride, first + (i - 1) * stride);
      for (int i = along.count - 2; i >= 0; --i) take(first + i * stride, first + (i + 1) * stride);
    });
    team.sync();
  }
};

}  // namespace metasolve::kernels
