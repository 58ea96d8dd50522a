// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/problems/problem.hpp"

/// The problems that this process knows: the library's own (problems.cmake), and what a program has added before it
/// asks (row_description.hpp). Any thread.
namespace metasolve::problems {

/// Null: there is none of that name.
Problem const* find_problem(std::string const& name);

/// @throws InputError there is none of that name, with those that there are; origin: what gave it
Problem const& problem_of(std::string const& name, std::string const& origin = "problem.name");
inline Problem const& problem_of(config::RunConfig const& config) { return problem_of(config.problem.name); }

/// The library's own, in the order of the documentation, then the program's, by name.
std::vector<Problem const*> known_problems();

/// From now on it is known. The first of a name stays. Any thread.
void add_problem(std::unique_ptr<Problem const> problem);

}  // namespace metasolve::problems
