// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/sparse/krylov_plan.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/operators/preconditioners.hpp"
#include "metasolve/preconditioner.h"

/// The list of preconditioners. A new one needs a row here and a case in with_preconditioner, its enumerators
/// (metasolve/preconditioner.h, metasolve.f90) and its struct in kernels/operators/.
namespace metasolve::sparse {

struct PreconditionerInfo {
  PreconditionerKind kind;
  std::string_view name;     ///< in configurations and on the command line
  std::string_view c_name;   ///< in C and Fortran
  std::string_view meaning;  ///< in messages
  bool factors;              ///< factors A + alpha I: has a fill rule, and the shift alpha as its parameter
  bool in_blocks;            ///< supported by problems::BlockIccg; else tasks run in lockstep, whatever their size
  bool is_symmetric;         ///< for conjugate gradients
  bool is_configurable;      ///< in configurations and on the command line, which have keys for its parameters
};

/// In the order of their values.
inline constexpr std::array preconditioners{
    PreconditionerInfo{PreconditionerKind::none, "none", "METASOLVE_PRECONDITIONER_NONE", "none", false, true, true,
                       true},
    PreconditionerInfo{PreconditionerKind::jacobi, "jacobi", "METASOLVE_PRECONDITIONER_JACOBI", "the diagonal", false,
                       true, true, true},
    PreconditionerInfo{PreconditionerKind::incomplete_cholesky, "ic", "METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY",
                       "incomplete Cholesky", true, true, true, true},
    PreconditionerInfo{PreconditionerKind::block_jacobi, "block_jacobi", "METASOLVE_PRECONDITIONER_BLOCK_JACOBI",
                       "diagonal blocks", false, false, true, false},
    PreconditionerInfo{PreconditionerKind::ssor, "ssor", "METASOLVE_PRECONDITIONER_SSOR",
                       "symmetric successive over-relaxation", false, false, true, true},
    PreconditionerInfo{PreconditionerKind::ilu, "ilu", "METASOLVE_PRECONDITIONER_ILU", "incomplete LU", true, false,
                       false, false}};
/// How many of them are configurable.
inline constexpr std::size_t configurable_preconditioners = [] {
  std::size_t count = 0;
  for (auto const& info : preconditioners) count += info.is_configurable ? 1 : 0;
  return count;
}();

static_assert(
    [] {
      for (std::size_t i = 0; i < preconditioners.size(); ++i) {
        if (static_cast<std::size_t>(preconditioners[i].kind) != i) return false;
      }
      return true;
    }(),
    "info_of finds a preconditioner's row by its number");

/// kind: a valid value, not automatic.
constexpr PreconditionerInfo const& info_of(PreconditionerKind kind) {
  return preconditioners[static_cast<std::size_t>(kind)];
}

/// "a, b or c" of text(PreconditionerInfo), without empty texts. fits: of which ones.
template <class Text>
std::string one_of_preconditioners(Text&& text, bool PreconditionerInfo::*fits = &PreconditionerInfo::is_configurable) {
  std::vector<std::string> texts;
  for (auto const& info : preconditioners) {
    if (!(info.*fits)) continue;
    if (std::string one(text(info)); !one.empty()) texts.push_back(std::move(one));
  }
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) all += i + 1 < texts.size() ? ", " : " or ";
    all += texts[i];
  }
  return all;
}

/// Calls use(preconditioner, data), with a configurable preconditioner in the kernels' form (others: krylov_plan). data
/// owns the memory it points into, or is null: keep it as long as kernels may run with the preconditioner. use: generic
/// in the preconditioner; every type passed here is compiled.
template <class Use>
void with_preconditioner(PreconditionerKind kind, exec::Backend& exec, SymmetricStructure const& structure,
                         FillRule const& rule, Use&& use) {
  using Data = std::shared_ptr<void const>;
  switch (kind) {
    case PreconditionerKind::none:
      return use(kernels::NoPreconditioner{}, Data{});
    case PreconditionerKind::jacobi:
      return use(kernels::JacobiPreconditioner{{}, structure.unknowns}, Data{});
    case PreconditionerKind::incomplete_cholesky: {
      auto const plan = std::make_shared<CholeskyPlan>(exec, structure, rule);
      return use(plan->view<double>(), Data{plan});
    }
    case PreconditionerKind::ssor: {
      auto const plan = ssor_plan(exec, structure, 0);
      return use(plan.preconditioner, plan.data);
    }
    default:
      break;
  }
  throw Error("with_preconditioner: none has the number " + std::to_string(static_cast<int>(kind)));
}

}  // namespace metasolve::sparse
