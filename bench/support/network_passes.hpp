// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/network/meta_network.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// The passes of a single-precision network over a batch, without the steps before and after them.
class NetworkPasses {
 public:
  NetworkPasses(Executor executor, network::MetaNetworkShape const& shape, std::int64_t tasks)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        tasks_(tasks),
        mlp_(exec_, shape.sizes, shape.activation, tasks, true) {}
  void forward() {
    exec_.over_row_blocks(tasks_, mlp_.weights().size(),
                          [&](std::int64_t first, std::int64_t rows) { mlp_.forward(first, rows); });
  }
  /// For the last forward.
  void backward() { mlp_.backward(tasks_); }

 private:
  Executor executor_;
  exec::Backend& exec_;
  std::int64_t tasks_;
  network::Mlp<float> mlp_;
};

}  // namespace metasolve::bench
