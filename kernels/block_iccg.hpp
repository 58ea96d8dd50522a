// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounded_cholesky.hpp"
#include "conjugate_gradient.hpp"
#include "incomplete_cholesky.hpp"
#include "lockstep_arguments.hpp"

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
  Scalar *x = nullptr, *r = nullptr, *p = nullptr, *q = nullptr, *z = nullptr;
  Scalar *pq = nullptr, *r_squares = nullptr, *r_z = nullptr;  ///< [blocks][chunks()]: parts of p'Ap, r'r, r'z
  /// [2][blocks], of iteration k at k & 1: r'z; r'r; 1, or -1 after a breakdown.
  Scalar *rz = nullptr, *rr = nullptr, *sign = nullptr;
  Scalar* loss = nullptr;  ///< [blocks]
  std::int32_t* count = nullptr;
  std::int32_t* running = nullptr;  ///< [blocks] 1: has not stopped

  METASOLVE_HD int chunks() const { return (unknowns + chunk - 1) / chunk; }
  METASOLVE_HD std::int64_t scalar_at(std::int64_t block, std::int64_t k) const { return (k & 1) * blocks + block; }
  METASOLVE_HD Scalar measure(std::int64_t block, std::int64_t k) const {
    return square_root(rr[scalar_at(block, k)]) * sign[scalar_at(block, k)];
  }
  METASOLVE_HD bool runs(LockstepArguments<Scalar> const& a, std::int64_t block, std::int64_t k) const {
    Scalar const L = measure(block, k);
    return L > a.tolerance[first + block] && L < infinity<Scalar>() && k < a.limit[first + block];
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
      arguments.history(s.first + block, static_cast<std::int32_t>(k + 1)) = magnitude(s.measure(block, k + 1));
    }
    s.running[block] = s.runs(arguments, block, k + 1) ? 1 : 0;
  }
};

/// One task's numbers as a view.
template <class Scalar>
struct TaskValues {
  using value_type = Scalar;
  BatchView<Scalar const> values;
  std::int64_t task;
  METASOLVE_HD Scalar operator[](int i) const { return values(task, i); }
};

/// Task by task: r = b / ||b||, x = 0, and what Factor makes of the matrix. Factor:
/// near_size(); bool operator()(team, values of A, alpha, block, near).
template <class Scalar, class Factor>
struct StartBlocks {
  using scalar = Scalar;
  static constexpr auto name = "start_blocks";
  static constexpr bool claims_groups = false, is_scalar = true;
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  BatchView<Scalar const> values, right;
  Factor factor;

  METASOLVE_HD int near_size() const { return factor.near_size(); }
  METASOLVE_HD static std::int64_t far_size() { return 0; }
  METASOLVE_HD std::int64_t positions() const { return s.blocks; }
  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near near, Far) const {
    for (std::int64_t block = source(); block >= 0; block = source()) {
      std::int64_t const slot = s.first + block, task = arguments.task(slot), at = block * s.unknowns;
      Scalar const alpha = arguments.theta ? arguments.theta(slot, 0) : Scalar(0);
      auto const unit = unit_scale<Scalar>(team, s.unknowns, [&](int i) { return right(task, i); });
      Scalar const rr = sum_over<Scalar>(team, s.unknowns, [&](int i) {
        Scalar const b = unit(right(task, i));
        s.r[at + i] = b;
        s.x[at + i] = Scalar(0);
        return b * b;
      });
      bool const usable = factor(team, TaskValues<Scalar>{values, task}, alpha, block, near) && unit.usable;
      if (team.rank() == 0) {
        std::int64_t const to = s.scalar_at(block, 0);
        s.rr[to] = unit.usable ? rr : Scalar(1);
        s.sign[to] = usable ? Scalar(1) : Scalar(-1);
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

  METASOLVE_HD int near_size() const { return 1 + cholesky.size() + of_a.unknowns; }
  template <class T, class Near>
  METASOLVE_HD bool operator()(T const& team, TaskValues<Scalar> a, Scalar alpha, std::int64_t block, Near near) const {
    auto const& pattern = cholesky.pattern;
    auto const l = near.from(1), scratch = l.from(cholesky.size());
    if (team.rank() == 0) near[0] = alpha;
    team.sync();
    bool const usable = cholesky.build(team, of_a, a, near, l, scratch);
    Scalar* const u = values + block * pattern.values();
    for_each(team, pattern.unknowns, [&](int k) {
      int to = pattern.column_begin[k] + k;
      u[to] = Scalar(1) / l[pattern.entries + k];
      for (int e = pattern.column_begin[k]; e < pattern.column_begin[k + 1]; ++e) u[++to] = l[e];
    });
    team.sync();
    return usable;
  }
};

/// The same with columns of each block's own.
template <class Scalar>
struct FactorByMagnitude {
  BoundedCholesky<Scalar> cholesky;
  std::int32_t slots;
  Scalar* values;         ///< [blocks][slots]
  std::int32_t* columns;  ///< [blocks][slots]
  Scalar* scratch;        ///< [blocks][unknowns]
  std::int32_t* work;     ///< [blocks][BoundedCholesky::work_size()]

  METASOLVE_HD static int near_size() { return 1; }
  template <class T, class Near>
  METASOLVE_HD bool operator()(T const& team, TaskValues<Scalar> a, Scalar alpha, std::int64_t block, Near near) const {
    int const n = cholesky.of_a.unknowns;
    if (team.rank() == 0) {
      bool const usable = cholesky.factor(a, alpha, values + block * slots, columns + block * slots,
                                          scratch + block * n, work + block * cholesky.work_size(n));
      near[0] = usable ? Scalar(1) : Scalar(0);
    }
    team.sync();
    return near[0] > Scalar(0);
  }
};

struct FactorNothing {
  METASOLVE_HD static int near_size() { return 0; }
  template <class T, class Values, class Scalar, class Near>
  METASOLVE_HD bool operator()(T const&, Values, Scalar, std::int64_t, Near) const {
    return true;
  }
};

/// z = r / diagonal, over [blocks][unknowns].
template <class Scalar>
struct DivideByDiagonal {
  using scalar = Scalar;
  static constexpr auto name = "divide_by_diagonal";
  BlockIteration<Scalar> s;
  LockstepArguments<Scalar> arguments;
  BatchView<Scalar const> values;
  int entries;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const i = static_cast<int>(column) + l;
      std::int64_t const at = block * s.unknowns + i;
      s.z[at] = s.r[at] / values(arguments.task(s.first + block), entries + i);
    }
  }
};

/// Both triangles by rows from the lower one, over [blocks][entries of a block].
template <class Scalar>
struct ExpandMatrices {
  using scalar = Scalar;
  static constexpr auto name = "expand_matrices";
  LockstepArguments<Scalar> arguments;
  std::int64_t first, entries;
  BatchView<Scalar const> values;
  std::int32_t const* source;  ///< [entries] index in the lower pattern's values
  Scalar* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    std::int64_t const task = arguments.task(first + block);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      to[block * entries + column + l] = values(task, source[column + l]);
    }
  }
};

/// x / ||b||, over [blocks][unknowns].
template <class Scalar>
struct WriteSolutions {
  using scalar = Scalar;
  static constexpr auto name = "write_solutions";
  BlockIteration<Scalar> s;
  BatchView<Scalar> solution;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t block, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      solution(s.first + block, static_cast<int>(column) + l) = s.x[block * s.unknowns + column + l];
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
      write_outcome(arguments, s.first + block, false, s.count[block], s.measure(block, k), s.loss[block]);
    }
  }
};

}  // namespace metasolve::kernels
