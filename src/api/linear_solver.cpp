// SPDX-License-Identifier: Apache-2.0
#include "metasolve/linear_solver.hpp"

#include <string>

#include "metasolve/detail/api/direct_calls.hpp"
#include "metasolve/detail/api/krylov_calls.hpp"
#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/direct/dense_lu.hpp"

namespace metasolve {

namespace {

using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;

void require_range(char const* name, int value, int least, int most) {
  if (value >= least && value <= most) return;
  throw InputError(std::string(name) + " is " + std::to_string(value) + ", expected " + std::to_string(least) + " to " +
                   std::to_string(most));
}

bool is_direct(Method method) {
  return method == Method::cholesky || method == Method::ldl || method == Method::lu || method == Method::dense_lu;
}

Method chosen(LinearSolver::Options const& o, std::int64_t unknowns) {
  if (o.method != Method::automatic) return o.method;
  if (o.matrix == Matrix::positive_definite) return Method::cholesky;
  if (unknowns <= kernels::most_dense_unknowns) return Method::dense_lu;
  return o.matrix == Matrix::symmetric ? Method::ldl : Method::lu;
}

/// The options with a method.
LinearSolver::Options validated(Pattern const& pattern, LinearSolver::Options o, Setup const& setup) {
  api::check_choice("options.matrix", o.matrix, Matrix::positive_definite);
  api::check_choice("options.method", o.method, Method::gmres);
  api::check_choice("options.ordering", o.ordering, LinearSolver::Ordering::amd);
  api::check_choice("options.precision", o.precision, LinearSolver::Precision::mixed);
  api::check_choice("options.preconditioner", o.preconditioner, PreconditionerKind::automatic);
  require_range("options.block_size", o.block_size, 1, 16);
  require_range("options.restart", o.restart, 1, 200);
  if (o.fill_level < 0) {
    throw InputError("options.fill_level is " + std::to_string(o.fill_level) + ", expected 0 or more");
  }
  if (setup.meta_solver) throw InputError("setup.meta_solver: LinearSolver takes none; CgSolver does");
  auto const unknowns = static_cast<std::int64_t>(pattern.row_ptrs.size()) - 1;
  o.method = chosen(o, unknowns);
  bool const cg = o.method == Method::cg;
  if ((cg || o.method == Method::cholesky) && o.matrix != Matrix::positive_definite) {
    throw InputError(std::string("options.method is ") + (cg ? "cg" : "cholesky") +
                     ", which is for symmetric positive definite matrices: set options.matrix to positive_definite, or "
                     "use " +
                     (cg ? "bicgstab or gmres" : "ldl or lu"));
  }
  if (o.method == Method::ldl && o.matrix == Matrix::general) {
    throw InputError("options.method: ldl is for options.matrix symmetric or positive_definite");
  }
  if (o.method == Method::dense_lu && unknowns > kernels::most_dense_unknowns) {
    throw InputError("options.method: dense_lu is for at most " + std::to_string(kernels::most_dense_unknowns) +
                     " unknowns, given " + std::to_string(unknowns) + "; use lu");
  }
  // L U of a symmetric matrix is L D L' with twice the numbers.
  if (o.method == Method::lu && o.matrix != Matrix::general) o.method = Method::ldl;
  if (o.precision == LinearSolver::Precision::mixed && !is_direct(o.method)) {
    throw InputError("options.precision: mixed is for direct methods");
  }
  if (o.keeps_factors && !is_direct(o.method)) {
    throw InputError("options.keeps_factors: for direct methods; the others have no factors of A");
  }
  return o;
}

std::unique_ptr<LinearSolver::Implementation> make(Executor const& executor, Pattern const& pattern,
                                                   LinearSolver::Options const& options, Setup const& setup) {
  return is_direct(options.method) ? api::make_direct(executor, pattern, options, setup)
                                   : api::make_krylov(executor, pattern, options, setup);
}

}  // namespace

LinearSolver::LinearSolver(Executor const& executor, Pattern const& pattern, Options const& options, Setup const& setup)
    : implementation_([&] {
        auto const valid = validated(pattern, options, setup);
        return api::with_workspace(executor, setup, [&] { return make(executor, pattern, valid, setup); });
      }()) {}
LinearSolver::LinearSolver(LinearSolver&&) noexcept = default;
LinearSolver& LinearSolver::operator=(LinearSolver&&) noexcept = default;
LinearSolver::~LinearSolver() = default;

std::size_t LinearSolver::workspace_bytes(Executor const& executor, Pattern const& pattern, Options const& options,
                                          Setup const& setup) {
  auto const valid = validated(pattern, options, setup);
  return api::planned_workspace(executor, setup, [&] { return make(executor, pattern, valid, setup); });
}

int LinearSolver::unknowns() const noexcept { return implementation_->unknowns(); }
Method LinearSolver::method() const noexcept { return implementation_->method(); }
LinearSolver::Ordering LinearSolver::ordering() const noexcept { return implementation_->ordering(); }
std::int64_t LinearSolver::factor_entries() const noexcept { return implementation_->factor_entries(); }

void LinearSolver::solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                         Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}
void LinearSolver::solve_again(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results) {
  implementation_->solve_again(tasks, stopping, results);
}
void LinearSolver::gradient(Tasks const& tasks, Gradient const& gradient, Stopping<double> const& stopping,
                            Results<double> const& results) {
  implementation_->gradient(tasks, gradient, stopping, results);
}

}  // namespace metasolve
