// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_confirm.hpp"
#include "../operators/doubled_residual.hpp"
#include "block_iccg.hpp"

/// Confirmation of blocks, as in ConjugateGradient and Confirmations for lanes: for all stopped blocks together. Those
/// that fail continue, the others stay unchanged.
namespace metasolve::kernels {

/// Whether a block is confirmed: it has stopped by its measure or at its limit, and that is not final.
template <class Scalar>
METASOLVE_HD bool is_asked(BlockIteration<Scalar> const& s, std::int64_t block, std::int64_t k) {
  Scalar const L = s.measure(block, k);
  return s.is(Run::stopped, block) && s.scale[block].usable && s.end[block] == Status::converged &&
         s.last[block] >= Scalar(0) && L >= Scalar(0) && L < infinity<Scalar>();
}

/// Stores the whole solution found so far in x; entries that are not finite after unscaling are counted in pq.
template <class Scalar>
struct GatherSolution {
  static constexpr auto name = "gather_solution";
  std::int64_t k;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    if (!is_asked(s, block, k)) return;
    std::int64_t const at = block * s.unknowns + begin;
    auto const& inward = s.scale[block].inward;
    Scalar const lost = sum_over<Scalar>(team, count, [&](int i) {
      Scalar const y = s.x[at + i] + s.confirmed[at + i];
      s.x[at + i] = y;
      s.confirmed[at + i] = Scalar(0);
      return is_finite(outward(y, inward.first, inward.second)) ? Scalar(0) : Scalar(1);
    });
    if (team.rank() == 0) s.pq[block * s.chunks() + c] = lost;
  }
};

/// Parts of ||b - A x||^2; q = A x.
template <class Scalar>
struct TrueResidual {
  static constexpr auto name = "true_residual";
  LockstepArguments<Scalar> arguments;
  BatchView<Scalar const> rhs;
  std::int64_t k;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    if (!is_asked(s, block, k)) return;
    std::int64_t const at = block * s.unknowns + begin, task = arguments.task(s.slot[block]);
    Scalar const squares = sum_over<Scalar>(team, count, [&](int i) {
      Scalar const r = s.scale[block].entry(rhs(task, begin + i)) - s.q[at + i];
      s.q[at + i] = r;
      return r * r;
    });
    if (team.rank() == 0) s.r_squares[block * s.chunks() + c] = squares;
  }
};

/// The verdict for each confirmed block, over [1][blocks]: Run::resumes if it continues.
template <class Scalar>
struct JudgeBlocks {
  using scalar = Scalar;
  static constexpr auto name = "judge_blocks";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  std::int64_t k;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) judge(column + l);
  }

 private:
  METASOLVE_HD void judge(std::int64_t block) const {
    if (!is_asked(s, block, k)) return;
    SoloTeam const alone;
    std::int64_t const slot = s.slot[block];
    Scalar const before = s.measure(block, k);
    bool const arrived = before <= s.tolerance(arguments, block);
    s.rr[s.scalar_at(block, k)] =
        s.total(alone, s.pq, block) > Scalar(0) ? infinity<Scalar>() : s.total(alone, s.r_squares, block);
    Scalar const measure = s.measure(block, k);
    if (arguments.history) arguments.history(slot, s.count[block]) = measure;
    auto const verdict = verdict_on(measure, s.last[block], arguments.tolerance[slot], arrived);
    if (verdict == Verdict::stagnates) s.end[block] = Status::stagnated;
    bool const resumes = verdict == Verdict::goes_on && s.count[block] < arguments.max_iterations_of(slot);
    s.last[block] = resumes ? measure : Scalar(-1);
    s.share[block] = resumes ? confirm_share(before, measure, Scalar(refinement_margin)) : Scalar(1);
    s.start[block] = k - s.count[block];
    if (resumes) s.set(Run::resumes, block);
  }
};

