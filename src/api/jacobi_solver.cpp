// SPDX-License-Identifier: Apache-2.0
#include "metasolve/jacobi_solver.hpp"

#include <string>
#include <type_traits>

#include "metasolve/detail/api/jacobi_calls.hpp"
#include "metasolve/detail/sparse/poisson_direct.hpp"
#include "metasolve/detail/sparse/poisson_rhs.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

constexpr int most_unknowns = 1024;

void check(int unknowns) {
  if (unknowns >= 1 && unknowns <= most_unknowns) return;
  throw InputError("JacobiSolver: " + std::to_string(unknowns) + " unknowns given, expected 1 to " +
                   std::to_string(most_unknowns));
}

api::JacobiOptions stencil(int unknowns, Measure measure) {
  return {.unknowns = unknowns, .measure = measure, .pattern = {}};
}
api::JacobiOptions sparse_options(Pattern const& pattern, Measure measure) {
  return {.unknowns = static_cast<int>(pattern.row_ptrs.size()) - 1,
          .measure = measure,
          .sparse = true,
          .pattern = pattern};
}

template <class Real>
using Implementation = std::unique_ptr<typename JacobiSolver<Real>::Implementation>;

template <class Real>
Implementation<Real> make(Executor const& executor, api::JacobiOptions const& o, Setup const& setup) {
  check(o.unknowns);
  api::check_choice("measure", o.measure, Measure::relative_residual);
  if (!o.sparse) {
    using Matrix = kernels::PoissonStencil<Real>;
    return std::make_unique<api::JacobiCalls<Matrix>>(executor, Matrix{o.unknowns}, nullptr, o, setup);
  }
  using Matrix = kernels::SharedCsr<Real>;
  auto pattern = std::make_unique<sparse::SparsePattern>(executor.backend(), o.unknowns, o.pattern);
  Matrix const matrix{o.unknowns, pattern->view(), {}};
  return std::make_unique<api::JacobiCalls<Matrix>>(executor, matrix, std::move(pattern), o, setup);
}
template <class Real>
Implementation<Real> made(Executor const& executor, api::JacobiOptions const& options, Setup const& setup) {
  return api::with_workspace(executor, setup, [&] { return make<Real>(executor, options, setup); });
}
template <class Real>
std::size_t planned(Executor const& executor, api::JacobiOptions const& options, Setup const& setup) {
  return api::planned_workspace(executor, setup, [&] { return make<Real>(executor, options, setup); });
}

}  // namespace

template <class Real>
JacobiSolver<Real> JacobiSolver<Real>::poisson(Executor const& executor, int unknowns, Measure measure,
                                               Setup const& setup) {
  return JacobiSolver(made<Real>(executor, stencil(unknowns, measure), setup));
}
template <class Real>
std::size_t JacobiSolver<Real>::poisson_workspace_bytes(Executor const& executor, int unknowns, Measure measure,
                                                        Setup const& setup) {
  return planned<Real>(executor, stencil(unknowns, measure), setup);
}

template <class Real>
JacobiSolver<Real> JacobiSolver<Real>::sparse(Executor const& executor, Pattern const& pattern, Measure measure,
                                              Setup const& setup) {
  return JacobiSolver(made<Real>(executor, sparse_options(pattern, measure), setup));
}
template <class Real>
std::size_t JacobiSolver<Real>::sparse_workspace_bytes(Executor const& executor, Pattern const& pattern,
                                                       Measure measure, Setup const& setup) {
  return planned<Real>(executor, sparse_options(pattern, measure), setup);
}

template <class Real>
JacobiSolver<Real>::JacobiSolver(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
template <class Real>
JacobiSolver<Real>::JacobiSolver(JacobiSolver&&) noexcept = default;
template <class Real>
JacobiSolver<Real>& JacobiSolver<Real>::operator=(JacobiSolver&&) noexcept = default;
template <class Real>
JacobiSolver<Real>::~JacobiSolver() = default;

template <class Real>
int JacobiSolver<Real>::unknowns() const noexcept {
  return implementation_->unknowns();
}

template <class Real>
void JacobiSolver<Real>::solve(Tasks const& tasks, Stopping const& stopping, Results const& results,
                               Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}

template class JacobiSolver<float>;
template class JacobiSolver<double>;

void solve_poisson_directly(int unknowns, std::span<double const> rhs, std::span<double> solution) {
  check(unknowns);
  auto const n = static_cast<std::size_t>(unknowns);
  if (rhs.size() % n != 0 || solution.size() != rhs.size()) {
    throw InputError("solve_poisson_directly: " + std::to_string(rhs.size()) + " entries of f and " +
                     std::to_string(solution.size()) + " of u given, expected the same multiple of " +
                     std::to_string(unknowns));
  }
  sparse::require_usable_poisson(
      rhs, unknowns, [](std::int64_t row) { return "solve_poisson_directly: task " + std::to_string(row); });
  for (std::size_t at = 0; at < rhs.size(); at += n) {
    sparse::solve_poisson_directly(unknowns, rhs.data() + at, solution.data() + at);
  }
}

}  // namespace metasolve
