// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "paper/report.hpp"
#include "paper/two_task_measurement.hpp"

/// The parts of the reproduction `theory`. Each adds its rows, and its curves to the details: the engine's figures as
/// Cell::mean, those of the closed forms as Cell::published.
namespace metasolve::paper {

/// Equations 19 and 20: the minimiser of E[L_m].
void check_loss_minimisers(TwoTaskMeasurement& measurement, Scale scale, Report& report);
/// Equations 30 to 34: the minimiser of E[L_eps].
void check_count_minimisers(TwoTaskMeasurement& measurement, Scale scale, Report& report);
/// Inequalities 4 and 7: effect of more training iterations and of a smaller training tolerance.
void check_inequalities(TwoTaskMeasurement& measurement, Scale scale, Report& report);
/// Inequalities 5 and 8: task spaces on which E[L_m] trains arbitrarily badly.
void check_adverse_tasks(Executor const& executor, Scale scale, Report& report);

/// Task spaces of N = 16 used to test the equations: pairs of modes with either order of amplitudes.
std::vector<TwoTasks> task_spaces(Scale scale);
/// w_eps,i, moved into the interval where task i needs no iteration by 1e-6 of its half width: on the edge rounding
/// would determine whether a guess needs one.
double candidate_inside(TwoTasks const& tasks, int task, double tolerance);
/// A row of one measured figure; there are no seeds to average over.
Cell figure(std::string name, std::optional<double> p, std::optional<double> tolerance, double ours,
            std::optional<double> published);
/// As short as possible: 10, 0.1, 1.01.
std::string number_text(double x);
/// {unknowns, modes, amplitudes}, for the details.
nlohmann::ordered_json tasks_json(TwoTasks const& tasks);
/// points values from high down to low, in constant ratio, inclusive.
std::vector<double> descending(double high, double low, int points);

}  // namespace metasolve::paper
