// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/serial/serial_exec.hpp"

#include <cmath>

#include "metasolve/detail/exec/block_loops.hpp"
#include "metasolve/detail/exec/plain_product.hpp"
#include "metasolve/detail/exec/plugin.hpp"

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
            return ExecutorReport{{{"serial", "one thread, one task after the other, for debugging"}},
                                  R"({"threads": 1})"};
          }};
  return plugin;
}

}  // namespace metasolve::exec
