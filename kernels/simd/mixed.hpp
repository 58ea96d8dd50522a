// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hd.hpp"

namespace metasolve::kernels {

/// 64 well-mixed bits (Steele, Lea and Flood, OOPSLA 2014: SplitMix64).
METASOLVE_HD inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}
METASOLVE_HD inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return mixed(mixed(mixed(a) + b) + c);
}

}  // namespace metasolve::kernels
