// SPDX-License-Identifier: Apache-2.0
#pragma once

// Marks code shared by the CPU's loops and the GPU's kernels. A loop is vectorised only if everything it calls is
// inlined, which compilers do not always do by default.
#if defined(__CUDACC__)
#define FLOW_HD __host__ __device__
#else
#define FLOW_HD [[gnu::always_inline]]
#endif

namespace flow {

inline constexpr int species = 3;

struct Grid {
  int n = 0;           ///< cells along each side of the unit square, periodic in both directions
  long cells = 0;      ///< n n
  double spacing = 0;  ///< 1 / n
  explicit Grid(int side) : n(side), cells(long{side} * side), spacing(1.0 / side) {}
};

/// The columns or rows of a cell's neighbours: two on either side.
struct Around {
  int before2, before, here, after, after2;
};
FLOW_HD inline Around wrapped(int i, int n) {
  return {i < 2 ? i - 2 + n : i - 2, i < 1 ? n - 1 : i - 1, i, i > n - 2 ? 0 : i + 1, i > n - 3 ? i + 2 - n : i + 2};
}

template <class Number>
FLOW_HD inline Number least(Number a, Number b) {
  return b < a ? b : a;
}
template <class Number>
FLOW_HD inline Number largest(Number a, Number b) {
  return a < b ? b : a;
}

}  // namespace flow
