// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "head.hpp"

namespace metasolve::kernels {

/// Range of the predicted relaxation factor for a family F of small systems by Newton-SOR, ends excluded:
///   static constexpr double relaxation_range[] = {low, high};    of F, within [0, 2]
/// and if F declares none, (0, 2), all values that the solver accepts.
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

/// How F's relaxation factor and guess are computed from a network's outputs: by F::head() if defined; else r from
/// output 0 in F's range, and each entry of the guess is the caller's times a factor from the next outputs. anchor: the
/// factor that failed tasks are pulled to, clamped to the range.
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
