// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/problems/qp_family.hpp"

/// The families of quadratic programs, by name.
namespace metasolve::problems {

/// Part of a configuration (RunConfig::of).
struct QpSettings {
  std::string of = "quadcopter";   ///< one of qp_family_names()
  int size = 0;                    ///< 0: usual_size(of); the horizon of the quadcopter, else see qp_classes.hpp
  std::uint64_t pattern_seed = 1;  ///< of random patterns
  std::string folder = {};         ///< of a user's programs, in place of a family
  bool operator==(QpSettings const&) const = default;
};

/// In the order of the documentation.
std::vector<std::string> const& qp_family_names();

/// @throws InputError no such name
int usual_size(std::string const& name);

/// memory: limit of each array of a folder, bytes.
/// @throws InputError no such name; a size out of range; the folder's programs cannot be read
QpFamily family_of(QpSettings const& settings, std::int64_t memory = std::int64_t{1} << 32);

/// The keys of QpSettings.
std::vector<config::Field> qp_family_keys();

}  // namespace metasolve::problems
