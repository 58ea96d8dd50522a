// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/exec/cpu/cpu_exec.hpp"

namespace metasolve::exec {

namespace {

std::int32_t const* columns_of(BlockMatrix const& a, std::int64_t block) {
  return a.own_columns ? a.column + block * a.entries : a.column;
}

/// Entries; see CpuExec::launch.
constexpr std::int64_t worth_threads = 65536;

class CpuBlockProduct final : public BlockProduct {
 public:
  CpuBlockProduct(BlockMatrix const& a, int threads) : a_(a), threads_(threads) {}

  void run(std::int64_t blocks, double const* v, double* to) override {
    std::int64_t const rows = blocks * a_.unknowns;
    parallel_for(blocks * a_.entries > worth_threads, threads_, rows, [&](std::int64_t row) {
      std::int64_t const block = row / a_.unknowns, i = row % a_.unknowns;
      auto const* const column = columns_of(a_, block);
      double const* const values = a_.values + block * a_.entries;
      double const* const v_block = v + block * a_.unknowns;
      double sum = 0;
      for (auto e = a_.row_begin[i]; e < a_.row_begin[i + 1]; ++e) sum += values[e] * v_block[column[e]];
      to[row] = sum;
    });
  }

 private:
  BlockMatrix a_;
  int threads_;
};

class CpuBlockSolve final : public BlockSolve {
 public:
  CpuBlockSolve(BlockMatrix const& u, int threads) : u_(u), threads_(threads) {}

  void refresh(std::int64_t blocks) override { blocks_ = blocks; }
  void run(bool transposed, double const* v, double* to) override {
    parallel_for(blocks_ > 1 && blocks_ * u_.entries > worth_threads, threads_, blocks_, [&](std::int64_t block) {
      double* const x = to + block * u_.unknowns;
      std::copy_n(v + block * u_.unknowns, u_.unknowns, x);
      transposed ? forward(block, x) : backward(block, x);
    });
  }

 private:
  void forward(std::int64_t block, double* x) const {
    auto const* const column = columns_of(u_, block);
    double const* const values = u_.values + block * u_.entries;
    for (std::int32_t k = 0; k < u_.unknowns; ++k) {
      double const x_k = x[k] /= values[u_.row_begin[k]];
      for (auto e = u_.row_begin[k] + 1; e < u_.row_begin[k + 1]; ++e) x[column[e]] -= values[e] * x_k;
    }
  }
  void backward(std::int64_t block, double* x) const {
    auto const* const column = columns_of(u_, block);
    double const* const values = u_.values + block * u_.entries;
    for (std::int32_t k = u_.unknowns - 1; k >= 0; --k) {
      double sum = x[k];
      for (auto e = u_.row_begin[k] + 1; e < u_.row_begin[k + 1]; ++e) sum -= values[e] * x[column[e]];
      x[k] = sum / values[u_.row_begin[k]];
    }
  }

  BlockMatrix u_;
  int threads_;
  std::int64_t blocks_ = 0;
};

}  // namespace

std::unique_ptr<BlockProduct> CpuExec::block_product(BlockMatrix const& a) {
  return std::make_unique<CpuBlockProduct>(a, threads_);
}
std::unique_ptr<BlockSolve> CpuExec::block_solve(BlockMatrix const& u) {
  return std::make_unique<CpuBlockSolve>(u, threads_);
}

}  // namespace metasolve::exec
