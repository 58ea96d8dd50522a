// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_arguments.hpp"
#include "../simd/dual.hpp"
#include "../solvers/elimination.hpp"
#include "../solvers/newton.hpp"
#include "implicit_euler.hpp"

namespace metasolve::kernels {

/// The implicit gradient of implicit Euler steps (docs/adjoints/implicit_euler.md): for y with y - h f(t + h, y; p) -
/// y_prev = 0 and y_bar = dF/dy, solves (I - h df/dy)' lambda = y_bar. Then previous_bar = lambda, parameters_bar = h
/// (df/dp)' lambda, step_bar = lambda . (f + h df/dt), time_bar = h lambda . df/dt. A body for teams (exec::TeamBody).
template <Ode O>
struct ImplicitEulerGradient {
  using scalar = double;
  using System = ImplicitEuler<O, double>;
  using solver_type = Newton<System>;
  static constexpr auto name = "implicit_euler_gradient";
  static constexpr bool takes_batches = true;
  static constexpr int n = O::size, parameters = O::parameters;
  static constexpr int columns = System::columns + n;  ///< of System::Row

  solver_type solver;  ///< with the tasks, of which t, h and p are read
  std::int64_t count = 0;
  BatchView<double const> solution, solution_bar;   ///< [count][n]
  BatchView<double> previous_bar;                   ///< [count][n]
  BatchView<double> parameters_bar;                 ///< [count][parameters] or null
  double *step_bar = nullptr, *time_bar = nullptr;  ///< [count] or null
  std::int32_t* status = nullptr;                   ///< [count] or null

  METASOLVE_HD static constexpr int scratch_size() { return 0; }
  METASOLVE_HD static constexpr std::int64_t global_size() { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const&, Source& source, Scratch, Global) const {
    for (std::int64_t first = source(); first >= 0; first = source()) differentiate<Number>(first);
  }

 private:
  /// Tasks of a group beyond the last repeat it, and are not written.
  template <class Number, class Of>
  METASOLVE_HD Number loaded(std::int64_t first, Of const& of) const {
    Number x(0.0);
    for (int l = 0; l < lanes_of<Number>; ++l) set_lane(x, l, of(first + l < count ? first + l : count - 1));
    return x;
  }
  template <class Number, class To>
  METASOLVE_HD void stored(std::int64_t first, Number const& x, To const& to) const {
    for (int l = 0; l < lanes_of<Number> && first + l < count; ++l) to(first + l) = lane(x, l);
  }
  template <class Number>
  METASOLVE_HD static auto finite(Number const& x) {
    return x - x == Number(0.0);
  }

  template <class Number>
  METASOLVE_HD void differentiate(std::int64_t first) const {
    auto const column = [&](int c) {
      return loaded<Number>(first, [&](std::int64_t task) { return solver.system.row(task, c); });
    };
    Number const zero(0.0), h = column(System::step_at), t = column(System::time_at), at = t + h;
    Number p[parameters < 1 ? 1 : parameters], y[n], lambda[n];
    auto valid = h > zero && finite(h) && finite(t);
    for (int i = 0; i < parameters; ++i) {
      p[i] = column(System::parameters_at + i);
      valid = valid && finite(p[i]);
    }
    for (int i = 0; i < n; ++i) {
      y[i] = loaded<Number>(first, [&](std::int64_t task) { return solution(task, i); });
      lambda[i] = loaded<Number>(first, [&](std::int64_t task) { return solution_bar(task, i); });
    }
    auto const regular = solve_transposed(at, h, y, p, lambda);
    Number bar[1 + parameters], of_rate;
    differentiate_rate(at, h, y, p, lambda, bar, of_rate);
    Number const of_step = of_rate + bar[0];

    auto exists = finite(of_step);
    for (Number const& x : lambda) exists = exists && finite(x);
    for (Number const& x : bar) exists = exists && finite(x);
    unsigned const usable = bits(valid) & bits(regular), whole = usable & bits(exists);
    auto const keep = lanes_where<Number>(whole);
    Number const none(infinity<double>() - infinity<double>());
    for (int i = 0; i < n; ++i) {
      stored(first, select(keep, lambda[i], none), [&](std::int64_t task) -> double& { return previous_bar(task, i); });
    }
    if (parameters_bar) {
      for (int i = 0; i < parameters; ++i) {
        stored(first, select(keep, bar[1 + i], none),
               [&](std::int64_t task) -> double& { return parameters_bar(task, i); });
      }
    }
    if (step_bar != nullptr) {
      stored(first, select(keep, of_step, none), [&](std::int64_t task) -> double& { return step_bar[task]; });
    }
    if (time_bar != nullptr) {
      stored(first, select(keep, bar[0], none), [&](std::int64_t task) -> double& { return time_bar[task]; });
    }
    for (int l = 0; status != nullptr && l < lanes_of<Number> && first + l < count; ++l) {
      bool const is_usable = (usable >> l & 1) != 0, is_whole = (whole >> l & 1) != 0;
      status[first + l] = static_cast<std::int32_t>(is_whole    ? Status::converged
                                                    : is_usable ? Status::not_finite
                                                                : Status::breakdown);
    }
  }

  /// bar: y_bar, then lambda. False where the matrix is singular.
  template <class Number>
  METASOLVE_HD static auto solve_transposed(Number const& at, Number const& h, Number const (&y)[n],
                                            Number const (&p)[parameters < 1 ? 1 : parameters], Number (&bar)[n]) {
    Number const zero(0.0), one(1.0);
    Number J[n][n];
    ode_jacobian<O>(at, y, p, J);
    for (int i = 0; i < n; ++i) {
      J[i][i] = one - h * J[i][i];
      for (int j = 0; j < i; ++j) {
        Number const lower = J[i][j];
        J[i][j] = zero - h * J[j][i];
        J[j][i] = zero - h * lower;
      }
    }
    eliminate(J, bar);
    auto singular = J[0][0] == zero;
    for (int i = 1; i < n; ++i) singular = singular || J[i][i] == zero;
    substitute_back(J, bar);
    return !singular;
  }

  /// bar[0] = h lambda . df/dt, bar[1 + i] = h lambda . df/dp_i, of_rate = lambda . f, by dual numbers.
  template <class Number>
  METASOLVE_HD static void differentiate_rate(Number const& at, Number const& h, Number const (&y)[n],
                                              Number const (&p)[parameters < 1 ? 1 : parameters],
                                              Number const (&lambda)[n], Number (&bar)[1 + parameters],
                                              Number& of_rate) {
    constexpr int width = parameters < 3 ? 1 + parameters : 4;
    using D = Dual<Number, width>;
    Number const zero(0.0), one(1.0);
    for (int from = 0; from < 1 + parameters; from += width) {
      D moment(at), x[n], q[parameters < 1 ? 1 : parameters], f[n];
      if (from == 0) moment.tangent[0] = one;
      for (int i = 0; i < n; ++i) x[i] = D(y[i]);
      for (int i = 0; i < parameters; ++i) {
        q[i] = D(p[i]);
        if (1 + i >= from && 1 + i < from + width) q[i].tangent[1 + i - from] = one;
      }
      O::rate(moment, x, q, f);
      of_rate = zero;
      for (int i = 0; i < n; ++i) of_rate += lambda[i] * f[i].value;
      for (int w = 0; w < width && from + w < 1 + parameters; ++w) {
        Number sum = zero;
        for (int i = 0; i < n; ++i) sum += lambda[i] * f[i].tangent[w];
        bar[from + w] = h * sum;
      }
    }
  }
};

}  // namespace metasolve::kernels
