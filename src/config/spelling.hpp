// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Suggestions for misspelt names.
namespace metasolve::config {

/// Levenshtein distance: the minimum number of insertions, deletions and substitutions that turn `a` into `b`.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// The name nearest to `given`; empty when `names` is empty or `given` differs too much for a typing error.
inline std::string nearest(std::string_view given, std::span<std::string const> names) {
  constexpr std::size_t longest_word = 200;
  if (names.empty() || given.size() > longest_word) return {};
  // A prefix match takes precedence over similarity.
  constexpr std::size_t least_begun = 3;
  return *std::ranges::min_element(names, {}, [&](std::string const& name) {
    bool const begun = given.size() >= least_begun && name.starts_with(given);
    return std::pair(!begun, edit_distance(given, name));
  });
}

}  // namespace metasolve::config
