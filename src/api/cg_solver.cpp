// SPDX-License-Identifier: Apache-2.0
#include "metasolve/cg_solver.hpp"

#include <string>

#include "metasolve/detail/api/cg_calls.hpp"
#include "metasolve/detail/sparse/krylov_plan.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

/// @throws InputError not a symmetric one
void check_preconditioner(PreconditionerKind kind) {
  auto const number = static_cast<std::int64_t>(kind);
  auto const& all = sparse::preconditioners;
  if (number >= 0 && number < static_cast<std::int64_t>(all.size()) && sparse::info_of(kind).is_symmetric) return;
  throw InputError(
      "options.preconditioner is " + std::to_string(number) + ", expected a symmetric one: " +
      sparse::one_of_preconditioners(
          [](auto const& p) { return std::string(p.name) + " (" + std::to_string(static_cast<int>(p.kind)) + ")"; },
          &sparse::PreconditionerInfo::is_symmetric));
}

/// Validates the options and the pattern, and calls use(CgPattern).
template <class Use>
auto with_pattern(Pattern const& pattern, CgSolver::Options const& options, Use&& use) {
  check_preconditioner(options.preconditioner);
  api::check_choice("options.ordering", options.ordering, CgSolver::Ordering::rcm);
  api::check_choice("options.shift_scale", options.shift_scale, CgSolver::ShiftScale::diagonal);
  if (options.fill_level < CgSolver::automatic_fill) {
    throw InputError("options.fill_level is " + std::to_string(options.fill_level) +
                     ", expected 0 or more, or -1 (automatic)");
  }
  api::check_block_size(options.block_size);
  bool const rcm = options.ordering == CgSolver::Ordering::rcm;
  auto const ordering = [&](sparse::SymmetricStructure const& s) {
    return rcm ? sparse::reverse_cuthill_mckee(s) : sparse::natural_ordering(s.unknowns);
  };
  api::CgPattern const given{sparse::caller_pattern(pattern, sparse::CallerEntries::lower, ordering),
                             static_cast<std::int64_t>(pattern.col_idxs.size())};
  return use(given);
}

}  // namespace

std::unique_ptr<CgSolver::Implementation> api::make_cg(Executor const& executor, CgPattern const& given,
                                                       CgSolver::Options const& options, Setup const& setup) {
  auto& exec = executor.backend();
  CgData data(exec, given.pattern);
  sparse::FillRule rule{options.fill_level, {}};
  if (options.fill_entries >= 0) {
    rule.entries = options.fill_entries;
  } else if (options.fill_level == CgSolver::automatic_fill) {
    rule = setup.meta_solver ? sparse::FillRule{0, sparse::trained_fill_entries}
                             : sparse::FillRule{sparse::default_fill_level, {}};
  }
  std::unique_ptr<CgSolver::Implementation> made;
  auto const use = [&]<class Preconditioner>(Preconditioner const& preconditioner,
                                             std::shared_ptr<void const> points_into) {
    data.preconditioner = std::move(points_into);
    made = std::make_unique<CgCalls<Preconditioner>>(executor, std::move(data), given.entries, preconditioner,
                                                     options.shift_scale, setup);
  };
  if (sparse::info_of(options.preconditioner).is_configurable) {
    sparse::with_preconditioner(options.preconditioner, exec, given.pattern.structure, rule, use);
  } else {
    auto const plan =
        sparse::krylov_plan(exec, given.pattern, {options.preconditioner, options.block_size, rule, true});
    use(plan.preconditioner, plan.data);
  }
  return made;
}

CgSolver::CgSolver(Executor const& executor, Pattern const& pattern, Options const& options, Setup const& setup)
    : implementation_(with_pattern(pattern, options, [&](auto const& given) {
        return api::with_workspace(executor, setup, [&] { return api::make_cg(executor, given, options, setup); });
      })) {}
CgSolver::CgSolver(CgSolver&&) noexcept = default;
CgSolver& CgSolver::operator=(CgSolver&&) noexcept = default;
CgSolver::~CgSolver() = default;

std::size_t CgSolver::workspace_bytes(Executor const& executor, Pattern const& pattern, Options const& options,
                                      Setup const& setup) {
  return with_pattern(pattern, options, [&](auto const& given) {
    return api::planned_workspace(executor, setup, [&] { return api::make_cg(executor, given, options, setup); });
  });
}

int CgSolver::unknowns() const noexcept { return implementation_->unknowns(); }

void CgSolver::solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}

}  // namespace metasolve
