// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/problems_command.hpp"

#include <cmath>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/linear_options.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/problems/registry.hpp"

namespace metasolve::app {

namespace {

std::string range_of(model::Parameter const& p) {
  if (std::isinf(p.low) && std::isinf(p.high)) return "any";
  return number("%g", p.low) + " to " + number("%g", p.high);
}

void print(std::ostream& out, problems::Problem const& problem) {
  config::RunConfig config;
  config.problem.name = problem.name();
  out << problem.name() << '\n';
  auto const sides = problem.interface(config);
  if (sides.parameters.empty()) {
    out << "  the configuration declares what the network chooses, and what it sees of a task\n";
  } else {
    out << "  the network chooses (with the value without a network):\n";
  }
  for (auto const& p : sides.parameters) {
    out << "    " << p.name << (p.count > 1 ? ", " + std::to_string(p.count) + " numbers" : "") << ": " << range_of(p)
        << (p.unit.empty() ? "" : ", unit: " + p.unit) << "; " << p.without << '\n';
  }
  if (!sides.parameters.empty()) out << "  it sees " << problem.features(config) << " features of a task\n";
  if (auto const* const tuned = problem.tuned()) {
    out << "  `tune` looks for the best constant " << tuned->name << (tuned->key.empty() ? "" : ", key " + tuned->key)
        << '\n';
  }
  std::string keys, flags;
  for (auto const& field : config::fields()) {
    if (!field.owners.empty() && config::belongs(field, problem.name())) keys += " " + field.key;
  }
  for (auto const& option : problem.solve_options()) flags += " " + option.flag;
  out << "  keys:" << keys << '\n';
  if (!flags.empty()) out << "  options of `solve`:" << flags << '\n';
}

}  // namespace

int run_problems() {
  for (auto const* const problem : problems::known_problems()) print(std::cout, *problem);
  std::cout << linear_problem
            << "\n  general linear systems, by direct and Krylov methods; for `solve` alone, without a network\n"
            << "  options of `solve`:";
  for (auto const& flag : linear_flags()) std::cout << ' ' << flag;
  std::cout << '\n';
  return done;
}

}  // namespace metasolve::app
