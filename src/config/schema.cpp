// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/config/schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "metasolve/detail/config/problem_keys.hpp"
#include "metasolve/detail/config/spelling.hpp"
#include "metasolve/detail/config/toml_text.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::config {
namespace {

using nlohmann::json;

struct Entry {
  std::string key;
  json value;
  std::string where;  // file and line, or the override
  toml::source_index line = 0;
  std::filesystem::path folder = {};  // base of a relative path; empty: the path stays as it is
};

std::vector<std::string> section_names() {
  std::set<std::string> names;
  for (Field const& field : fields()) names.insert(field.section);
  return {names.begin(), names.end()};
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(fields(), [&](Field const& field) { return field.section == name; });
}

/// A misspelt key is compared with the keys of its section if the section is known; a key without a section is compared
/// with the last parts of all keys.
std::string nearest_key(std::string const& key) {
  auto const dot = key.find('.');
  std::string const section = key.substr(0, dot);
  std::vector<std::string> candidates;
  if (dot == std::string::npos) {
    for (Field const& field : fields()) candidates.push_back(field.key.substr(field.section.size() + 1));
    std::string const last = nearest(key, candidates);
    auto const found = std::ranges::find(candidates, last);
    return found == candidates.end() ? std::string{}
                                     : fields()[static_cast<std::size_t>(found - candidates.begin())].key;
  }
  for (Field const& field : fields()) {
    if (field.section == section || !is_section(section)) candidates.push_back(field.key);
  }
  return nearest(key, candidates);
}

[[noreturn]] void refuse_unknown(std::string const& key, json const& value, std::string const& where) {
  std::string const shown = key.size() <= 80 ? toml_value(json(key)) : describe(json(key));
  if (is_section(key)) {
    throw InputError(where + ": " + shown + " is a section, given " + describe(value) + "; write its keys as " + key +
                     ".<key>, or below a line [" + key + "]");
  }
  if (value.is_object() && key.find('.') == std::string::npos) {
    auto const names = section_names();
    std::string list;
    for (auto const& name : names) list += (list.empty() ? "" : ", ") + name;
    std::string const guess = nearest(key, names);
    throw InputError(where + ": unknown section " + shown + (guess.empty() ? "" : "; the nearest is " + guess) +
                     "; expected one of " + list + "; correct the name or remove the section");
  }
  Field const* const guess = find_field(nearest_key(key));
  std::string const hint =
      guess == nullptr ? "" : "; the nearest known key is " + guess->key + ", which holds " + guess->expected;
  throw InputError(where + ": unknown key " + shown + hint + "; correct the key or remove it");
}

/// The path made independent of the current folder.
json settled_path(json const& value, std::filesystem::path const& folder) {
  if (!value.is_string() || folder.empty()) return value;
  std::filesystem::path const path = value.get<std::string>();
  if (path.empty() || path.is_absolute()) return value;
  return (folder / path).lexically_normal().string();
}

/// A key of an earlier version. Complete written configurations may contain it: in a checkpoint it is ignored, in a
/// configuration it may state today's behaviour.
bool is_retired(std::string const& key) { return key == "problem.operator"; }

/// Whether the key may belong to a problem unknown here, which is reported when its tasks are needed.
bool may_be_unknown_problems(std::string const& key, std::string const& problem) {
  return find_problem_keys(problem) == nullptr && find_field(key) == nullptr &&
         is_section(key.substr(0, key.find('.')));
}

void apply(RunConfig& config, Entry const& entry, Origins& origins) {
  if (is_retired(entry.key)) {
    if (entry.value == "stencil") return;
    throw InputError(entry.where + ": " + entry.key +
                     ": went; Poisson's matrix is applied by its stencil: remove this key");
  }
  Field const* const field = find_field(entry.key);
  if (field == nullptr) refuse_unknown(entry.key, entry.value, entry.where);
  origins.keys[entry.key] = entry.where;
  auto const value = field->type == "path" ? settled_path(entry.value, entry.folder) : entry.value;
  if (auto const problem = field->set(config, value)) {
    throw InputError(entry.where + ": " + entry.key + ": " + *problem + "; write, for example, " + entry.key + " = " +
                     toml_value(field->get(RunConfig{})));
  }
}

/// Sets defaults that depend on other values. A configuration written in full or read from a checkpoint has none left:
/// a trained configuration does not change.
void settle_defaults(RunConfig& config, Origins const& origins) {
  auto const* const problem = find_problem_keys(config.problem.name);
  if (problem != nullptr) problem->settle(config, [&](auto const& key) { return origins.keys.contains(key); });
}

/// Dates and times, which no key has, become null.
json to_value(toml::node const& node) {
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* integer = node.as_integer()) return integer->get();
  if (auto const* real = node.as_floating_point()) return real->get();
  if (auto const* boolean = node.as_boolean()) return boolean->get();
  if (node.is_table()) return json::object();
  if (auto const* array = node.as_array()) {
    json list = json::array();
    for (auto const& element : *array) list.push_back(to_value(element));
    return list;
  }
  return nullptr;
}

std::string at_line(std::string const& origin, toml::source_region const& region) {
  return origin + ":" + std::to_string(region.begin.line);
}

