// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/integrate/drawn_parameters.hpp"

#include <cmath>

namespace metasolve::integrate {

std::vector<double> drawn_parameters(systems::OdeDescription const& ode, std::uint64_t seed, random::Stream stream,
                                     std::int64_t index) {
  random::Draws const draws(seed, stream, static_cast<std::uint64_t>(index));
  std::vector<double> p;
  for (std::size_t i = 0; i < ode.lowest_exponents.size(); ++i) {
    p.push_back(std::pow(10.0, ode.lowest_exponents[i] + ode.parameter_decades * draws.uniform(i)));
  }
  return p;
}

}  // namespace metasolve::integrate
