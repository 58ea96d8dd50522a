// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/kernels/direct/dense_lu.hpp"
#include "metasolve/kernels/direct/direct_body.hpp"
#include "metasolve/kernels/direct/sparse_factors.hpp"

namespace metasolve::exec {

/// The families of methods: Method<Within> is kernels::DirectBody's.
template <kernels::Factorization kind, class Real>
struct SparseFamily {
  using real = Real;
  template <kernels::Within within>
  using Method = kernels::SparseFactors<kind, Real, within>;
};
template <class Real>
struct DenseFamily {
  using real = Real;
  template <kernels::Within within>
  using Method = kernels::DenseLu<Real, within>;
};

/// A family's launches on one executor.
template <class Family>
struct DirectFunctions {
  using Lanes = kernels::DirectBody<typename Family::template Method<kernels::Within::lanes>, kernels::Within::lanes>;
  using Single =
      kernels::DirectBody<typename Family::template Method<kernels::Within::single>, kernels::Within::single>;

  TeamFunctions<Single> single{};
  TeamFunctions<Lanes> lanes{};  ///< null: this executor has no SIMD lanes
  int width = 1;                 ///< lanes

  template <class Exec>
  static DirectFunctions on() {
    DirectFunctions f;
    f.single = TeamFunctions<Single>::template on<Exec>();
    if constexpr (requires { Exec::template lanes_of_body<Lanes>; }) {
      f.lanes = TeamFunctions<Lanes>::template on<Exec>();
      f.width = Exec::template lanes_of_body<Lanes>;
    }
    return f;
  }
};

}  // namespace metasolve::exec
