// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/dual.hpp"
#include "kernels/jacobi.hpp"
#include "kernels/lockstep_adjoint.hpp"
#include "kernels/pack.hpp"
#include "kernels/poisson_stencil.hpp"
#include "kernels/shared_csr.hpp"
#include "src/exec/backend.hpp"
#include "src/exec/cpu_exec.hpp"
#include "src/problems/poisson.hpp"
#include "src/problems/sparse_pattern.hpp"

/// Small random Jacobi problems, and runs of the two lockstep bodies on them with any number type.
namespace metasolve::test {

using kernels::Jacobi;
using kernels::LockstepArguments;
using kernels::Measure;
using kernels::PoissonStencil;
using kernels::SharedCsr;

/// Hands out positions one by one, or groups of lanes.
struct Counter {
  std::int64_t end = 0, step = 1, next = 0;
  std::int64_t operator()() {
    std::int64_t const first = next;
    next += step;
    return first < end ? first : -1;
  }
};

/// Tasks with an unsymmetric, diagonally dominant matrix each, on one random pattern; f = A u.
template <class Scalar>
struct JacobiProblem {
  int unknowns;
  std::int64_t tasks;
  std::vector<std::int32_t> row_begin{0}, column;
  std::vector<Scalar> values, force, solution, stencil_solution, theta;
  exec::CpuExec exec{1};
  problems::SparsePattern pattern;

  JacobiProblem(int n, std::int64_t count, unsigned seed) : unknowns(n), tasks(count), pattern(make(n, count, seed)) {}

  Jacobi<SharedCsr<Scalar>> csr(Measure measure) const {
    return {{unknowns, pattern.view(), {values.data(), static_cast<std::int64_t>(column.size()), 1}},
            measure,
            {force.data(), unknowns, 1},
            {solution.data(), unknowns, 1}};
  }
  /// The same right-hand sides with the Poisson stencil.
  Jacobi<PoissonStencil<Scalar>> stencil(Measure measure) const {
    return {{unknowns}, measure, {force.data(), unknowns, 1}, {stencil_solution.data(), unknowns, 1}};
  }

 private:
  problems::SparsePattern make(int n, std::int64_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        if (i == j || uniform(random) > 0.5) column.push_back(j);
      }
      row_begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    for (std::int64_t t = 0; t < count; ++t) {
      std::vector<double> u(static_cast<std::size_t>(n)), f(u.size());
      for (auto& x : u) x = uniform(random);
      for (int i = 0; i < n; ++i) {
        double sum = 0, row = 0;
        auto const first = values.size();
        std::size_t diagonal = 0;
        for (int e = row_begin[static_cast<std::size_t>(i)]; e < row_begin[static_cast<std::size_t>(i) + 1]; ++e) {
          int const j = column[static_cast<std::size_t>(e)];
          double const a = uniform(random);
          if (i == j) diagonal = values.size();
          if (i != j) sum += std::abs(a);
          values.push_back(Scalar(a));
        }
        values[diagonal] = Scalar(1.3 * sum + 0.2);
        for (std::size_t e = first; e < values.size(); ++e) {
          auto const j = static_cast<std::size_t>(
              column[static_cast<std::size_t>(row_begin[static_cast<std::size_t>(i)]) + e - first]);
          row += value_of(values[e]) * u[j];
        }
        force.push_back(Scalar(row));
      }
      for (double const x : u) solution.push_back(Scalar(x));
      for (std::size_t i = 0; i < u.size(); ++i) f[i] = value_of(force[force.size() - u.size() + i]);
      problems::solve_poisson_directly(n, f.data(), u.data());
      for (double const x : u) stencil_solution.push_back(Scalar(x));
      for (int i = 0; i < n; ++i) theta.push_back(Scalar(uniform(random)));
    }
    return {exec, n, row_begin, column};
  }
  static double value_of(double x) { return x; }
  static double value_of(float x) { return static_cast<double>(x); }
  static double value_of(kernels::Dual<double> x) { return x.value; }
};

/// What a run returned, an entry a slot.
template <class Scalar>
struct RunResult {
  std::vector<std::int32_t> status, iterations;
  std::vector<Scalar> measure, loss, theta_bar, solution, history;
};

template <class Scalar>
struct RunSettings {
  std::vector<Scalar> tolerance;    // a slot, or one for all
  std::vector<std::int32_t> limit;  // likewise
  kernels::Surrogate<Scalar> surrogate;
  Scalar gain = Scalar(1);
  int tape_slots = 64;
  std::vector<std::int32_t> task_of_slot = {}, slot_order = {};  // empty: identity
};

template <class Number, class Solver>
RunResult<typename Solver::scalar> run_lockstep(Solver const& solver, std::vector<typename Solver::scalar> const& theta,
                                                std::int64_t slots, RunSettings<typename Solver::scalar> const& s,
                                                bool differentiate) {
  using scalar = typename Solver::scalar;
  auto const n = static_cast<std::size_t>(slots);
  auto const parameters = static_cast<std::size_t>(solver.parameter_size());
  std::int32_t longest = 0;
  for (auto const m : s.limit) longest = std::max(longest, m);
  RunResult<scalar> r{std::vector<std::int32_t>(n, -1),
                      std::vector<std::int32_t>(n, -1),
                      std::vector<scalar>(n),
                      std::vector<scalar>(n),
                      std::vector<scalar>(n * parameters),
                      std::vector<scalar>(n * parameters),
                      std::vector<scalar>(n * static_cast<std::size_t>(longest + 1))};
  LockstepArguments<scalar> a;
  a.slots = slots;
  a.task_of_slot = s.task_of_slot.empty() ? nullptr : s.task_of_slot.data();
  a.slot_order = s.slot_order.empty() ? nullptr : s.slot_order.data();
  a.theta = {theta.data(), solver.parameter_size(), 1};
  a.tolerance = {s.tolerance.data(), s.tolerance.size() > 1 ? 1 : 0};
  a.limit = {s.limit.data(), s.limit.size() > 1 ? 1 : 0};
  a.surrogate = s.surrogate;
  a.gain = &s.gain;
  a.status = r.status.data();
  a.iterations = r.iterations.data();
  a.measure = r.measure.data();
  a.loss = r.loss.data();
  if (differentiate) {
    a.theta_bar = {r.theta_bar.data(), solver.parameter_size(), 1};
  } else {
    a.solution = {r.solution.data(), solver.parameter_size(), 1};
    a.history = {r.history.data(), longest + 1, 1};
  }
  std::vector<Number> near(
      static_cast<std::size_t>(kernels::differentiate_size(solver) + kernels::lockstep_size(solver)));
  kernels::LocalView<Number> const near_view{near.data()};
  kernels::SoloTeam const team;
  if constexpr (requires { typename kernels::NumberTraits<Number>::mask; }) {
    Counter source{slots, differentiate ? kernels::lanes_of<Number> : 1};
    if (differentiate) {
      std::vector<Number> far(static_cast<std::size_t>(s.tape_slots) *
                              static_cast<std::size_t>(solver.state_size() + 2));
      if constexpr (!std::is_same_v<scalar, kernels::Dual<double>>) {
        kernels::lockstep_differentiate<Number>(solver, a, team, source, near_view,
                                                kernels::LocalView<Number>{far.data()}, s.tape_slots);
      }
    } else {
      kernels::lockstep_solve<Number>(solver, a, team, source, near_view);
    }
  }
  return r;
}

}  // namespace metasolve::test
