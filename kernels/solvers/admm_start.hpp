// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm.hpp"
#if !defined(__CUDACC__)
#include "../simd/pack_math.hpp"
#endif

namespace metasolve::kernels {

/// The penalties and their factor, in all lanes: the same bits again in those in flight.
template <AdmmFactor source>
template <class T, class P, class A, class Theta, class Work, class State, class Mask>
METASOLVE_HD void Admm<source>::prepare(T const& team, P const& p, A const& a, Theta theta, Work work, State state,
                                        Mask fresh) const {
  using Number = typename State::value_type;
  Number const one(1.0), none(AdmmEnd::none);
  Number end = none;
  if (codebook.entries == 0) {
    for_each(team, rows(), [&](int i) {
      Number const rho = AdmmSettings::penalty(settings.weight[i], Number(theta[settings.group_of_row[i]]));
      work[rho_at() + i] = rho;
      work[inverse_rho_at() + i] = one / rho;
    });
    team.sync();
    if constexpr (has_own_factor) {
      auto const usable = kkt.factorize(
          team, p, a, [&](int) { return settings.sigma; },
          [&](int i) { return Number(0.0) - Number(work[inverse_rho_at() + i]); }, &work[0]);
      end = select(usable, none, Number(AdmmEnd::breakdown));
    }
  } else {
    if constexpr (has_own_factor) {
      end = copy_nearest(team, theta, work, fresh);
    } else {
      if (codebook.usable != nullptr && codebook.usable[0] == 0) end = Number(AdmmEnd::breakdown);
      for_each(team, rows(), [&](int i) { work[rho_at() + i] = Number(codebook.rho[i]); });
    }
    team.sync();
    for_each(team, rows(), [&](int i) { work[inverse_rho_at() + i] = one / Number(work[rho_at() + i]); });
  }
  if (team.rank() == 0) {
    work[work_alpha_at()] = Number(theta[alpha_at()]);
    state[layout().end()] = select(fresh, end, Number(state[layout().end()]));
  }
}

/// The factor of the codebook's entry whose penalties are nearest to the task's, by their logarithms. Returns AdmmEnd.
template <AdmmFactor source>
template <class T, class Work, class Theta, class Mask>
METASOLVE_HD auto Admm<source>::copy_nearest(T const& team, Theta theta, Work work, Mask fresh) const ->
    typename Work::value_type {
  using Number = typename Work::value_type;
  Number best(0.0), least(infinity<double>());
  for (int e = 0; e < codebook.entries; ++e) {
    double const* const of_entry = codebook.log_rho + static_cast<std::ptrdiff_t>(e) * settings.groups;
    Number const distance = sum_over<Number>(team, settings.groups, [&](int g) {
      Number const d = log(Number(theta[g])) - Number(of_entry[g]);
      return d * d;
    });
    best = select(distance < least, Number(static_cast<double>(e)), best);
    least = select(distance < least, distance, least);
  }
  // None is near a penalty that is not positive.
  Number end = select(least < Number(infinity<double>()), Number(AdmmEnd::none), Number(AdmmEnd::breakdown));
  unsigned const wanted = bits(select(fresh, Number(1.0), Number(0.0)) > Number(0.0));
  for (int l = 0; l < lanes_of<Number>; ++l) {
    if ((wanted >> l & 1u) == 0) continue;
    auto const e = static_cast<std::ptrdiff_t>(lane(best, l));
    if (codebook.usable != nullptr && codebook.usable[e] == 0) set_lane(end, l, AdmmEnd::breakdown);
    auto const to = work.lane(l);
    double const *const factor = codebook.factors + e * kkt.factor_size(), *const rho = codebook.rho + e * rows();
    for_each(team, kkt.factor_size(), [&](int i) { to[i] = factor[i]; });
    for_each(team, rows(), [&](int i) { to[rho_at() + i] = rho[i]; });
  }
  return end;
}

template <AdmmFactor source>
template <class T, class Task, class P, class A, class Theta, class State, class Mask>
METASOLVE_HD void Admm<source>::start_state(T const& team, Task data, P const& p, A const& a, Theta theta, State state,
                                            Mask fresh) const {
  using Number = typename State::value_type;
  auto const at = layout();
  int const n = variables(), m = rows();
  Number const zero(0.0);
  auto const set = [&](int k, Number const& value) { state[k] = select(fresh, value, Number(state[k])); };
  if (team.rank() == 0) {
    set(at.begun(), zero);
    set(at.since(), zero);
  }
  auto const given = theta.subview(start_at());
  if (settings.start == AdmmStart::primal_dual) {
    for_each(team, n, [&](int j) {
      set(at.x() + j, Number(given[j]));
      set(at.px() + j, kkt.template p_row<Number>(p, given, j));
      set(at.aty() + j, kkt.template a_column<Number>(a, given.subview(n), j));
    });
    for_each(team, m, [&](int i) {
      Number const ax = kkt.template a_row<Number>(a, given, i);
      set(at.ax() + i, ax);
      set(at.z() + i, clip(ax, data, i));
      set(at.y() + i, Number(given[n + i]));
    });
    return;
  }
  for_each(team, m, [&](int i) {
    set(at.ax() + i, zero);
    set(at.z() + i, clip(zero, data, i));
    set(at.y() + i, zero);
  });
  if (settings.start == AdmmStart::dual) {
    team.sync();
    for_each(team, settings.guessed, [&](int g) {
      int const i = settings.guess_row[g];
      Number const v = given[g], z = clip(v, data, i);
      set(at.z() + i, z);
      set(at.y() + i, Number(settings.guess_rho) * (v - z));
    });
    team.sync();
  }
  bool const is_cold = settings.start == AdmmStart::cold;
  for_each(team, n, [&](int j) {
    set(at.x() + j, zero);
    set(at.px() + j, zero);
    set(at.aty() + j, is_cold ? zero : kkt.template a_column<Number>(a, state.subview(at.y()), j));
  });
}

}  // namespace metasolve::kernels
