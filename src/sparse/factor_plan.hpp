// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/sparse/caller_pattern.hpp"
#include "metasolve/detail/sparse/supernodes.hpp"
#include "metasolve/kernels/direct/direct_tasks.hpp"

namespace metasolve::sparse {

/// How unknowns are eliminated, for OrderingOf: the ordering in postorder, which direct methods need.
Ordering in_postorder(SymmetricStructure const& structure, Ordering const& order);

/// Owns the memory of kernels::SupernodeView.
class FactorPlan {
 public:
  /// pattern: in postorder.
  FactorPlan(exec::Backend& backend, SymmetricStructure const& structure, kernels::Factorization kind);

  [[nodiscard]] kernels::SupernodeView view() const;
  [[nodiscard]] int entries() const { return entries_; }
  [[nodiscard]] double operations() const { return operations_; }

  /// The factor's number that each of the pattern's values (CallerPattern) is stored in. by_rows: for SIMD packs
  /// (kernels::PanelShape).
  [[nodiscard]] std::vector<std::int32_t> places(SymmetricStructure const& structure, bool by_rows) const;

 private:
  Supernodes supernodes_;
  std::vector<kernels::Supernode> nodes_;
  kernels::Factorization kind_;
  int unknowns_, entries_ = 0;
  double operations_ = 0;
  exec::Buffer<kernels::Supernode> node_;
  exec::Buffer<kernels::SupernodeUpdate> update_;
  exec::Buffer<std::int32_t> rows_, relative_;
};

}  // namespace metasolve::sparse
