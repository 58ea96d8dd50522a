// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/krylov_plan.hpp"

#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

using Kind = kernels::KrylovPreconditioner::Kind;

/// Memory of kernels::BlockJacobi.
struct Blocks {
  exec::Buffer<std::int32_t> member, place;
};

/// Blocks of consecutive unknowns of the caller. upper: index of the first value of A's upper triangle.
KrylovPlan block_plan(exec::Backend& exec, CallerPattern const& pattern, int block, int upper) {
  auto const& s = pattern.structure;
  auto const own = inverse(pattern.order);
  std::vector<std::int32_t> place(at(s.unknowns) * at(block), -1);
  auto const value = [&](std::int32_t i, std::int32_t j) {
    if (i == j) return static_cast<std::int32_t>(s.entries()) + i;
    auto const e = s.find(i, j);
    return e < 0 || i > j ? e : e + upper;
  };
  for (int row = 0; row < s.unknowns; ++row) {
    int const first = row / block * block;
    for (int c = 0; c < block && first + c < s.unknowns; ++c) {
      place[at(row) * at(block) + at(c)] = value(own[at(row)], own[at(first + c)]);
    }
  }
  auto const data = std::make_shared<Blocks>(Blocks{exec::uploaded(exec, own), exec::uploaded(exec, place)});
  KrylovPlan plan;
  plan.preconditioner.kind = Kind::block_jacobi;
  plan.preconditioner.blocks = {s.unknowns, block, data->member.data(), data->place.data()};
  plan.data = data;
  return plan;
}

}  // namespace

KrylovPlan ssor_plan(exec::Backend& exec, SymmetricStructure const& structure, int upper) {
  auto const data = std::make_shared<LowerPattern>(exec, structure, SolveOrder::levels);
  KrylovPlan plan;
  plan.preconditioner.kind = Kind::ssor;
  plan.preconditioner.ssor = {{data->view()}, upper};
  plan.data = data;
  return plan;
}

KrylovPlan krylov_plan(exec::Backend& exec, CallerPattern const& pattern, KrylovSettings const& settings) {
  auto const& s = pattern.structure;
  int const upper = settings.is_symmetric ? 0 : static_cast<int>(s.entries()) + s.unknowns;
  KrylovPlan plan;
  switch (settings.kind) {
    case PreconditionerKind::none:
      return plan;
    case PreconditionerKind::jacobi:
      return block_plan(exec, pattern, 1, upper);
    case PreconditionerKind::block_jacobi:
      return block_plan(exec, pattern, settings.block_size, upper);
    case PreconditionerKind::ssor:
      return ssor_plan(exec, s, upper);
    case PreconditionerKind::ilu: {
      auto const data = std::make_shared<CholeskyPlan>(exec, s, settings.rule, SolveOrder::levels);
      plan.preconditioner.kind = Kind::ilu;
      plan.preconditioner.lu = data->lu_view();
      plan.factor_entries = 2 * data->structure().entries() + s.unknowns;
      plan.data = data;
      return plan;
    }
    default:
      throw Error("krylov_plan: none has the number " + std::to_string(static_cast<int>(settings.kind)));
  }
}

}  // namespace metasolve::sparse
