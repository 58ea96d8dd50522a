// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "metasolve/detail/sparse/factor_plan.hpp"
#include "metasolve/kernels/direct/kkt.hpp"
#include "metasolve/pattern.hpp"

namespace metasolve::sparse {

/// The symbolic analysis of a batch of quadratic programs. Owns the memory of kernels::KktView.
class KktPlan {
 public:
  /// p: n x n, symmetric; of p_ij and p_ji the lower one is read, or the one that is there. a: m x n. Neither needs a
  /// diagonal. @throws InputError a malformed pattern (names the row)
  KktPlan(exec::Backend& backend, Pattern const& p, Pattern const& a);

  [[nodiscard]] kernels::KktView view() const;
  [[nodiscard]] int variables() const { return variables_; }
  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] std::int64_t factor_entries() const { return factor_->entries(); }
  /// Of a factorisation, and of an iteration of kernels::Admm with this factor, in floating-point operations.
  [[nodiscard]] double factor_operations() const { return 2 * factor_->operations(); }
  [[nodiscard]] double step_operations() const;

 private:
  struct Places {
    exec::Buffer<std::int32_t> p, a, diagonal;
    [[nodiscard]] kernels::KktPlaces view() const { return {p.data(), a.data(), diagonal.data()}; }
  };

  int variables_, rows_, p_entries_, a_entries_;
  exec::Buffer<std::int32_t> p_row_ptrs_, p_col_idxs_, p_value_;
  exec::Buffer<std::int32_t> a_row_ptrs_, a_col_idxs_, a_col_ptrs_, a_row_idxs_, a_value_;
  exec::Buffer<std::int32_t> position_;
  std::optional<FactorPlan> factor_;
  Places by_rows_, by_columns_;
};

}  // namespace metasolve::sparse
