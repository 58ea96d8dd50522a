// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/lower_pattern.hpp"
#include "../operators/system_scale.hpp"

namespace metasolve::kernels {

/// The systems A x = b that ConjugateGradient solves, A symmetric in a pattern shared by the batch, and the data of one
/// task: s A y = t b. task_data: [s A by its lower pattern, t b, scaling, y_0 if takes_guess].
template <class Scalar, class Preconditioner>
struct CgSystems {
  using scalar = Scalar;

  LowerPatternView matrix;
  BatchView<scalar const> values;  ///< [tasks][matrix.values()]
  BatchView<scalar const> rhs;     ///< b [tasks][unknowns]
  Preconditioner preconditioner;
  bool scales_exactly = false;  ///< exact_scale, for confirmation; else ||t b|| = 1 and s = 1
  /// For systems in their owner's numbering, mapped on load; null: numbered as the pattern.
  std::int32_t const* place_of_value = nullptr;  ///< [matrix.values()] in a task's values
  std::int32_t const* unknown_at = nullptr;      ///< [unknowns] the owner's index of unknown i
  bool takes_guess = false;                      ///< else x_0 = 0
  BatchView<scalar const> guess = {};            ///< x_0 [tasks][unknowns]; read if takes_guess
  /// With takes_guess: the last parameter is a factor on x_0. Has no adjoint.
  bool scales_guess = false;

  METASOLVE_HD int unknowns() const { return matrix.unknowns; }
  METASOLVE_HD int task_size() const { return guess_at() + (takes_guess ? unknowns() : 0); }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    auto const value = [&](int e) { return values(task, place_of_value != nullptr ? place_of_value[e] : e); };
    auto const b = [&](int i) { return rhs(task, owners_number(i)); };
    auto const s = scales_exactly ? exact_scale<scalar>(team, matrix.values(), unknowns(), value, b)
                                  : unit_scale<scalar>(team, unknowns(), b);
    for_each(team, matrix.values(), [&](int e) { data[e] = s.matrix(value(e)); });
    for_each(team, unknowns(), [&](int i) { data[matrix.values() + i] = s.entry(b(i)); });
    if (takes_guess) {
      for_each(team, unknowns(), [&](int i) { data[guess_at() + i] = s.inward(guess(task, owners_number(i))); });
    }
    if (team.rank() == 0) {
      data[inward_at()] = s.inward.first;
      data[inward_at() + 1] = s.inward.second;
      data[matrix_at()] = s.matrix.first;
      data[matrix_at() + 1] = s.matrix.second;
      data[inverse_norm_at()] = s.inverse_norm;
    }
    return s.usable;
  }

  METASOLVE_HD int solution_size() const { return unknowns(); }
  /// x [unknowns], in its owner's numbering.
  template <class T, class Task, class State>
  METASOLVE_HD void write_solution(T const& team, Task a, State state, BatchView<scalar> solution,
                                   std::int64_t slot) const {
    for_each(team, unknowns(), [&](int i) { solution(slot, owners_number(i)) = solution_of(a, scalar(state[i])); });
  }

 protected:
  /// x_i from y_i.
  template <class Task, class Number>
  METASOLVE_HD Number solution_of(Task a, Number const& y) const {
    return outward(y, Number(a[inward_at()]), Number(a[inward_at() + 1]));
  }
  METASOLVE_HD int owners_number(int i) const { return unknown_at != nullptr ? unknown_at[i] : i; }
  static constexpr int scales = 5;  ///< numbers after b in task_data
  METASOLVE_HD int inward_at() const { return matrix.values() + unknowns(); }
  METASOLVE_HD int matrix_at() const { return inward_at() + 2; }
  METASOLVE_HD int inverse_norm_at() const { return inward_at() + 4; }
  METASOLVE_HD int guess_at() const { return matrix.values() + unknowns() + scales; }
};

}  // namespace metasolve::kernels
