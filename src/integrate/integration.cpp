// SPDX-License-Identifier: Apache-2.0
#include "src/integrate/integration.hpp"

#include <cmath>

#include "metasolve/error.hpp"
#include "src/exec/compiled.hpp"
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

std::unique_ptr<Integration> make_integration(Executor const& executor, IntegrationSetup const& setup) {
  auto const& d = find_ode(setup.problem, "make_integration");
  auto const sets = setup.initial.size() / static_cast<std::size_t>(d.size);
  if (sets == 0 || setup.initial.size() % static_cast<std::size_t>(d.size) != 0) {
    throw InputError("make_integration: " + std::to_string(setup.initial.size()) + " initial values given, expected " +
                     std::to_string(d.size) + " a set, the unknowns of " + d.name);
  }
  if (setup.parameters.size() != sets * static_cast<std::size_t>(d.parameters)) {
    throw InputError("make_integration: " + std::to_string(setup.parameters.size()) + " parameters given for " +
                     std::to_string(sets) + " sets, expected " + std::to_string(d.parameters) + " a set, those of " +
                     d.name);
  }
  return exec::functions_for<IntegrationFunctions>(executor.backend()).make(executor, setup);
}

}  // namespace metasolve::integrate
