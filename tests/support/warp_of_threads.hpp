// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "metasolve/kernels/simd/team.hpp"
#include "metasolve/kernels/simd/view.hpp"

/// A warp whose lanes are real threads.
namespace metasolve::test {

/// Shared by the lanes of one warp.
struct Warp {
  static constexpr int lanes = 8;
  std::barrier<> barrier{lanes};
  std::array<std::atomic<unsigned>, 3> votes{};  ///< of the current, the previous and the next ballot
  std::atomic<std::int64_t> next{0};             ///< position
  std::int64_t ballots = 0;
};

struct Lane : kernels::SoloTeam {
  static constexpr int lanes = Warp::lanes;
  Warp* warp;
  unsigned lane;
  mutable std::size_t ballots = 0;

  Lane(Warp& w, unsigned l) : warp(&w), lane(l) {}
  [[nodiscard]] unsigned ballot(bool x) const {
    auto& votes = warp->votes;
    // From two ballots ago: each lane read it before reaching the previous one.
    if (lane == 0) votes[(ballots + 1) % 3] = 0;
    if (x) votes[ballots % 3] |= 1u << lane;
    warp->barrier.arrive_and_wait();
    if (lane == 0) ++warp->ballots;
    return votes[ballots++ % 3];
  }
};
static_assert(kernels::WarpLane<Lane>);

struct SharedPositions {
  Warp& warp;
  std::int64_t slots;
  std::int64_t operator()() const {
    std::int64_t const position = warp.next++;
    return position < slots ? position : -1;
  }
};

/// Body::run on each lane, with positions on request. Returns the number of ballots.
template <class Body>
std::int64_t run_on_warp(Body const& body) {
  Warp warp;
  {
    std::vector<std::jthread> threads;
    for (unsigned l = 0; l < Warp::lanes; ++l) {
      threads.emplace_back([&, l] {
        std::vector<double> scratch(static_cast<std::size_t>(body.scratch_size()));
        SharedPositions source{warp, body.arguments.slots};
        std::vector<double> global(static_cast<std::size_t>(body.global_size()));
        body.template run<double>(Lane(warp, l), source, kernels::LocalView<double>{scratch.data()},
                                  kernels::LocalView<double>{global.data()});
      });
    }
  }
  return warp.ballots;
}

}  // namespace metasolve::test
