#pragma once

#include <metasolve/train_problem.hpp>

/// The ODE to integrate: y' = f(t, y; p), here van der Pol's oscillator, y_1' = y_2, y_2' = p_1 (1 - y_1^2) y_2 - y_1.
/// f may call sqrt, exp, log, tanh and abs, without std::, and metasolve::kernels::select(condition, a, b) instead of
/// an if on y. <metasolve/kernels/problems/ode.hpp> documents the other members of such a struct.
struct @Name@ {
  static constexpr char const* name = "@name@";
  static constexpr int size = 2;        ///< unknowns y
  static constexpr int parameters = 1;  ///< p, above 0; else parameters_by_logarithm = false
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    f[0] = y[1];
    f[1] = p[0] * (1 - y[0] * y[0]) * y[1] - y[0];
  }
};

/// One implicit Euler step: y - h f(t + h, y; p) = y_prev. Columns of a task:
/// t, h, p [parameters], relaxation factor, y_prev [size], guess y_0 [size].
using @Name@Problem = metasolve::kernels::OdeProblem<@Name@>;
