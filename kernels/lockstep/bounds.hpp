// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"

/// Bounds on a system's unknowns. A step's equations may have a root that the true solution never reaches, such as a
/// negative concentration, and an iteration may find it.
namespace metasolve::kernels {

/// The bounds that a system (ode.hpp, nonlinear_problem.hpp) declares by its optional members
///   static constexpr bool nonnegative = true;                   all unknowns >= 0
///   METASOLVE_HD static constexpr double lower_bound(int i)     of unknown i; -infinity: no bound
///   METASOLVE_HD static constexpr double upper_bound(int i)     likewise; infinity: no bound
template <class S>
struct BoundsOf {
  static constexpr bool has_lower_function = requires { S::lower_bound(0); };
  static constexpr bool is_nonnegative = requires { requires S::nonnegative; };
  static_assert(!(has_lower_function && is_nonnegative), "a system says nonnegative or lower_bound, not both");
  static constexpr bool has_lower = has_lower_function || is_nonnegative;
  static constexpr bool has_upper = requires { S::upper_bound(0); };
  static constexpr bool declared = has_lower || has_upper;

  METASOLVE_HD static double lower(int i) {
    if constexpr (has_lower_function) {
      return S::lower_bound(i);
    } else {
      return is_nonnegative ? 0.0 : -infinity<double>();
    }
  }
  METASOLVE_HD static double upper(int i) {
    if constexpr (has_upper) {
      return S::upper_bound(i);
    } else {
      return infinity<double>();
    }
  }

  /// One bit per lane, set where y_i is outside.
  template <class Number>
  METASOLVE_HD static unsigned outside(int i, Number const& y) {
    unsigned found = 0;
    if constexpr (has_lower) found |= bits(y < number<Number>(lower(i)));
    if constexpr (has_upper) found |= bits(y > number<Number>(upper(i)));
    return found;
  }
  /// y_i clamped to the bounds.
  template <class Number>
  METASOLVE_HD static Number held(int i, Number const& y) {
    Number inside = y;
    if constexpr (has_lower) {
      Number const low = number<Number>(lower(i));
      inside = select(inside < low, low, inside);
    }
    if constexpr (has_upper) {
      Number const high = number<Number>(upper(i));
      inside = select(inside > high, high, inside);
    }
    return inside;
  }
  /// y_i reflected at the violated bound: a root outside often has a counterpart of that size inside.
  template <class Number>
  METASOLVE_HD static Number reflected(int i, Number const& y) {
    Number const border = held(i, y);
    return held(i, (border - y) + border);
  }

 private:
  template <class Number>
  METASOLVE_HD static Number number(double x) {
    return Number(static_cast<real_of<Number>>(x));
  }
};

/// A system (solvers/system.hpp) with such bounds.
template <class System>
concept BoundedSystem = requires {
  requires System::bounds::declared;
};

/// The violation of the bounds, summed over the entries. y [n], indexable.
template <class Bounds, class Number, class Y>
METASOLVE_HD Number excess_of(Y const& y, int n) {
  Number sum(real_of<Number>(0));
  for (int i = 0; i < n; ++i) {
    Number const value = y[i];
    sum += abs(Bounds::held(i, value) - value);
  }
  return sum;
}

}  // namespace metasolve::kernels
