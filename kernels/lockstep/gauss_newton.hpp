// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/dual.hpp"
#include "lockstep_group.hpp"

namespace metasolve::kernels {

/// Outputs of lockstep_gauss_newton in addition to those of LockstepArguments. For a loss of the measures L_k =
/// ||r_k||, r_k a function of the coefficients c with theta = theta_0 + sum_q c_q direction_q, R_k = dr_k/dc:
///   gradient = weight sum_k (dloss/dL_k / L_k) R_k' r_k
///   matrix   = weight sum_k (dloss/dL_k / L_k) R_k' R_k
/// the Gauss-Newton matrix of the least-squares problem with the same gradient as the loss: exact up to the second
/// derivatives of r and of the loss, and positive semidefinite.
template <class Scalar>
struct GaussNewtonArguments {
  int directions = 0;                 ///< Q
  Scalar const* direction = nullptr;  ///< [Q][parameters]
  BatchView<Scalar> gradient{};       ///< [slots][Q]
  BatchView<Scalar> matrix{};         ///< [slots][Q * Q], symmetric
};

/// Directions processed together in an iteration.
inline constexpr int gauss_newton_width = 4;
METASOLVE_HD constexpr int padded_directions(int directions) {
  return (directions + gauss_newton_width - 1) / gauss_newton_width * gauss_newton_width;
}

/// Scratch numbers per team for lockstep_gauss_newton.
template <class S>
METASOLVE_HD int gauss_newton_size(S const& s, int directions) {
  int const q = padded_directions(directions);
  return s.task_size() + (1 + q) * s.parameter_size() + 2 * (1 + q) * s.state_size() + (1 + q) * s.residual_size() +
         q * q + q;
}

/// Lower triangle of gram += weight R R' and gradient += weight R r, in tiles: a single sum would be bound by the
/// latency of additions. rows: R [q][n], padded to whole tiles.
template <class T, class Number, class View>
METASOLVE_HD void add_gram(T const& team, int q, int n, Number weight, View r, View rows, View gram, View gradient) {
  constexpr int high = 2, wide = gauss_newton_width;
  int const across = q / wide;
  for_each(team, q / high * across, [&](int tile) {
    int const a = tile / across * high, b = tile % across * wide;
    if (b >= a + high) return;
    Number sum[high][wide];
    for (auto& row : sum) {
      for (auto& x : row) x = Number(0);
    }
    for (int i = 0; i < n; ++i) {
      Number x[high];
      for (int v = 0; v < high; ++v) x[v] = rows[(a + v) * n + i];
      for (int w = 0; w < wide; ++w) {
        Number const y = rows[(b + w) * n + i];
        for (int v = 0; v < high; ++v) sum[v][w] += x[v] * y;
      }
    }
    for (int v = 0; v < high; ++v) {
      for (int w = 0; w < wide; ++w) gram[(a + v) * q + b + w] += weight * sum[v][w];
    }
  });
  for_each(team, q, [&](int a) {
    gradient[a] += weight * sum_over<Number>(SoloTeam{}, n, [&](int i) { return rows[a * n + i] * r[i]; });
  });
}

/// Iteration of a group with the tangents of its state along padded_directions, a few at a time.
template <class S, class T, class Number, int Stride>
struct GaussNewtonOrbit {
  using View = LocalView<Number, Stride>;
  using Duals = DualView<Number, gauss_newton_width, Stride>;
  struct State {
    View value, tangent;
  };
  S const& solver;
  T const& team;
  int directions;
  View task, theta, theta_tangent;
  State state{};  ///< the last one measured

