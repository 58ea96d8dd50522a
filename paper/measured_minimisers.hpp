// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "paper/two_task_measurement.hpp"

/// Minimisers over w of the engine's measurements, found without the closed forms.
namespace metasolve::paper {

struct LossMinimiser {
  double w;       ///< of the parabola through the measured losses
  double lowest;  ///< the grid's w with the least measured loss
  double step;    ///< of the grid
};

/// Minimisers of E[L_m], for m = 0 to most, from losses on one grid around both tasks' solutions.
std::vector<LossMinimiser> measured_loss_minimisers(TwoTaskMeasurement& measurement, TwoTasks const& tasks, double p,
                                                    int most);

/// A local minimum of E[L_eps] over w, relaxed.
struct CountMinimum {
  double w;
  TaskCounts counts;
};

/// One minimisation of E[L_eps] over w.
struct CountSearch {
  TwoTasks tasks;
  double tolerance;
  double p;  ///< 0 < p < 1
};

/// For each search all local minima of E[L_eps] in 0 < w < 2 / mu_1, ascending in w: a grid of that many points over
/// the interval, each of whose local minima is then bracketed to a relative width of 1e-13, all searches in lockstep.
/// Consecutive searches that differ only in p share the solves on the grid.
std::vector<std::vector<CountMinimum>> measured_count_minima(TwoTaskMeasurement& measurement,
                                                             std::span<CountSearch const> searches, int grid_points);

/// The best of the minima at p.
CountMinimum const& lowest(std::vector<CountMinimum> const& minima, double p);

/// The p at which E[L_eps] is equal at both.
double tie_probability(CountMinimum const& a, CountMinimum const& b);

}  // namespace metasolve::paper
