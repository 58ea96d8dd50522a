// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_jacobi.hpp"
#include "incomplete_lu.hpp"
#include "preconditioner.hpp"
#include "ssor.hpp"

namespace metasolve::kernels {

/// One of several preconditioners, chosen when the solver is made: a solver is compiled once for all of them, and what
/// they cost is far more than the choice. Parameter: that of the chosen one, else unused. A is general
/// (general_matrix.hpp), or symmetric by its lower values.
struct KrylovPreconditioner {
  enum class Kind { none, block_jacobi, ssor, ilu };
  static constexpr bool has_absolute_shift = false;

  Kind kind = Kind::none;
  BlockJacobi blocks;
  Ssor ssor;
  IncompleteLu lu;

  METASOLVE_HD static constexpr int parameter_size() { return 1; }
  METASOLVE_HD int size() const {
    if (kind == Kind::block_jacobi) return blocks.size();
    if (kind == Kind::ssor) return ssor.size();
    return kind == Kind::ilu ? lu.size() : 0;
  }

  template <class T, class Values, class Theta, class Factor, class Scratch, class Mask>
  METASOLVE_HD auto build(T const& team, LowerPatternView const& of_a, Values a, Theta theta, Factor f, Scratch,
                          Mask fresh) const {
    using Number = typename Factor::value_type;
    if (kind == Kind::block_jacobi) return blocks.build(team, a, f);
    if (kind == Kind::ssor) return ssor.build(team, a, theta, f);
    if (kind == Kind::ilu) return lu.build(team, of_a, a, theta, f, fresh);
    return Number(real_of<Number>(1)) > Number(real_of<Number>(0));
  }
  template <class T, class Factor, class State>
  METASOLVE_HD void forward(T const& team, Factor f, State v) const {
    if (kind == Kind::block_jacobi) return blocks.apply(team, f, v);
    if (kind == Kind::ssor || kind == Kind::ilu) triangles().forward(team, f, v);
  }
  template <class T, class Factor, class State>
  METASOLVE_HD void backward(T const& team, Factor f, State v) const {
    if (kind == Kind::ssor || kind == Kind::ilu) triangles().backward(team, f, v);
  }

 private:
  METASOLVE_HD TriangularPair const& triangles() const {
    if (kind == Kind::ssor) return ssor;
    return lu;
  }
};
static_assert(ForwardPreconditioner<KrylovPreconditioner> && !Preconditioner<KrylovPreconditioner>);

}  // namespace metasolve::kernels
