// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/training/batch_share.hpp"
#include "metasolve/detail/exec/collective.hpp"
#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/network/network.hpp"
#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::engine {

/// The sums of a batch over tasks and ranks: of the weights' gradient, and of two totals per task (loss and
/// iterations). Each block of tasks has a row for them; `finish` adds the rows up. Calls are ordered on the stream and
/// allocate nothing.
template <class Real>
class SharedSum {
 public:
  static constexpr std::int64_t totals = 2;

  SharedSum() = default;
  /// The executor must outlive it. width: weights of the gradient; 0: only totals.
  SharedSum(Executor const& executor, std::int64_t width, BatchShare const& share, Reproducible way)
      : exec_(&executor.backend()),
        share_(share),
        by_tree_(way == Reproducible::ranks),
        width_(width),
        row_((width * static_cast<std::int64_t>(sizeof(Real)) + 15) / 16 * 16 + totals * sizeof(double)),
        parts_(*exec_, std::max<std::int64_t>(1, share.own_blocks()) * row_) {
    if (executor.ranks() != nullptr && !exec_->planning()) collective_ = &executor.collective();
    if (by_tree_) {
      plan();
    } else {
      last_ = group_of({1}, {{0, 0, 0}});
    }
  }

  [[nodiscard]] BatchShare const& share() const { return share_; }
  /// Whether `finish` waits for the stream.
  [[nodiscard]] bool waits() const { return collective_ != nullptr && collective_->waits(); }

  void begin() { exec_->zero(parts_.data(), parts_.bytes()); }
  /// [width] of this rank's block: what is to be summed.
  [[nodiscard]] Real* row(std::int64_t block) { return reinterpret_cast<Real*>(parts_.data() + block * row_); }
  /// From this rank's block `first` on.
  [[nodiscard]] network::GradientRows<Real> gradients(std::int64_t first) {
    return {row(first), row_ / static_cast<std::int64_t>(sizeof(Real)), share_.rows};
  }
  /// Adds x [slots] to a total (0 or 1) of this rank's blocks from `first` on, the first slot being its first task.
  template <class T>
  void add(int total, T const* x, std::int64_t slots, std::int64_t first) {
    double* const to = totals_of(parts_, first) + total;
    // A device adds in another order there: with the tree it must not depend on how many blocks a rank has.
    if (!by_tree_) return exec_->add_sum(x, slots, to);
    std::int64_t const blocks = (slots + share_.rows - 1) / share_.rows;
    exec_->launch(1, blocks,
                  kernels::SumBlocks<T>{x, slots, share_.rows, to, row_ / static_cast<std::int64_t>(sizeof(double))});
  }
  /// gradient [width] = the sum over all ranks' blocks; sums [2] += the totals. null: not wanted.
  void finish(Real* gradient, double* sums) {
    exec::Buffer<std::byte>* from = &parts_;
    if (collective_ != nullptr && by_tree_) {
      auto const rows = static_cast<std::int64_t>(own_.groups);
      if (rows > 0) {
        to_rows(own_, parts_, own_sums_, levels_ > 0 ? share_.rank & 1 : 0, rows);
      }
      if (levels_ > 0) {
        from = &own_sums_;
        climb();
      } else {
        collective_->all_gather(own_sums_.data(), own_sums_.bytes(), all_sums_.data());
        from = &all_sums_;
      }
    } else if (collective_ != nullptr) {
      if (width_ > 0) collective_->all_reduce(reinterpret_cast<Real*>(parts_.data()), width_);
      collective_->all_reduce(totals_of(parts_, 0), totals);
    }
    if (gradient != nullptr) tree<Real>(last_, *from, 0, gradient, false, 1);
    if (sums != nullptr) tree<double>(last_, *from, totals_at(), sums, false, 1);
  }

 private:
  /// Groups of entries in the executor's memory, as SumByTree reads them.
  struct Groups {
    std::size_t groups = 0;
    exec::Buffer<std::int32_t> ends;
    exec::Buffer<kernels::SumEntry> entries;
  };
  Groups group_of(std::vector<std::int32_t> const& sizes, std::vector<kernels::SumEntry> const& entries) {
    std::vector<std::int32_t> ends{0};
    for (auto const size : sizes) ends.push_back(ends.back() + size);
    return {sizes.size(), exec::uploaded(*exec_, ends), exec::uploaded(*exec_, entries)};
  }

  void plan() {
    if (collective_ == nullptr) {
      std::vector<kernels::SumEntry> blocks;
      for (std::int64_t b = 0; b < share_.blocks; ++b) blocks.push_back({static_cast<std::int32_t>(b), 0, b});
      last_ = group_of({static_cast<std::int32_t>(blocks.size())}, blocks);
      return;
    }
    if (climbs()) return plan_climb();
    std::size_t most = 1;
    for (int r = 0; r < share_.ranks; ++r) most = std::max(most, share_.subtrees(r).size());
    std::vector<kernels::SumEntry> roots;
    for (int r = 0; r < share_.ranks; ++r) {
      auto row = static_cast<std::int64_t>(most) * r;
      for (auto root : share_.subtrees(r)) {
        root.row = row++;
        roots.push_back(root);
      }
    }
    last_ = group_of({static_cast<std::int32_t>(roots.size())}, roots);

    plan_own();
    auto const bytes = static_cast<std::int64_t>(most) * row_;
    own_sums_ = exec::Buffer<std::byte>(*exec_, bytes);
    all_sums_ = exec::Buffer<std::byte>(*exec_, bytes * share_.ranks);
  }

