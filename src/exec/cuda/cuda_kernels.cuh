// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "metasolve/detail/exec/bodies.hpp"
#include "metasolve/detail/exec/cuda/cuda_shared.cuh"
#include "metasolve/detail/exec/cuda/cuda_teams.cuh"
#include "metasolve/kernels/lockstep/lockstep_adjoint.hpp"
#include "metasolve/kernels/lockstep/solver.hpp"
#include "metasolve/kernels/simd/view.hpp"

/// The two kernels that CudaExec launches: a body over elements, and a body over teams.
namespace metasolve::exec {

inline constexpr int element_block_threads = 256;

template <class Body>
__global__ void __launch_bounds__(element_block_threads)
    run_elements(__grid_constant__ Body const body, std::int64_t rows, std::int64_t columns) {
  using scalar = typename Body::scalar;
  std::int64_t const row_stride = static_cast<std::int64_t>(gridDim.y) * blockDim.y;
  std::int64_t const column_stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t r = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; r < rows; r += row_stride) {
    for (std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; c < columns;
         c += column_stride) {
      body.template operator()<scalar>(r, c);
    }
  }
}

template <class Body>
METASOLVE_HD std::int64_t shared_bytes_of(Body const& body) {
  constexpr std::int64_t alignment = 16;
  if constexpr (SharingBody<Body>) {
    return (static_cast<std::int64_t>(body.shared_size()) * sizeof(float) + alignment - 1) / alignment * alignment;
  }
  return 0;
}

/// Blocks for which the compiler must leave registers on a multiprocessor; 0: the compiler's choice. Shared memory
/// holds few tasks of a WideSolver: registers for more would be idle, and fewer registers would spill. Two for blocks
/// that are a team each, so that one works while the other waits for its members.
template <class Body, TeamKind Kind>
constexpr int least_resident_blocks() {
  if constexpr (requires { typename Body::solver_type; }) {
    return !kernels::WideSolver<typename Body::solver_type> ? 0 : Kind == TeamKind::block ? 2 : 1;
  } else {
    return 0;
  }
}

/// Where a kernel's teams have their scratch. A kernel that knows it has shared-memory instructions; `either` halves
/// what is compiled of large bodies, whose functions take pointers to any memory.
enum class Scratch : std::int8_t { shared, workspace, either };

/// Teams take positions from ClaimedPositions. Near memory is dynamic shared memory or, where that is too small, the
/// workspace before the global workspace. Teams of one thread interleave theirs, adjacent threads side by side; others
/// are contiguous. in_shared: read only with Scratch::either.
template <TeamKind Kind, Scratch Where, class Body>
__global__ void __launch_bounds__(Kind == TeamKind::block ? team_block_threads : packed_block_threads,
                                  least_resident_blocks<Body, Kind>())
    run_teams(__grid_constant__ Body const body, unsigned long long* counter, typename Body::scalar* workspace,
              std::int64_t slots, bool in_shared) {
  using Number = typename Body::scalar;
  unsigned char* const block_memory = shared_memory();
  int const of_block = static_cast<int>(threadIdx.x) / team_size(Kind);
  int const teams_of_block = static_cast<int>(blockDim.x) / team_size(Kind);
  std::int64_t const teams = static_cast<std::int64_t>(gridDim.x) * teams_of_block;
  std::int64_t const t = static_cast<std::int64_t>(blockIdx.x) * teams_of_block + of_block;

  bool const is_shared = Where == Scratch::either ? in_shared : Where == Scratch::shared;
  if constexpr (Kind == TeamKind::thread) {
    static_assert(Where != Scratch::either);
    static_cast<void>(is_shared);
    LaneTeam const team;
    ClaimedPositions source(team, t, teams, slots, counter);
    using View = kernels::LocalView<Number, 0>;
    View const own{workspace + t, static_cast<int>(teams)};
    View scratch = own, global = own.subview(body.scratch_size());
    if constexpr (Where == Scratch::shared) {
      auto* const memory = reinterpret_cast<Number*>(block_memory + shared_bytes_of(body));
      scratch = View{memory + threadIdx.x, static_cast<int>(blockDim.x)};
      global = own;
    }
    if constexpr (SharingBody<Body>) {
      auto* const shared = reinterpret_cast<float*>(block_memory);
      for (int i = static_cast<int>(threadIdx.x); i < body.shared_size(); i += static_cast<int>(blockDim.x)) {
        shared[i] = body.shared_source()[i];
      }
      __syncthreads();
      body.template run_shared<Number>(team, source, scratch, shared);
    } else {
      body.template run<Number>(team, source, scratch, global);
    }
  } else {
    using View = kernels::LocalView<Number>;
    constexpr int sum_bytes = Kind == TeamKind::block ? sum_scratch_bytes : 0;
    std::int64_t const scratch_size = body.scratch_size();
    View scratch;
    View global;
    if (is_shared) {
      scratch = View{reinterpret_cast<Number*>(block_memory + sum_bytes) + of_block * scratch_size};
      global = View{workspace + t * body.global_size()};
    } else {
      scratch = View{workspace + t * (scratch_size + body.global_size())};
      global = scratch.subview(body.scratch_size());
    }
    auto const team = [&] {
      if constexpr (Kind == TeamKind::block) {
        return BlockTeam(block_memory);
      } else {
        return TileTeam<team_size(Kind)>{};
      }
    }();
    ClaimedPositions source(team, t, teams, slots, counter);
    body.template run<Number>(team, source, scratch, global);
  }
}

