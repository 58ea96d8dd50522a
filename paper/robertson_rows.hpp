// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "paper/reproductions.hpp"

/// The rows of the paper's Table 1, and their training.
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

/// The published data, heads and number of trained tasks, two hidden layers of `width` ReLU units; the same recipe for
/// all rows except for the loss. configs/robertson.toml contains one of them.
config::RunConfig robertson_training(RobertsonRow const& row, int width, std::uint64_t seed, Scale scale);

}  // namespace metasolve::paper
