// SPDX-License-Identifier: Apache-2.0
#include "src/integrate/integration.hpp"

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
  return exec::functions_for<IntegrationFunctions>(executor.kind()).make(executor, setup);
}

}  // namespace metasolve::integrate
