// SPDX-License-Identifier: Apache-2.0
#include "metasolve/cg_solver.hpp"

#include <string>

#include "metasolve/error.hpp"
#include "src/api/cg_on.hpp"
#include "src/exec/compiled.hpp"
#include "src/sparse/preconditioners.hpp"

namespace metasolve {

namespace {

/// Calls made(...) with all that has been looked at.
template <class Use>
auto with_pattern(CgSolver::Pattern const& pattern, CgSolver::Options const& options, Use&& use) {
  api::check_choice("options.preconditioner", options.preconditioner, sparse::preconditioners.back().kind);
  api::check_choice("options.ordering", options.ordering, CgSolver::Ordering::rcm);
  api::check_choice("options.shift_scale", options.shift_scale, CgSolver::ShiftScale::diagonal);
  if (options.fill_level < 0) {
    throw InputError("options.fill_level is " + std::to_string(options.fill_level) + ", expected 0 or more");
  }
  api::CgPattern const given{
      sparse::caller_pattern(pattern.row_begin, pattern.column, options.ordering == CgSolver::Ordering::rcm),
      static_cast<std::int64_t>(pattern.column.size())};
  return use(given);
}

api::CgImplementation make(Executor const& executor, api::CgPattern const& pattern, CgSolver::Options const& options,
                           Setup const& setup) {
  return exec::functions_for<api::CgFunctions>(executor.backend()).make(executor, pattern, options, setup);
}

}  // namespace

CgSolver::CgSolver(Executor const& executor, Pattern const& pattern, Options const& options, Setup const& setup)
    : implementation_(with_pattern(pattern, options, [&](auto const& given) {
        return api::with_workspace(executor, setup, [&] { return make(executor, given, options, setup); });
      })) {}
CgSolver::CgSolver(CgSolver&&) noexcept = default;
CgSolver& CgSolver::operator=(CgSolver&&) noexcept = default;
CgSolver::~CgSolver() = default;

std::size_t CgSolver::workspace_bytes(Executor const& executor, Pattern const& pattern, Options const& options,
                                      Setup const& setup) {
  return with_pattern(pattern, options, [&](auto const& given) {
    return api::planned_workspace(executor, setup, [&] { return make(executor, given, options, setup); });
  });
}

int CgSolver::unknowns() const noexcept { return implementation_->unknowns(); }

void CgSolver::solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}

}  // namespace metasolve
