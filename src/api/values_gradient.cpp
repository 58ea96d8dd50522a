// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/values_gradient.hpp"

#include <algorithm>

#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/kernels/operators/values_bar.hpp"

namespace metasolve::api {

using sparse::at;

ValuesGradient::ValuesGradient(exec::Backend& exec, Pattern const& pattern, sparse::CallerEntries entries)
    : exec_(exec),
      unknowns_(static_cast<std::int64_t>(pattern.row_ptrs.size()) - 1),
      entries_(static_cast<std::int64_t>(pattern.col_idxs.size())) {
  std::vector<std::int32_t> rows, columns;
  auto const row = [&](std::int32_t i) {
    return pattern.col_idxs.subspan(at(pattern.row_ptrs[at(i)]),
                                    at(pattern.row_ptrs[at(i) + 1] - pattern.row_ptrs[at(i)]));
  };
  for (std::int32_t i = 0; i < unknowns_; ++i) {
    for (auto const j : row(i)) {
      auto const mirror = row(j);
      bool const is_for_both =
          entries == sparse::CallerEntries::lower && j < i && !std::binary_search(mirror.begin(), mirror.end(), i);
      rows.push_back(i);
      columns.push_back(is_for_both ? ~j : j);
    }
  }
  row_ = exec::uploaded(exec, rows);
  column_ = exec::uploaded(exec, columns);
  exec.load<kernels::ValuesBar<double>>();
  exec.load<kernels::FillNan<double>>();
}

void ValuesGradient::name(Arguments& arguments, std::int64_t count, LinearSolver::Gradient const& g) const {
  if (count > 0 && g.rhs_bar.data == nullptr) reject("gradient.rhs_bar is null; dF/db is written there");
  if (count > 0 && g.solution_bar.data == nullptr) reject("gradient.solution_bar is null; each task's dF/dx is needed");
  if (count > 0 && g.values_bar.data != nullptr && g.solution.data == nullptr) {
    reject("gradient.solution is null; gradient.values_bar needs each task's x");
  }
  arguments.reads("gradient.solution", g.solution, unknowns_);
  arguments.reads("gradient.solution_bar", g.solution_bar, unknowns_);
  arguments.writes("gradient.rhs_bar", g.rhs_bar, unknowns_);
  arguments.writes("gradient.values_bar", g.values_bar, entries_);
}

void ValuesGradient::prepare(std::int64_t count, LinearSolver::Gradient const& g) {
  if (count > 0) exec_.launch(count, unknowns_, kernels::FillNan<double>{view(g.rhs_bar)});
}

void ValuesGradient::finish(std::int64_t count, LinearSolver::Gradient const& g) {
  if (count == 0 || g.values_bar.data == nullptr) return;
  BatchView<double const> const rhs_bar{g.rhs_bar.data, g.rhs_bar.task_stride, g.rhs_bar.item_stride};
  exec_.launch(
      count, entries_,
      kernels::ValuesBar<double>{row_.data(), column_.data(), view(rhs_bar), view(g.solution), view(g.values_bar)});
}

}  // namespace metasolve::api