/// For a team kind with several teams per block: whether scratch always fits into shared memory, so that the other
/// kernel is not compiled. A block holds at least a warp's threads.
template <class Body>
constexpr bool always_in_shared(TeamKind kind) {
  if constexpr (ScalarBody<Body>) {
    return requires {
      requires Body::scratch_size()
      == 0;
    };
  } else {
    using S = typename Body::solver_type;
    if (kind == TeamKind::block || requires { requires Body::has_open_size; }) return false;
    // A WideSolver that does not fit has a block per team. Others need so little that it fits on any device: the
    // adjoint of a solver with keeps_vectors_alone holds some 8 numbers per entry of its state, of which a block's
    // teams have at most 512; a RegisterSolver's teams hold some times 32 numbers each.
    return kernels::WideSolver<S> || kernels::RegisterSolver<S> || requires { requires S::keeps_vectors_alone; };
  }
}

template <class Body>
TeamKind team_kind_of(Body const& body) {
  if constexpr (ScalarBody<Body>) {  // in the global workspace, one position per team
    return TeamKind::block;
  } else {
    using S = typename Body::solver_type;
    if constexpr (kernels::SoloSolver<S>) return TeamKind::thread;
    if constexpr (kernels::WideSolver<S>) {
      // From the adjoint's size, so that the solve has the same teams, and never from a device's own limit.
      auto const bytes =
          static_cast<std::int64_t>(sizeof(typename S::scalar)) * kernels::differentiate_size(body.solver);
      return bytes > least_shared_limit ? TeamKind::block : wide_team_kind(body.solver.state_size());
    }
    return team_kind(body.solver.state_size());
  }
}

/// use(kernel with scratch in shared memory, kernel without; null where there is none) for one kind of team.
template <TeamKind Kind, class Body, class Use>
void with_kernels_of(Use&& use) {
  if constexpr (always_in_shared<Body>(Kind)) {
    auto* const shared = &run_teams<Kind, Scratch::shared, Body>;
    return use(shared, static_cast<std::remove_const_t<decltype(shared)>>(nullptr));
  } else if constexpr (ScalarBody<Body>) {
    auto* const either = &run_teams<Kind, Scratch::either, Body>;
    return use(either, either);
  } else {
    return use(&run_teams<Kind, Scratch::shared, Body>, &run_teams<Kind, Scratch::workspace, Body>);
  }
}

/// The same for a kind of team chosen at run time.
template <class Body, class Use>
void with_team_kernels(TeamKind kind, Use&& use) {
  if constexpr (ScalarBody<Body>) {
    return with_kernels_of<TeamKind::block, Body>(use);
  } else if constexpr (kernels::SoloSolver<typename Body::solver_type>) {
    return with_kernels_of<TeamKind::thread, Body>(use);
  } else if constexpr (kernels::WideSolver<typename Body::solver_type>) {
    if (kind == TeamKind::block) return with_kernels_of<TeamKind::block, Body>(use);
    return with_kernels_of<TeamKind::warp, Body>(use);
  } else {  // not compiled where unused
    switch (kind) {
      case TeamKind::thread:
        return with_kernels_of<TeamKind::thread, Body>(use);
      case TeamKind::half_warp:
        return with_kernels_of<TeamKind::half_warp, Body>(use);
      case TeamKind::warp:
        return with_kernels_of<TeamKind::warp, Body>(use);
      case TeamKind::block:
        return with_kernels_of<TeamKind::block, Body>(use);
    }
  }
}

}  // namespace metasolve::exec
