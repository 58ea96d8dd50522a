// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/bounds.hpp"
#include "../simd/dual.hpp"

/// Small systems of ordinary differential equations y' = f(t, y; p), and their derivatives.
namespace metasolve::kernels {

/// User-defined: f, once. Everything else is derived by forward-mode differentiation at compile time.
///
///   struct VanDerPol {
///     static constexpr int size = 2;        ///< unknowns n, 1 to 32
///     static constexpr int parameters = 1;  ///< p, which may differ from task to task
///     template <class T, class Y, class P, class F>
///     METASOLVE_HD static void rate(T const& t, Y const& y, P const& p, F& f) {
///       f[0] = y[1];
///       f[1] = p[0] * (1 - y[0] * y[0]) * y[1] - y[0];
///     }
///   };
///
/// rate is called with y and f of any number type (number.hpp): SIMD packs, dual numbers. t and p are not
/// differentiated. It may use the four operators, `select`, and sqrt, exp, log, tanh and abs, called without std::. It
/// assigns all of f. Optional members, where hand-written derivatives are cheaper:
///
///   jacobian(t, y, p, J)           J[i][j] = df_i/dy_j, all n x n of them
///   jacobian_entries(t, y, p, use) in place of jacobian, if most of many entries are 0: use(i, j, df_i/dy_j) for all
///                                  nonzeros and the whole diagonal, row by row, columns ascending; i and j literals
///   add_hessian_contraction(t, y, p, w, bar) bar[k] += sum_ij w[i][j] d2f_i/(dy_j dy_k), w [n][n]
///   static constexpr bool rate_is_linear_in_parameters = true;    f(t, y; h p) = h f(t, y; p): the step size is then
///                                                                 multiplied into p once per task
///   static constexpr bool nonnegative = true;                     all unknowns are >= 0, such as concentrations; or
///   lower_bound(i), upper_bound(i)                                bounds of each unknown (bounds.hpp). A root of a
///                                                                 step outside them is not reported as converged
///   static constexpr char const* name                             for messages and files
///   static constexpr char const* parameter_names[]                of p, likewise
///   static constexpr double initial_state[], default_parameters[], end_time    the published problem
///   static constexpr double lowest_exponents[], parameter_decades    a distribution of p: log-uniform from
///                                                                 10^lowest_exponents[i] over so many decades
///   static constexpr bool is_clamped = true;                      the published problem clamps iterates to [-1, 2]
template <class O>
concept Ode = requires(double t, double const (&y)[O::size], double const (&p)[O::parameters < 1 ? 1 : O::parameters],
                       double (&f)[O::size]) {
  requires O::size >= 1 && O::size <= 32 && O::parameters >= 0;
  O::rate(t, y, p, f);
};

template <class O>
inline constexpr bool rate_is_linear_in_parameters = requires {
  requires O::rate_is_linear_in_parameters;
};

struct AnyEntry {
  template <class Number>
  METASOLVE_HD void operator()(int, int, Number const&) {}
};
/// For these a sweep needs no n x n array.
template <class O>
concept HasJacobianEntries = requires(double const (&y)[O::size], AnyEntry& use) {
  O::jacobian_entries(0.0, y, y, use);
};

/// Directions differentiated at once.
template <class O>
inline constexpr int ode_width = O::size < 4 ? O::size : 4;

/// J[i][j] = df_i/dy_j by dual numbers. y, p: indexable; J [n][n].
template <Ode O, class Number, class T, class Y, class P>
METASOLVE_HD void derived_jacobian(T const& t, Y const& y, P const& p, Number (&J)[O::size][O::size]) {
  constexpr int n = O::size, width = ode_width<O>;
  using D = Dual<Number, width>;
  for (int first = 0; first < n; first += width) {
    D x[n], f[n];
    for (int i = 0; i < n; ++i) {
      x[i] = D(Number(y[i]));
      if (i >= first && i < first + width) x[i].tangent[i - first] = Number(real_of<Number>(1));
    }
    O::rate(t, x, p, f);
    for (int i = 0; i < n; ++i) {
      for (int w = 0; w < width && first + w < n; ++w) J[i][first + w] = f[i].tangent[w];
    }
  }
}

template <class Number, int n>
struct EntriesTo {
  Number (&J)[n][n];
  METASOLVE_INLINE METASOLVE_HD void operator()(int i, int j, Number const& entry) { J[i][j] = entry; }
};

template <Ode O, class Number, class T, class Y, class P>
METASOLVE_HD void ode_jacobian(T const& t, Y const& y, P const& p, Number (&J)[O::size][O::size]) {
  if constexpr (requires { O::jacobian(t, y, p, J); }) {
    O::jacobian(t, y, p, J);
  } else if constexpr (HasJacobianEntries<O>) {
    for (auto& row : J) {
      for (Number& entry : row) entry = Number(real_of<Number>(0));
    }
    EntriesTo<Number, O::size> use{J};
    O::jacobian_entries(t, y, p, use);
  } else {
    derived_jacobian<O>(t, y, p, J);
  }
}

/// bar[k] += sum_ij w[i][j] d2f_i/(dy_j dy_k) by dual numbers of dual numbers: n ceil(n / width) evaluations of f.
template <Ode O, class Number, class T, class Y, class P>
METASOLVE_HD void add_derived_hessian_contraction(T const& t, Y const& y, P const& p,
                                                  Number const (&w)[O::size][O::size], Number (&bar)[O::size]) {
  constexpr int n = O::size, width = ode_width<O>;
  using Inner = Dual<Number, 1>;
  using Outer = Dual<Inner, width>;
  Number const one(real_of<Number>(1));
  for (int j = 0; j < n; ++j) {
    for (int first = 0; first < n; first += width) {
      Outer x[n], f[n];
      for (int i = 0; i < n; ++i) {
        x[i] = Outer(Inner(Number(y[i])));
        if (i == j) x[i].value.tangent[0] = one;
        if (i >= first && i < first + width) x[i].tangent[i - first] = Inner(one);
      }
      O::rate(t, x, p, f);
      for (int i = 0; i < n; ++i) {
        for (int v = 0; v < width && first + v < n; ++v) bar[first + v] += w[i][j] * f[i].tangent[v].tangent[0];
      }
    }
  }
}

template <Ode O, class Number, class T, class Y, class P>
METASOLVE_HD void add_ode_hessian_contraction(T const& t, Y const& y, P const& p, Number const (&w)[O::size][O::size],
                                              Number (&bar)[O::size]) {
  if constexpr (requires { O::add_hessian_contraction(t, y, p, w, bar); }) {
    O::add_hessian_contraction(t, y, p, w, bar);
  } else {
    add_derived_hessian_contraction<O>(t, y, p, w, bar);
  }
}

}  // namespace metasolve::kernels
