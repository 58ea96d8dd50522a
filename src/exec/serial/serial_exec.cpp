// SPDX-License-Identifier: Apache-2.0
#include "src/exec/serial/serial_exec.hpp"

#include <cmath>

#include "src/exec/block_loops.hpp"
#include "src/exec/plain_product.hpp"
#include "src/exec/plugin.hpp"

namespace metasolve::exec {

namespace {

template <class Real>
void gemm_by_elements(Gemm<Real> const& g) {
  for (std::int64_t b = 0; b < g.batch; ++b) {
    for (std::int64_t row = 0; row < g.m; ++row) {
      for (std::int64_t column = 0; column < g.n; ++column) {
        g.c[b * g.stride_c + row * g.ldc + column] = product_element(g, b, row, column);
      }
    }
  }
}

/// Cholesky's method on the lower triangle [n][n], row after row. The first row, from 1 on, whose pivot is not
/// positive; 0: there is none.
std::int32_t factor(double* a, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::int64_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (j < i) {
        a[i * n + j] = sum / a[j * n + j];
      } else if (sum > 0) {
        a[i * n + i] = std::sqrt(sum);
      } else {
        return static_cast<std::int32_t>(i + 1);
      }
    }
  }
  return 0;
}

/// x = L^-T L^-1 x.
void solve(double const* l, std::int64_t n, double* x) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < i; ++k) x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
  for (std::int64_t i = n - 1; i >= 0; --i) {
    for (std::int64_t k = i + 1; k < n; ++k) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
}

class SerialBlockProduct final : public BlockProduct {
 public:
  explicit SerialBlockProduct(BlockMatrix const& a) : a_(a) {}
  void run(std::int64_t blocks, double const* v, double* to) override {
    for (std::int64_t row = 0; row < blocks * a_.unknowns; ++row) to[row] = row_of_product(a_, row, v);
  }

 private:
  BlockMatrix a_;
};

class SerialBlockSolve final : public BlockSolve {
 public:
  explicit SerialBlockSolve(BlockMatrix const& u) : u_(u) {}
  void refresh(std::int64_t blocks) override { blocks_ = blocks; }
  void run(bool transposed, double const* v, double* to) override {
    for (std::int64_t block = 0; block < blocks_; ++block) solve_block(u_, block, transposed, v, to);
  }

 private:
  BlockMatrix u_;
  std::int64_t blocks_ = 0;
};

}  // namespace

void SerialExec::gemm(Gemm<float> const& g) { gemm_by_elements(g); }
void SerialExec::gemm(Gemm<double> const& g) { gemm_by_elements(g); }

void SerialExec::cholesky(SymmetricBatch const& a, std::int32_t* info) {
  for (std::int64_t i = 0; i < a.batch; ++i) info[i] = factor(a.matrices + i * a.n * a.n, a.n);
}
void SerialExec::cholesky_solve(SymmetricBatch const& factors, double* right_sides, std::int32_t const* info) {
  for (std::int64_t i = 0; i < factors.batch; ++i) {
    if (info[i] == 0) solve(factors.matrices + i * factors.n * factors.n, factors.n, right_sides + i * factors.n);
  }
}

std::unique_ptr<BlockProduct> SerialExec::block_product(BlockMatrix const& a) {
  return std::make_unique<SerialBlockProduct>(a);
}
std::unique_ptr<BlockSolve> SerialExec::block_solve(BlockMatrix const& u) {
  return std::make_unique<SerialBlockSolve>(u);
}

ExecutorPlugin const& serial_plugin() {
  static constexpr ExecutorPlugin plugin{
      .name = SerialExec::executor_name,
      .has_devices = false,
      .open = [](OpenRequest const&) -> std::shared_ptr<Backend> { return std::make_shared<SerialExec>(); },
      .devices = []() noexcept { return 1; },
      .report =
          [] {
            return ExecutorReport{{{"serial", "one thread, a task after the other: the reference, and for debugging"}},
                                  R"({"threads": 1})"};
          }};
  return plugin;
}

}  // namespace metasolve::exec
