// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "metasolve/detail/sparse/csr_matrix.hpp"

namespace metasolve::matrices {

/// Finds equal patterns, in a time that does not depend on how many different ones there are.
class PatternPool {
 public:
  /// The first pattern of those that equal this one.
  std::shared_ptr<sparse::CsrPattern const> shared(sparse::CsrPattern pattern) {
    auto const hash = hash_of(pattern.row_ptrs) * 31 + hash_of(pattern.col_idxs);
    auto const [first, last] = known_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      if (*at->second == pattern) return at->second;
    }
    return known_.emplace(hash, std::make_shared<sparse::CsrPattern const>(std::move(pattern)))->second;
  }

 private:
  static std::size_t hash_of(std::vector<std::int32_t> const& numbers) {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<char const*>(numbers.data()), numbers.size() * sizeof(std::int32_t)});
  }

  std::unordered_multimap<std::size_t, std::shared_ptr<sparse::CsrPattern const>> known_;
};

}  // namespace metasolve::matrices
