// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/block_loops.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

namespace metasolve::exec {

namespace {

/// See CpuExec::launch.
constexpr std::int64_t entries_worth_threads = 65536;

class CpuBlockProduct final : public BlockProduct {
 public:
  CpuBlockProduct(BlockMatrix const& a, int threads) : a_(a), threads_(threads) {}

  void run(std::int64_t blocks, double const* v, double* to) override {
    parallel_for(blocks * a_.entries > entries_worth_threads, threads_, blocks * a_.unknowns,
                 [&](std::int64_t row) { to[row] = row_of_product(a_, row, v); });
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
    parallel_for(blocks_ > 1 && blocks_ * u_.entries > entries_worth_threads, threads_, blocks_,
                 [&](std::int64_t block) { solve_block(u_, block, transposed, v, to); });
  }

 private:
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
