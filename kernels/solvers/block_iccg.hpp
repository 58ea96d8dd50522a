// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_arguments.hpp"
#include "../operators/system_scale.hpp"

/// Conjugate gradients as ConjugateGradient has them, for a part of a batch at once in far memory: between these bodies
/// a library multiplies by all matrices and solves with all factors (src/problems/block_iccg.hpp). A task that has
/// stopped stays as it is until the part is done.
namespace metasolve::kernels {

/// The part's vectors [blocks][unknowns], split into chunks for sums, and its scalars.
template <class Scalar>
struct BlockIteration {
  static constexpr int chunk = 4096;
  std::int64_t blocks = 0;
  std::int64_t first = 0;  ///< slot of the first block
  int unknowns = 0;
  Scalar least = 0;  ///< squares of a residual that count
  Scalar *x = nullptr, *r = nullptr, *p = nullptr, *q = nullptr, *z = nullptr;
  Scalar* confirmed = nullptr;  ///< what x has been confirmed to: x is then what is added to it
  Scalar *pq = nullptr, *r_squares = nullptr, *r_z = nullptr;  ///< [blocks][chunks()]: parts of p'Ap, r'r, r'z
  /// [2][blocks], of iteration k at k & 1: r'z; r'r; 1, or -1 after a breakdown.
  Scalar *rz = nullptr, *rr = nullptr, *sign = nullptr;
  SystemScale<Scalar>* scale = nullptr;  ///< [blocks] of what is solved
  Scalar* last = nullptr;                ///< [blocks] measure that the last confirmation gave
  Scalar* share = nullptr;               ///< [blocks] of its tolerance at which it stops
  std::int64_t* start = nullptr;         ///< [blocks] iterations of the part that were not this block's own
  Status* end = nullptr;                 ///< [blocks] converged: as its measure says
  Scalar* loss = nullptr;                ///< [blocks]
  std::int32_t* count = nullptr;
  std::int32_t* running = nullptr;  ///< [blocks] 1: has not stopped

  METASOLVE_HD int chunks() const { return (unknowns + chunk - 1) / chunk; }
  METASOLVE_HD std::int64_t scalar_at(std::int64_t block, std::int64_t k) const { return (k & 1) * blocks + block; }
  METASOLVE_HD Scalar measure(std::int64_t block, std::int64_t k) const {
    Scalar const squares = rr[scalar_at(block, k)];
    return square_root(squares < least ? Scalar(0) : squares) * sign[scalar_at(block, k)] * scale[block].inverse_norm;
  }
  /// At which it stops: lower after a confirmation that it did not pass.
  METASOLVE_HD Scalar tolerance(LockstepArguments<Scalar> const& a, std::int64_t block) const {
    return a.tolerance[first + block] * share[block];
  }
  METASOLVE_HD bool runs(LockstepArguments<Scalar> const& a, std::int64_t block, std::int64_t k) const {
    Scalar const L = measure(block, k);
    return L > tolerance(a, block) && L < infinity<Scalar>() && k - start[block] < a.limit[first + block] &&
           end[block] == Status::converged;
  }
  /// A block's sum of parts; the same on each member.
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
  static constexpr bool claims_groups = false, is_scalar = true;
  static constexpr int positions_a_thread = 8;
  BlockIteration<Scalar> s;
  Work work;

