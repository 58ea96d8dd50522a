// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_arguments.hpp"
#include "cg_recurrence.hpp"

/// Conjugate gradients as in ConjugateGradient, for a part of a batch at once in the global workspace: between these
/// bodies a library multiplies by all matrices and solves with all factors (src/problems/block_iccg.hpp). A stopped
/// task stays unchanged until it is processed.
namespace metasolve::kernels {

/// State of a block. The order matters: nonzero means not stopped.
enum class Run : std::int32_t { stopped, runs, resumes };

/// The part's vectors [blocks][unknowns], split into chunks for sums, and its scalars [blocks].
template <class Scalar>
struct BlockIteration {
  static constexpr int chunk = 4096;
  std::int64_t blocks = 0;    ///< blocks being computed
  std::int64_t capacity = 0;  ///< of the arrays
  int unknowns = 0;
  bool scales_exactly = false;  ///< as in ConjugateGradient
  Scalar *x = nullptr, *r = nullptr, *p = nullptr, *q = nullptr, *z = nullptr;
  Scalar* confirmed = nullptr;  ///< x as last confirmed: x then holds the correction to it
  Scalar *pq = nullptr, *r_squares = nullptr, *r_z = nullptr;  ///< [blocks][chunks()]: parts of p'Ap, r'r, r'z
  Scalar *rz = nullptr, *rr = nullptr, *sign = nullptr;        ///< [2][capacity], of iteration k at k & 1: CgScalars
  SystemScale<Scalar>* scale = nullptr;                        ///< of the system
  Scalar* last = nullptr;         ///< measure from the last confirmation; negative: no more to come
  Scalar* share = nullptr;        ///< fraction of its tolerance at which it stops
  std::int64_t* slot = nullptr;   ///< of its task
  std::int64_t* start = nullptr;  ///< iterations of the part before this block's own
  Status* end = nullptr;          ///< converged: according to its measure
  Scalar* loss = nullptr;
  std::int32_t* count = nullptr;
  std::int32_t* run = nullptr;  ///< Run

  METASOLVE_HD int chunks() const { return (unknowns + chunk - 1) / chunk; }
  METASOLVE_HD std::int64_t scalar_at(std::int64_t block, std::int64_t k) const { return (k & 1) * capacity + block; }
  METASOLVE_HD CgScalars<Scalar> scalars(std::int64_t block, std::int64_t k) const {
    std::int64_t const at = scalar_at(block, k);
    return {rz[at], rr[at], sign[at]};
  }
  METASOLVE_HD Scalar measure(std::int64_t block, std::int64_t k) const {
    return scalars(block, k).measure(scale[block].inverse_norm, scales_exactly);
  }
  /// The tolerance at which it stops: lower after a failed confirmation.
  METASOLVE_HD Scalar tolerance(LockstepArguments<Scalar> const& a, std::int64_t block) const {
    return a.tolerance[slot[block]] * share[block];
  }
  METASOLVE_HD bool goes_on(LockstepArguments<Scalar> const& a, std::int64_t block, std::int64_t k) const {
    return is_running(measure(block, k), tolerance(a, block)) && k - start[block] < a.max_iterations_of(slot[block]) &&
           end[block] == Status::converged;
  }
  METASOLVE_HD bool is(Run state, std::int64_t block) const { return run[block] == static_cast<std::int32_t>(state); }
  METASOLVE_HD void set(Run state, std::int64_t block) const { run[block] = static_cast<std::int32_t>(state); }
  /// Sum of a block's parts; the same on each member.
  template <class T>
  METASOLVE_HD Scalar total(T const& team, Scalar const* parts, std::int64_t block) const {
    return sum_over<Scalar>(team, chunks(), [&](int c) { return parts[block * chunks() + c]; });
  }
};

/// A body over chunks of all blocks: work(team, block, chunk, first unknown, how many).
template <class Scalar, class Work>
struct ChunkBody {
  using scalar = Scalar;
  static constexpr auto name = Work::name;
  static constexpr bool takes_batches = false, is_scalar = true;
  static constexpr int positions_a_thread = 8;
  BlockIteration<Scalar> s;
  Work work;

  METASOLVE_HD static constexpr int scratch_size() { return 0; }
  METASOLVE_HD static std::int64_t global_size() { return 0; }
  METASOLVE_HD std::int64_t positions() const { return s.blocks * s.chunks(); }
  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch, Global) const {
    for (std::int64_t at = source(); at >= 0; at = source()) {
      int const c = static_cast<int>(at % s.chunks()), begin = c * s.chunk;
      int const left = s.unknowns - begin;
      work(team, s, at / s.chunks(), c, begin, left < s.chunk ? left : s.chunk);
      team.sync();
    }
  }
};

/// Parts of u'v.
template <class Scalar>
struct BlockDot {
  static constexpr auto name = "block_dot";
  Scalar const *u, *v;
  Scalar* parts;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    std::int64_t const at = block * s.unknowns + begin;
    Scalar const sum = sum_over<Scalar>(team, count, [&](int i) { return u[at + i] * v[at + i]; });
    if (team.rank() == 0) parts[block * s.chunks() + c] = sum;
  }
};