  /// What each rank has is one subtree: the upper levels of the tree are the steps of recursive doubling, in which each
  /// rank swaps its sum with its neighbour's, and adds the two from left to right. Bytes and steps grow with log2 of
  /// the ranks; for few ranks and weights one gathering is faster.
  [[nodiscard]] bool climbs() const {
    constexpr std::int64_t most_gathered = 64 << 10;
    return share_.ranks > 1 && share_.subtree > 0 && row_ * share_.ranks > most_gathered;
  }
  void plan_climb() {
    while ((1 << levels_) < share_.ranks) ++levels_;
    plan_own();
    own_sums_ = exec::Buffer<std::byte>(*exec_, 2 * row_);  // of the left and of the right subtree
    both_ = group_of({2}, {{0, 0, 0}, {1, 0, 1}});
    last_ = group_of({1}, {{0, 0, 0}});
  }
  void climb() {
    for (int level = 0; level < levels_; ++level) {
      int const side = (share_.rank >> level) & 1;
      auto* const rows = own_sums_.data();
      collective_->swap(share_.rank ^ (1 << level), rows + side * row_, rows + (1 - side) * row_,
                        static_cast<std::size_t>(row_));
      to_rows(both_, own_sums_, own_sums_, level + 1 < levels_ ? (share_.rank >> (level + 1)) & 1 : 0, 1);
    }
  }

  void plan_own() {
    auto const own_first = share_.first_block(share_.rank);
    std::vector<std::int32_t> sizes;
    std::vector<kernels::SumEntry> blocks;
    for (auto const& root : share_.subtrees(share_.rank)) {
      auto const end = std::min(share_.blocks, root.first + (std::int64_t{1} << root.level));
      for (std::int64_t b = root.first; b < end; ++b) {
        blocks.push_back({static_cast<std::int32_t>(b), 0, b - own_first});
      }
      sizes.push_back(static_cast<std::int32_t>(end - root.first));
    }
    own_ = group_of(sizes, blocks);
  }

  /// Sums of groups of rows -> rows of `to` from `first` on.
  void to_rows(Groups const& groups, exec::Buffer<std::byte> const& from, exec::Buffer<std::byte>& to,
               std::int64_t first, std::int64_t rows) {
    if (width_ > 0) tree<Real>(groups, from, 0, reinterpret_cast<Real*>(to.data() + first * row_), true, rows);
    tree<double>(groups, from, totals_at(), totals_of(to, first), true, rows);
  }

  [[nodiscard]] std::int64_t totals_at() const { return row_ - totals * static_cast<std::int64_t>(sizeof(double)); }
  [[nodiscard]] double* totals_of(exec::Buffer<std::byte> const& rows, std::int64_t row) const {
    return reinterpret_cast<double*>(rows.data() + row * row_ + totals_at());
  }
  /// Sums of numbers at `offset` of each row. to_rows: `to` is in rows like `from`, and is replaced; else it is an
  /// array: a gradient is replaced, totals are added.
  template <class T>
  void tree(Groups const& groups, exec::Buffer<std::byte> const& from, std::int64_t offset, T* to, bool to_rows,
            std::int64_t rows) {
    auto const pitch = row_ / static_cast<std::int64_t>(sizeof(T));
    bool const of_totals = offset > 0 || width_ == 0;
    exec_->launch(rows, of_totals ? totals : width_,
                  kernels::SumByTree<T>{groups.ends.data(), groups.entries.data(),
                                        reinterpret_cast<T const*>(from.data() + offset), pitch, to,
                                        to_rows ? pitch : 0, of_totals && !to_rows});
  }

  exec::Backend* exec_ = nullptr;
  BatchShare share_;
  bool by_tree_ = true;
  std::int64_t width_ = 0, row_ = 0;        ///< bytes of a row: weights, padding, totals
  exec::Buffer<std::byte> parts_;           ///< [own blocks][row]
  Groups own_, last_;                       ///< this rank's subtrees; what remains to be summed on all ranks
  Groups both_;                             ///< two rows
  int levels_ = 0;                          ///< of the tree above a rank's subtree, if the sum climbs it
  exec::Buffer<std::byte> own_sums_;        ///< [most subtrees of a rank][row]; [2][row] if the sum climbs
  exec::Buffer<std::byte> all_sums_;        ///< the same of all ranks
  exec::Collective* collective_ = nullptr;  ///< null: one process
};

}  // namespace metasolve::engine
