// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/matrices/linear_systems.hpp"
#include "metasolve/linear_solver.hpp"

namespace CLI {
class App;
}

/// The options of `solve --problem linear`.
namespace metasolve::app {

/// The name for --problem. It is no problems::Problem: no network is trained for it.
inline constexpr char const* linear_problem = "linear";

/// --flag VALUE, by flag.
using GivenOptions = std::map<std::string, std::string>;

/// Adds its options, and its meaning to those that other problems have too.
void add_linear_options(CLI::App& command, GivenOptions& given);

/// All flags of it, in the order of the documentation.
std::vector<std::string> linear_flags();

/// @throws InputError: the flag is not for that problem; names those that it is for
[[noreturn]] void refuse_option(std::string const& flag, std::string const& problem);

struct LinearChoices {
  matrices::LinearFiles files;
  std::optional<LinearSolver::Matrix> matrix;  ///< none: by each task's own matrix and the method
  LinearSolver::Options options;               ///< its `matrix` does not count
  double shift = 0, omega = 1;
};

/// @throws InputError an option of another problem; not one of an option's values; options that do not go together
LinearChoices read_linear_choices(GivenOptions const& given);

/// Whether the method iterates from a guess.
bool is_krylov(LinearSolver::Method method);

}  // namespace metasolve::app
