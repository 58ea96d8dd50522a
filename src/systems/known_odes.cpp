// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/systems/known_odes.hpp"

#include "metasolve/detail/systems/known_systems.hpp"
#include "metasolve/error.hpp"

namespace metasolve::systems {

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

}  // namespace metasolve::systems
