// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metasolve/black_box.hpp"
#include "metasolve/detail/random/philox.hpp"

/// Declarations of a black box's tasks and parameters, as texts: "a = uniform(0.3, 1.7)".
namespace metasolve::problems {

enum class Distribution { uniform, log_uniform, normal, integers };

/// One number of a task.
struct TaskColumn {
  std::string name;
  bool is_drawn = false;  ///< else it comes from a file
  Distribution distribution = Distribution::uniform;
  double first = 0, second = 1;  ///< both ends, included for integers; of normal the mean and the standard deviation
};

/// "NAME", or "NAME = DISTRIBUTION(FIRST, SECOND)" with uniform, log_uniform, normal or integers. @throws InputError
TaskColumn task_column(std::string const& text);

/// "NAME = KIND(...)" with interval(low, high), logarithmic(low, high), integers(low, high), real(constant, scale) or
/// choice(option, option, ...). The first three take a constant as their third number; without one it is the middle, of
/// logarithmic the geometric mean. A choice's constant is its first option. @throws InputError
BlackBoxParameter declared_parameter(std::string const& text);

/// Tasks first ... first + n - 1 of a set: rows [n][columns]. All columns are drawn. A number depends on seed,
/// stream, the task's index and the column's position and distribution alone.
void draw_tasks(std::vector<TaskColumn> const& columns, std::uint64_t seed, random::Stream stream, std::int64_t first,
                std::int64_t n, double* rows);

}  // namespace metasolve::problems
