// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/detail/sparse/caller_pattern.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/kernels/operators/krylov_preconditioner.hpp"
#include "metasolve/preconditioner.h"

namespace metasolve::sparse {

struct KrylovSettings {
  PreconditionerKind kind = PreconditionerKind::none;
  int block_size = 4;         ///< of block_jacobi
  FillRule rule;              ///< of ilu, without `entries`
  bool is_symmetric = false;  ///< a task's data holds A's lower values alone, else as in general_matrix.hpp
};

/// A preconditioner in the kernels' form. data owns the memory it points into: keep it as long as kernels may run.
struct KrylovPlan {
  kernels::KrylovPreconditioner preconditioner;
  std::shared_ptr<void const> data;
  std::int64_t factor_entries = 0;  ///< numbers of an incomplete factor
};

/// upper: index of the first value of A's upper triangle; 0: A is symmetric, by its lower values.
KrylovPlan ssor_plan(exec::Backend& exec, SymmetricStructure const& structure, int upper);

/// kind: none, jacobi, block_jacobi, ssor or, for general matrices, ilu.
KrylovPlan krylov_plan(exec::Backend& exec, CallerPattern const& pattern, KrylovSettings const& settings);

}  // namespace metasolve::sparse
