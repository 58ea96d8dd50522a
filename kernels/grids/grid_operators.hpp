// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "coarsest.hpp"
#include "cycle_shape.hpp"
#include "galerkin.hpp"
#include "operator_transfer.hpp"

/// The operators of all levels of one task, and what smoothing and the coarsest solve need from them.
namespace metasolve::kernels {

/// Where they stand in memory: for each level the stencil (of the finest too if it is constant), the roots of its
/// diagonal, the factors of lines, the weights of the transfer to the next; then the coarsest inverse.
template <class Number, int Dim, bool IsConstant>
struct GridOperators {
  using Stencil = std::conditional_t<IsConstant, ConstantStencil<Number, Dim>, FieldStencil<Number, Dim>>;
  static constexpr int dimensions = Dim;
  static constexpr int entries = half_entries<Dim>;
  static constexpr bool may_transfer_by_operator = !IsConstant && Dim == 2;

  GridHierarchy h;
  CycleShape shape;

  METASOLVE_HD bool transfers_by_operator() const {
    return may_transfer_by_operator && shape.transfer == TransferKind::by_operator;
  }
  METASOLVE_HD bool solves_coarsest() const { return shape.direct_coarsest; }
  METASOLVE_HD int stencil_size(int level) const {
    return IsConstant ? entries : level > 0 ? entries * h.level[level].size : 0;
  }
  METASOLVE_HD int root_size(int level) const { return IsConstant ? 0 : h.level[level].size; }
  METASOLVE_HD int lines_size(int level, int axis) const {
    return shape.has_lines(axis) ? line_factors_size<IsConstant>(h, level, axis) : 0;
  }
  METASOLVE_HD int transfer_size(int level) const {
    if (!transfers_by_operator() || level + 1 == h.levels) return 0;
    return FieldTransfer<Number>::weights * h.level[level + 1].size;
  }
  METASOLVE_HD int level_size(int level) const {
    return stencil_size(level) + root_size(level) + lines_size(level, 0) + lines_size(level, 1) + lines_size(level, 2) +
           transfer_size(level);
  }
  METASOLVE_HD int level_at(int level) const {
    int at = 0;
    METASOLVE_ROLLED
    for (int l = 0; l < level; ++l) at += level_size(l);
    return at;
  }
  METASOLVE_HD int inverse_at() const { return level_at(h.levels); }
  /// Numbers of all.
  METASOLVE_HD int size() const {
    return inverse_at() + (solves_coarsest() ? coarsest_size(h.level[h.levels - 1].points()) : 0);
  }

  /// The operator of a level. finest: [entries][size] with halos; not read if constant.
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD LevelOperator<Stencil> level(int l, Number const* finest,
                                                                       Number* memory) const {
    LevelOperator<Stencil> op;
    Number* at = memory + level_at(l);
    if constexpr (IsConstant) {
      for (int e = 0; e < entries; ++e) op.a.a[e] = at[e];
      op.constant_inverse = Number(1) / op.a.a[0];
    } else {
      op.a = {l > 0 ? at : finest, h.level[l].size};
      op.inverse_root = at + stencil_size(l);
    }
    at += stencil_size(l) + root_size(l);
    METASOLVE_ROLLED
    for (int axis = 0; axis < 3; ++axis) {
      if (shape.has_lines(axis)) op.lines[axis] = line_factors<IsConstant>(h, l, axis, at);
      at += lines_size(l, axis);
    }
    return op;
  }
  /// use(transfer) with the transfer between level and level + 1.
  template <class Use>
  METASOLVE_HD void with_transfer(int level, Number* memory, Number const* mixed, Use&& use) const {
    if constexpr (may_transfer_by_operator) {
      if (transfers_by_operator()) {
        Number const* const w = memory + level_at(level + 1) - transfer_size(level);
        use(FieldTransfer<Number>{w, h.level[level + 1].size, mixed != nullptr ? mixed[0] : Number(0)});
        return;
      }
    }
    LinearTransfer<Number> transfer;
    if (mixed != nullptr) {
      for (int k = 0; k < (Dim == 2 ? 1 : 3); ++k) transfer.mixed[k] = mixed[k];
    }
    use(transfer);
  }

  /// Fills memory [size()], which begins with the finest stencil if that is constant. False on every member: a level is
  /// not positive definite. Syncs at the end.
  template <Team T>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD bool prepare(T const& team, Number const* finest, Number* memory) const {
    int const given = IsConstant ? entries : 0;
    set_zero(team, size() - given, memory + given);
    team.sync();
    bool usable = true;
    METASOLVE_ROLLED
    for (int l = 0; l < h.levels; ++l) {
      prepare_level(team, l, finest, memory);
      if (l + 1 < h.levels) coarsen(team, l, finest, memory);
    }
    if (solves_coarsest()) {
      auto const coarsest = level(h.levels - 1, finest, memory);
      usable = invert_coarsest(team, h, coarsest.a, shape.is_singular, memory + inverse_at());
    }
    return usable;
  }

 private:
  template <Team T>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void prepare_level(T const& team, int l, Number const* finest,
                                                             Number* memory) const {
    auto const op = level(l, finest, memory);
    if constexpr (!IsConstant) {
      auto* const root = const_cast<Number*>(op.inverse_root);
      for_each_rolled(team, h.level[l].size, [&](int i) {
        Number const c = op.a.centre(i);
        root[i] = c > Number(0) ? Number(1) / sqrt(c) : Number(0);
      });
      team.sync();
    }
    METASOLVE_ROLLED
    for (int axis = 0; axis < 3; ++axis) {
      if (shape.has_lines(axis)) factor_lines(team, h, l, axis, op.a, op.lines[axis]);
    }
  }
  template <Team T>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void coarsen(T const& team, int l, Number const* finest,
                                                       Number* memory) const {
    auto const op = level(l, finest, memory);
    Number* const to = memory + level_at(l + 1);
    if constexpr (IsConstant) {
      if (team.rank() == 0) {
        auto const coarse = galerkin(h.level[l], op.a);
        for (int e = 0; e < entries; ++e) to[e] = coarse.a[e];
      }
      team.sync();
    } else {
      if constexpr (may_transfer_by_operator) {
        if (transfers_by_operator()) operator_transfer(team, h, l, op.a, to - transfer_size(l));
      }
      with_transfer(l, memory, nullptr, [&](auto const& transfer) { galerkin(team, h, l, op.a, transfer, to); });
      team.sync();
      for (int e = 0; e < entries; ++e) update_halo(team, h, l + 1, to + e * h.level[l + 1].size);
    }
  }
};

}  // namespace metasolve::kernels
