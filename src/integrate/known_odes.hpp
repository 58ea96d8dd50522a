// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/random/philox.hpp"

namespace metasolve::integrate {

/// A system that the library knows.
struct OdeDescription {
  std::string name;
  int size = 0, parameters = 0;
  std::vector<std::string> parameter_names;
  std::vector<double> initial_state, default_parameters;
  double end_time = 0;
  bool is_clamped = false;                    ///< as kernels::Ode says; likewise below
  std::vector<double> lowest_exponents = {};  ///< empty: its parameters have no distribution
  double parameter_decades = 0;
};
std::vector<OdeDescription> const& known_odes();
/// @throws InputError no system has that name; origin: what gave it
OdeDescription const& find_ode(std::string const& name, std::string const& origin);

/// One set of the distribution of its parameters, which it must have. index: of the set.
std::vector<double> drawn_parameters(OdeDescription const& ode, std::uint64_t seed, random::Stream stream,
                                     std::int64_t index);

}  // namespace metasolve::integrate
