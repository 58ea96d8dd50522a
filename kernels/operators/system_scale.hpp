// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string.h>

#include <cstdint>

#include "../simd/number.hpp"
#include "../simd/team.hpp"

/// Scaling of A x = b before the solve: squared and inverted norms may overflow or underflow where the numbers
/// themselves do not.
namespace metasolve::kernels {

/// The e of 2^e <= x < 2^(e + 1), x positive and finite.
template <class Scalar>
METASOLVE_HD int floor_log2(Scalar x) {
  if constexpr (std::is_same_v<Scalar, double>) {  // the exponent's bits, unless x is subnormal
    if (x >= 2.2250738585072014e-308) {
      std::uint64_t word = 0;
      memcpy(&word, &x, sizeof word);
      return static_cast<int>(word >> 52) - 1023;
    }
  }
  Scalar const chunk(18446744073709551616.0), inverse = Scalar(1) / chunk;  // 2^64
  int e = 0;
  for (; x >= chunk; x *= inverse) e += 64;
  for (; x < Scalar(1); x *= chunk) e -= 64;
  for (; x >= Scalar(2); x *= Scalar(0.5)) ++e;
  return e;
}
template <class Scalar>
METASOLVE_HD Scalar power_of_two(int e) {
  if constexpr (std::is_same_v<Scalar, double>) {
    if (e >= -1022 && e <= 1023) {
      std::uint64_t const word = static_cast<std::uint64_t>(e + 1023) << 52;
      double x = 0;
      memcpy(&x, &word, sizeof x);
      return x;
    }
  }
  Scalar const chunk(18446744073709551616.0), inverse = Scalar(1) / chunk;
  Scalar p(1);
  for (; e >= 64; e -= 64) p *= chunk;
  for (; e <= -64; e += 64) p *= inverse;
  for (; e > 0; --e) p *= Scalar(2);
  for (; e < 0; ++e) p *= Scalar(0.5);
  return p;
}

/// 2^e as two factors, the first one nearer to 1: neither overflows or underflows, and a product with both, in order,
/// is rounded once.
template <class Scalar>
struct PowerPair {
  Scalar first{1}, second{1};

  METASOLVE_HD static PowerPair of(int e) {
    constexpr int part = 1000, most = 2000;
    e = e > most ? most : e < -most ? -most : e;
    int const rest = e > part ? e - part : e < -part ? e + part : e;
    return {power_of_two<Scalar>(rest), power_of_two<Scalar>(e - rest)};
  }
  METASOLVE_HD Scalar operator()(Scalar x) const { return x * first * second; }
};

/// The solved system is (s A) y = t b, where x = y t^-1 s.
template <class Scalar>
struct SystemScale {
  PowerPair<Scalar> matrix;         ///< s
  Scalar rhs[3] = {1, 1, 1};        ///< t; 0 for b = 0
  PowerPair<Scalar> inward;         ///< y = x t / s
  Scalar inverse_norm = Scalar(1);  ///< 1 / ||t b||
  bool usable = true;

  METASOLVE_HD Scalar entry(Scalar b) const { return b * rhs[0] * rhs[1] * rhs[2]; }
};

/// x from y.
template <class Number, class Scalar>
METASOLVE_HD Number outward(Number const& y, Scalar const& first, Scalar const& second) {
  Number const zero(real_of<Number>(0));
  return select(first > zero, y / first / second, zero);  // 0 for b = 0
}

/// For a residual relative to ||t b|| of about 1: less is rounding error.
inline constexpr double least_squares = 1e-280;

/// A value between the largest |entry(i)| and that times the number of members; infinite or NaN if an entry is.
template <class Scalar, class T, class Entry>
METASOLVE_HD Scalar largest_of(T const& team, int count, Entry&& entry) {
  Scalar largest(0);
  for_each(team, count, [&](int i) {
    Scalar const size = abs(Scalar(entry(i)));
    largest = size > largest || !(size == size) ? size : largest;
  });
  Scalar const sum = team.sum(largest);
  if (is_finite(sum)) return sum;
  return team.sum(largest * power_of_two<Scalar>(-11));  // each member's value may still be finite
}

/// Scales to ||t b|| = 1.
template <class Scalar, class T, class Entry>
METASOLVE_HD SystemScale<Scalar> unit_scale(T const& team, int unknowns, Entry&& b) {
  Scalar largest = largest_of<Scalar>(team, unknowns, b);
  SystemScale<Scalar> s;
  if (largest > Scalar(0) && largest < power_of_two<Scalar>(-900)) {  // its inverse may overflow
    s.rhs[0] = power_of_two<Scalar>(600);
    largest *= s.rhs[0];
  }
  s.rhs[1] = largest > Scalar(0) ? Scalar(1) / largest : Scalar(0);
  Scalar squares(0);
  for_each(team, unknowns, [&](int i) {
    Scalar const x = b(i) * s.rhs[0] * s.rhs[1];
    squares += x * x;
  });
  squares = team.sum(squares);
  s.rhs[2] = squares > Scalar(0) ? Scalar(1) / sqrt(squares) : Scalar(0);
  s.inward = {s.rhs[1] * s.rhs[2], s.rhs[0]};
  s.usable = is_finite(largest) && is_finite(s.rhs[1]);
  return s;
}

/// Scales by powers of two: the solved system differs from the given one only in exponents, and the residual of y is
/// that of x. A is scaled only if its numbers are near the ends of their range.
template <class Scalar, class T, class Value, class Entry>
METASOLVE_HD SystemScale<Scalar> exact_scale(T const& team, int values, int unknowns, Value&& value, Entry&& b) {
  constexpr int ordinary = 400;
  SystemScale<Scalar> s;
  Scalar const of_a = largest_of<Scalar>(team, values, value), of_b = largest_of<Scalar>(team, unknowns, b);
  int of_matrix = 0;
  if (of_a > Scalar(0) && is_finite(of_a)) {
    int const e = floor_log2(of_a);
    if (e > ordinary || e < -ordinary) of_matrix = -e;
  }
  s.usable = is_finite(of_b);
  if (!(of_b > Scalar(0)) || !s.usable) {
    s.rhs[0] = s.inward.first = Scalar(0);
    return s;
  }
  int const of_right = -floor_log2(of_b);
  auto const pair = PowerPair<Scalar>::of(of_right);
  s.matrix = PowerPair<Scalar>::of(of_matrix);
  s.rhs[0] = pair.first;
  s.rhs[1] = pair.second;
  s.inward = PowerPair<Scalar>::of(of_right - of_matrix);
  Scalar squares(0);
  for_each(team, unknowns, [&](int i) {
    Scalar const x = s.entry(b(i));
    squares += x * x;
  });
  s.inverse_norm = Scalar(1) / sqrt(team.sum(squares));
  return s;
}

}  // namespace metasolve::kernels
