// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/plain_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "metasolve/detail/exec/cpu/cpu_row_product.hpp"

/// The elements of a device's library-free product, computed here.
namespace metasolve::test::plain_product_test {
namespace {

using exec::Gemm;
using exec::Transpose;

template <class Real>
std::vector<Real> random_values(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Real> values(static_cast<std::size_t>(n));
  for (Real& v : values) v = static_cast<Real>(uniform(random));
  return values;
}

template <class Real>
struct PlainProduct : ::testing::Test {};
using Reals = ::testing::Types<float, double>;
TYPED_TEST_SUITE(PlainProduct, Reals);

TYPED_TEST(PlainProduct, HasTheBitsOfTheCpusProductOfRowsThatStandAlone) {
  using Real = TypeParam;
#if !defined(__FMA__)
  GTEST_SKIP() << "compiled for a CPU without multiply-adds";
#endif
  for (auto const op_b : {Transpose::no, Transpose::yes}) {
    std::int64_t const m = 9, n = 21, k = 300;
    auto const a = random_values<Real>(m * k, 1), b = random_values<Real>(k * n, 2);
    std::vector<Real> c(static_cast<std::size_t>(m * n), std::numeric_limits<Real>::quiet_NaN());
    Gemm<Real> const g{.op_b = op_b,
                       .m = m,
                       .n = n,
                       .k = k,
                       .a = a.data(),
                       .lda = k,
                       .b = b.data(),
                       .ldb = op_b == Transpose::yes ? k : n,
                       .c = c.data(),
                       .ldc = n,
                       .rows_alone = true};
    std::vector<Real> plain;
    for (std::int64_t i = 0; i < m * n; ++i) plain.push_back(exec::product_element(g, 0, i / n, i % n));
    exec::row_product(g, 0, m);
    EXPECT_EQ(plain, c);
  }
}

TYPED_TEST(PlainProduct, TransposesScalesAddsAndGoesThroughABatch) {
  using Real = TypeParam;
  std::int64_t const m = 3, n = 5, k = 7, batch = 2, lda = 11, ldb = 13, ldc = 6;
  auto const a = random_values<Real>(batch * 11 * lda, 3), b = random_values<Real>(batch * 11 * ldb, 4);
  auto c = random_values<Real>(batch * m * ldc, 5);
  for (auto const op_a : {Transpose::no, Transpose::yes}) {
    for (auto const op_b : {Transpose::no, Transpose::yes}) {
      Gemm<Real> const g{op_a, op_b,     m,        n,   k,     Real(0.5), a.data(), lda,    b.data(),
                         ldb,  Real(-2), c.data(), ldc, batch, 11 * lda,  11 * ldb, m * ldc};
      for (std::int64_t at = 0; at < batch * m * n; ++at) {
        std::int64_t const p = at / (m * n), i = at / n % m, j = at % n;
        long double sum = 0;
        for (std::int64_t l = 0; l < k; ++l) {
          auto const x =
              a[static_cast<std::size_t>(p * 11 * lda + (op_a == Transpose::yes ? l * lda + i : i * lda + l))];
          auto const y =
              b[static_cast<std::size_t>(p * 11 * ldb + (op_b == Transpose::yes ? j * ldb + l : l * ldb + j))];
          sum += static_cast<long double>(x) * y;
        }
        sum = sum / 2 - 2 * static_cast<long double>(c[static_cast<std::size_t>(p * m * ldc + i * ldc + j)]);
        EXPECT_NEAR(static_cast<double>(exec::product_element(g, p, i, j)), static_cast<double>(sum),
                    20 * std::numeric_limits<Real>::epsilon());
      }
    }
  }
}

}  // namespace
}  // namespace metasolve::test::plain_product_test
