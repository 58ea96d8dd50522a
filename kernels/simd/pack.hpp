// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#include "number.hpp"

/// SIMD numbers for the CPU: lane l belongs to task l of a group. Host only. The operators are the compiler's vector
/// extensions; exp and log are from glibc's vector library, whose lanes are independent.
namespace metasolve::kernels {

/// Bytes of the widest vector register available to this translation unit.
#if defined(__AVX512F__)
inline constexpr int simd_bytes = 64;
#elif defined(__AVX__)
inline constexpr int simd_bytes = 32;
#else
inline constexpr int simd_bytes = 16;
#endif

template <class T, int Width = simd_bytes / static_cast<int>(sizeof(T))>
struct Pack {
  using integer = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  // may_alias: a lane is also accessed alone, as a scalar, through LocalView::lane.
  using vector [[gnu::vector_size(Width * sizeof(T)), gnu::may_alias]] = T;
  using unaligned_vector [[gnu::vector_size(Width * sizeof(T)), gnu::may_alias, gnu::aligned(alignof(T))]] = T;
  using mask_vector [[gnu::vector_size(Width * sizeof(T))]] = integer;

  vector value;

  Pack() = default;
  Pack(T x) : value(x - vector{}) {}  // NOLINT: a scalar is a pack of equal lanes
  static Pack from(vector v) {
    Pack p;
    p.value = v;
    return p;
  }
  static Pack load(T const* p) { return from(*reinterpret_cast<unaligned_vector const*>(p)); }
  void store(T* p) const { *reinterpret_cast<unaligned_vector*>(p) = value; }

  friend Pack operator+(Pack a, Pack b) { return from(a.value + b.value); }
  friend Pack operator-(Pack a, Pack b) { return from(a.value - b.value); }
  friend Pack operator*(Pack a, Pack b) { return from(a.value * b.value); }
  friend Pack operator/(Pack a, Pack b) { return from(a.value / b.value); }
  friend Pack operator-(Pack a) { return from(-a.value); }
  Pack& operator+=(Pack b) { return *this = *this + b; }
  Pack& operator-=(Pack b) { return *this = *this - b; }
  Pack& operator*=(Pack b) { return *this = *this * b; }
};

/// One lane per task: all bits set or none.
template <class T, int Width>
struct PackMask {
  typename Pack<T, Width>::mask_vector value;

  PackMask() = default;
  explicit PackMask(typename Pack<T, Width>::mask_vector v) : value(v) {}
  friend PackMask operator&&(PackMask a, PackMask b) { return PackMask(a.value & b.value); }
  friend PackMask operator||(PackMask a, PackMask b) { return PackMask(a.value | b.value); }
  friend PackMask operator!(PackMask a) { return PackMask(~a.value); }
};

template <class T, int Width>
struct NumberTraits<Pack<T, Width>> {
  using scalar = T;
  using real = T;
  using mask = PackMask<T, Width>;
  static constexpr int lanes = Width;
};

template <int Width, class From, class Real>
struct NumberLike<Pack<From, Width>, Real> {
  using type = Pack<Real, Width>;
};
template <class To, class From, int Width>
To converted(Pack<From, Width> x) {
  return To::from(__builtin_convertvector(x.value, typename To::vector));
}

#define METASOLVE_PACK_COMPARE(op)                                      \
  template <class T, int W>                                             \
  PackMask<T, W> operator op(Pack<T, W> a, Pack<T, W> b) {              \
    return PackMask<T, W>(a.value op b.value);                          \
  }                                                                     \
  template <class T, int W>                                             \
  PackMask<T, W> operator op(Pack<T, W> a, std::type_identity_t<T> b) { \
    return a op Pack<T, W>(b);                                          \
  }
METASOLVE_PACK_COMPARE(<)
METASOLVE_PACK_COMPARE(<=)
METASOLVE_PACK_COMPARE(>)
METASOLVE_PACK_COMPARE(>=)
METASOLVE_PACK_COMPARE(==)
#undef METASOLVE_PACK_COMPARE

template <class T, int W>
Pack<T, W> operator*(std::type_identity_t<T> a, Pack<T, W> b) {
  return Pack<T, W>(a) * b;
}

template <class T, int W>
Pack<T, W> select(PackMask<T, W> mask, Pack<T, W> yes, std::type_identity_t<Pack<T, W>> no) {
  return Pack<T, W>::from(mask.value ? yes.value : no.value);
}

template <class T, int W>
unsigned bits(PackMask<T, W> mask) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) {
    __m512i const m = reinterpret_cast<__m512i const&>(mask.value);
    return static_cast<unsigned>(_mm512_test_epi64_mask(m, m));
  }
  if constexpr (sizeof(T) == 4 && W == 16) {
    __m512i const m = reinterpret_cast<__m512i const&>(mask.value);
    return static_cast<unsigned>(_mm512_test_epi32_mask(m, m));
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 8 && W == 4) {
    return static_cast<unsigned>(_mm256_movemask_pd(reinterpret_cast<__m256d const&>(mask.value)));
  }
  if constexpr (sizeof(T) == 4 && W == 8) {
    return static_cast<unsigned>(_mm256_movemask_ps(reinterpret_cast<__m256 const&>(mask.value)));
  }
#endif
  unsigned set = 0;
  for (int l = 0; l < W; ++l) set |= mask.value[l] ? 1u << l : 0u;
  return set;
}