  /// body(parameters, index of the first direction)
  template <class Body>
  METASOLVE_HD void for_each_group(Body&& body) const {
    for (int g = 0; g < directions; g += gauss_newton_width) {
      int const parameters = solver.parameter_size();
      body(Duals{theta, theta_tangent.subview(g * parameters), parameters}, g);
    }
  }
  METASOLVE_HD Duals duals(State const& of, int g) const {
    int const size = solver.state_size();
    return {of.value, of.tangent.subview(g * size), size};
  }
  METASOLVE_HD void start(State const& first) const {
    for_each_group([&](Duals const& parameters, int g) {
      solver.start(team, task, parameters, Duals{}, duals(first, g), AllLanes{});
    });
  }
  METASOLVE_HD Number measure(std::int64_t, State const& now) {
    state = now;
    return solver.measure(team, task, now.value);
  }
  METASOLVE_HD static UnitCost start_cost() { return {}; }
  METASOLVE_HD static UnitCost step_cost(State const&) { return {}; }
  template <class Mask>
  METASOLVE_HD void step(State const& now, State const& next, Mask running) const {
    for_each_group([&](Duals const& parameters, int g) {
      solver.step(team, task, parameters, Duals{}, duals(now, g), duals(next, g), running);
    });
  }
};

/// Solves slots as lockstep_solve does, together with the tangents of the state along all directions. A task that
/// became not finite contributes zero. source(): the first position of the next group of lanes_of<Number>, or -1.
template <class Number, class S, class T, class Source, int Stride>
METASOLVE_HD void lockstep_gauss_newton(S const& solver, LockstepArguments<typename S::scalar> const& a,
                                        GaussNewtonArguments<typename S::scalar> const& c, T const& team,
                                        Source& source, LocalView<Number, Stride> scratch) {
  using scalar = typename S::scalar;
  using Orbit = GaussNewtonOrbit<S, T, Number, Stride>;
  using Duals = typename Orbit::Duals;
  int const q = padded_directions(c.directions);
  int const parameters = solver.parameter_size(), states = solver.state_size(), residuals = solver.residual_size();
  scalar const weight = a.slope_weight();
  auto const task = scratch;
  auto const theta = task.subview(solver.task_size());
  auto const theta_tangent = theta.subview(parameters);
  auto const state = theta_tangent.subview(q * parameters);
  auto const next = state.subview((1 + q) * states);
  auto const r = next.subview((1 + q) * states);
  auto const rows = r.subview(residuals);
  auto const gram = rows.subview(q * residuals);
  auto const gradient = gram.subview(q * q);

  Orbit orbit{solver, team, q, task, theta, theta_tangent};
  auto const accumulate = [&](Number share) {
    orbit.for_each_group([&](Duals const&, int g) {
      solver.residual(team, task, orbit.duals(orbit.state, g), Duals{r, rows.subview(g * residuals), residuals});
    });
    team.sync();
    add_gram(team, q, residuals, share, r, rows, gram, gradient);
    team.sync();
  };

  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, task, theta);
    for_each(team, q * parameters,
             [&](int i) { theta_tangent[i] = Number(i < c.directions * parameters ? c.direction[i] : scalar(0)); });
    for_each(team, q * q, [&](int i) { gram[i] = Number(scalar(0)); });
    for_each(team, q, [&](int i) { gradient[i] = Number(scalar(0)); });
    team.sync();
    typename Orbit::State const first_state{state, state.subview(states)};
    orbit.start(first_state);
    team.sync();

    bool const surrogate = a.surrogate.kind == LossKind::surrogate;
    auto const run = run_group(a, team, group, orbit, first_state, typename Orbit::State{next, next.subview(states)},
                               surrogate, [&](Number const& L, auto const& running, UnitCost) {
                                 if (!surrogate) return;
                                 Number const slope = a.surrogate.term_derivative(L, group.tolerance, *a.gain);
                                 accumulate(select(running, slope / L, Number(scalar(0))));
                               });
    if (!surrogate) {  // each lane still holds its last state
      Number const measure = run.measure, slope = a.surrogate.last_derivative(measure);
      Number const zero(scalar(0));
      accumulate(select(measure > zero && measure < Number(infinity<scalar>()), slope / measure,
                        a.surrogate.squared ? Number(scalar(2)) : zero));
    }

    for (int l = 0; l < group.occupied; ++l) {
      std::int64_t const s = group.slot[l];
      auto const g = gradient.lane(l);
      auto const h = gram.lane(l);
      bool keep = run.has_gradient(group, l);
      for (int i = 0; i < q * q; ++i) keep = keep && is_finite(h[i]);
      for (int i = 0; i < q; ++i) keep = keep && is_finite(g[i]);
      for_each(team, c.directions, [&](int i) { c.gradient(s, i) = keep ? weight * g[i] : scalar(0); });
      for_each(team, c.directions * c.directions, [&](int i) {
        int const row = i / c.directions, column = i % c.directions;
        int const at = row > column ? row * q + column : column * q + row;
        c.matrix(s, i) = keep ? weight * h[at] : scalar(0);
      });
      if (team.rank() == 0) run.write(a, group, l);
    }
    team.sync();
  }
}

}  // namespace metasolve::kernels
