// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/config/fields.hpp"
#include "src/config/schema.hpp"

namespace metasolve::config {

/// What a problem says of its configuration.
class ProblemKeys {
 public:
  virtual ~ProblemKeys() = default;

  [[nodiscard]] virtual std::string const& name() const = 0;
  /// The keys that it brings, in structs of RunConfig::own. Problems may share some: the first one's row counts.
  [[nodiscard]] virtual std::vector<Field> keys() const { return {}; }
  /// Sets what was not given and depends on other values. given(key): whether somebody gave that key.
  virtual void settle(RunConfig&, std::function<bool(std::string const& key)> const& /*given*/) const {}
  /// @throws InputError values do not fit each other, by Origins::before
  virtual void check(RunConfig const&, Origins const&) const {}

  /// Whether its tasks are solved in single precision too.
  [[nodiscard]] virtual bool has_single_precision() const { return false; }
  /// Whether the solver's parameters are a linear combination of the network's outputs, and its measure the norm of a
  /// residual: what optimizer.kind = "levenberg_marquardt" needs.
  [[nodiscard]] virtual bool has_second_order() const { return false; }
  /// Whether a constant parameter can be looked for, to begin training at it.
  [[nodiscard]] virtual bool has_tuned_constant() const { return false; }
};

/// All that are known, in the order of the documentation, and the one of a name (null: there is none). Defined where
/// the problems are (src/problems/registry.cpp): all that this folder asks of one above it.
std::vector<ProblemKeys const*> known_problem_keys();
ProblemKeys const* find_problem_keys(std::string const& name);

}  // namespace metasolve::config
