// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_collect.cuh"

#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/reverse_iterator.h>
#include <thrust/partition.h>
#include <thrust/system/cuda/execution_policy.h>
#include <thrust/system_error.h>

#include <algorithm>
#include <cub/device/device_radix_sort.cuh>
#include <string>

#include "metasolve/error.hpp"

#include "metasolve/detail/exec/cuda/cuda_shared.cuh"
#include "metasolve/detail/exec/cuda/cuda_start.cuh"
#include "metasolve/detail/exec/cuda/cuda_teams.cuh"

namespace metasolve::exec {

namespace {

template <class T>
__device__ double term(T const* x, std::int64_t i, bool squares) {
  double const value = static_cast<double>(x[i]);
  return squares ? value * value : value;
}

/// Sums the block's share of x into partial_sums[block], or adds it to *to if there is one block.
template <class T>
__global__ void __launch_bounds__(team_block_threads)
    sum_terms(T const* x, std::int64_t n, bool squares, double* partial_sums, double* to) {
  BlockTeam const team(shared_memory());
  double sum = 0;
  std::int64_t const stride = static_cast<std::int64_t>(gridDim.x) * team_block_threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * team_block_threads + threadIdx.x; i < n; i += stride) {
    sum += term(x, i, squares);
  }
  sum = team.sum(sum);
  if (team.rank() != 0) return;
  if (gridDim.x == 1) {
    *to += sum;
  } else {
    partial_sums[blockIdx.x] = sum;
  }
}

constexpr std::int64_t terms_of_block = 4 * team_block_threads;

/// Layout of a sort's scratch: other keys, other values, CUB's own.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }
std::size_t array_bytes(std::int64_t n) { return aligned(static_cast<std::size_t>(n) * sizeof(std::int32_t)); }

std::size_t cub_bytes(std::int64_t n) {
  cub::DoubleBuffer<std::int32_t> none(nullptr, nullptr);
  std::size_t bytes = 0;
  check(cub::DeviceRadixSort::SortPairs(nullptr, bytes, none, none, static_cast<int>(n)), "size the scratch of a sort");
  return bytes;
}

/// Thrust's allocator: hands out reserved memory piece by piece.
class ReservedMemory {
 public:
  using value_type = char;
  explicit ReservedMemory(std::span<std::byte> memory) : left_(memory) {}
  char* allocate(std::ptrdiff_t bytes) {
    std::size_t const taken = aligned(static_cast<std::size_t>(bytes));
    if (taken > left_.size()) {
      throw DeviceError("a partition needs more memory than was reserved; call reserve_partition first");
    }
    auto* const piece = reinterpret_cast<char*>(left_.data());
    left_ = left_.subspan(taken);
    return piece;
  }
  void deallocate(char*, std::size_t) {}

 private:
  std::span<std::byte> left_;
};

struct IsSet {
  __host__ __device__ bool operator()(std::int32_t flag) const { return flag != 0; }
};

}  // namespace

template <class T>
void add_terms(T const* x, std::int64_t n, bool squares, double* partial_sums, double* to, cudaStream_t stream) {
  if (n <= 0) return;
  // From n alone, never from the device: it determines the order of the sum.
  std::int64_t const blocks = std::min<std::int64_t>((n + terms_of_block - 1) / terms_of_block, most_partial_sums);
  start_kernel("launch a sum",
               {dim3(static_cast<unsigned>(blocks)), dim3(team_block_threads), sum_scratch_bytes, stream}, sum_terms<T>,
               x, n, squares, partial_sums, to);
  if (blocks == 1) return;
  start_kernel("launch a sum of sums", {dim3(1), dim3(team_block_threads), sum_scratch_bytes, stream},
               sum_terms<double>, partial_sums, blocks, false, partial_sums, to);
}

template void add_terms(float const*, std::int64_t, bool, double*, double*, cudaStream_t);
template void add_terms(double const*, std::int64_t, bool, double*, double*, cudaStream_t);
template void add_terms(std::int32_t const*, std::int64_t, bool, double*, double*, cudaStream_t);

std::size_t sort_scratch_bytes(std::int64_t n) { return 2 * array_bytes(n) + cub_bytes(n); }

void sort_pairs(std::int32_t* keys, std::int32_t* values, std::int64_t n, void* scratch, std::int64_t capacity,
                cudaStream_t stream) {
  if (n <= 1) return;
  auto* const bytes = static_cast<unsigned char*>(scratch);
  cub::DoubleBuffer<std::int32_t> all_keys(keys, reinterpret_cast<std::int32_t*>(bytes));
  cub::DoubleBuffer<std::int32_t> all_values(values, reinterpret_cast<std::int32_t*>(bytes + array_bytes(capacity)));
  std::size_t own = cub_bytes(capacity);
  // CUB calls cudaGetLastError, which would also return a failure of the program's that was already reported.
  [[maybe_unused]] cudaError_t const told = cudaGetLastError();
  check(cub::DeviceRadixSort::SortPairs(bytes + 2 * array_bytes(capacity), own, all_keys, all_values,
                                        static_cast<int>(n), 0, 32, stream),
        "sort by key");
  // CUB leaves the result in either buffer; the choice is known here.
  auto const size = static_cast<std::size_t>(n) * sizeof(std::int32_t);
  if (all_keys.Current() != keys) {
    check(cudaMemcpyAsync(keys, all_keys.Current(), size, cudaMemcpyDeviceToDevice, stream), "copy sorted keys");
  }
  if (all_values.Current() != values) {
    check(cudaMemcpyAsync(values, all_values.Current(), size, cudaMemcpyDeviceToDevice, stream), "copy sorted values");
  }
}

// Thrust needs 16 bytes per tile of some hundreds, and some more tiles.
std::size_t partition_scratch_bytes(std::int64_t n) { return aligned(static_cast<std::size_t>(n)) + (1 << 16); }

std::int64_t partition_indices(std::int32_t const* flags, std::int64_t n, std::int32_t* indices,
                               std::span<std::byte> scratch, cudaStream_t stream) {
  ReservedMemory memory(scratch);
  [[maybe_unused]] cudaError_t const told = cudaGetLastError();  // as for CUB
  try {
    thrust::counting_iterator<std::int32_t> const first(0);
    auto const ends = thrust::stable_partition_copy(thrust::cuda::par_nosync(memory).on(stream), first,
                                                    first + static_cast<std::int32_t>(n), flags, indices,
                                                    thrust::make_reverse_iterator(indices + n), IsSet{});
    return ends.first - indices;
  } catch (thrust::system_error const& e) {
    throw DeviceError("CUDA: cannot partition indices: " + std::string(e.what()));
  }
}

}  // namespace metasolve::exec
