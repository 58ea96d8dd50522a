// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "metasolve/ranks.hpp"

/// Ranks that are threads of one process.
namespace metasolve::test {

class ThreadGroup {
 public:
  explicit ThreadGroup(int size) : size_(size), barrier_(size), given_(static_cast<std::size_t>(size)) {}

  /// Runs body(ranks) on each rank; what one throws is thrown when all have ended. A rank that throws drops out of
  /// the exchanges that follow, in which the others then get what it gave last.
  void run(std::function<void(std::shared_ptr<Ranks>)> const& body) {
    std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(size_));
    std::vector<std::thread> threads;
    for (int r = 0; r < size_; ++r) {
      threads.emplace_back([&, r] {
        try {
          body(std::make_shared<Rank>(*this, r));
        } catch (...) {
          thrown[static_cast<std::size_t>(r)] = std::current_exception();
          barrier_.arrive_and_drop();
        }
      });
    }
    for (auto& thread : threads) thread.join();
    for (auto const& error : thrown) {
      if (error) std::rethrow_exception(error);
    }
  }

 private:
  class Rank final : public Ranks {
   public:
    Rank(ThreadGroup& group, int rank) : group_(group), rank_(rank) {}
    [[nodiscard]] int rank() const noexcept override { return rank_; }
    [[nodiscard]] int size() const noexcept override { return group_.size_; }
    [[nodiscard]] int local_rank() const noexcept override { return rank_; }
    [[nodiscard]] int local_size() const noexcept override { return group_.size_; }
    void broadcast(void* data, std::size_t bytes) override {
      group_.exchange(rank_, data, [&](std::vector<void const*> const& given) {
        if (rank_ != 0 && bytes > 0) std::memcpy(data, given.front(), bytes);
      });
    }
    void all_gather(void const* mine, std::size_t bytes, void* all) override {
      group_.exchange(rank_, mine, [&](std::vector<void const*> const& given) {
        for (std::size_t r = 0; bytes > 0 && r < given.size(); ++r) {
          std::memcpy(static_cast<std::byte*>(all) + r * bytes, given[r], bytes);
        }
      });
    }
    /// Here all ranks swap at the same time.
    void swap(int partner, void const* mine, void* theirs, std::size_t bytes) override {
      group_.exchange(rank_, mine, [&](std::vector<void const*> const& given) {
        if (bytes > 0) std::memcpy(theirs, given[static_cast<std::size_t>(partner)], bytes);
      });
    }
    void all_reduce(float* numbers, std::int64_t n) override { reduce(numbers, n); }
    void all_reduce(double* numbers, std::int64_t n) override { reduce(numbers, n); }
    std::int64_t take(std::int64_t n) override { return group_.counter_.fetch_add(n); }
    void restart_counter() override {
      group_.barrier_.arrive_and_wait();
      if (rank_ == 0) group_.counter_ = 0;
      group_.barrier_.arrive_and_wait();
    }

   private:
    template <class T>
    void reduce(T* numbers, std::int64_t n) {
      std::vector<T> sum(static_cast<std::size_t>(n));
      group_.exchange(rank_, numbers, [&](std::vector<void const*> const& given) {
        for (auto const* theirs : given) {
          for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<T const*>(theirs)[i];
        }
      });
      std::copy(sum.begin(), sum.end(), numbers);
    }
    ThreadGroup& group_;
    int rank_;
  };

  /// use(what all have given) while none changes it.
  template <class Use>
  void exchange(int rank, void const* mine, Use&& use) {
    given_[static_cast<std::size_t>(rank)] = mine;
    barrier_.arrive_and_wait();
    use(given_);
    barrier_.arrive_and_wait();
  }

  int size_;
  std::barrier<> barrier_;
  std::vector<void const*> given_;
  std::atomic<std::int64_t> counter_{0};
};

}  // namespace metasolve::test
