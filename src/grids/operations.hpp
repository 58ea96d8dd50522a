// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/kernels/grids/cycle_shape.hpp"

namespace metasolve::grids {

/// Multiply-adds of one cycle on a grid.
double operations_of_cycle(kernels::GridHierarchy const& h, kernels::CycleShape const& shape);

}  // namespace metasolve::grids
