// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grid_operators.hpp"

/// One cycle of multigrid: z = M r, M an approximation of the inverse of A. M is linear in r; it is symmetric if the
/// cycle is (CycleShape::is_symmetric).
namespace metasolve::kernels {

/// One task's operators, weights and scratch.
template <class Number>
struct CycleMemory {
  Number const* finest = nullptr;   ///< the finest stencil
  Number* operators = nullptr;      ///< GridOperators
  Number const* weights = nullptr;  ///< [levels][shape.weights]
  Number* scratch = nullptr;        ///< cycle_scratch_size
};

/// Numbers of scratch: on the finest level a residual and, with lines, their solutions; on others also u and f.
METASOLVE_HD inline int cycle_scratch_size(GridHierarchy const& h, CycleShape const& shape) {
  int const of_lines = shape.has_lines() ? 1 : 0;
  return (3 + of_lines) * h.size() - 2 * h.level[0].size;
}

namespace detail {
/// The arrays of a level; f and u of the finest are the caller's.
template <class Number>
METASOLVE_HD StepMemory<Number> step_memory(GridHierarchy const& h, CycleShape const& shape, Number* scratch, int level,
                                            Number* f, Number* u) {
  int const of_lines = shape.has_lines() ? 1 : 0;
  Number* at = scratch;
  if (level == 0) return {f, u, at, at + h.level[0].size};
  at += (1 + of_lines) * h.level[0].size;
  METASOLVE_ROLLED
  for (int l = 1; l < level; ++l) at += (3 + of_lines) * h.level[l].size;
  int const n = h.level[level].size;
  return {at, at + n, at + 2 * n, at + 3 * n};
}

/// Keeps nothing.
struct NoRecord {
  static constexpr bool keeps = false;
};

/// A visitor of walk_cycle that computes. record: NoRecord or CycleRecord.
template <class Operators, class Number, class T, class Record>
struct CycleRun {
  Operators const& operators;
  T const& team;
  CycleMemory<Number> const& memory;
  Record& record;
  Number *f, *u;  ///< of the finest level

  METASOLVE_HD StepMemory<Number> at(int level) const {
    return step_memory(operators.h, operators.shape, memory.scratch, level, f, u);
  }
  METASOLVE_HD Number const* weights(int level) const { return memory.weights + level * operators.shape.weights; }

  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void step(int level, int s, bool from_zero) const {
    auto const& h = operators.h;
    auto const op = operators.level(level, memory.finest, memory.operators);
    auto const& step = operators.shape.step[s];
    auto m = at(level);
    if constexpr (Record::keeps) {
      m.r = record.next(h.level[level].size);
    }
    smooth(team, h, level, op, step, weights(level), m, from_zero, Record::keeps);
  }
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void descend(int level, bool from_zero) const {
    auto const& h = operators.h;
    auto const& g = h.level[level];
    auto const op = operators.level(level, memory.finest, memory.operators);
    auto m = at(level);
    if constexpr (Record::keeps) {
      if (operators.shape.corrects_with_weights()) m.r = record.next(g.size);
    }
    Number *const r = m.r, *const f_l = m.f, *const u_l = m.u;
    if (from_zero) {
      for_each_rolled(team, g.size, [=](int i) { r[i] = f_l[i], u_l[i] = Number(0); });
    } else {
      residual(team, g, op.a, static_cast<Number const*>(f_l), static_cast<Number const*>(u_l), r);
    }
    team.sync();
    update_halo(team, h, level, r);
    auto const coarse = at(level + 1);
    operators.with_transfer(level, memory.operators, mixed(level), [&](auto const& transfer) {
      restrict_residual<Operators::dimensions>(team, g, h.level[level + 1], transfer, static_cast<Number const*>(r),
                                               coarse.f);
    });
    team.sync();
    update_halo(team, h, level + 1, coarse.f);
  }
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void coarsest(int level) const {
    auto const& g = operators.h.level[level];
    auto const m = at(level);
    Number* const inverse = memory.operators + operators.inverse_at();
    int const n = g.points();
    solve_coarsest(team, g, static_cast<Number const*>(inverse), inverse + n * n, static_cast<Number const*>(m.f), m.u);
    update_halo(team, operators.h, level, m.u);
  }
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void correct(int level) const {
    auto const& h = operators.h;
    auto const fine = at(level), coarse = at(level + 1);
    if constexpr (Record::keeps) {
      if (operators.shape.corrects_with_weights()) {
        Number* const kept = record.next(h.level[level + 1].size);
        Number const* const e = coarse.u;
        for_each_rolled(team, h.level[level + 1].size, [=](int i) { kept[i] = e[i]; });
      }
    }
    Number const gain = operators.shape.scale >= 0 ? Number(1) + weights(level)[operators.shape.scale] : Number(1);
    operators.with_transfer(level, memory.operators, mixed(level), [&](auto const& transfer) {
      add_correction<Operators::dimensions>(team, h.level[level], h.level[level + 1], transfer, gain,
                                            static_cast<Number const*>(coarse.u), fine.u);
    });
    team.sync();
    update_halo(team, h, level, fine.u);
  }

 private:
  METASOLVE_HD Number const* mixed(int level) const {
    return operators.shape.mixed >= 0 ? weights(level) + operators.shape.mixed : nullptr;
  }
};
}  // namespace detail

/// z = M r, both arrays of the finest level whose halos are up to date or 0. r keeps its value. Syncs at the end.
template <class Operators, class Number, Team T>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void apply_cycle(Operators const& operators, T const& team,
                                                         CycleMemory<Number> const& memory, Number* r, Number* z) {
  detail::NoRecord none;
  detail::CycleRun<Operators, Number, T, detail::NoRecord> run{operators, team, memory, none, r, z};
  walk_cycle(operators.h, operators.shape, false, run);
}

}  // namespace metasolve::kernels
