// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "body.hpp"

namespace flow {

/// What the online meta-solver sees of a cell: the sweeps of the step before.
struct PreviousSweeps {
  int const* sweeps;  ///< [cells]
  double* feature;    ///< [cells]
  long cells;
  FLOW_HD void operator()(long cell) const { feature[cell] = sweeps[cell]; }
};

}  // namespace flow