std::vector<Entry> entries_of(toml::table const& document, std::string const& origin) {
  std::vector<Entry> entries;
  for (auto const& [name, node] : document) {
    std::string const section(name.str());
    toml::table const* const table = node.as_table();
    if (table == nullptr || !is_section(section)) {
      refuse_unknown(section, to_value(node), at_line(origin, name.source()));
    }
    for (auto const& [key, value] : *table) {
      auto const& source = key.source();
      entries.push_back(
          {section + "." + std::string(key.str()), to_value(value), at_line(origin, source), source.begin.line});
    }
  }
  // The table is sorted by name; report the first error in file order.
  std::ranges::stable_sort(entries, {}, &Entry::line);
  return entries;
}

bool is_bare_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '+' || c == '/';
  });
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Returns nothing unless the text is exactly one TOML value (a line break could smuggle in further keys).
std::optional<json> parse_value(std::string_view text, std::string const& where) {
  try {
    toml::table const document = parse_toml("value = " + std::string(text), where);
    if (document.size() != 1 || !document.contains("value")) return std::nullopt;
    return to_value(*document.get("value"));
  } catch (toml::parse_error const&) {
    return std::nullopt;
  }
}

/// Empty if unknown.
std::filesystem::path current_folder() {
  std::error_code none;
  return std::filesystem::current_path(none);
}

/// name: where the text came from, such as "--set".
Entry entry_of(std::string const& text, std::string const& name) {
  std::string const where = name + " " + text;
  auto const equals = text.find('=');
  std::string const key(trimmed(std::string_view(text).substr(0, equals)));
  if (equals == std::string::npos || key.empty()) {
    throw InputError(where + ": expected section.key=value, for example solver.tolerance=1e-6; write it so");
  }
  std::string_view const written = trimmed(std::string_view(text).substr(equals + 1));
  auto value = parse_value(written, where);
  if (!value && is_bare_word(written)) value = json(std::string(written));
  if (!value) {
    throw InputError(where + ": " + key +
                     ": the value is no TOML value, expected a number, true, false, a word, a \"string\" or a [list]; "
                     "quote text that holds other characters");
  }
  return {key, std::move(*value), where, 0, current_folder()};
}

}  // namespace

RunConfig parse(std::string_view toml_text, std::string const& origin, std::vector<std::string> const& overrides,
                std::string const& override_name, std::filesystem::path const& folder) {
  RunConfig config;
  Origins origins{origin};
  try {
    auto entries = entries_of(parse_toml(toml_text, origin), origin);
    auto const named = std::ranges::find(entries, "problem.name", &Entry::key);
    auto const problem =
        named != entries.end() && named->value.is_string() ? named->value.get<std::string>() : config.problem.name;
    for (Entry& entry : entries) {
      entry.folder = folder;
      if (!may_be_unknown_problems(entry.key, problem)) apply(config, entry, origins);
    }
  } catch (toml::parse_error const& error) {
    throw InputError(at_line(origin, error.source()) + ": not valid TOML: " + std::string(error.description()) +
                     "; expected lines key = value below lines [section]; correct the line");
  }
  for (std::string const& text : overrides) apply(config, entry_of(text, override_name), origins);
  settle_defaults(config, origins);
  check(config, origins);
  return config;
}

RunConfig load(std::filesystem::path const& file, std::vector<std::string> const& overrides,
               std::string const& override_name) {
  std::error_code none;
  bool const stands = std::filesystem::is_regular_file(file, none);  // a pipe has no folder
  auto const folder = stands ? std::filesystem::absolute(file, none).parent_path() : current_folder();
  return parse(io::read_text(file), file.string(), overrides, override_name, folder);
}

RunConfig overridden(RunConfig config, std::string const& origin, std::vector<std::string> const& overrides,
                     std::string const& override_name) {
  Origins origins{origin};
  auto const problem = config.problem.name;
  for (std::string const& text : overrides) apply(config, entry_of(text, override_name), origins);
  if (config.problem.name != problem) {
    throw InputError(origins.before({"problem.name"}) + "problem.name: given \"" + config.problem.name +
                     "\", but the problem is \"" + problem + "\" here" + (origin.empty() ? "" : ", by " + origin) +
                     "; leave this out");
  }
  check(config, origins);
  return config;
}

RunConfig from_json(json const& document, std::string const& origin) {
  if (!document.is_object()) {
    throw InputError(origin + ": given " + describe(document) +
                     ", expected an object with one object per section; use a configuration that metasolve wrote");
  }
  RunConfig config;
  Origins origins{origin};
  auto const named = json::json_pointer("/problem/name");
  auto const problem = document.contains(named) && document[named].is_string() ? document[named].get<std::string>()
                                                                               : config.problem.name;
  for (auto const& [section, members] : document.items()) {
    if (!members.is_object() || !is_section(section)) refuse_unknown(section, members, origin);
    for (auto const& [name, value] : members.items()) {
      auto const key = section + "." + name;
      if (is_retired(key) || may_be_unknown_problems(key, problem)) continue;
      apply(config, {key, value, origin}, origins);
    }
  }
  check(config, origins);
  return config;
}

}  // namespace metasolve::config
