// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

/// Checks of numbers that a caller gives on the host. Each throws InputError, which begins with `name`.
namespace metasolve::api {

template <class T>
void require_size(char const* name, std::span<T const> given, std::int64_t expected, bool or_none) {
  if (std::ssize(given) == expected || (or_none && given.empty())) return;
  throw InputError(std::string(name) + " has " + std::to_string(given.size()) + " numbers, expected " +
                   std::to_string(expected) + (or_none ? ", or none" : ""));
}

inline void require_finite(char const* name, std::span<double const> given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!std::isfinite(given[i])) throw InputError(std::string(name) + "[" + std::to_string(i) + "] is not finite");
  }
}

/// They may be infinite.
inline void require_numbers(char const* name, std::span<double const> given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (std::isnan(given[i])) throw InputError(std::string(name) + "[" + std::to_string(i) + "] is not a number");
  }
}

inline void require_magnitude(char const* name, double value, bool or_0) {
  if (std::isfinite(value) && (value > 0 || (or_0 && value == 0))) return;
  throw InputError(std::string(name) + " is " + io::shortest(value) + ", expected " +
                   (or_0 ? "0 or more" : "a positive number"));
}

inline void require_indices(char const* name, std::span<std::int32_t const> given, int lowest, int below) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] >= lowest && given[i] < below) continue;
    throw InputError(std::string(name) + "[" + std::to_string(i) + "] is " + std::to_string(given[i]) + ", expected " +
                     std::to_string(lowest) + " to " + std::to_string(below - 1));
  }
}

/// matrix [size][size] is finite, and symmetric to rounding. Empty: is.
inline void require_symmetric(char const* name, std::span<double const> matrix, int size) {
  require_finite(name, matrix);
  if (matrix.empty()) return;
  auto const entry = [&](int i, int j) {
    return matrix[static_cast<std::size_t>(i) * size + static_cast<std::size_t>(j)];
  };
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < i; ++j) {
      double const below = entry(i, j), above = entry(j, i);
      if (std::abs(below - above) <= 1e-12 * (std::abs(below) + std::abs(above))) continue;
      std::string const ij = std::to_string(i) + ", " + std::to_string(j),
                        ji = std::to_string(j) + ", " + std::to_string(i);
      throw InputError(std::string(name) + " is not symmetric, as expected: entry (" + ij + ") is " +
                       io::shortest(below) + ", and (" + ji + ") is " + io::shortest(above));
    }
  }
}

/// lower <= upper; empty: no bounds. name: what stands before _lower and _upper.
inline void require_bounds(std::string const& name, std::span<double const> lower, std::span<double const> upper) {
  constexpr double none = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < std::max(lower.size(), upper.size()); ++i) {
    double const l = lower.empty() ? -none : lower[i], u = upper.empty() ? none : upper[i];
    if (l <= u && l < none && u > -none) continue;
    std::string const of = "[" + std::to_string(i) + "]";
    throw InputError(name + "_lower" + of + " is " + io::shortest(l) + ", expected a number up to " + name + "_upper" +
                     of + ", " + io::shortest(u));
  }
}

}  // namespace metasolve::api
