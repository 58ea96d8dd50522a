// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/exec/cuda/cuda_check.hpp"
#include "metasolve/detail/exec/cuda/cuda_gemm.hpp"
#include "metasolve/detail/exec/cuda/cuda_kernels.cuh"
#include "metasolve/detail/exec/cuda/cuda_replays.hpp"
#include "metasolve/detail/exec/cuda/cuda_sparse.hpp"
#include "metasolve/detail/exec/cuda/cuda_start.cuh"
#include "metasolve/detail/exec/team_body.hpp"

namespace metasolve::exec {

class CudaDnn;

/// One stream of one CUDA device. All calls are ordered on that stream, and return before the work is done unless
/// documented to wait. Another device may be current during calls.
///
/// While CudaReplays or the stream's owner captures the stream, only launches, copy, zero, gemm, sums and sorts are
/// allowed; calls that wait or allocate throw DeviceError.
class CudaExec final : public Backend {
 public:
  static constexpr std::string_view executor_name = "cuda";

  /// stream: the caller's, which must outlive this object; null: its own stream, which waits for no other.
  /// @throws DeviceError no driver, no such device, not built for it, or a stream of another device
  CudaExec(int device, cudaStream_t stream);
  ~CudaExec() override;

  [[nodiscard]] std::string_view name() const noexcept override { return executor_name; }
  [[nodiscard]] DeviceKind kind() const noexcept override { return DeviceKind::cuda; }
  [[nodiscard]] std::string description() const override;
  [[nodiscard]] std::string device_identity() const override;
  void synchronize() override;
  void wait_for(void* stream) override;
  void make_wait(void* stream) override;
  [[nodiscard]] void* stream_handle() const noexcept override { return stream_; }
  [[nodiscard]] bool returns_early() const noexcept override { return true; }
  /// Shared memory limit of a block since compute capability 9.0.
  [[nodiscard]] std::int64_t scratch_bytes_per_team() const noexcept override { return 227 << 10; }
  /// As many as fit into 4 GiB; these fill the device.
  [[nodiscard]] std::int64_t blocks_at_a_time(std::int64_t task_bytes) const noexcept override {
    return std::max<std::int64_t>(1, (std::int64_t{4} << 30) / task_bytes);
  }
  /// cuSPARSE guarantees reproducible bits, but not that a row's bits are independent of the other rows. A test
  /// (BlocksOn.ATaskDependsOnItselfAlone) checks that a task's bits are the same at each place of a part; if it fails,
  /// return false.
  [[nodiscard]] bool blocks_stand_alone() const noexcept override { return true; }
  [[nodiscard]] cudaStream_t stream() const noexcept { return stream_; }
  [[nodiscard]] int device() const noexcept { return device_; }
  /// what: such as "reserve_sort". @throws DeviceError the stream is being captured
  void require_no_capture(char const* what) const;

