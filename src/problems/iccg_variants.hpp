// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/engine/price.hpp"
#include "metasolve/detail/problems/iccg_settings.hpp"
#include "metasolve/detail/sparse/symmetric_structure.hpp"

/// Variants of solving symmetric positive definite systems, among which a network chooses (solver.variants).
namespace metasolve::problems {

/// "entries N", "level N", "ssor", "jacobi", "none", "direct", "direct mixed"; for display.
std::string variants_text();
/// The settings of a variant by its name; the others are those of `base`. @throws InputError
IccgSettings variant_of(std::string const& name, IccgSettings const& base);
/// Whether it has a parameter that a network predicts: a shift, or omega.
bool has_parameter(IccgSettings const& variant);
/// Scores of 0 for variants, if there are any, and then the parameters of those that have one: solver.shift and omega.
std::vector<double> default_parameters_of(IccgSettings const& settings);
/// omega of SSOR is below it.
inline constexpr double omega_limit = 2;

/// Operations of one system: a multiply-add counts as two. Of a direct method an iteration is a refinement.
/// @throws InputError a factor has too many entries
engine::Price operations_of(sparse::SymmetricStructure const& structure, IccgSettings const& settings);
/// What its time on one machine depends on.
std::string cost_name_of(sparse::SymmetricStructure const& structure, IccgSettings const& settings);

}  // namespace metasolve::problems
