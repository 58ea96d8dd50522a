// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/run_config.hpp"

/// Reading, checking and printing a RunConfig. Everything here is generated from the one table of fields.hpp, so a
/// key that can be parsed is also validated, printed and documented.
///
/// Every function that reads throws InputError; the message names the origin (file and line, or the override), the
/// key, what was given, what was expected and what to do. A missing key takes its default.
namespace metasolve::config {

/// Where values came from, for messages.
struct Origins {
  std::string whole = {};                        ///< of all that `keys` does not name; empty: from nowhere
  std::map<std::string, std::string> keys = {};  ///< "configs/mine.toml:7", "--set solver.tolerance=2"

  /// The place of the first of these keys that has one of its own, else the whole's, and ": " behind it, if any.
  [[nodiscard]] std::string before(std::initializer_list<std::string> keys_at_fault) const;
};

/// Reads a TOML file, then applies the overrides in order (a later one wins), then check().
/// An override is `section.key=value`; the value is TOML, and a bare word that is no TOML value is a string.
/// A path in the file is relative to the file's folder, one in an override to the current folder; both become absolute.
RunConfig load(std::filesystem::path const& file, std::vector<std::string> const& overrides = {});

/// As load(), from TOML text, whose paths stay as they are; `origin` stands for the file name in messages,
/// `override_name` for what gave the overrides.
RunConfig parse(std::string_view toml_text, std::string const& origin, std::vector<std::string> const& overrides = {},
                std::string const& override_name = "--set");

/// A configuration with overrides applied, then check(). origin: where the configuration came from; may be empty. Which
/// problem it is has been settled, so that an override of problem.name by another is an error.
RunConfig overridden(RunConfig config, std::string const& origin, std::vector<std::string> const& overrides);

/// Reads what to_json() wrote, with the validation of load().
RunConfig from_json(nlohmann::json const& document, std::string const& origin);

/// Throws InputError. keys: those that do not fit each other, first the one that the message begins with.
[[noreturn]] void refuse(Origins const& origins, std::initializer_list<std::string> keys, std::string const& message);

/// Throws InputError unless every value is in its range and the values fit each other.
void check(RunConfig const& config, Origins const& origins);
inline void check(RunConfig const& config, std::string const& origin) { check(config, Origins{origin}); }

/// The resolved configuration as TOML; parse() of it gives an equal RunConfig, reals to the last bit.
std::string to_toml(RunConfig const& config);

/// The resolved configuration as JSON, one object per section.
nlohmann::json to_json(RunConfig const& config);

/// Markdown table of all keys: type or choices, range, unit, default, meaning.
std::string reference();

}  // namespace metasolve::config
