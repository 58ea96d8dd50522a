// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/kernels/simd/hd.hpp"
#include "metasolve/kernels/simd/number.hpp"
#include "support/ceilings.hpp"

namespace metasolve::bench {

/// A pack at a time.
struct CopyBody {
  using scalar = double;
  static constexpr auto name = "copy";
  static constexpr int elements = 1;  ///< per column of its launch
  std::int64_t columns;
  double const* from;
  double* to;
  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t at) const {
    kernels::store(to + at, kernels::load<Number>(from + at));
  }
};

/// 16 chains hide a latency of 8 cycles on two ports.
template <class T>
struct MultiplyAddBody {
  using scalar = T;
  static constexpr auto name = "multiply_add";
  static constexpr int chains = 16, length = 512;
  T factor, term;  ///< not constants: the compiler must not know the result of the chains
  T* to;
  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t at) const {
    Number x[chains];
    for (int c = 0; c < chains; ++c) x[c] = Number(static_cast<T>(c));
    Number const a(factor), b(term);
    for (int i = 0; i < length; ++i) {
      METASOLVE_UNROLL
      for (int c = 0; c < chains; ++c) x[c] = x[c] * a + b;
    }
    for (int c = 1; c < chains; ++c) x[0] += x[c];
    kernels::store(to + at, x[0]);
  }
};

/// The shortest of a few runs, after one untimed run.
template <class F>
double least_seconds(exec::Backend& exec, F&& f) {
  using Clock = std::chrono::steady_clock;
  double least = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 5; ++run) {
    auto const start = Clock::now();
    f();
    exec.synchronize();
    double const seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (run > 0) least = std::min(least, seconds);
  }
  return least;
}

/// n: a multiple of Copy::elements.
template <class Copy, class Exec>
double copy_rate(Exec& exec, std::int64_t n) {
  exec::Buffer<double> from(exec, n), to(exec, n);
  double const bytes = 2.0 * static_cast<double>(n) * sizeof(double);
  Copy const copy{n / Copy::elements, from.data(), to.data()};
  return bytes / least_seconds(exec, [&] { exec.launch(1, copy.columns, copy); });
}

template <class T, class Exec>
double multiply_add_rate(Exec& exec, std::int64_t n) {
  using Body = MultiplyAddBody<T>;
  exec::Buffer<T> to(exec, n);
  double const flops = 2.0 * static_cast<double>(n) * Body::chains * Body::length;
  return flops / least_seconds(exec, [&] { exec.launch(1, n, Body{T(0.999), T(0.001), to.data()}); });
}

template <class T>
double gemm_rate(exec::Backend& exec, std::int64_t n) {
  exec::Buffer<T> a(exec, n * n), b(exec, n * n), c(exec, n * n);
  exec::Gemm<T> const product{
      .m = n, .n = n, .k = n, .a = a.data(), .lda = n, .b = b.data(), .ldb = n, .c = c.data(), .ldc = n};
  double const flops = 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  return flops / least_seconds(exec, [&] { exec.gemm(product); });
}

/// elements: copied, many times the caches' size; lanes: number of chains; order: of the matrices.
template <class Exec, class Copy>
Ceilings measure_ceilings_on(Executor const& executor, std::int64_t elements, std::int64_t lanes, std::int64_t order) {
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  return {.copy = copy_rate<Copy>(exec, elements),
          .multiply_adds_double = multiply_add_rate<double>(exec, lanes),
          .multiply_adds_float = multiply_add_rate<float>(exec, lanes),
          .gemm_double = gemm_rate<double>(exec, order),
          .gemm_float = gemm_rate<float>(exec, order)};
}

}  // namespace metasolve::bench
