// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/run_settings.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/exec/from_first.hpp"

namespace metasolve::train {

using config::RunConfig;

std::string difference(RunConfig const& a, RunConfig const& b) {
  for (auto const& field : config::fields()) {
    bool const may_differ =
        field.key == "resources.threads" || field.section == "evaluation" || field.key == "training.checkpoint_seconds";
    if (!may_differ && field.get(a) != field.get(b)) return field.key;
  }
  return {};
}

void require_same(RunConfig const& given, RunConfig const& run, std::filesystem::path const& from,
                  std::string const& elsewhere) {
  auto const key = difference(given, run);
  if (key.empty()) return;
  auto const& field = *config::find_field(key);
  throw InputError(key + ": given " + config::toml_value(field.get(given)) + ", but the run in " + from.string() +
                   " was begun with " + config::toml_value(field.get(run)) +
                   "; resume with the same configuration, or " + elsewhere);
}

Checkpoint read_model(std::filesystem::path const& checkpoint, std::vector<std::string> const& overrides,
                      std::string const& override_name) {
  auto model = read_to_solve(checkpoint);
  auto const config = config::parse(config::to_toml(model.config), checkpoint.string(), overrides, override_name);
  for (auto const& field : config::fields()) {
    auto const now = field.get(config), then = field.get(model.config);
    if (!field.is_fixed || now == then) continue;
    throw InputError(field.key + ": given " + config::toml_value(now) + ", but the meta-solver in " +
                     checkpoint.string() + " was trained with " + config::toml_value(then) +
                     "; leave this key out, or use a model trained with it");
  }
  model.config = config;
  return model;
}

void fit_to_data(RunConfig& config, std::function<void(std::string const&)> const& notice) {
  for (auto const& remark : problems::problem_of(config).fit_to_data(config)) {
    if (notice) notice(remark);
  }
}

RunConfig config_of_first(Ranks* ranks, std::function<RunConfig()> const& find) {
  if (ranks == nullptr) return find();
  std::optional<RunConfig> own;
  auto const text = exec::from_first(ranks, [&] {
    own = find();
    return config::to_toml(*own);
  });
  return own ? *own : config::parse(text, "the configuration of rank 0");
}

void throw_unknown_problem(std::string const& origin, std::string const& problem) {
  throw UnknownProblem(origin + ": its problem \"" + problem +
                       "\" was made by another program and is not known here; evaluate it there, by "
                       "metasolve::evaluate_meta_solver");
}

}  // namespace metasolve::train
