// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/dual.hpp"
#include "kernels/team.hpp"
#include "src/exec/team_plan.hpp"

/// The teams of a GPU; kernels::SoloTeam is the team of one thread.
namespace metasolve::exec {

// Rounded sums that the compiler may not fuse with the product before them: a fused member would add its own
// product unrounded and its partner's rounded, and the two would no longer hold the same bits.
__device__ inline float rounded_sum(float a, float b) { return __fadd_rn(a, b); }
__device__ inline double rounded_sum(double a, double b) { return __dadd_rn(a, b); }

/// x summed over Width neighbouring threads of a warp, bitwise the same on each: at every stage partners add the
/// same two numbers. mask: those threads.
template <int Width, class Number>
__device__ Number butterfly_sum(unsigned mask, Number x) {
#pragma unroll
  for (int offset = Width / 2; offset > 0; offset /= 2) {
    x = rounded_sum(x, __shfl_xor_sync(mask, x, offset, Width));
  }
  return x;
}

/// A dual number's sum is the sum of its parts; sum(x) sums a plain number.
template <class D, class Sum>
__device__ D sum_of_parts(D const& x, Sum&& sum) {
  return D::each(sum(x.value), [&](int w) { return sum(x.tangent[w]); });
}
template <class Number>
inline constexpr bool is_dual = false;
template <class T, int Width>
inline constexpr bool is_dual<kernels::Dual<T, Width>> = true;

/// Width neighbouring threads of a warp. Two tiles of one warp may be in different iterations: all that a tile does
/// names its own threads only. The block is one-dimensional, its size a multiple of a warp.
template <int Width>
struct TileTeam {
  static_assert(Width == 16 || Width == 32);
  static constexpr bool is_solo = false;

  __device__ static int rank() { return static_cast<int>(threadIdx.x % Width); }
  METASOLVE_HD static constexpr int size() { return Width; }
  __device__ static void sync() { __syncwarp(mask()); }
  template <class Number>
  __device__ static Number sum(Number x) {
    if constexpr (is_dual<Number>) {
      return sum_of_parts(x, [](auto part) { return sum(part); });
    } else {
      return butterfly_sum<Width>(mask(), x);
    }
  }

 private:
  __device__ static unsigned mask() {
    if constexpr (Width == warp_threads) return ~0u;
    return 0xffffu << (threadIdx.x & 16u);
  }
};

/// All threads of a one-dimensional block of team_block_threads. scratch: sum_scratch_bytes of shared memory, used
/// by nothing else.
class BlockTeam {
 public:
  static constexpr bool is_solo = false;

  __device__ explicit BlockTeam(void* scratch) : scratch_(scratch) {}
  __device__ static int rank() { return static_cast<int>(threadIdx.x); }
  METASOLVE_HD static constexpr int size() { return team_block_threads; }
  __device__ static void sync() { __syncthreads(); }
  template <class Number>
  __device__ Number sum(Number x) const {
    if constexpr (is_dual<Number>) {
      return sum_of_parts(x, [this](auto part) { return sum(part); });
    } else {
      return sum_of_block(x);
    }
  }

 private:
  template <class Number>
  __device__ Number sum_of_block(Number x) const {
    static_assert(sizeof(Number) * warps <= sum_scratch_bytes);
    auto* const of_warp = static_cast<Number*>(scratch_);
    x = butterfly_sum<warp_threads>(~0u, x);
    __syncthreads();  // a member may still read the scratch of the last sum
    if (threadIdx.x % warp_threads == 0) of_warp[threadIdx.x / warp_threads] = x;
    __syncthreads();
    Number total = of_warp[0];
#pragma unroll
    for (int w = 1; w < warps; ++w) total = rounded_sum(total, of_warp[w]);
    return total;
  }

  static constexpr int warps = team_block_threads / warp_threads;
  void* scratch_;
};

/// Positions first, first + stride, ... below slots; the same sequence on each member of a team.
struct StridedPositions {
  std::int64_t next;
  std::int64_t stride;
  std::int64_t slots;
  __device__ std::int64_t operator()() {
    if (next >= slots) return -1;
    std::int64_t const position = next;
    next += stride;
    return position;
  }
};

}  // namespace metasolve::exec
