// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "paper/reproductions.hpp"
#include "src/config/run_config.hpp"

/// The rows of the paper's Table 2, and how each is trained.
namespace metasolve::paper {

struct BeamRow {
  std::string name;
  std::optional<int> iterations;  ///< m of L_m; empty: the surrogate
  double published = 0, published_converged = 0;
};

/// Which entries the incomplete factor keeps.
struct BeamFill {
  std::string name;
  int level = 0;
  int entries = -1;  ///< -1: by level
};

inline constexpr double beam_tolerance = 1e-6;
inline constexpr int beam_limit = 243;  ///< iterations

std::vector<BeamRow> const& beam_rows();    ///< those that are trained
std::vector<BeamFill> const& beam_fills();  ///< both with reverse Cuthill-McKee ordering

/// The published data, widths and epochs; one recipe for all rows but for the loss. configs/elasticity.toml
/// writes one of them out.
config::RunConfig beam_training(BeamRow const& row, BeamFill const& fill, std::uint64_t seed, Scale scale);

/// Trainings behind a row's mean, at most `seeds`. At scale small one of those that always make m iterations where m is
/// the limit, and of all L_m with the second fill rule: hours otherwise on a CPU.
int beam_trainings(BeamRow const& row, BeamFill const& fill, int seeds, Scale scale);

}  // namespace metasolve::paper
