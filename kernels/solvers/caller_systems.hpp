// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/preconditioner.hpp"
#include "conjugate_gradient.hpp"

namespace metasolve::kernels {

/// Conjugate gradients on systems as their owner numbers them: nothing is copied into the order in which the
/// factorisation wants the unknowns, each number is found there as it is loaded. Solutions are x itself.
template <Preconditioner M>
struct CallerSystems : ConjugateGradient<double, M> {
  using Base = ConjugateGradient<double, M>;

  std::int32_t const* place_of_value = nullptr;  ///< [matrix.values()] in a task's values
  std::int32_t const* unknown_at = nullptr;      ///< [unknowns] the owner's number of unknown i

  CallerSystems() { this->scales_exactly = true; }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    return this->load_numbers(
        team, data, [&](int e) { return this->values(task, place_of_value[e]); },
        [&](int i) { return this->right(task, unknown_at[i]); });
  }

  template <class T, class Task, class State>
  METASOLVE_HD void put_solution(T const& team, Task data, State state, BatchView<double> solution,
                                 std::int64_t slot) const {
    for_each(team, this->unknowns(),
             [&](int i) { solution(slot, unknown_at[i]) = this->solution_of(data, double(state[i])); });
  }
};

}  // namespace metasolve::kernels
