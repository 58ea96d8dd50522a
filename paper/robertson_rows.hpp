// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "paper/reproductions.hpp"
#include "src/config/run_config.hpp"
#include "src/problems/robertson.hpp"

/// The rows of the paper's Table 1, and how each is trained.
namespace metasolve::paper {

struct RobertsonRow {
  std::string name;
  problems::Learned learned = problems::Learned::both;
  std::optional<int> iterations;  ///< m of L_m; empty: the surrogate
  double published = 0;
};

inline constexpr double robertson_tolerance = 1e-9;
inline constexpr double robertson_base_published = 70.51;

std::vector<RobertsonRow> const& robertson_rows();

/// The published data, heads and epochs' worth of tasks, two hidden layers of `width` ReLU units; one recipe for all
/// rows but for the loss. configs/robertson.toml writes one of them out.
config::RunConfig robertson_training(RobertsonRow const& row, int width, std::uint64_t seed, Scale scale);

}  // namespace metasolve::paper
