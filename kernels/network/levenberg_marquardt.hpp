// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"

/// Elementwise stages of the Levenberg-Marquardt method for several networks side by side: members. Weights, gradients
/// and steps are [members][n]; a launch has one row per member and one column per weight, or one column per member.
namespace metasolve::kernels {

/// A member's state from step to step.
struct LmMember {
  double damping = 0;
  double loss = 0;           ///< before the current step
  std::int32_t choice = -1;  ///< the accepted candidate; -1: none was better
};

/// Damping update. Two dampings are tried at once, so that the damping can fall and rise without a second evaluation of
/// the matrix.
struct LmSettings {
  static constexpr int trials = 2;      ///< dampings tried per step
  static constexpr int candidates = 4;  ///< each with and without acceleration
  double initial = 1e-2;
  double lower = 0.2, raise = 2;  ///< factors for the two trials
  double reject = 100;            ///< factor after a step without an improvement
  double least = 1e-13, most = 1e6;

  METASOLVE_HD double factor(int trial) const { return trial == 0 ? lower : raise; }
};

/// Adds damping * factor * max(H_ii, 1e-12 max_j H_jj) to the diagonal (Marquardt's scaling makes a step independent of
/// the units of the weights; the bound keeps weights without influence unchanged).
struct Damp {
  using scalar = double;
  static constexpr auto name = "damp";
  std::int64_t n;
  double factor;
  LmMember const* member;
  double const* largest;  ///< [members] of the diagonal
  double* matrix;         ///< [members][n][n]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t m, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      double& entry = matrix[(m * n + column + l) * n + column + l];
      double const floor = 1e-12 * largest[m];
      double const scale = entry > floor ? entry : floor;
      entry += member[m].damping * factor * scale;
    }
  }
};

/// Launched with one column per member.
struct LargestDiagonal {
  using scalar = double;
  static constexpr auto name = "largest_diagonal";
  std::int64_t n;
  double const* matrix;
  double* largest;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const m = column + l;
      double most = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        double const x = matrix[(m * n + i) * n + i];
        if (x > most) most = x;
      }
      largest[m] = most;
    }
  }
};

/// step = -solution; NaN if the factorisation failed, so that its candidates are never accepted.
struct StepOf {
  using scalar = double;
  static constexpr auto name = "step_of";
  std::int64_t n;
  std::int32_t const* info;  ///< [members]
  double* step;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t m, std::int64_t column) const {
    Number const x = load<Number>(step + m * n + column);
    Number const nan(std::numeric_limits<double>::quiet_NaN());
    store(step + m * n + column, info[m] == 0 ? Number(0.0) - x : nan);
  }
};

/// candidate = weights + step, and accelerated = weights + step + second / 2.
struct Candidates {
  using scalar = double;
  static constexpr auto name = "candidates";
  std::int64_t n;
  double const* weights;
  double const* step;
  double const* second;
  double* candidate;
  double* accelerated;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t m, std::int64_t column) const {
    std::int64_t const at = m * n + column;
    Number const first = load<Number>(weights + at) + load<Number>(step + at);
    store(candidate + at, first);
    store(accelerated + at, first + Number(0.5) * load<Number>(second + at));
  }
};

/// Selects the best candidate that improves the loss, and the next damping. Launched with one column per member.
struct ChooseCandidate {
  using scalar = double;
  static constexpr auto name = "choose_candidate";
  LmSettings settings;
  std::int64_t members;
  double const* current;  ///< [members] loss before
  double const* loss;     ///< [candidates][members]; 2 trial and 2 trial + 1 belong to one damping
  LmMember* member;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const m = column + l;
      LmMember& state = member[m];
      state.loss = current[m];
      state.choice = -1;
      double best = current[m];
      for (int c = 0; c < LmSettings::candidates; ++c) {
        double const x = loss[c * members + m];
        if (x < best) {  // false for NaN
          best = x;
          state.choice = c;
        }
      }
      if (state.choice >= 0) {
        state.damping *= settings.factor(state.choice / 2);
      } else {
        // At the largest damping no improvement is possible: restart at the next tolerance.
        state.damping = state.damping < settings.most ? state.damping * settings.reject : settings.initial;
      }
      if (state.damping < settings.least) state.damping = settings.least;
      if (state.damping > settings.most) state.damping = settings.most;
    }
  }
};

struct TakeCandidate {
  using scalar = double;
  static constexpr auto name = "take_candidate";
  std::int64_t members, n;
  LmMember const* member;
  double const* candidates;  ///< [candidates][members][n]
  double* weights;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t m, std::int64_t column) const {
    if (member[m].choice < 0) return;
    std::int64_t const at = m * n + column;
    store(weights + at, load<Number>(candidates + member[m].choice * members * n + at));
  }
};

}  // namespace metasolve::kernels