  /// Waits until any kind of host memory has been read.
  void upload(void* to, void const* from_host, std::size_t bytes) override;
  void download(void* to_host, void const* from, std::size_t bytes) override;
  void copy(void* to, void const* from, std::size_t bytes) override;
  void zero(void* to, std::size_t bytes) override;
  void gemm(Gemm<float> const& g) override;
  void gemm(Gemm<double> const& g) override;
  void add_sum(float const* x, std::int64_t n, double* to) override;
  void add_sum(double const* x, std::int64_t n, double* to) override;
  void add_sum(std::int32_t const* x, std::int64_t n, double* to) override;
  void add_square_sum(float const* x, std::int64_t n, double* to) override;
  void add_square_sum(double const* x, std::int64_t n, double* to) override;
  /// Allocates. Earlier reservations are kept for graphs recorded with them.
  void reserve_sort(std::int64_t n) override;
  void sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) override;
  void reserve_partition(std::int64_t n) override;
  std::int64_t partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) override;
  std::unique_ptr<BlockProduct> block_product(BlockMatrix const& a) override;
  std::unique_ptr<BlockSolve> block_solve(BlockMatrix const& u) override;
  /// By cuDNN. Its calls can be captured. Defined in cuda_convolution.cu.
  [[nodiscard]] std::unique_ptr<Convolution> convolution(ConvolutionShape const& shape, std::int64_t capacity,
                                                         bool trains) override;
  /// By NCCL, where the build has it. Defined in cuda_collective.cu.
  [[nodiscard]] std::unique_ptr<Collective> collective(Ranks& ranks) override;

  /// body.operator()<scalar>(row, column) for each element of [rows][columns], adjacent threads on adjacent columns, in
  /// unspecified order.
  template <ElementBody Body>
  void launch(std::int64_t rows, std::int64_t columns, Body const& body) {
    if (rows <= 0 || columns <= 0) return;
    CurrentDevice const current(device_);
    ElementLaunch const shape = element_launch(rows, columns);
    start_kernel("launch a kernel over elements", {shape.grid, shape.block, 0, stream_}, run_elements<Body>, body, rows,
                 columns);
  }

  /// Loads the kernel of launch(Body); otherwise the driver would load it at the first launch, which a capture forbids.
  template <class Body>
  void load() {
    CurrentDevice const current(device_);
    cudaFuncAttributes attributes;
    check(cudaFuncGetAttributes(&attributes, run_elements<Body>), "load a kernel over elements");
  }

  /// Lanes that run at once on `slots` positions, among which tape memory is divided. Independent of global_size();
  /// does not decrease as slots grow.
  template <TeamBody Body>
  [[nodiscard]] std::int64_t lanes_in_flight(Body const& body, std::int64_t slots) const {
    return plan(body, slots).teams();
  }
  /// Bytes of workspace that launch_teams needs for this body and at most this many slots.
  template <TeamBody Body>
  [[nodiscard]] std::int64_t team_bytes(Body const& body, std::int64_t slots) const {
    TeamLaunch const shape = plan(body, slots);
    std::int64_t const numbers =
        static_cast<std::int64_t>(body.global_size()) + (shape.scratch_in_shared ? 0 : body.scratch_size());
    return counter_bytes + static_cast<std::int64_t>(sizeof(typename Body::scalar)) * shape.teams() * numbers;
  }
  /// Runs the body on positions [0, slots). workspace: team_bytes(body, slots), with the alignment of allocate.
  template <TeamBody Body>
  void launch_teams(Body const& body, void* workspace, std::int64_t slots) {
    if (slots <= 0) return;
    CurrentDevice const current(device_);
    TeamLaunch const shape = plan(body, slots);
    auto* const counter = static_cast<unsigned long long*>(workspace);
    auto* const numbers = reinterpret_cast<typename Body::scalar*>(static_cast<std::byte*>(workspace) + counter_bytes);
    if (slots > shape.teams()) {
      check(cudaMemsetAsync(counter, 0, sizeof *counter, stream_), "reset the counter of positions");
    }
    with_team_kernels<Body>(shape.kind, [&](auto* shared, auto* global) {
      auto* const kernel = shape.scratch_in_shared ? shared : global;
      start_kernel("launch a kernel over teams",
                   {dim3(static_cast<unsigned>(shape.blocks)), dim3(static_cast<unsigned>(shape.threads)),
                    static_cast<std::size_t>(shape.shared_bytes), stream_},
                   kernel, body, counter, numbers, slots, shape.scratch_in_shared);
    });
  }

  /// Recorded as CUDA graphs.
  std::unique_ptr<Replays> replays() override { return std::make_unique<CudaReplays>(*this); }
  [[nodiscard]] bool first_runs_differ() const noexcept override { return true; }
  /// Whether the stream is being captured into a graph.
  [[nodiscard]] bool capturing() const;

 protected:
  [[nodiscard]] char const* why_unreachable(void const* p) const override;
  /// For bytes within one allocation on the device.
  [[nodiscard]] bool surely_reaches(void const* p, std::size_t bytes) const override;
  /// Synchronizes.
  void* do_allocate(std::size_t bytes) override;
  void do_deallocate(void* memory) noexcept override;
  /// All rows at once: the device parallelises over its thread blocks.
  void do_over_blocks(std::int64_t rows, std::int64_t, std::int64_t, void (*part)(void*, std::int64_t, std::int64_t),
                      void* context) override {
    if (rows > 0) part(context, 0, rows);
  }

 private:
  /// At the start of each workspace: a counter per launch, so that launches that a caller's graphs run in parallel do
  /// not share one. One cache line, so that the numbers stay aligned.
  static constexpr std::int64_t counter_bytes = 128;

  struct ElementLaunch {
    dim3 grid;
    dim3 block;
  };

  [[nodiscard]] ElementLaunch element_launch(std::int64_t rows, std::int64_t columns) const;
  /// scratch_shared, scratch_global: the kernels of a body.
  [[nodiscard]] TeamLaunch plan_kernels(TeamDemand const& demand, void const* scratch_shared,
                                        void const* scratch_global) const;
  /// Blocks of this size and shared memory that a multiprocessor holds; queries the driver once.
  [[nodiscard]] std::int64_t resident_blocks(void const* kernel, int threads, std::int64_t shared_bytes) const;
  template <class Body>
  [[nodiscard]] TeamLaunch plan(Body const& body, std::int64_t slots) const {
    TeamDemand demand;
    demand.kind = team_kind_of(body);
    demand.scratch_bytes = static_cast<std::int64_t>(sizeof(typename Body::scalar)) * body.scratch_size();
    demand.block_bytes = shared_bytes_of(body);
    demand.slots = slots;
    TeamLaunch shape;
    with_team_kernels<Body>(demand.kind, [&](auto* shared, auto* global) {
      shape = plan_kernels(demand, reinterpret_cast<void const*>(shared), reinterpret_cast<void const*>(global));
    });
    return shape;
  }

  void require_built_for_device() const;
  /// Work that `waiting` receives from now on waits for what `before` holds now.
  void order(cudaStream_t before, cudaStream_t waiting);

  struct DestroyEvent {
    void operator()(cudaEvent_t event) const noexcept { report(cudaEventDestroy(event), "release an event"); }
  };
  int device_;
  bool owns_stream_ = false;
  cudaStream_t stream_ = nullptr;
  std::unique_ptr<CUevent_st, DestroyEvent> order_event_;
  int multiprocessors_ = 0;
  int shared_limit_ = 0;                  ///< bytes of shared memory that a block may request
  bool reaches_pageable_memory_ = false;  ///< any host memory, without registration
  std::unique_ptr<CudaGemm> gemm_;
  std::shared_ptr<CudaSparse> sparse_;  ///< null until first used
  std::shared_ptr<CudaDnn> dnn_;        ///< null until first used
  double* partial_sums_ = nullptr;
  std::int64_t sort_capacity_ = 0;
  std::vector<Buffer<std::byte>> sort_memory_;  ///< the last one is in use
  std::span<std::byte> partition_memory_;       ///< owned, never in an arena, which it may outlive
  struct Resident {
    void const* kernel;
    int threads;
    std::int64_t shared_bytes;
    auto operator<=>(Resident const&) const = default;
  };
  mutable std::mutex resident_mutex_;  ///< any number of threads may plan at once
  mutable std::map<Resident, std::int64_t> resident_;
};

}  // namespace metasolve::exec
