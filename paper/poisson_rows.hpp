// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "paper/reproductions.hpp"

/// The rows of the paper's Table 3, and their training.
namespace metasolve::paper {

inline constexpr std::array<double, 4> table3_tolerances{1e-2, 1e-4, 1e-6, 1e-8};
inline constexpr std::array<double, 2> table3_hard_fractions{0, 0.01};

struct PoissonRow {
  std::string name;
  std::optional<int> iterations;      ///< m of L_m
  std::optional<double> tolerance;    ///< eps of the surrogate
  std::array<double, 8> published{};  ///< by tolerance, for p = 0, then for p = 0.01
};

/// The zero guess: the first row.
PoissonRow const& base_row();
/// The trained rows, in the table's order.
std::vector<PoissonRow> const& trained_rows();

/// The paper's network and data sizes; Levenberg-Marquardt. Surrogate rows have the same options except for the
/// tolerance, conventional rows except for the loss. configs/poisson.toml contains one of them.
config::RunConfig poisson_training(PoissonRow const& row, double hard_fraction, std::uint64_t seed, Scale scale);
/// The same row with the best known training by Adam.
config::RunConfig poisson_training_by_adam(PoissonRow const& row, double hard_fraction, std::uint64_t seed,
                                           Scale scale);

/// The same training with several members, whose initial weights are in turn as given and three times as large. 1: as
/// it was.
void give_members(config::RunConfig& config, int members);

/// Alternative trainings of a surrogate row: a name for the change, the rows' tolerances, and the change.
struct PoissonVariant {
  std::string name;
  std::vector<double> tolerances;
  void (*change)(config::RunConfig&);
};
std::vector<PoissonVariant> const& poisson_variants();

}  // namespace metasolve::paper
