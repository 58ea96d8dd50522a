// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "../lockstep/solver.hpp"
#include "../network/head.hpp"
#include "../simd/columns.hpp"
#if !defined(__CUDACC__)
#include "../simd/pack_math.hpp"
#endif

/// A family of small solves whose tasks are a few numbers each, and which a meta-solver can serve.
namespace metasolve::kernels {

/// What a problem says of itself:
///
///   struct P {
///     static constexpr char const* name         what a trained meta-solver is known by
///     using Solver = ...                         a Solver (solver.hpp) on double
///     static constexpr int columns               numbers of a task, its default parameters among them
///     static constexpr int parameters            of the solver
///     static constexpr int parameter_column(int p)                  the column of parameter p's default
///     static constexpr int features              what the network sees of a task,
///     static constexpr int feature_columns       made of so many columns, the first
///     static constexpr int outputs               of the network
///     static std::array<HeadEntry, parameters> head()               parameters from outputs and defaults
///     static void bind(Solver& solver, Columns<double, columns> const& tasks)    from now on solves these
///     template <class Number> METASOLVE_HD
///     static void features_of(Number const (&task)[feature_columns], Number (&x)[features])
///     static std::string column_name(int c), feature_name(int f)    optional: for messages
///   };
///
/// A parameter whose entry of the head is bounded has a range of its own. Where the first one's is, training finds the
/// best constant in it, and begins there.
/// A Solver may have `bool admits(int p, scalar value) const`: false where a parameter is of no use.
/// A ForwardProblem's solver may have no adjoints: it is solved with, and has no meta-solver.
/// nonlinear_problem.hpp makes a problem of a system g(y; c) = 0, ode_problem.hpp of an ODE.
template <class P>
concept ForwardProblem = ForwardSolver<typename P::Solver> && std::is_same_v<typename P::Solver::scalar, double> &&
    requires(typename P::Solver solver, Columns<double, P::columns> const& tasks,
             double const (&task)[P::feature_columns], double (&x)[P::features]) {
  { P::name } -> std::convertible_to<char const*>;
  requires P::parameters >= 1 && P::outputs >= 1;
  requires P::parameter_column(0)
  < P::columns&& P::parameter_column(P::parameters - 1) < P::columns;
  { P::head() } -> std::same_as<std::array<HeadEntry, P::parameters>>;
  P::bind(solver, tasks);
  P::features_of(task, x);
};
template <class P>
concept Problem = ForwardProblem<P> && Solver<typename P::Solver>;

/// of_row[c]: column c of one task a lane.
template <class Number, class Scalar, int All, int N>
METASOLVE_HD void gather_columns(Columns<Scalar, All> const& tasks, std::int64_t const (&task)[lanes_of<Number>],
                                 Number (&of_row)[N]) {
  for (int l = 0; l < lanes_of<Number>; ++l) {
    for (int c = 0; c < N; ++c) set_lane(of_row[c], l, static_cast<scalar_of<Number>>(tasks(task[l], c)));
  }
}

#if defined(__CUDACC__)
template <class Number>
using FeatureNumber = Number;
#else
/// A pack's logarithm differs from the C library's in the last digits. What a launch on a CPU leaves behind its last
/// whole pack is computed by a pack too: else a task's features would depend on where it stands among others.
template <class Number>
using FeatureNumber = Pack<double>;
#endif

/// features [tasks][P::features], before the network's scaling.
template <ForwardProblem P>
struct ProblemFeatures {
  using scalar = double;
  static constexpr auto name = "problem_features";
  static constexpr int width = P::features;
  Columns<double, P::columns> tasks;
  double* features;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    using Wide = FeatureNumber<Number>;
    Wide of_row[P::feature_columns], x[width];
    std::int64_t task[lanes_of<Wide>];
    for (int l = 0; l < lanes_of<Wide>; ++l) task[l] = column + (l < lanes_of<Number> ? l : 0);
    gather_columns(tasks, task, of_row);
    P::features_of(of_row, x);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      for (int i = 0; i < width; ++i) features[task[l] * width + i] = lane(x[i], l);
    }
  }
};

/// parameters [tasks][P::parameters]: the tasks' defaults, one after the other.
template <ForwardProblem P>
struct DefaultParameters {
  using scalar = double;
  static constexpr auto name = "default_parameters";
  Columns<double, P::columns> tasks;
  double* parameters;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      for (int p = 0; p < P::parameters; ++p) {
        parameters[(column + l) * P::parameters + p] = tasks(column + l, P::parameter_column(p));
      }
    }
  }
};

}  // namespace metasolve::kernels
