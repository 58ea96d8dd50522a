// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/sparse/caller_pattern.hpp"
#include "metasolve/linear_solver.hpp"

namespace metasolve::api {

class Arguments;

/// The part of LinearSolver::gradient that all methods share: everything but the solves with A'.
class ValuesGradient {
 public:
  /// pattern: valid. entries: which of its entries the solver reads.
  ValuesGradient(exec::Backend& exec, Pattern const& pattern, sparse::CallerEntries entries);

  /// Adds the arguments of a call of `count` tasks. @throws InputError a required one is null
  void name(Arguments& arguments, std::int64_t count, LinearSolver::Gradient const& gradient) const;
  /// Before the solves: NaN in rhs_bar, which stays where a task fails.
  void prepare(std::int64_t count, LinearSolver::Gradient const& gradient);
  /// After them: values_bar from rhs_bar, unless it is null.
  void finish(std::int64_t count, LinearSolver::Gradient const& gradient);

 private:
  exec::Backend& exec_;
  std::int64_t unknowns_, entries_;
  exec::Buffer<std::int32_t> row_, column_;  ///< kernels::ValuesBar
};

}  // namespace metasolve::api
