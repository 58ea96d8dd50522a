// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "triangular.hpp"

namespace metasolve::kernels {

/// The sparse methods of DirectBody: A = L L', L D L' or L U without pivoting, in panels (src/sparse/factor_plan.hpp).
template <Factorization kind, class Real, Within within>
struct SparseFactors {
  using real = Real;
  static constexpr bool has_growth = kind != Factorization::cholesky;

  SupernodeView plan;

  METASOLVE_HD int size() const { return plan.entries; }
  template <class T, class F>
  METASOLVE_HD auto factor(T const& team, F* numbers) const {
    return Factorizer<kind, within, T, F>(team, plan, numbers).run();
  }
  template <class T, class F>
  METASOLVE_HD void solve(T const& team, F* numbers, F* v, bool transposed) const {
    TriangularSolver<kind, T, F>(team, plan, numbers).run(v, transposed);
  }
};

}  // namespace metasolve::kernels
