// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/executor.hpp"
#include "src/network/meta_network.hpp"

namespace metasolve::bench {

/// The passes of a single-precision network over a batch, without what comes before and after them.
class NetworkPasses {
 public:
  virtual ~NetworkPasses() = default;
  virtual void forward() = 0;
  virtual void backward() = 0;  ///< of the last forward
};
std::unique_ptr<NetworkPasses> make_network_passes(Executor const& executor, network::MetaNetworkShape const& shape,
                                                   std::int64_t tasks);

/// Implementation, an executor each.
std::unique_ptr<NetworkPasses> make_network_passes_cpu(Executor const& executor, network::MetaNetworkShape const& shape,
                                                       std::int64_t tasks);
std::unique_ptr<NetworkPasses> make_network_passes_cuda(Executor const& executor,
                                                        network::MetaNetworkShape const& shape, std::int64_t tasks);

template <class Exec>
class NetworkPassesOn final : public NetworkPasses {
 public:
  NetworkPassesOn(Executor executor, network::MetaNetworkShape const& shape, std::int64_t tasks)
      : executor_(std::move(executor)),
        exec_(dynamic_cast<Exec&>(executor_.backend())),
        tasks_(tasks),
        mlp_(exec_, shape.sizes, shape.activation, tasks, true) {}
  void forward() override {
    exec_.over_row_blocks(tasks_, mlp_.weights().size(),
                          [&](std::int64_t first, std::int64_t rows) { mlp_.forward(first, rows); });
  }
  void backward() override { mlp_.backward(tasks_); }

 private:
  Executor executor_;
  Exec& exec_;
  std::int64_t tasks_;
  network::Mlp<Exec, float> mlp_;
};

}  // namespace metasolve::bench
