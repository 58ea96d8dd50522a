// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "metasolve/detail/exec/compiled.hpp"
#include "metasolve/detail/exec/training/cholesky.hpp"
#include "tests/support/executors.hpp"

/// Batches of products and Cholesky factorisations, on every executor.
namespace metasolve::test::exec_batch_test {
namespace {

using exec::Buffer;
using exec::Gemm;
using exec::Transpose;

std::vector<double> random_values(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& v : values) v = uniform(random);
  return values;
}
std::vector<double> values_of(Buffer<double> const& buffer) {
  std::vector<double> values(static_cast<std::size_t>(buffer.size()));
  buffer.download(values.data(), buffer.size());
  return values;
}

struct Batches : OnExecutors {
  Buffer<double> upload(std::vector<double> const& values) {
    Buffer<double> buffer(backend(), static_cast<std::int64_t>(values.size()));
    buffer.upload(values.data(), buffer.size());
    return buffer;
  }
};
METASOLVE_ON_EXECUTORS(Batches);

TEST_P(Batches, OfProductsAreTheProductsOfEach) {
  constexpr std::int64_t m = 70, n = 9, k = 13, batch = 3, gap = 5;
  for (auto const op_a : {Transpose::no, Transpose::yes}) {
    for (auto const op_b : {Transpose::no, Transpose::yes}) {
      for (double const beta : {0.0, 1.0}) {
        auto const a = random_values(batch * (m * k + gap), 1), b = random_values(batch * (k * n + gap), 2);
        auto const c = random_values(batch * (m * n + gap), 3);
        auto const da = upload(a), db = upload(b), dc = upload(c);
        Gemm<double> g{.op_a = op_a, .op_b = op_b, .m = m, .n = n, .k = k, .alpha = 0.7, .a = da.data()};
        g.lda = op_a == Transpose::yes ? m : k;
        g.b = db.data();
        g.ldb = op_b == Transpose::yes ? k : n;
        g.beta = beta;
        g.c = dc.data();
        g.ldc = n;
        g.batch = batch;
        g.stride_a = m * k + gap;
        g.stride_b = k * n + gap;
        g.stride_c = m * n + gap;
        backend().gemm(g);
        auto const got = values_of(dc);
        for (std::int64_t i = 0; i < batch; ++i) {
          for (std::int64_t r = 0; r < m; ++r) {
            for (std::int64_t s = 0; s < n; ++s) {
              auto const at = static_cast<std::size_t>(i * g.stride_c + r * n + s);
              double expected = beta * c[at];
              for (std::int64_t j = 0; j < k; ++j) {
                auto const x = i * g.stride_a + (op_a == Transpose::yes ? j * m + r : r * k + j);
                auto const y = i * g.stride_b + (op_b == Transpose::yes ? s * k + j : j * n + s);
                expected += 0.7 * a[static_cast<std::size_t>(x)] * b[static_cast<std::size_t>(y)];
              }
              ASSERT_NEAR(got[at], expected, 1e-13);
            }
          }
          for (std::int64_t at = i * g.stride_c + m * n; at < (i + 1) * g.stride_c; ++at) {
            EXPECT_EQ(got[static_cast<std::size_t>(at)], c[static_cast<std::size_t>(at)]) << "between two matrices";
          }
        }
      }
    }
  }
}

TEST_P(Batches, OfCholeskySolveEachAndTellWhichCannot) {
  constexpr std::int64_t n = 37, batch = 4, indefinite = 2;
  auto const size = static_cast<std::size_t>(n);
  std::vector<double> matrices, rhs, expected;
  for (unsigned i = 0; i < batch; ++i) {
    auto const g = random_values(n * n, 10 + i);
    auto const x = random_values(n, 20 + i);
    std::vector<double> a(size * size);
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t c = 0; c < size; ++c) {
        for (std::size_t j = 0; j < size; ++j) a[r * size + c] += g[r * size + j] * g[c * size + j];
      }
      a[r * size + r] += 0.5;
    }
    for (std::size_t r = 0; r < size; ++r) {
      double sum = 0;
      for (std::size_t c = 0; c < size; ++c) sum += a[r * size + c] * x[c];
      rhs.push_back(sum);
    }
    if (i == indefinite) a[0] = -1;
    // Only the lower triangle may be read.
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t c = r + 1; c < size; ++c) a[r * size + c] = std::nan("");
    }
    matrices.insert(matrices.end(), a.begin(), a.end());
    expected.insert(expected.end(), x.begin(), x.end());
  }
  auto const a = upload(matrices), b = upload(rhs);
  Buffer<std::int32_t> info(backend(), batch);
  auto const cholesky = exec::functions_for<exec::CholeskyFunctions>(backend()).make(backend(), batch);
  exec::SymmetricBatch const factors{a.data(), n, batch};
  cholesky->factor(factors, info.data());
  cholesky->solve(factors, b.data(), info.data());
  std::vector<std::int32_t> failed(batch);
  info.download(failed.data(), batch);
  auto const got = values_of(b);
  for (std::size_t i = 0; i < batch; ++i) {
    EXPECT_EQ(failed[i] != 0, i == indefinite) << "matrix " << i;
    if (i == indefinite) continue;
    for (std::size_t r = 0; r < size; ++r) EXPECT_NEAR(got[i * size + r], expected[i * size + r], 1e-9);
  }
}

}  // namespace
}  // namespace metasolve::test::exec_batch_test
