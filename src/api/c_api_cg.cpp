// SPDX-License-Identifier: Apache-2.0
#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"

/// CgSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::CgSolver;
using metasolve::InputError;
using metasolve::PreconditionerKind;
namespace sparse = metasolve::sparse;

static_assert(METASOLVE_ORDERING_NATURAL == static_cast<int>(CgSolver::Ordering::natural) &&
              METASOLVE_ORDERING_RCM == static_cast<int>(CgSolver::Ordering::rcm));

static_assert(METASOLVE_SHIFT_SCALE_AUTOMATIC == static_cast<int>(CgSolver::ShiftScale::automatic) &&
              METASOLVE_SHIFT_SCALE_ABSOLUTE == static_cast<int>(CgSolver::ShiftScale::absolute) &&
              METASOLVE_SHIFT_SCALE_DIAGONAL == static_cast<int>(CgSolver::ShiftScale::diagonal));

// See metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_cg_options) == offsetof(metasolve_cg_options, block_size) + sizeof(std::int32_t));
/// Before shift_scale was added.
template <>
inline constexpr std::size_t c_api::first_size<metasolve_cg_options> = offsetof(metasolve_cg_options, shift_scale);
/// Before omega and guess were added.
template <>
inline constexpr std::size_t c_api::first_size<metasolve_cg_tasks> = offsetof(metasolve_cg_tasks, omega);

struct metasolve_cg_solver {
  CgSolver solver;
};

namespace {

CgSolver::Options options_of(metasolve_cg_options const* given) {
  auto const o = c_api::sized_or_default<metasolve_cg_options>("options", given, METASOLVE_CG_OPTIONS_DEFAULT);
  return {.preconditioner = c_api::one_of("options.preconditioner", o.preconditioner, PreconditionerKind::ssor,
                                          sparse::one_of_preconditioners(
                                              [](auto const& p) {
                                                return std::string(p.c_name) + " (" +
                                                       std::to_string(static_cast<int>(p.kind)) + ")";
                                              },
                                              &sparse::PreconditionerInfo::is_symmetric)),
          .ordering = c_api::one_of("options.ordering", o.ordering, CgSolver::Ordering::rcm,
                                    "METASOLVE_ORDERING_NATURAL (0) or METASOLVE_ORDERING_RCM (1)"),
          .fill_level = o.fill_level,
          .fill_entries = o.fill_entries,
          .shift_scale = c_api::one_of("options.shift_scale", o.shift_scale, CgSolver::ShiftScale::diagonal,
                                       "METASOLVE_SHIFT_SCALE_AUTOMATIC (0), METASOLVE_SHIFT_SCALE_ABSOLUTE (1) or "
                                       "METASOLVE_SHIFT_SCALE_DIAGONAL (2)"),
          // 0 was `reserved` of programs compiled before.
          .block_size = o.block_size == 0 ? CgSolver::Options{}.block_size : o.block_size};
}

CgSolver::Tasks tasks_of(metasolve_cg_tasks const* given) {
  auto const t = c_api::sized<metasolve_cg_tasks>("tasks", c_api::required("tasks", given), METASOLVE_CG_TASKS_DEFAULT);
  return {.count = t.count,
          .values = c_api::view(t.values),
          .rhs = c_api::view(t.rhs),
          .shift = c_api::column<double>(t.shift),
          .omega = c_api::column<double>(t.omega),
          .guess = c_api::view(t.guess)};
}

}  // namespace

int metasolve_cg_solver_create(metasolve_executor const* executor, metasolve_pattern const* pattern,
                               metasolve_cg_options const* options, metasolve_setup const* setup,
                               metasolve_cg_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_cg_solver{CgSolver(on, c_api::pattern(pattern), options_of(options), c_api::setup(setup))};
  });
}

int metasolve_cg_solver_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                        metasolve_cg_options const* options, metasolve_setup const* setup,
                                        size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = CgSolver::workspace_bytes(on, c_api::pattern(pattern), options_of(options), c_api::setup(setup));
  });
}

void metasolve_cg_solver_release(metasolve_cg_solver* solver) { delete solver; }

int metasolve_cg_solver_unknowns(metasolve_cg_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}

int metasolve_cg_solver_solve(metasolve_cg_solver* solver, metasolve_cg_tasks const* tasks,
                              metasolve_stopping const* stopping, metasolve_results const* results,
                              metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(tasks_of(tasks), c_api::stopping(stopping), c_api::results(results), c_api::policy(policy));
  });
}
