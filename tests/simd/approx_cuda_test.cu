// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#include "metasolve/kernels/simd/number.hpp"
#include "tests/support/executors.hpp"

/// Quotients and roots as computed by a device, compared with the correctly rounded ones.
namespace metasolve::test {
namespace {

struct QuickBody {
  using scalar = double;
  double const* a;
  double const* b;
  double* quotient;
  double* root;
  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t i) const {
    quotient[i] = kernels::approx_div(a[i], b[i]);
    root[i] = kernels::approx_sqrt(a[i]);
  }
};

double ulps(double x, double exact) {
  if (x == exact) return 0;
  double const size = std::abs(exact);
  return std::abs(x - exact) / (std::nextafter(size, std::numeric_limits<double>::infinity()) - size);
}

TEST(CudaApprox, AreWithinTwoUnitsOverTheWholeRange) {
  if (auto const reason = reason_to_skip("cuda"); !reason.empty()) GTEST_SKIP() << reason;
  exec::CudaExec cuda(0, nullptr);
  std::mt19937_64 random(6);
  auto const number = [&](int high) {
    return std::ldexp(std::uniform_real_distribution<double>(1, 2)(random),
                      std::uniform_int_distribution<int>(-1022, high)(random));
  };
  constexpr std::size_t n = 1000000;
  std::vector<double> a(n), b(n), quotient(n), root(n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = number(1023);
    b[i] = number(1021) * (i % 2 == 0 ? 1 : -1);
  }
  a[0] = 0;
  auto const upload = [&](std::vector<double> const& values) {
    exec::Buffer<double> buffer(cuda, static_cast<std::int64_t>(n));
    buffer.upload(values.data(), buffer.size());
    return buffer;
  };
  auto const on_a = upload(a), on_b = upload(b);
  auto on_quotient = upload(quotient), on_root = upload(root);
  cuda.launch(1, static_cast<std::int64_t>(n), QuickBody{on_a.data(), on_b.data(), on_quotient.data(), on_root.data()});
  on_quotient.download(quotient.data(), on_quotient.size());
  on_root.download(root.data(), on_root.size());
  for (std::size_t i = 0; i < n; ++i) {
    double const q = a[i] / b[i];
    if (std::isfinite(q) && (q == 0 || std::abs(q) >= std::numeric_limits<double>::min())) {
      ASSERT_TRUE(ulps(quotient[i], q) <= 2) << a[i] << " / " << b[i] << ": " << quotient[i];
    }
    ASSERT_TRUE(ulps(root[i], std::sqrt(a[i])) <= 2) << a[i] << ": " << root[i];
  }
}

}  // namespace
}  // namespace metasolve::test
