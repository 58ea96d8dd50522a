// SPDX-License-Identifier: Apache-2.0
#include "src/integrate/known_odes.hpp"

#include <cmath>

#include "metasolve/error.hpp"
#include "src/integrate/known_systems.hpp"

namespace metasolve::integrate {

std::vector<OdeDescription> const& known_odes() {
  static std::vector<OdeDescription> const all = [] {
    std::vector<OdeDescription> systems;
    for_each_system([&]<class O>() {
      OdeDescription d{O::name, O::size, O::parameters, {}, {}, {}, O::end_time};
      d.initial_state.assign(std::begin(O::initial_state), std::end(O::initial_state));
      if constexpr (O::parameters > 0) {
        d.parameter_names.assign(std::begin(O::parameter_names), std::end(O::parameter_names));
        d.default_parameters.assign(std::begin(O::default_parameters), std::end(O::default_parameters));
      }
      if constexpr (requires { O::is_clamped; }) d.is_clamped = O::is_clamped;
      if constexpr (requires { O::lowest_exponents[0]; }) {
        d.lowest_exponents.assign(std::begin(O::lowest_exponents), std::end(O::lowest_exponents));
        d.parameter_decades = O::parameter_decades;
      }
      systems.push_back(d);
    });
    return systems;
  }();
  return all;
}

OdeDescription const& find_ode(std::string const& name, std::string const& origin) {
  std::string known;
  for (auto const& d : known_odes()) {
    if (d.name == name) return d;
    known += (known.empty() ? "" : ", ") + d.name;
  }
  throw InputError(origin + ": system \"" + name + "\" is not known; the known systems are: " + known);
}

std::vector<double> drawn_parameters(OdeDescription const& ode, std::uint64_t seed, random::Stream stream,
                                     std::int64_t index) {
  random::Draws const draws(seed, stream, static_cast<std::uint64_t>(index));
  std::vector<double> p;
  for (std::size_t i = 0; i < ode.lowest_exponents.size(); ++i) {
    p.push_back(std::pow(10.0, ode.lowest_exponents[i] + ode.parameter_decades * draws.uniform(i)));
  }
  return p;
}

}  // namespace metasolve::integrate
