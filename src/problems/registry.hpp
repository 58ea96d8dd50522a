// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/problem.hpp"

/// The problems known to this process: the built-in ones (problems.cmake) and those that the program has added before
/// the query (row_description.hpp). Thread-safe.
namespace metasolve::problems {

/// Null: there is none of that name.
Problem const* find_problem(std::string const& name);

/// @throws InputError there is none of that name, listing the known ones; origin: where the name came from
Problem const& problem_of(std::string const& name, std::string const& origin = "problem.name");
inline Problem const& problem_of(config::RunConfig const& config) { return problem_of(config.problem.name); }

/// Built-in problems in the order of the documentation, then the program's, by name.
std::vector<Problem const*> known_problems();

/// Adds a problem. The first of a name is kept. Thread-safe.
void add_problem(std::unique_ptr<Problem const> problem);

}  // namespace metasolve::problems