/// x += step_length p, r -= step_length A p, and parts of the new r'r.
template <class Scalar>
struct UpdateSolution {
  static constexpr auto name = "update_solution";
  LockstepArguments<Scalar> arguments;
  std::int64_t k;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    Scalar const pAp = s.total(team, s.pq, block);
    if (!s.goes_on(arguments, block, k) || !is_definite(pAp)) return;
    Scalar const step_length = step_length_of(s.rz[s.scalar_at(block, k)], pAp);
    std::int64_t const at = block * s.unknowns + begin;
    Scalar const squares = sum_over<Scalar>(team, count, [&](int i) {
      s.x[at + i] += step_length * s.p[at + i];
      Scalar const r = s.r[at + i] - step_length * s.q[at + i];
      s.r[at + i] = r;
      return r * r;
    });
    if (team.rank() == 0) s.r_squares[block * s.chunks() + c] = squares;
  }
};

/// p = z + beta p, and the scalars of iteration k + 1; k = -1: p = z, and those of iteration 0.
template <class Scalar>
struct UpdateDirection {
  static constexpr auto name = "update_direction";
  LockstepArguments<Scalar> arguments;
  std::int64_t k;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    std::int64_t const at = block * s.unknowns + begin, next = s.scalar_at(block, k + 1);
    bool const first = k < 0, active = first || s.goes_on(arguments, block, k);
    bool const moves = active && (first || is_definite(s.total(team, s.pq, block)));
    Scalar const rz = s.total(team, s.r_z, block), rr = s.total(team, s.r_squares, block);
    if (moves) {
      Scalar const beta = first ? Scalar(0) : beta_of(rz, s.rz[s.scalar_at(block, k)]);
      for_each(team, count, [&](int i) { s.p[at + i] = first ? s.z[at + i] : s.z[at + i] + beta * s.p[at + i]; });
    }
    if (c != 0 || team.rank() != 0) return;
    std::int64_t const slot = s.slot[block];
    if (first) {
      s.rz[next] = rz;
    } else {
      if (active) {
        if (arguments.sums_loss()) {
          s.loss[block] +=
              arguments.surrogate.term(s.measure(block, k), s.tolerance(arguments, block), *arguments.gain);
        }
        ++s.count[block];
      }
      auto const scalars = s.scalars(block, k).after(active, moves, rz, rr);
      s.rz[next] = scalars.rz;
      s.rr[next] = scalars.rr;
      s.sign[next] = scalars.sign;
    }
    if (active && arguments.history) {
      arguments.history(slot, static_cast<std::int32_t>(k + 1 - s.start[block])) = abs(s.measure(block, k + 1));
    }
    s.set(s.goes_on(arguments, block, k + 1) ? Run::runs : Run::stopped, block);
  }
};

/// z = from / diagonal, over [blocks][unknowns].
template <class Scalar>
struct DivideByDiagonal {
  using scalar = Scalar;
  static constexpr auto name = "divide_by_diagonal";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  BatchView<Scalar const> values;
  int entries;
  Scalar const* from;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const i = static_cast<int>(column) + l;
      std::int64_t const at = block * s.unknowns + i;
      s.z[at] = from[at] / s.scale[block].matrix(values(arguments.task(s.slot[block]), entries + i));
    }
  }
};

/// Both triangles by rows from the lower one, over [blocks][entries of a block].
template <class Scalar>
struct ExpandMatrices {
  using scalar = Scalar;
  static constexpr auto name = "expand_matrices";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  std::int64_t entries;
  BatchView<Scalar const> values;
  std::int32_t const* source;  ///< [entries] index in the lower pattern's values
  Scalar* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    std::int64_t const task = arguments.task(s.slot[block]);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      to[block * entries + column + l] = s.scale[block].matrix(values(task, source[column + l]));
    }
  }
};

/// Results of the tasks that have stopped after k iterations, over [1][blocks].
template <class Scalar>
struct FinishBlocks {
  using scalar = Scalar;
  static constexpr auto name = "finish_blocks";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  std::int64_t k;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const block = column + l, slot = s.slot[block];
      if (!s.is(Run::stopped, block)) continue;
      Scalar const L = s.scale[block].usable ? s.measure(block, k) : -infinity<Scalar>();
      if (!s.scale[block].usable) {
        s.end[block] = Status::breakdown;  // setup failed
      } else if (s.end[block] != Status::stagnated) {
        s.end[block] = status_of(L, arguments.tolerance[slot]);
      }
      write_outcome(arguments, slot, s.end[block], s.count[block], L, {s.loss[block]});
    }
  }
};

/// The solutions of stopped blocks that have one, over [blocks][unknowns].
template <class Scalar>
struct WriteSolutions {
  using scalar = Scalar;
  static constexpr auto name = "write_solutions";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    std::int64_t const slot = s.slot[block];
    if (!s.is(Run::stopped, block) || !arguments.writes_solution(slot, s.end[block])) return;
    auto const& inward = s.scale[block].inward;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      arguments.solution(slot, static_cast<int>(column) + l) =
          outward(s.x[block * s.unknowns + column + l], inward.first, inward.second);
    }
  }
};

}  // namespace metasolve::kernels
