// SPDX-License-Identifier: Apache-2.0
#include "metasolve/cg_solver.hpp"

#include <string>

#include "metasolve/detail/api/cg_calls.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

/// Validates the options and the pattern, and calls use(CgPattern).
template <class Use>
auto with_pattern(Pattern const& pattern, CgSolver::Options const& options, Use&& use) {
  api::check_choice("options.preconditioner", options.preconditioner, sparse::preconditioners.back().kind);
  api::check_choice("options.ordering", options.ordering, CgSolver::Ordering::rcm);
  api::check_choice("options.shift_scale", options.shift_scale, CgSolver::ShiftScale::diagonal);
  if (options.fill_level < 0) {
    throw InputError("options.fill_level is " + std::to_string(options.fill_level) + ", expected 0 or more");
  }
  bool const rcm = options.ordering == CgSolver::Ordering::rcm;
  auto const ordering = [&](sparse::SymmetricStructure const& s) {
    return rcm ? sparse::reverse_cuthill_mckee(s) : sparse::natural_ordering(s.unknowns);
  };
  api::CgPattern const given{sparse::caller_pattern(pattern, sparse::CallerEntries::lower, ordering),
                             static_cast<std::int64_t>(pattern.col_idxs.size())};
  return use(given);
}

std::unique_ptr<CgSolver::Implementation> make(Executor const& executor, api::CgPattern const& given,
                                               CgSolver::Options const& options, Setup const& setup) {
  auto& exec = executor.backend();
  api::CgData data(exec, given.pattern);
  sparse::FillRule rule{options.fill_level, {}};
  if (options.fill_entries >= 0) rule.entries = options.fill_entries;
  std::unique_ptr<CgSolver::Implementation> made;
  sparse::with_preconditioner(
      options.preconditioner, exec, given.pattern.structure, rule,
      [&]<class Preconditioner>(Preconditioner const& preconditioner, std::shared_ptr<void const> points_into) {
        data.preconditioner = std::move(points_into);
        made = std::make_unique<api::CgCalls<Preconditioner>>(executor, std::move(data), given.entries, preconditioner,
                                                              options.shift_scale, setup);
      });
  return made;
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
