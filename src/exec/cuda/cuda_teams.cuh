// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <metasolve/kernels/simd/ptx.hpp>

#include "metasolve/detail/exec/cuda/team_plan.hpp"
#include "metasolve/kernels/simd/dual.hpp"
#include "metasolve/kernels/simd/team.hpp"

/// The teams of a GPU, and the distribution of tasks to them.
namespace metasolve::exec {

// Rounded sums that the compiler cannot fuse with the preceding product: fused, a member would add its own product
// unrounded and its partner's rounded, and the two would get different bits.
__device__ inline float rounded_sum(float a, float b) { return __fadd_rn(a, b); }
__device__ inline double rounded_sum(double a, double b) { return __dadd_rn(a, b); }

/// x summed over Width adjacent threads of a warp, bitwise identical on each: at every stage partners add the same two
/// numbers. mask: those threads.
template <int Width, class Number>
__device__ Number butterfly_sum(unsigned mask, Number x) {
#pragma unroll
  for (int offset = Width / 2; offset > 0; offset /= 2) {
    x = rounded_sum(x, __shfl_xor_sync(mask, x, offset, Width));
  }
  return x;
}

/// Likewise the largest.
template <int Width, class Number>
__device__ Number butterfly_max(unsigned mask, Number x) {
#pragma unroll
  for (int offset = Width / 2; offset > 0; offset /= 2) {
    x = kernels::larger_of(x, __shfl_xor_sync(mask, x, offset, Width));
  }
  return x;
}

/// The sum of dual numbers is the sum of their parts; sum(x) sums a plain number.
template <class D, class Sum>
__device__ D sum_of_parts(D const& x, Sum&& sum) {
  return D::each(sum(x.value), [&](int w) { return sum(x.tangent[w]); });
}
template <class Number>
inline constexpr bool is_dual = false;
template <class T, int Width>
inline constexpr bool is_dual<kernels::Dual<T, Width>> = true;

// A team's claim(counter) adds 1 and returns the previous value, the same on each member.

/// One thread, which runs together with the others of its warp. All threads of a warp run the body.
struct LaneTeam : kernels::SoloTeam {
  static constexpr int lanes = warp_threads;

  __device__ static unsigned ballot(bool x) { return __ballot_sync(~0u, x); }
  /// The threads that arrive together, often all that the warp refills, get consecutive numbers with one atomic
  /// addition.
  __device__ static unsigned long long claim(unsigned long long* counter) {
    unsigned const here = __activemask();
    unsigned const lane = threadIdx.x % warp_threads;
    int const first = __ffs(static_cast<int>(here)) - 1;
    unsigned long long claimed = 0;
    if (lane == static_cast<unsigned>(first)) {
      claimed = atomicAdd(counter, static_cast<unsigned long long>(__popc(here)));
    }
    return __shfl_sync(here, claimed, first) + static_cast<unsigned long long>(__popc(here & ((1u << lane) - 1u)));
  }
};
static_assert(kernels::WarpLane<LaneTeam>);

/// Width adjacent threads of a warp. Two tiles of one warp may be in different iterations, so a tile's operations name
/// its own threads only. The block is one-dimensional, its size a multiple of a warp.
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
  template <class Number>
  __device__ static Number max(Number x) {
    return butterfly_max<Width>(mask(), x);
  }
  __device__ static unsigned long long claim(unsigned long long* counter) {
    unsigned long long claimed = 0;
    if (rank() == 0) claimed = atomicAdd(counter, 1ull);
    return __shfl_sync(mask(), claimed, 0, Width);
  }

 private:
  __device__ static unsigned mask() {
    if constexpr (Width == warp_threads) return ~0u;
    return 0xffffu << (threadIdx.x & 16u);
  }
};

/// The first threads of a block, which synchronize only with each other.
struct FewOfBlock {
  static constexpr bool is_solo = false;

  __device__ static int rank() { return static_cast<int>(threadIdx.x); }
  METASOLVE_HD static constexpr int size() { return 64; }
  __device__ static void sync() { kernels::ptx::sync_first<1, 64>(); }
  template <class Number>
  __device__ static Number sum(Number x);  // not defined: never called
  template <class Number>
  __device__ static Number max(Number x);  // likewise
};

/// All threads of a one-dimensional block of team_block_threads. scratch: sum_scratch_bytes of shared memory with no
/// other use.
class BlockTeam {
 public:
  static constexpr bool is_solo = false;

  __device__ explicit BlockTeam(void* scratch) : scratch_(scratch) {}
  __device__ static int rank() { return static_cast<int>(threadIdx.x); }
  METASOLVE_HD static constexpr int size() { return team_block_threads; }
  __device__ static void sync() { __syncthreads(); }
  METASOLVE_HD static constexpr FewOfBlock few() { return {}; }
  template <class Number>
  __device__ Number sum(Number x) const {
    if constexpr (is_dual<Number>) {
      return sum_of_parts(x, [this](auto part) { return sum(part); });
    } else {
      return over_block(butterfly_sum<warp_threads>(~0u, x), [](Number a, Number b) { return rounded_sum(a, b); });
    }
  }
  template <class Number>
  __device__ Number max(Number x) const {
    return over_block(butterfly_max<warp_threads>(~0u, x), [](Number a, Number b) { return kernels::larger_of(a, b); });
  }
  __device__ unsigned long long claim(unsigned long long* counter) const {
    auto* const claimed = static_cast<unsigned long long*>(scratch_);
    __syncthreads();  // a member may still read the scratch of the last sum
    if (threadIdx.x == 0) *claimed = atomicAdd(counter, 1ull);
    __syncthreads();
    return *claimed;
  }

 private:
  /// x: of the member's warp.
  template <class Number, class Join>
  __device__ Number over_block(Number x, Join&& join) const {
    static_assert(sizeof(Number) * warps <= sum_scratch_bytes);
    auto* const of_warp = static_cast<Number*>(scratch_);
    __syncthreads();  // a member may still read the scratch of the last sum
    if (threadIdx.x % warp_threads == 0) of_warp[threadIdx.x / warp_threads] = x;
    __syncthreads();
    Number total = of_warp[0];
#pragma unroll
    for (int w = 1; w < warps; ++w) total = join(total, of_warp[w]);
    return total;
  }

  static constexpr int warps = team_block_threads / warp_threads;
  void* scratch_;
};

/// Distributes the positions below slots, the same to each member of a team: team t of `teams` gets t first, which
/// needs no memory, then the next unclaimed one, so that no team idles while there is work. counter: 0 at the start of
/// the launch if there are more slots than teams; else not read.
template <class T>
class ClaimedPositions {
 public:
  __device__ ClaimedPositions(T const& team, std::int64_t t, std::int64_t teams, std::int64_t slots,
                              unsigned long long* counter)
      : team_(team), first_(t), teams_(teams), slots_(slots), counter_(counter) {}

  /// -1: none left.
  __device__ std::int64_t operator()() {
    std::int64_t position = first_;
    if (position >= 0) {
      first_ = -1;
    } else {
      position = slots_ > teams_ ? teams_ + static_cast<std::int64_t>(team_.claim(counter_)) : slots_;
    }
    return position < slots_ ? position : -1;
  }

 private:
  T const& team_;
  std::int64_t first_;  ///< -1 once handed out
  std::int64_t teams_, slots_;
  unsigned long long* counter_;
};

}  // namespace metasolve::exec
