// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"

/// Reads, validates and prints a RunConfig. Everything here is generated from the one table of fields.hpp, so every key
/// that is parsed is also validated, printed and documented.
///
/// Every reading function throws InputError; the message names the origin (file and line, or the override), the key,
/// the given and the expected value, and what to do. A missing key takes its default.
namespace metasolve::config {

/// Origins of values, for messages.
struct Origins {
  std::string whole = {};                        ///< of all keys not in `keys`; empty: unknown
  std::map<std::string, std::string> keys = {};  ///< "configs/mine.toml:7", "--set solver.tolerance=2"

  /// The origin of the first of these keys that has its own, else that of the whole, followed by ": "; empty if none.
  [[nodiscard]] std::string before(std::initializer_list<std::string> keys_at_fault) const;
};

/// Reads a TOML file, applies the overrides in order (a later one wins), then calls check().
/// An override is `section.key=value`; the value is TOML, and a bare word that is not a TOML value is a string.
/// A path in the file is relative to the file's folder, one in an override to the current folder; both become absolute.
RunConfig load(std::filesystem::path const& file, std::vector<std::string> const& overrides = {},
               std::string const& override_name = "--set");

/// As load(), from TOML text; in messages `origin` replaces the file name and `override_name` names the source of the
/// overrides. folder: of relative paths in the text; empty: they are not changed.
RunConfig parse(std::string_view toml_text, std::string const& origin, std::vector<std::string> const& overrides = {},
                std::string const& override_name = "--set", std::filesystem::path const& folder = {});

/// Applies overrides to a configuration, then calls check(). origin: where the configuration came from; may be empty.
/// The problem is fixed: an override of problem.name by another is an error.
RunConfig overridden(RunConfig config, std::string const& origin, std::vector<std::string> const& overrides,
                     std::string const& override_name = "--set");

/// Reads the output of to_json(), with the validation of load().
RunConfig from_json(nlohmann::json const& document, std::string const& origin);

/// Throws InputError. keys: the conflicting keys; the message begins with the first.
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
