// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "paper/reproductions.hpp"

/// The rows of the paper's Table 2, and their training.
namespace metasolve::paper {

struct BeamRow {
  std::string name;
  std::optional<int> iterations;  ///< m of L_m; empty: the surrogate
  double published = 0, published_converged = 0;
};

/// Fill rule of the incomplete factor.
struct BeamFill {
  std::string name;
  int level = 0;
  int entries = -1;  ///< -1: by level
};

inline constexpr double beam_tolerance = 1e-6;
inline constexpr int beam_limit = 243;  ///< iterations

std::vector<BeamRow> const& beam_rows();    ///< the trained rows
std::vector<BeamFill> const& beam_fills();  ///< both with reverse Cuthill-McKee ordering

/// The published data, widths and epochs; the same recipe for all rows except for the loss. configs/elasticity.toml
/// contains one of them.
config::RunConfig beam_training(BeamRow const& row, BeamFill const& fill, std::uint64_t seed, Scale scale);

/// Number of trainings averaged in a row, at most `seeds`. At scale small one for the rows that always use m iterations
/// with m equal to the limit, and for all L_m with the second fill rule: otherwise hours on a CPU.
int beam_trainings(BeamRow const& row, BeamFill const& fill, int seeds, Scale scale);

}  // namespace metasolve::paper
