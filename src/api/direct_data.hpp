// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "metasolve/detail/sparse/factor_plan.hpp"
#include "metasolve/linear_solver.hpp"

namespace metasolve::api {

/// Symbolic analysis of a direct method: the pattern's entries in the order of elimination, and their places in the
/// factor. Owns the memory of kernels::DirectTasks' pointers, except for the factors.
class DirectData {
 public:
  /// dense: rows of unknowns numbers each in place of panels. stored_at: where each of the pattern's entries is stored
  /// in a task's values; empty: in their order.
  DirectData(exec::Backend& exec, Pattern const& pattern, LinearSolver::Options const& options,
             std::vector<std::int32_t> const& stored_at = {});

  /// For packs, or for one system.
  [[nodiscard]] kernels::DirectTasks tasks(bool by_lanes, bool transposed) const;
  [[nodiscard]] sparse::FactorPlan const& plan() const { return *plan_; }
  [[nodiscard]] int unknowns() const { return unknowns_; }
  [[nodiscard]] int entries() const { return entries_; }
  [[nodiscard]] LinearSolver::Ordering ordering() const { return ordering_; }
  [[nodiscard]] sparse::CallerEntries read() const {
    return mirrors_ ? sparse::CallerEntries::lower : sparse::CallerEntries::all;
  }

 private:
  /// Rows of A or A' for teams.
  struct Rows {
    exec::Buffer<std::int32_t> row_ptrs, value_of, column_of;
  };
  struct Entry {
    std::int32_t row, column;  ///< in the order of elimination
    bool is_read;
  };
  [[nodiscard]] Rows rows_of(exec::Backend& exec, std::vector<Entry> const& entries, sparse::Ordering const& order,
                             bool transposed) const;

  int unknowns_, entries_;
  bool mirrors_, dense_;
  LinearSolver::Ordering ordering_;
  std::optional<sparse::FactorPlan> plan_;
  exec::Buffer<std::int32_t> place_by_rows_, place_, mirror_place_, row_, column_, unknown_at_;
  std::optional<Rows> rows_, transposed_rows_;
};

}  // namespace metasolve::api
