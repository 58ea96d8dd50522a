// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "../network/relaxation_head.hpp"
#include "../solvers/newton_sor.hpp"
#include "ode.hpp"
#include "problem.hpp"

namespace metasolve::kernels {

/// User interface for a family of small systems g(y; c) = 0: g, and the features of a task for the network.
///
///   struct Equilibrium {
///     static constexpr char const* name = "equilibrium";
///     static constexpr int size = 2;        ///< unknowns n, 1 to 32
///     static constexpr int data = 3;        ///< numbers c that define a task
///     static constexpr int features = 3;
///     template <class C, class Y, class G>
///     METASOLVE_HD static void residual(C const& c, Y const& y, G& g);      ///< assigns g [n]
///     template <class Number>
///     METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]);
///   };
///
/// residual is called with several number types for y and g (number.hpp), as an ODE's rate (ode.hpp); its derivatives
/// come from forward-mode differentiation at compile time. Optional:
///
///   static constexpr double relaxation_range[] = {low, high};   range of the predicted r; default (0, 2)
///   static std::array<HeadEntry, 1 + n> head()     custom map from outputs to r and y_0; default:
///                                                  r in its range, and y_0 the caller's guess times a factor
///   static constexpr int outputs                   of the network; default 1 + n
///   static std::string feature_name(int f)         names of a meta-solver's features
///   nonnegative, lower_bound(i), upper_bound(i)    bounds of y (bounds.hpp): a root outside them is not reported as
///                                                  converged
template <class G>
concept NonlinearFamily = requires(double const (&c)[G::data], double const (&y)[G::size], double (&g)[G::size],
                                   double (&x)[G::features]) {
  { G::name } -> std::convertible_to<char const*>;
  requires G::size >= 1 && G::size <= 32 && G::data >= 1 && G::features >= 1;
  G::residual(c, y, g);
  G::features_of(c, x);
};

/// g(y; c) = 0 as a system (system.hpp). Columns: c [data], relaxation factor, y_0 [n].
template <NonlinearFamily G>
struct NonlinearSystem {
  using scalar = double;
  using bounds = BoundsOf<G>;
  static constexpr int size = G::size;
  static constexpr int relaxation_at = G::data, guess_at = relaxation_at + 1, columns = guess_at + size;

  Columns<scalar, columns> row;

  METASOLVE_HD static constexpr int task_size() { return G::data; }

  /// False: a number is not finite.
  template <class View>
  METASOLVE_HD bool load(std::int64_t task, View data) const {
    bool usable = true;
    for (int i = 0; i < G::data; ++i) {
      scalar const c = row(task, i);
      usable = usable && is_finite(c);
      data[i] = c;
    }
    return usable;
  }

  template <class Data, class Y, class Number>
  METASOLVE_HD static void residual(Data data, Y const& y, Number (&g)[size]) {
    G::residual(data, y, g);
  }
  template <class Data, class Y, class Number>
  METASOLVE_HD static void jacobian(Data data, Y const& y, Number (&J)[size][size]) {
    derived_jacobian<AsRate>(0, y, data, J);
  }
  template <class Data, class Y, class Number>
  METASOLVE_HD static void add_hessian_contraction(Data data, Y const& y, Number const (&w)[size][size],
                                                   Number (&bar)[size]) {
    add_derived_hessian_contraction<AsRate>(0, y, data, w, bar);
  }

 private:
  /// g in place of f.
  struct AsRate {
    static constexpr int size = G::size, parameters = G::data;
    template <class T, class Y, class C, class F>
    METASOLVE_HD static void rate(T const&, Y const& y, C const& c, F& g) {
      G::residual(c, y, g);
    }
  };
};

/// A family of nonlinear systems solved by Newton-SOR, with support for meta-solvers.
template <NonlinearFamily G>
struct NonlinearProblem {
  using System = NonlinearSystem<G>;
  using Solver = NewtonSor<System>;
  static constexpr char const* name = G::name;
  static constexpr int columns = System::columns, feature_columns = G::data;
  static constexpr int parameters = 1 + G::size, features = G::features;
  static constexpr int outputs = [] {
    if constexpr (requires { G::outputs; }) {
      return G::outputs;
    } else {
      return parameters;
    }
  }();

  METASOLVE_HD static constexpr int parameter_column(int p) { return System::relaxation_at + p; }

  static std::array<HeadEntry, parameters> head() { return relaxation_head<G, parameters>(1); }

  static std::string column_name(int c) {
    if (c < System::relaxation_at) return "c[" + std::to_string(c) + "]";
    if (c < System::guess_at) return "relaxation factor";
    return "guess y_0[" + std::to_string(c - System::guess_at) + "]";
  }

  static std::string feature_name(int f) {
    if constexpr (requires { G::feature_name(f); }) return G::feature_name(f);
    return "feature " + std::to_string(f);
  }

  static void bind(Solver& solver, Columns<double, columns> const& tasks) { solver.system.row = tasks; }

  template <class Number>
  METASOLVE_HD static void features_of(Number const (&task)[feature_columns], Number (&x)[features]) {
    G::features_of(task, x);
  }
};

}  // namespace metasolve::kernels
