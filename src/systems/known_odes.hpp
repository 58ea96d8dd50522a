// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace metasolve::systems {

/// A system that is part of the library.
struct OdeDescription {
  std::string name;
  int size = 0, parameters = 0;
  std::vector<std::string> parameter_names;
  std::vector<double> initial_state, default_parameters;
  double end_time = 0;
  bool is_clamped = false;                    ///< as in kernels::Ode; the same below
  std::vector<double> lowest_exponents = {};  ///< empty: the parameters have no distribution
  double parameter_decades = 0;
};
std::vector<OdeDescription> const& known_odes();
/// @throws InputError no system has that name; origin: the source of the name
OdeDescription const& find_ode(std::string const& name, std::string const& origin);

}  // namespace metasolve::systems
