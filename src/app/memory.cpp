// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/memory.hpp"

#include <algorithm>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/train/setup.hpp"

namespace metasolve::app {

namespace {

/// Runs one product of each kind used in training, on all threads: allocates thread stacks and BLAS packing buffers.
void warm_up(exec::Backend& backend, config::RunConfig const& config) {
  constexpr std::int64_t widest = 256;
  auto const sizes = train::architecture(config).sizes;
  std::int64_t const width = std::min(widest, *std::max_element(sizes.begin(), sizes.end()));
  std::int64_t const rows = exec::padded_rows(std::min<std::int64_t>(config.training.batch_size, 4 * widest));
  exec::Buffer<double> const tasks(backend, rows * width), weights(backend, width * width), out(backend, rows * width);
  backend.gemm(exec::Gemm<double>{.op_b = exec::Transpose::yes,
                                  .m = rows,
                                  .n = width,
                                  .k = width,
                                  .a = tasks.data(),
                                  .lda = width,
                                  .b = weights.data(),
                                  .ldb = width,
                                  .c = out.data(),
                                  .ldc = width,
                                  .rows_alone = true});
  backend.gemm(exec::Gemm<double>{.op_a = exec::Transpose::yes,
                                  .m = width,
                                  .n = width,
                                  .k = rows,
                                  .a = tasks.data(),
                                  .lda = width,
                                  .b = out.data(),
                                  .ldb = width,
                                  .c = weights.data(),
                                  .ldc = width});
}

/// Host memory of training, besides what the learner plans.
std::uint64_t host_bytes(config::RunConfig const& config) {
  auto const weights =
      static_cast<std::uint64_t>(network::weight_count(network::layer_shapes(train::architecture(config))));
  auto const tasks = static_cast<std::uint64_t>(config.problem.train_tasks);
  auto const batch = std::min(static_cast<std::uint64_t>(config.training.batch_size), tasks);
  // Weights and two moments: the trainer's state and the best not yet written, in doubles; while a checkpoint is
  // written also its tensors, the file's body and the whole file, in the network's precision, with one more in flight.
  std::uint64_t const real = config.network.precision == config::Precision::double_precision ? 8 : 4;
  std::uint64_t const checkpoints = weights * (6 * sizeof(double) + 10 * real);
  std::uint64_t const order = sizeof(std::int32_t) * tasks;
  std::uint64_t const sorting = (sizeof(std::uint64_t) + sizeof(std::int32_t)) * batch;
  return std::max(checkpoints + sorting, problems::problem_of(config).host_bytes(config)) + order;
}

}  // namespace

MemoryPlan plan_memory(Executor const& executor, config::RunConfig const& config) {
  MemoryPlan plan;
  plan.planned_bytes = train::planned_bytes(executor, config);
  if (!executor.backend().memory_is_host()) return plan;
  warm_up(executor.backend(), config);
  // The peak so far includes the host memory of planning: the distributions and the program's own pages.
  plan.peak_bytes = peak_memory() + plan.planned_bytes + host_bytes(config);
  return plan;
}

}  // namespace metasolve::app
