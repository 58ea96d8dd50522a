// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/sparse/poisson_direct.hpp"
#include "metasolve/detail/sparse/sparse_pattern.hpp"
#include "metasolve/kernels/lockstep/lockstep_adjoint.hpp"
#include "metasolve/kernels/operators/poisson_stencil.hpp"
#include "metasolve/kernels/operators/shared_csr.hpp"
#include "metasolve/kernels/simd/dual.hpp"
#include "metasolve/kernels/simd/pack.hpp"
#include "metasolve/kernels/solvers/jacobi.hpp"
#include "tests/support/run_lockstep.hpp"

/// Small random Jacobi problems.
namespace metasolve::test {

using kernels::Jacobi;
using kernels::LockstepArguments;
using kernels::Measure;
using kernels::PoissonStencil;
using kernels::SharedCsr;

/// Tasks with one unsymmetric, diagonally dominant matrix each, on one random pattern; f = A u.
template <class Scalar>
struct JacobiProblem {
  int unknowns;
  std::int64_t tasks;
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;
  std::vector<Scalar> values, rhs, solution, stencil_solution, theta;
  exec::CpuExec exec{1};
  sparse::SparsePattern pattern;

  JacobiProblem(int n, std::int64_t count, unsigned seed) : unknowns(n), tasks(count), pattern(make(n, count, seed)) {}

  Jacobi<SharedCsr<Scalar>> csr(Measure measure) const {
    return {{unknowns, pattern.view(), {values.data(), static_cast<std::int64_t>(col_idxs.size()), 1}},
            measure,
            {rhs.data(), unknowns, 1},
            {solution.data(), unknowns, 1}};
  }
  /// The same right-hand sides with the Poisson stencil.
  Jacobi<PoissonStencil<Scalar>> stencil(Measure measure) const {
    return {{unknowns}, measure, {rhs.data(), unknowns, 1}, {stencil_solution.data(), unknowns, 1}};
  }

 private:
  sparse::SparsePattern make(int n, std::int64_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        if (i == j || uniform(random) > 0.5) col_idxs.push_back(j);
      }
      row_ptrs.push_back(static_cast<std::int32_t>(col_idxs.size()));
    }
    for (std::int64_t t = 0; t < count; ++t) {
      std::vector<double> u(static_cast<std::size_t>(n)), f(u.size());
      for (auto& x : u) x = uniform(random);
      for (int i = 0; i < n; ++i) {
        double sum = 0, row = 0;
        auto const first = values.size();
        std::size_t diagonal = 0;
        for (int e = row_ptrs[static_cast<std::size_t>(i)]; e < row_ptrs[static_cast<std::size_t>(i) + 1]; ++e) {
          int const j = col_idxs[static_cast<std::size_t>(e)];
          double const a = uniform(random);
          if (i == j) diagonal = values.size();
          if (i != j) sum += std::abs(a);
          values.push_back(Scalar(a));
        }
        values[diagonal] = Scalar(1.3 * sum + 0.2);
        for (std::size_t e = first; e < values.size(); ++e) {
          auto const j = static_cast<std::size_t>(
              col_idxs[static_cast<std::size_t>(row_ptrs[static_cast<std::size_t>(i)]) + e - first]);
          row += value_of(values[e]) * u[j];
        }
        rhs.push_back(Scalar(row));
      }
      for (double const x : u) solution.push_back(Scalar(x));
      for (std::size_t i = 0; i < u.size(); ++i) f[i] = value_of(rhs[rhs.size() - u.size() + i]);
      sparse::solve_poisson_directly(n, f.data(), u.data());
      for (double const x : u) stencil_solution.push_back(Scalar(x));
      for (int i = 0; i < n; ++i) theta.push_back(Scalar(uniform(random)));
    }
    return {exec, n, {row_ptrs, col_idxs}};
  }
  static double value_of(double x) { return x; }
  static double value_of(float x) { return static_cast<double>(x); }
  static double value_of(kernels::Dual<double> x) { return x.value; }
};

}  // namespace metasolve::test