  METASOLVE_HD static int near_size() { return 0; }
  METASOLVE_HD static std::int64_t far_size() { return 0; }
  METASOLVE_HD std::int64_t positions() const { return s.blocks * s.chunks(); }
  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near, Far) const {
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

/// x += along p, r -= along A p, and parts of the new r'r.
template <class Scalar>
struct BlockAdvance {
  static constexpr auto name = "block_advance";
  LockstepArguments<Scalar> arguments;
  std::int64_t k;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    Scalar const curvature = s.total(team, s.pq, block);
    if (!s.runs(arguments, block, k) || !(curvature > Scalar(0))) return;
    Scalar const along = s.rz[s.scalar_at(block, k)] / curvature;
    std::int64_t const at = block * s.unknowns + begin;
    Scalar const squares = sum_over<Scalar>(team, count, [&](int i) {
      s.x[at + i] += along * s.p[at + i];
      Scalar const r = s.r[at + i] - along * s.q[at + i];
      s.r[at + i] = r;
      return r * r;
    });
    if (team.rank() == 0) s.r_squares[block * s.chunks() + c] = squares;
  }
};

/// p = z + beta p, and the scalars of iteration k + 1; k = -1: p = z, and those of iteration 0.
template <class Scalar>
struct BlockTurn {
  static constexpr auto name = "block_turn";
  LockstepArguments<Scalar> arguments;
  std::int64_t k;

  template <class T>
  METASOLVE_HD void operator()(T const& team, BlockIteration<Scalar> const& s, std::int64_t block, int c, int begin,
                               int count) const {
    std::int64_t const at = block * s.unknowns + begin, now = s.scalar_at(block, k), next = s.scalar_at(block, k + 1);
    bool const first = k < 0, active = first || s.runs(arguments, block, k);
    bool const moves = active && (first || s.total(team, s.pq, block) > Scalar(0));
    Scalar const rz = s.total(team, s.r_z, block), squares = s.total(team, s.r_squares, block);
    if (moves) {
      Scalar const beta = first ? Scalar(0) : rz / s.rz[now];
      for_each(team, count, [&](int i) { s.p[at + i] = first ? s.z[at + i] : s.z[at + i] + beta * s.p[at + i]; });
    }
    if (c != 0 || team.rank() != 0) return;
    if (active && !first) {
      auto const& loss = arguments.surrogate;
      if (arguments.gain != nullptr && loss.kind == LossKind::surrogate) {
        s.loss[block] += loss.term(s.measure(block, k), arguments.tolerance[s.first + block], *arguments.gain);
      }
      ++s.count[block];
    }
    s.rz[next] = moves ? rz : s.rz[now];
    if (!first) {
      s.rr[next] = moves ? squares : s.rr[now];
      s.sign[next] = moves || !active ? s.sign[now] : Scalar(-1);
    }
    if (active && arguments.history) {
      arguments.history(s.first + block, static_cast<std::int32_t>(k + 1 - s.start[block])) =
          magnitude(s.measure(block, k + 1));
    }
    s.running[block] = s.runs(arguments, block, k + 1) ? 1 : 0;
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
      s.z[at] = from[at] / s.scale[block].matrix(values(arguments.task(s.first + block), entries + i));
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
    std::int64_t const task = arguments.task(s.first + block);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      to[block * entries + column + l] = s.scale[block].matrix(values(task, source[column + l]));
    }
  }
};

/// The solutions of those that have one, over [blocks][unknowns].
template <class Scalar>
struct WriteSolutions {
  using scalar = Scalar;
  static constexpr auto name = "write_solutions";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    if (!arguments.writes_solution(s.first + block, s.end[block])) return;
    auto const& inward = s.scale[block].inward;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      arguments.solution(s.first + block, static_cast<int>(column) + l) =
          outward(s.x[block * s.unknowns + column + l], inward.first, inward.second);
    }
  }
};

/// What became of the part's tasks after k iterations, over [1][blocks].
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
      std::int64_t const block = column + l;
      std::int64_t const slot = s.first + block;
      Scalar const L = s.scale[block].usable ? s.measure(block, k) : -infinity<Scalar>();
      if (!s.scale[block].usable) {
        s.end[block] = Status::breakdown;  // could not even be set up
      } else if (s.end[block] != Status::stagnated) {
        s.end[block] = status_of(L, arguments.tolerance[slot]);
      }
      write_outcome(arguments, slot, s.end[block], s.count[block], L, s.loss[block]);
    }
  }
};

}  // namespace metasolve::kernels