/// For blocks that continue: x becomes the confirmed solution, r the residual in twice the precision; parts of its
/// square, of its change's and of the old one's. z: the residual that q held; q: the change.
template <class Scalar>
struct RefineResidual {
  static constexpr auto name = "refine_residual";
  LockstepArguments<Scalar> arguments;
  BatchView<Scalar const> rhs;
  std::int32_t const *row_ptrs, *col_idxs;
  std::int64_t entries;
  Scalar const* values;  ///< [blocks][entries] by rows

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    if (!s.is(Run::resumes, block)) return;
    std::int64_t const first = block * s.unknowns, at = first + begin, task = arguments.task(s.slot[block]);
    Scalar const* const a = values + block * entries;
    Scalar const squares = sum_over<Scalar>(team, count, [&](int i) {
      DoubledSum<Scalar> sum(s.scale[block].entry(rhs(task, begin + i)));
      for (std::int32_t e = row_ptrs[begin + i]; e < row_ptrs[begin + i + 1]; ++e) {
        sum.subtract_product(a[e], s.x[first + col_idxs[e]]);
      }
      Scalar const r = sum.rounded();
      s.z[at + i] = s.q[at + i];
      s.q[at + i] = r;
      return r * r;
    });
    if (team.rank() == 0) s.r_squares[block * s.chunks() + c] = squares;
  }
};

/// Stores the residual in r if it is nonzero, else the plain one; its change in z, with parts of both squares.
template <class Scalar>
struct ReplaceResidual {
  static constexpr auto name = "replace_residual";

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    if (!s.is(Run::resumes, block)) return;
    std::int64_t const at = block * s.unknowns + begin;
    bool const left = s.total(team, s.r_squares, block) > Scalar(0);
    Scalar const before = sum_over<Scalar>(team, count, [&](int i) { return s.r[at + i] * s.r[at + i]; });
    Scalar const change = sum_over<Scalar>(team, count, [&](int i) {
      Scalar const r = left ? s.q[at + i] : s.z[at + i], d = r - s.r[at + i];
      s.r[at + i] = r;
      s.z[at + i] = d;
      s.confirmed[at + i] = s.x[at + i];
      s.x[at + i] = Scalar(0);
      return d * d;
    });
    if (team.rank() != 0) return;
    s.pq[block * s.chunks() + c] = before;
    s.r_z[block * s.chunks() + c] = change;
  }
};

/// The direction changes by M^-1 of z; if that change is not small, by M^-1 of r: a restart.
template <class Scalar>
struct ChooseDirection {
  static constexpr auto name = "choose_direction";

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int, int begin,
                               int count) const {
    SoloTeam const alone;
    if (!s.is(Run::resumes, block) || keeps_direction(s.total(alone, s.r_z, block), s.total(alone, s.pq, block)))
      return;
    std::int64_t const at = block * s.unknowns + begin;
    for_each(team, count, [&](int i) {
      s.z[at + i] = s.r[at + i];
      s.p[at + i] = Scalar(0);
    });
  }
};

/// p += z, with parts of r'p. z: M^-1 of the vector from ChooseDirection.
template <class Scalar>
struct CorrectDirection {
  static constexpr auto name = "correct_direction";

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    if (!s.is(Run::resumes, block)) return;
    std::int64_t const at = block * s.unknowns + begin;
    Scalar const rz = sum_over<Scalar>(team, count, [&](int i) {
      s.p[at + i] += s.z[at + i];
      return s.r[at + i] * s.p[at + i];
    });
    if (team.rank() == 0) s.r_squares[block * s.chunks() + c] = rz;
  }
};

/// r'p for r'z of iteration k, over [1][blocks].
template <class Scalar>
struct ResumeBlocks {
  using scalar = Scalar;
  static constexpr auto name = "resume_blocks";
  BlockIteration<Scalar> s;
  std::int64_t k;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const block = column + l;
      if (!s.is(Run::resumes, block)) continue;
      s.rz[s.scalar_at(block, k)] = s.total(SoloTeam{}, s.r_squares, block);
      s.set(Run::runs, block);
    }
  }
};

}  // namespace metasolve::kernels
