// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <metasolve/kernels/simd/ptx.hpp>

#include "hd.hpp"

/// Quotients and roots of double from a device's approximations to about 20 bits: without the branches of the correctly
/// rounded ones for the ends of their range, and with a reciprocal that does not wait for the dividend.
namespace metasolve::kernels::approx {

#if defined(__CUDACC__)
struct Device {
  __device__ static double reciprocal(double b) { return ptx::reciprocal(b); }
  __device__ static double reciprocal_root(double x) { return ptx::reciprocal_root(x); }
  __device__ static double fma(double a, double b, double c) { return ::fma(a, b, c); }
  /// The smallest normal number if x is 0 or subnormal; else x, from its upper half.
  __device__ static double lifted(double x) {
    unsigned const high = static_cast<unsigned>(__double2hiint(x));
    return __hiloint2double(static_cast<int>(high < 0x00100000u ? 0x00100000u : high), 0);
  }
};
#endif

/// a / b: |b| in [2^-1022, 2^1022). A quotient that overflows is NaN.
template <class Machine>
METASOLVE_HD double quotient(double a, double b, Machine) {
  double const r = Machine::reciprocal(b);
  double const e = Machine::fma(-b, r, 1.0);
  double const s = Machine::fma(r, Machine::fma(e, e, e), r);  // r (1 + e + e^2): 60 bits, rounded
  double const q = a * s;
  // If the compiler knows that b is 1, such as for rows with no more entries, nothing else is left.
  double const mended = Machine::fma(Machine::fma(-b, q, a), s, q);
  return b == 1.0 ? a : mended;
}

/// The square root of x: 0, or in [2^-1022, infinity). NaN if x is infinite, negative or NaN.
template <class Machine>
METASOLVE_HD double sqrt(double x, Machine) {
  double const y = Machine::reciprocal_root(Machine::lifted(x));
  double const g = x * y, h = 0.5 * y;
  double const e = Machine::fma(-g, h, 0.5);
  double const root = Machine::fma(g, e, g), half = Machine::fma(h, e, h);  // 39 bits
  return Machine::fma(Machine::fma(-root, root, x), half, root);
}

}  // namespace metasolve::kernels::approx
