// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/bounded_cholesky.hpp"
#include "../operators/incomplete_cholesky.hpp"
#include "block_iccg.hpp"
#include "conjugate_gradient.hpp"

/// Initial data of BlockIteration: right-hand sides, and factors for a library's solves.
namespace metasolve::kernels {

/// Per task: its scaling, r = b, x = 0, and the result of Factor for the matrix. Factor: scratch_size(); bool
/// operator()(team, values of A, alpha, block, near).
template <class Scalar, class Factor>
struct StartBlocks {
  using scalar = Scalar;
  static constexpr auto name = "start_blocks";
  static constexpr bool takes_batches = false, is_scalar = true;
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  BatchView<Scalar const> values, rhs;
  Factor factor;
  int values_of_task;
  std::int64_t first;  ///< position of the first block in the order of slots

  METASOLVE_HD int scratch_size() const { return factor.scratch_size(); }
  METASOLVE_HD static std::int64_t global_size() { return 0; }
  METASOLVE_HD std::int64_t positions() const { return s.blocks; }
  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    for (std::int64_t block = source(); block >= 0; block = source()) {
      std::int64_t const slot = arguments.slot(first + block), task = arguments.task(slot), at = block * s.unknowns;
      auto const of_b = [&](int i) { return rhs(task, i); };
      auto const scale = s.scales_exactly
                             ? exact_scale<Scalar>(
                                   team, values_of_task, s.unknowns, [&](int e) { return values(task, e); }, of_b)
                             : unit_scale<Scalar>(team, s.unknowns, of_b);
      Scalar const given = arguments.theta ? arguments.theta(slot, 0) : Scalar(0);
      Scalar const alpha = given > Scalar(0) ? scale.matrix(given) : given;
      Scalar const rr = sum_over<Scalar>(team, s.unknowns, [&](int i) {
        Scalar const b = scale.entry(of_b(i));
        s.r[at + i] = b;
        s.x[at + i] = s.confirmed[at + i] = Scalar(0);
        return b * b;
      });
      TaskValues<Scalar> const a{values, task, nullptr, {scale.matrix.first, scale.matrix.second}};
      bool const usable = factor(team, a, alpha, block, scratch);
      if (team.rank() == 0) {
        std::int64_t const to = s.scalar_at(block, 0);
        s.scale[block] = scale;
        s.rr[to] = scale.usable ? rr : Scalar(1);
        s.sign[to] = usable && scale.usable ? Scalar(1) : Scalar(-1);
        s.last[block] = infinity<Scalar>();
        s.share[block] = Scalar(1);
        s.slot[block] = slot;
        s.start[block] = 0;
        s.end[block] = Status::converged;
        s.loss[block] = Scalar(0);
        s.count[block] = 0;
      }
      team.sync();
    }
  }
};

/// U = L' by rows, the diagonal first, of the factor with a static pattern.
template <class Scalar>
struct FactorByLevel {
  IncompleteCholesky<Scalar> cholesky;
  LowerPatternView of_a;
  Scalar* values;  ///< [blocks][cholesky.pattern.values()]

  METASOLVE_HD int scratch_size() const { return 1 + cholesky.size() + of_a.unknowns; }
  template <class T, class Scratch>
  METASOLVE_HD bool operator()(T const& team, TaskValues<Scalar> a, Scalar alpha, std::int64_t block,
                               Scratch scratch) const {
    auto const& pattern = cholesky.pattern;
    auto const l = scratch.subview(1), rest = l.subview(cholesky.size());
    if (team.rank() == 0) scratch[0] = alpha;
    team.sync();
    bool const usable = cholesky.build(team, of_a, a, scratch, l, rest);
    Scalar* const u = values + block * pattern.values();
    for_each(team, pattern.unknowns, [&](int k) {
      int to = pattern.col_ptrs[k] + k;
      u[to] = Scalar(1) / l[pattern.entries + k];
      for (int e = pattern.col_ptrs[k]; e < pattern.col_ptrs[k + 1]; ++e) u[++to] = l[e];
    });
    team.sync();
    return usable;
  }
};

/// The same with separate columns for each block.
template <class Scalar>
struct FactorByMagnitude {
  BoundedCholesky<Scalar> cholesky;
  std::int32_t slots;
  Scalar* values;         ///< [blocks][slots]
  std::int32_t* columns;  ///< [blocks][slots]
  Scalar* column;         ///< [blocks][unknowns] the current column, by its rows
  std::int32_t* work;     ///< [blocks][BoundedCholesky::work_size()]

  METASOLVE_HD static int scratch_size() { return 1; }
  template <class T, class Scratch>
  METASOLVE_HD bool operator()(T const& team, TaskValues<Scalar> a, Scalar alpha, std::int64_t block,
                               Scratch scratch) const {
    int const n = cholesky.of_a.unknowns;
    if (team.rank() == 0) {
      bool const usable = raise_until_usable(cholesky.of_a, a, AllLanes{}, alpha, [&](Scalar shift) {
        return cholesky.factor(a, shift, values + block * slots, columns + block * slots, column + block * n,
                               work + block * cholesky.work_size(n));
      });
      scratch[0] = usable ? Scalar(1) : Scalar(0);
    }
    team.sync();
    return scratch[0] > Scalar(0);
  }
};

struct FactorNothing {
  METASOLVE_HD static int scratch_size() { return 0; }
  template <class T, class Values, class Scalar, class Scratch>
  METASOLVE_HD bool operator()(T const&, Values, Scalar, std::int64_t, Scratch) const {
    return true;
  }
};

}  // namespace metasolve::kernels
