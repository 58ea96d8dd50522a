// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/config/schema.hpp"

namespace metasolve::config {

/// A problem's part of the configuration.
class ProblemKeys {
 public:
  virtual ~ProblemKeys() = default;

  [[nodiscard]] virtual std::string const& name() const = 0;
  /// The problem's own keys, in structs of RunConfig::own. Problems may share keys: the first one's row counts.
  [[nodiscard]] virtual std::vector<Field> keys() const { return {}; }
  /// Sets values that were not given and depend on others. given(key): whether the key was given.
  virtual void settle(RunConfig&, std::function<bool(std::string const& key)> const& /*given*/) const {}
  /// @throws InputError values do not fit each other, by Origins::before
  virtual void check(RunConfig const&, Origins const&) const {}

  /// Whether its tasks can also be solved in single precision.
  [[nodiscard]] virtual bool has_single_precision() const { return false; }
  /// Whether the solver's parameters are a linear combination of the network's outputs and its measure is the norm of
  /// a residual, as optimizer.kind = "levenberg_marquardt" requires.
  [[nodiscard]] virtual bool has_second_order() const { return false; }
  /// Whether a constant parameter can be searched for, as the start of training.
  [[nodiscard]] virtual bool has_tuned_constant() const { return false; }
};

/// All known problems, in the order of the documentation, and the one of a given name (null: none). Defined next to the
/// problems (src/problems/registry.cpp): the only upward dependency of this folder.
std::vector<ProblemKeys const*> known_problem_keys();
ProblemKeys const* find_problem_keys(std::string const& name);

}  // namespace metasolve::config
