// SPDX-License-Identifier: Apache-2.0
#include "metasolve/qp_solver.hpp"

#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/api/qp_calls.hpp"

namespace metasolve {

namespace {

/// No rows where the caller gives no pattern of A.
constexpr std::int32_t no_rows[] = {0};

QpSolver::Problem with_rows(QpSolver::Problem problem) {
  if (problem.a.row_ptrs.empty()) problem.a.row_ptrs = no_rows;
  return problem;
}

auto make(Executor const& executor, QpSolver::Problem const& problem, QpSolver::Options const& options,
          Setup const& setup) {
  return std::make_unique<QpSolver::Implementation>(executor, with_rows(problem), options, setup);
}

}  // namespace

QpSolver::QpSolver(Executor const& executor, Problem const& problem, Options const& options, Setup const& setup)
    : implementation_(api::with_workspace(executor, setup, [&] { return make(executor, problem, options, setup); })) {}
QpSolver::QpSolver(QpSolver&&) noexcept = default;
QpSolver& QpSolver::operator=(QpSolver&&) noexcept = default;
QpSolver::~QpSolver() = default;

std::size_t QpSolver::workspace_bytes(Executor const& executor, Problem const& problem, Options const& options,
                                      Setup const& setup) {
  return api::planned_workspace(executor, setup, [&] { return make(executor, problem, options, setup); });
}

int QpSolver::variables() const noexcept { return implementation_->setup().variables; }
int QpSolver::rows() const noexcept { return implementation_->setup().rows; }
int QpSolver::groups() const noexcept { return implementation_->setup().groups; }
int QpSolver::features() const noexcept { return implementation_->features(); }
double QpSolver::rho() const noexcept { return implementation_->rho(); }
std::int64_t QpSolver::factor_entries() const noexcept { return implementation_->factor_entries(); }
std::span<double const> QpSolver::row_weights() const noexcept { return implementation_->setup().weight; }

void QpSolver::set_codebook(Codebook const& codebook) { implementation_->set_codebook(codebook); }
void QpSolver::solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}
void QpSolver::polish(Tasks const& tasks, Polish const& polish) { implementation_->polish(tasks, polish); }
void QpSolver::gradient(Tasks const& tasks, Gradient const& gradient) { implementation_->gradient(tasks, gradient); }

}  // namespace metasolve
