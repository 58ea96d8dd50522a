// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "metasolve/detail/config/problem_keys.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/config/values.hpp"

namespace metasolve::config {

namespace {

/// Writes the keys of the configuration's problem; for an unknown problem, those with non-default values.
bool is_written(Field const& field, RunConfig const& config) {
  if (field.owners.empty()) return true;
  if (!belongs(field, config.problem.name)) return false;
  return find_problem_keys(config.problem.name) != nullptr || field.get(config) != field.get(RunConfig{});
}

}  // namespace

std::string to_toml(RunConfig const& config) {
  std::string text;
  std::string section;
  for (Field const& field : fields()) {
    if (!is_written(field, config)) continue;
    if (field.section != section) {
      section = field.section;
      if (!text.empty()) text += '\n';
      text.append("[").append(section).append("]\n");
    }
    text.append(field.key, section.size() + 1).append(" = ").append(toml_value(field.get(config))).append("\n");
  }
  return text;
}

nlohmann::json to_json(RunConfig const& config) {
  nlohmann::json document = nlohmann::json::object();
  for (Field const& field : fields()) {
    if (is_written(field, config))
      document[field.section][field.key.substr(field.section.size() + 1)] = field.get(config);
  }
  return document;
}

std::string reference() {
  std::string text = "| key | problems | type | expected | unit | default | meaning |\n|---|---|---|---|---|---|---|\n";
  RunConfig const defaults;
  for (Field const& field : fields()) {
    std::string owners;
    for (auto const& owner : field.owners) owners += (owners.empty() ? "" : ", ") + owner;
    text.append("| `")
        .append(field.key)
        .append("` | ")
        .append(owners)
        .append(" | ")
        .append(field.type)
        .append(" | ")
        .append(field.expected);
    text.append(" | ").append(field.unit).append(" | `").append(toml_value(field.get(defaults)));
    text.append("` | ").append(field.doc).append(" |\n");
  }
  return text;
}

}  // namespace metasolve::config
