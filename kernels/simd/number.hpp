// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <math.h>  // also ::sqrt, ::abs, ... of float and double, for user-defined bodies

#include <cstdint>
#include <limits>
#include <type_traits>

#include "approx.hpp"
#include "hd.hpp"

/// Operations on numbers. A number is a `float` or `double` (one task), a SIMD pack (one task per lane, pack.hpp) or a
/// dual number (a value and its derivative, dual.hpp). Bodies use only these functions and the four operators, so that
/// one body serves all types.
namespace metasolve::kernels {

/// scalar: the type of one lane. real: the underlying floating-point type. mask: the type of a comparison. lanes: tasks
/// held side by side.
template <class Number>
struct NumberTraits {
  using scalar = Number;
  using real = Number;
  using mask = bool;
  static constexpr int lanes = 1;
};

template <class Number>
using scalar_of = typename NumberTraits<Number>::scalar;
template <class Number>
using real_of = typename NumberTraits<Number>::real;
template <class Number>
using mask_of = typename NumberTraits<Number>::mask;
template <class Number>
inline constexpr int lanes_of = NumberTraits<Number>::lanes;

/// The single-precision number with the same number of lanes.
template <class Number>
struct NarrowOf {
  using type = float;
};
template <class Number>
using narrow_of = typename NarrowOf<Number>::type;

/// The number type of Real that has as many lanes as Number, and a number converted to it.
template <class Number, class Real>
struct NumberLike {
  using type = Real;
};
template <class Number, class Real>
using number_like = typename NumberLike<Number, Real>::type;
template <class To>
METASOLVE_HD To converted(float x) {
  return static_cast<To>(x);
}
template <class To>
METASOLVE_HD To converted(double x) {
  return static_cast<To>(x);
}

METASOLVE_HD inline float select(bool mask, float yes, float no) { return mask ? yes : no; }
METASOLVE_HD inline double select(bool mask, double yes, double no) { return mask ? yes : no; }

// The functions of plain numbers are the C library's: for a plain number a user's sqrt(x) finds these; for packs and
// dual numbers it finds theirs by argument-dependent lookup.
using ::abs;
using ::exp;
using ::log;
using ::sqrt;
using ::tanh;

/// a / b and the square root of x to about one unit in the last place, where a processor has something faster than the
/// correctly rounded operation (packs, and approx.hpp on a device). b: finite, neither 0 nor subnormal, and below
/// 2^1022, else the result may be NaN or 0; x: finite, not negative, 0 or not subnormal.
METASOLVE_HD inline float approx_div(float a, float b) { return a / b; }
METASOLVE_HD inline float approx_sqrt(float x) { return ::sqrtf(x); }
#if defined(__CUDA_ARCH__)
METASOLVE_HD inline double approx_div(double a, double b) { return approx::quotient(a, b, approx::Device{}); }
METASOLVE_HD inline double approx_sqrt(double x) { return approx::sqrt(x, approx::Device{}); }
#else
METASOLVE_HD inline double approx_div(double a, double b) { return a / b; }
METASOLVE_HD inline double approx_sqrt(double x) { return ::sqrt(x); }
#endif
/// approx_div on a device; elsewhere the correctly rounded one, for packs too.
template <class Number>
METASOLVE_HD Number device_div(Number const& a, Number const& b) {
#if defined(__CUDA_ARCH__)
  if constexpr (std::is_floating_point_v<Number>) return approx_div(a, b);
#endif
  return a / b;
}

/// a b + c, rounded once if the number type supports it.
METASOLVE_HD inline float fused_multiply_add(float a, float b, float c) { return ::fmaf(a, b, c); }
METASOLVE_HD inline double fused_multiply_add(double a, double b, double c) { return ::fma(a, b, c); }
template <class Number>
METASOLVE_HD Number fused_multiply_add(Number const& a, Number const& b, Number const& c) {
  return a * b + c;
}

/// c - a b, likewise.
template <class Number>
METASOLVE_HD Number fused_negated_multiply_add(Number const& a, Number const& b, Number const& c) {
  return fused_multiply_add(-a, b, c);
}

/// a b, rounded before any addition: otherwise the compiler may or may not fuse the two.
template <class Number>
METASOLVE_HD Number rounded_product(Number const& a, Number const& b) {
#if defined(__CUDA_ARCH__)
  if constexpr (std::is_same_v<Number, double>) return __dmul_rn(a, b);
  if constexpr (std::is_same_v<Number, float>) return __fmul_rn(a, b);
#elif defined(__GNUC__) && !defined(__clang__)
  if constexpr (std::is_floating_point_v<Number>) return __builtin_assoc_barrier(a * b);
#endif
  return a * b;
}

/// x, opaque to the optimizer.
METASOLVE_HD inline float apart(float x) {
#if defined(__CUDA_ARCH__)
  return ptx::opaque(x);
#else
  return x;
#endif
}
METASOLVE_HD inline double apart(double x) {
#if defined(__CUDA_ARCH__)
  return ptx::opaque(x);
#else
  return x;
#endif
}

/// One bit per lane: set where the mask holds.
METASOLVE_HD inline unsigned bits(bool mask) { return mask ? 1u : 0u; }

/// The value of one lane.
METASOLVE_HD inline float lane(float x, int) { return x; }
METASOLVE_HD inline double lane(double x, int) { return x; }
METASOLVE_HD inline void set_lane(float& x, int, float value) { x = value; }
METASOLVE_HD inline void set_lane(double& x, int, double value) { x = value; }

/// Neither NaN nor infinite.
METASOLVE_HD inline bool is_finite(float x) { return x - x == 0.0f; }
METASOLVE_HD inline bool is_finite(double x) { return x - x == 0.0; }

/// lanes_of<Number> consecutive scalars as a number, and back.
template <class Number>
METASOLVE_HD Number load(scalar_of<Number> const* from) {
  if constexpr (lanes_of<Number> == 1) {
    return *from;
  } else {
    return Number::load(from);
  }
}
template <class Number>
METASOLVE_HD void store(scalar_of<Number>* to, Number const& value) {
  if constexpr (lanes_of<Number> == 1) {
    *to = value;
  } else {
    value.store(to);
  }
}

template <class Scalar>
METASOLVE_HD Scalar infinity() {
  return Scalar(std::numeric_limits<typename NumberTraits<Scalar>::real>::infinity());
}

/// |x| of a pack or a dual number.
template <class Number>
METASOLVE_HD Number abs(Number const& x) {
  Number const zero(real_of<Number>(0));
  return select(x < zero, zero - x, x);
}

/// The larger of two; NaN if either is.
template <class Number>
METASOLVE_HD Number larger_of(Number const& a, Number const& b) {
  return select(b > a || !(b == b), b, a);
}

/// A mask with every lane set; `select` with it costs nothing.
struct AllLanes {};
template <class Number>
METASOLVE_HD Number select(AllLanes, Number const& yes, Number const&) {
  return yes;
}
template <class Mask>
METASOLVE_HD Mask operator&&(AllLanes, Mask const& mask) {
  return mask;
}

/// The number itself; for a dual number its value.
template <class Number>
METASOLVE_HD Number const& value_of(Number const& x) {
  return x;
}

}  // namespace metasolve::kernels