/// Lanes 2 Half at a time of a and b: those whose number has the bit `Half` are exchanged with b's without it.
template <int Half, int Second, class T, int W, int... Lane>
Pack<T, W> exchanged(Pack<T, W> a, Pack<T, W> b, std::integer_sequence<int, Lane...>) {
  return Pack<T, W>::from(__builtin_shufflevector(a.value, b.value,
                                                  (Second != 0          ? ((Lane & Half) == 0 ? Lane + Half : W + Lane)
                                                   : (Lane & Half) == 0 ? Lane
                                                                        : W + Lane - Half)...));
}
template <int Half, class T, int W>
[[gnu::always_inline]] inline void transpose_blocks(Pack<T, W> (&rows)[W]) {
  if constexpr (Half < W) {
    auto const lanes = std::make_integer_sequence<int, W>{};
    for (int i = 0; i < W; ++i) {
      if ((i & Half) != 0) continue;
      auto const a = rows[i], b = rows[i + Half];
      rows[i] = exchanged<Half, 0>(a, b, lanes);
      rows[i + Half] = exchanged<Half, 1>(a, b, lanes);
    }
    transpose_blocks<2 * Half>(rows);
  }
}
/// Lane j of rows[i] becomes lane i of rows[j].
template <class T, int W>
[[gnu::always_inline]] inline void transpose(Pack<T, W> (&rows)[W]) {
  transpose_blocks<1>(rows);
}

template <class T, int W>
T lane(Pack<T, W> const& x, int l) {
  return x.value[l];
}
template <class T, int W>
void set_lane(Pack<T, W>& x, int l, std::type_identity_t<T> value) {
  x.value[l] = value;
}

/// sqrt of each lane, rounded as the scalar one.
template <class T, int W>
Pack<T, W> sqrt(Pack<T, W> x) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return Pack<T, W>::from(_mm512_maskz_sqrt_pd(0xff, x.value));
  if constexpr (sizeof(T) == 4 && W == 16) return Pack<T, W>::from(_mm512_maskz_sqrt_ps(0xffff, x.value));
#endif
#if defined(__AVX__)
  if constexpr (sizeof(T) == 8 && W == 4) return Pack<T, W>::from(_mm256_sqrt_pd(x.value));
  if constexpr (sizeof(T) == 4 && W == 8) return Pack<T, W>::from(_mm256_sqrt_ps(x.value));
#endif
  for (int l = 0; l < W; ++l) x.value[l] = sqrt(static_cast<T>(x.value[l]));
  return x;
}

/// See number.hpp. The divider processes a wide register in halves and blocks meanwhile: a reciprocal to 14 bits
/// refined by Newton's iterations leaves it free (Intel's optimisation manual, "Using reciprocal instructions").
template <class T, int W>
Pack<T, W> approx_div(Pack<T, W> a, Pack<T, W> b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) {
    __m512d const x = _mm512_maskz_rcp14_pd(0xff, b.value);
    __m512d const e = _mm512_fnmadd_pd(b.value, x, _mm512_set1_pd(1));
    __m512d const r = _mm512_fmadd_pd(x, _mm512_fmadd_pd(e, e, e), x);  // x (1 + e + e^2): 42 bits
    __m512d const q = _mm512_mul_pd(a.value, r);
    return Pack<T, W>::from(_mm512_fmadd_pd(_mm512_fnmadd_pd(b.value, q, a.value), r, q));
  }
#endif
  return a / b;
}
template <class T, int W>
Pack<T, W> approx_sqrt(Pack<T, W> x) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) {
    __m512d const half = _mm512_set1_pd(0.5);
    __m512d const y = _mm512_maskz_rsqrt14_pd(0xff, x.value);
    __m512d g = _mm512_mul_pd(x.value, y), h = _mm512_mul_pd(half, y);
    __m512d const e = _mm512_fnmadd_pd(g, h, half);
    g = _mm512_fmadd_pd(g, e, g);
    h = _mm512_fmadd_pd(h, e, h);
    g = _mm512_fmadd_pd(_mm512_fnmadd_pd(g, g, x.value), h, g);
    // Avoids infinity times 0 for the root of 0.
    return Pack<T, W>::from(_mm512_maskz_mov_pd(_mm512_cmp_pd_mask(x.value, _mm512_setzero_pd(), _CMP_NEQ_UQ), g));
  }
#endif
  return sqrt(x);
}

/// See number.hpp.
template <class T, int W>
Pack<T, W> fused_multiply_add(Pack<T, W> const& a, Pack<T, W> const& b, Pack<T, W> const& c) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return Pack<T, W>::from(_mm512_fmadd_pd(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 16) return Pack<T, W>::from(_mm512_fmadd_ps(a.value, b.value, c.value));
#endif
#if defined(__AVX2__) && defined(__FMA__)
  if constexpr (sizeof(T) == 8 && W == 4) return Pack<T, W>::from(_mm256_fmadd_pd(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 8) return Pack<T, W>::from(_mm256_fmadd_ps(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 4) return Pack<T, W>::from(_mm_fmadd_ps(a.value, b.value, c.value));
#endif
  Pack<T, W> sum;
  for (int l = 0; l < W; ++l) {
    sum.value[l] =
        fused_multiply_add(static_cast<T>(a.value[l]), static_cast<T>(b.value[l]), static_cast<T>(c.value[l]));
  }
  return sum;
}

template <class T, int W>
Pack<T, W> fused_negated_multiply_add(Pack<T, W> const& a, Pack<T, W> const& b, Pack<T, W> const& c) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return Pack<T, W>::from(_mm512_fnmadd_pd(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 16) return Pack<T, W>::from(_mm512_fnmadd_ps(a.value, b.value, c.value));
#endif
#if defined(__AVX2__) && defined(__FMA__)
  if constexpr (sizeof(T) == 8 && W == 4) return Pack<T, W>::from(_mm256_fnmadd_pd(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 8) return Pack<T, W>::from(_mm256_fnmadd_ps(a.value, b.value, c.value));
#endif
  return fused_multiply_add(-a, b, c);
}

}  // namespace metasolve::kernels

#include "pack_math.hpp"
