// SPDX-License-Identifier: Apache-2.0
#include "src/app/model.hpp"

#include "metasolve/error.hpp"
#include "src/config/fields.hpp"
#include "src/config/values.hpp"

namespace metasolve::app {

train::Checkpoint load_model(std::filesystem::path const& checkpoint, CommonOptions const& options) {
  auto model = train::read_checkpoint(checkpoint);
  auto const config = overridden(model.config, checkpoint.string(), options);
  for (auto const& field : config::fields()) {
    bool const fixed = field.section == "network" || field.key == "problem.name" || field.key == "problem.unknowns" ||
                       field.key == "solver.basis" || field.key == "solver.basis_size" || field.key == "solver.learn";
    auto const now = field.get(config), then = field.get(model.config);
    if (!fixed || now == then) continue;
    throw InputError(field.key + ": given " + config::toml_value(now) + ", but the meta-solver in " +
                     checkpoint.string() + " was trained with " + config::toml_value(then) +
                     "; leave this key out, or use a model trained with it");
  }
  model.config = config;
  return model;
}

}  // namespace metasolve::app
