// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/black_box.hpp"
#include "metasolve/detail/estimate/parameter_space.hpp"
#include "metasolve/detail/problems/row_description.hpp"

/// Somebody else's solvers, seen as problems whose tasks are rows (row_description.hpp): the columns, then the
/// coordinates that a network predicts (estimate/parameter_space.hpp), as the constants have them.
namespace metasolve::problems {

[[noreturn]] void reject(BlackBox const& box, std::string const& what);

estimate::ParameterSpace space_of(BlackBox const& box);

/// [coordinates] of the constants.
std::vector<double> constants_of(BlackBox const& box);

/// `bind` takes the BlackBox as its solver.
RowDescription described(BlackBox const& box);

/// Numbers of a task that a network sees.
std::int64_t feature_count(BlackBox const& box);
/// What a network sees of rows [n][width], whose first numbers are the box's columns: [n][feature_count].
std::vector<double> features_of(BlackBox const& box, double const* rows, std::int64_t n, std::int64_t width);

/// The caller's rows, followed by the constants.
TaskRows with_constants(BlackBox const& box, TaskRows const& rows);

/// Registers the box's problem, unless that was done. @throws InputError it is registered with another shape
void register_box(BlackBox const& box);

}  // namespace metasolve::problems
