// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"

/// The table of configuration keys.
namespace metasolve::config {

/// One key. Values are passed as JSON values, whatever the source; NaN and infinite reals can occur there and are
/// rejected.
struct Field {
  std::string section;
  std::string key;       // dotted, with the section
  std::string type;      // "real", "integer", "choice", ...
  std::string expected;  // type and range in words, for messages and the reference
  std::string unit;      // empty when dimensionless
  std::string doc;
  /// Names of the problems that read it; empty: all problems.
  std::vector<std::string> owners = {};
  bool is_fixed = false;  ///< a trained network depends on it: a model cannot be used with another value

  /// Stores the value; on error returns the reason and leaves the configuration unchanged.
  std::function<std::optional<std::string>(RunConfig&, nlohmann::json const&)> set;
  std::function<nlohmann::json(RunConfig const&)> get;
  std::function<void const*(RunConfig const&)> place;  ///< where the value is stored
};

/// All keys, grouped by section in print order: in each section the keys of all problems come first, then those of
/// single problems (problem_keys.hpp). Built once; valid for the lifetime of the program.
std::vector<Field> const& fields();

/// Whether configurations of this problem have the key. For an unknown problem: whether they may have it.
bool belongs(Field const& field, std::string const& problem);

/// The key of that name, or nullptr.
Field const* find_field(std::string_view key);

}  // namespace metasolve::config
