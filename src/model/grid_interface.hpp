// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/grids/cycle_of.hpp"
#include "metasolve/detail/model/model.hpp"

namespace metasolve::model {

inline constexpr char diffusion_name[] = "diffusion";

/// Settings of a model of diffusion: what its parameters are of, as numbers of the enumerations of
/// detail/grids/cycle_of.hpp and 0 or 1: [smoother, cycle, transfer, sweeps before, after, degree, coarse weights,
/// conjugate gradients, constant operators].
inline constexpr char grid_cycle[] = "grid_cycle";

/// kernels::GridFeatures -> the parameters of a cycle: a single one within its range, others as offsets from the
/// solver's own.
Interface grid_interface(grids::Cycle<2> const& cycle, grids::CycleSettings const& settings,
                         bool by_conjugate_gradients, bool constant_operators);

}  // namespace metasolve::model
