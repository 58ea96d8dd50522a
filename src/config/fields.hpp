// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/run_config.hpp"

/// The table of configuration keys.
namespace metasolve::config {

/// One key. Values travel as JSON values whatever the source was; a real may be NaN or infinite there, and is refused.
struct Field {
  std::string section;
  std::string key;       // dotted, with the section
  std::string type;      // "real", "integer", "choice", ...
  std::string expected;  // type and range in words, for messages and the reference
  std::string unit;      // empty when dimensionless
  std::string doc;
  /// Names of the problems that read it; empty: all do.
  std::vector<std::string> owners = {};
  bool is_fixed = false;  ///< a trained network rests on it: a model is not used with another value

  /// Stores the value; returns what is wrong with it instead, and leaves the configuration alone.
  std::function<std::optional<std::string>(RunConfig&, nlohmann::json const&)> set;
  std::function<nlohmann::json(RunConfig const&)> get;
  std::function<void const*(RunConfig const&)> place;  ///< where it is kept
};

/// All keys, grouped by section in the order in which they are printed: in each section those of all problems, then
/// what single ones bring (problem_keys.hpp). Built once; valid for the whole program.
std::vector<Field> const& fields();

/// Whether a configuration of this problem has the key. Of a problem that is not known: whether it may have.
bool belongs(Field const& field, std::string const& problem);

/// The key of that name, or nullptr.
Field const* find_field(std::string_view key);

}  // namespace metasolve::config
