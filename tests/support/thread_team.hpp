// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "metasolve/kernels/simd/team.hpp"
#include "metasolve/kernels/simd/view.hpp"

/// A team of real threads, so that ThreadSanitizer detects missing syncs, which a team of one hides.
namespace metasolve::test {

/// Shared by the members of one team.
class ThreadTeamMemory {
 public:
  explicit ThreadTeamMemory(int size)
      : few_(std::max(1, size - 1)), barrier_(size), few_barrier_(few_), words_(static_cast<std::size_t>(2 * size)) {}

 private:
  friend class ThreadTeam;
  friend class FewThreads;
  int few_;
  static constexpr int most_words = 4;  // of 32 bits: a dual number of doubles has 128 bits
  using Words = std::array<std::atomic<std::uint64_t>, most_words>;
  std::barrier<> barrier_, few_barrier_;
  std::vector<Words> words_;  // [2][size]: of even and odd sums
};

/// All members but the last, as the first threads of a block (exec::FewOfBlock).
class FewThreads {
 public:
  static constexpr bool is_solo = false;

  FewThreads(ThreadTeamMemory& memory, int rank) : memory_(&memory), rank_(rank) {}
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return memory_->few_; }
  void sync() const { memory_->few_barrier_.arrive_and_wait(); }
  template <class Number>
  Number sum(Number x) const;  // not defined: never called
  template <class Number>
  Number max(Number x) const;  // likewise

 private:
  ThreadTeamMemory* memory_;
  int rank_;
};

/// One member. sync orders memory. sum does not, like shuffles on a GPU: it exchanges numbers by relaxed atomics, so
/// that a body that uses a sum as a sync is detected too.
class ThreadTeam {
 public:
  static constexpr bool is_solo = false;

  ThreadTeam(ThreadTeamMemory& memory, int rank, int size) : memory_(&memory), rank_(rank), size_(size) {}
  ThreadTeam(ThreadTeam const&) = delete;  // a copy would count its own sums
  ThreadTeam& operator=(ThreadTeam const&) = delete;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  void sync() const { memory_->barrier_.arrive_and_wait(); }
  [[nodiscard]] FewThreads few() const { return {*memory_, rank_}; }

  /// Sums over the members in ascending rank.
  template <class Number>
  Number sum(Number x) const {
    return over_members(x, [](Number const& a, Number const& b) { return a + b; });
  }
  template <class Number>
  Number max(Number x) const {
    return over_members(x, [](Number const& a, Number const& b) { return kernels::larger_of(a, b); });
  }

 private:
  template <class Number, class Join>
  Number over_members(Number x, Join&& join) const {
    static_assert(std::is_trivially_copyable_v<Number> && sizeof(Number) <= 4 * ThreadTeamMemory::most_words);
    ++sums_;
    publish(x);
    Number total = receive<Number>(0);
    for (int r = 1; r < size_; ++r) total = join(total, receive<Number>(r));
    return total;
  }
  template <class Number>
  static constexpr int words = static_cast<int>((sizeof(Number) + 3) / 4);

  // Each word has the number of its sum in its upper half, so that a reader knows when it has arrived. Two sets are
  // enough: a member that begins sum n + 2 has finished n + 1, which each member began after reading all of n.
  [[nodiscard]] ThreadTeamMemory::Words& of(int rank) const {
    return memory_->words_[static_cast<std::size_t>(static_cast<int>(sums_ % 2) * size_ + rank)];
  }
  template <class Number>
  void publish(Number const& x) const {
    std::array<std::uint32_t, words<Number>> part{};
    std::memcpy(part.data(), &x, sizeof x);
    for (std::size_t w = 0; w < part.size(); ++w) {
      of(rank_)[w].store(std::uint64_t{sums_} << 32 | part[w], std::memory_order_relaxed);
    }
  }
  template <class Number>
  [[nodiscard]] Number receive(int rank) const {
    std::array<std::uint32_t, words<Number>> part{};
    for (std::size_t w = 0; w < part.size(); ++w) {
      std::uint64_t word = 0;
      while ((word = of(rank)[w].load(std::memory_order_relaxed)) >> 32 != sums_) std::this_thread::yield();
      part[w] = static_cast<std::uint32_t>(word);
    }
    Number x;
    std::memcpy(static_cast<void*>(&x), part.data(), sizeof x);
    return x;
  }

  ThreadTeamMemory* memory_;
  int rank_;
  int size_;
  mutable std::uint32_t sums_ = 0;
};

static_assert(kernels::Team<ThreadTeam>);

/// Positions 0, 1, ... below slots.
struct AscendingPositions {
  std::int64_t slots;
  std::int64_t next = 0;
  METASOLVE_HD std::int64_t operator()() { return next < slots ? next++ : std::int64_t{-1}; }
};

/// Runs a SolveBody or DifferentiateBody on positions [0, slots) with one team of `size` threads that share near and
/// the global workspace.
template <class Body>
void run_on_thread_team(Body const& body, std::int64_t slots, int size) {
  using Number = typename Body::scalar;
  std::vector<Number> scratch(static_cast<std::size_t>(body.scratch_size()));
  std::vector<Number> global(static_cast<std::size_t>(body.global_size()));
  ThreadTeamMemory memory(size);
  auto const member = [&](int rank) {
    ThreadTeam const team(memory, rank, size);
    // Each member visits the positions itself, as in a GPU team.
    AscendingPositions source{slots};
    body.template run<Number>(team, source, kernels::LocalView<Number>{scratch.data()},
                              kernels::LocalView<Number>{global.data()});
  };
  std::vector<std::jthread> others;
  for (int rank = 1; rank < size; ++rank) others.emplace_back(member, rank);
  member(0);
}

/// The same on one SoloTeam.
template <class Body>
void run_on_solo_team(Body const& body, std::int64_t slots) {
  using Number = typename Body::scalar;
  std::vector<Number> scratch(static_cast<std::size_t>(body.scratch_size()));
  std::vector<Number> global(static_cast<std::size_t>(body.global_size()));
  AscendingPositions source{slots};
  body.template run<Number>(kernels::SoloTeam{}, source, kernels::LocalView<Number>{scratch.data()},
                            kernels::LocalView<Number>{global.data()});
}

}  // namespace metasolve::test
