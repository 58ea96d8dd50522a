// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "kernels/implicit_euler.hpp"
#include "kernels/newton_sor.hpp"

namespace metasolve::problems {

/// The bounds of the paper's clamp (appendix C.2; shared by its settings): concentrations with a margin.
inline constexpr double clamp_low = -1, clamp_high = 2;

template <kernels::Ode O, class Scalar>
using OdeSolver = kernels::NewtonSor<kernels::ImplicitEuler<O, Scalar>>;

template <kernels::Ode O, class Scalar>
OdeSolver<O, Scalar> ode_solver(Scalar const* rows, bool clamps) {
  constexpr int columns = kernels::ImplicitEuler<O, Scalar>::columns;
  return {{{rows, columns, 1}}, clamps, Scalar(clamp_low), Scalar(clamp_high)};
}

/// Implicit Euler steps of one system, on the host, made on demand in any order.
template <kernels::Ode O>
struct OdeTasks {
  std::int64_t count = 0;
  bool clamps = true;
  /// Tasks first ... first + n - 1: rows [n][ImplicitEuler::columns], the relaxation factor of the default parameters
  /// with them.
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
};

}  // namespace metasolve::problems
