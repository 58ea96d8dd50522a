// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "head.hpp"

namespace metasolve::kernels {

/// Between which relaxation factors a network chooses for a family F of small systems by Newton-SOR, ends excluded:
///   static constexpr double relaxation_range[] = {low, high};    of F, within [0, 2]
/// and where F says nothing (0, 2), all that the solver takes.
template <class F>
struct RelaxationRange {
  static constexpr double low = [] {
    if constexpr (requires { F::relaxation_range[0]; }) {
      return F::relaxation_range[0];
    } else {
      return 0.0;
    }
  }();
  static constexpr double high = [] {
    if constexpr (requires { F::relaxation_range[1]; }) {
      return F::relaxation_range[1];
    } else {
      return 2.0;
    }
  }();
  static_assert(0 <= low && low < high && high <= 2, "relaxation_range: expected {low, high}, 0 <= low < high <= 2");
};

/// How F's relaxation factor and guess are made of a network's outputs: as F::head() says; else r by output 0 in F's
/// range, and each entry of the guess the caller's times a factor by the next outputs. anchor: the factor that tasks
/// which failed are pulled to, moved into the range.
template <class F, int Parameters>
std::array<HeadEntry, Parameters> relaxation_head(double anchor) {
  if constexpr (requires { F::head(); }) {
    return F::head();
  } else {
    using Range = RelaxationRange<F>;
    std::array<HeadEntry, Parameters> entries;
    bool const lies_in = Range::low <= anchor && anchor <= Range::high;
    entries[0] = {HeadKind::interval, 0, Range::low, Range::high, lies_in ? anchor : (Range::low + Range::high) / 2};
    for (int i = 1; i < Parameters; ++i) entries[static_cast<std::size_t>(i)] = {HeadKind::factor, i};
    return entries;
  }
}

}  // namespace metasolve::kernels
