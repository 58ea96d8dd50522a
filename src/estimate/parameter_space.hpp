// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace metasolve::estimate {

/// What a network predicts for a solver's parameters: one coordinate each, but for a choice one score per option.
struct ParameterSpace {
  enum class Kind { bounded, real, integer, choice };
  struct Entry {
    Kind kind = Kind::bounded;
    double low = 0, high = 1;  ///< of bounded and integer
    double scale = 1;          ///< of real
    int first = 0;             ///< coordinate
    int options = 1;           ///< coordinates
  };
  std::vector<Entry> entries;  ///< one per parameter
  int coordinates = 0;

  [[nodiscard]] int parameters() const { return static_cast<int>(entries.size()); }
  [[nodiscard]] bool has_choice() const {
    return std::ranges::any_of(entries, [](Entry const& e) { return e.kind == Kind::choice; });
  }
  void add(Entry entry) {
    entry.first = coordinates;
    coordinates += entry.options;
    entries.push_back(entry);
  }

  /// The parameters that a solver is given for coordinates: integers rounded, of a choice the option of highest score.
  void resolve(double const* coordinate, double* parameter) const {
    for (std::size_t p = 0; p < entries.size(); ++p) {
      auto const& e = entries[p];
      auto const* const c = coordinate + e.first;
      parameter[p] =
          e.kind == Kind::choice ? static_cast<double>(std::max_element(c, c + e.options) - c) : value(e, *c);
    }
  }
  /// The value that a solver is given for coordinate x of an entry that is no choice.
  [[nodiscard]] static double value(Entry const& e, double x) {
    return e.kind == Kind::integer ? std::clamp(std::round(x), e.low, e.high) : x;
  }
  /// Unit of steps of an entry that is no choice, at value x: 0 at an end of its range.
  [[nodiscard]] static double unit(Entry const& e, double x) {
    if (e.kind == Kind::real) return e.scale;
    return std::max(0.0, std::min(x - e.low, e.high - x));
  }
};

}  // namespace metasolve::estimate
