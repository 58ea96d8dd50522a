// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "../lockstep/solver.hpp"
#include "../network/head.hpp"
#include "../simd/columns.hpp"
#if !defined(__CUDACC__)
#include "../simd/pack_math.hpp"
#endif

/// A family of small solves whose tasks are a few numbers each, with support for a meta-solver.
namespace metasolve::kernels {

/// Interface of a problem:
///
///   struct P {
///     static constexpr char const* name         identifies a trained meta-solver
///     using Solver = ...                         a Solver (solver.hpp) on double
///     static constexpr int columns               numbers per task, including its default parameters
///     static constexpr int parameters            of the solver
///     static constexpr int parameter_column(int p)                  the column of parameter p's default
///     static constexpr int features              of a task, inputs of the network,
///     static constexpr int feature_columns       computed from the first feature_columns columns
///     static constexpr int outputs               of the network
///     static std::array<HeadEntry, parameters> head()               parameters from outputs and defaults
///     static void bind(Solver& solver, Columns<double, columns> const& tasks)    sets the tasks to solve
///     template <class Number> METASOLVE_HD
///     static void features_of(Number const (&task)[feature_columns], Number (&x)[features])
///     static std::string column_name(int c), feature_name(int f)    optional: for messages
///   };
///
/// A parameter with a bounded head entry has its own range. If the first one has, training finds the best constant in
/// it and starts there. A Solver may have `bool admits(int p, scalar value) const`: false if the value is invalid. A
/// ForwardProblem's solver may be neither a Solver nor a DualSolver: it is only for solving, without a meta-solver.
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
concept Problem = ForwardProblem<P> &&(Solver<typename P::Solver> || DualSolver<typename P::Solver>);

/// of_row[c]: column c, one task per lane.
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
/// A pack's log differs from the C library's in the last digits. On a CPU the remainder of a launch after its last
/// whole pack is also computed by a pack: otherwise a task's features would depend on its position.
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

/// parameters [tasks][P::parameters]: the tasks' defaults, contiguous.
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
