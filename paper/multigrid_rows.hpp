// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/diffusion.hpp"
#include "paper/report.hpp"

/// The rows of the table of multigrid: smoothers, with and without a network.
namespace metasolve::paper {

inline constexpr double multigrid_tolerance = 1e-6;

/// A smoother whose parameter is a constant; the best of `values` on the validation tasks is taken.
struct FixedRow {
  std::string name;  ///< "jacobi 0.64"
  grids::Smoother smoother;
  std::vector<double> values;
  kernels::TransferKind transfer = kernels::TransferKind::linear;
};
std::vector<FixedRow> fixed_rows(problems::DiffusionCoefficients coefficients);

/// A smoother that a network chooses.
struct LearnedRow {
  std::string name;  ///< "learned lines"
  grids::Smoother smoother;
  bool coarse_weights;
  kernels::TransferKind transfer = kernels::TransferKind::linear;
  int last = 0;             ///< trained by L_m, m this; 0: by the surrogate
  bool stationary = false;  ///< trained on cycles alone, and used in conjugate gradients
};
std::vector<LearnedRow> learned_rows(problems::DiffusionCoefficients coefficients, Scale scale);

/// Solves test tasks of n x n points with a fixed smoother.
config::RunConfig multigrid_config(problems::DiffusionCoefficients coefficients, int points, grids::Smoother smoother,
                                   kernels::TransferKind transfer, bool coarse_weights, Scale scale);
/// Trains on 31 x 31 points.
config::RunConfig multigrid_training(problems::DiffusionCoefficients coefficients, LearnedRow const& row,
                                     std::uint64_t seed, Scale scale);

}  // namespace metasolve::paper
