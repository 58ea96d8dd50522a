// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "paper/reproductions.hpp"

/// The rows of the table of guesses for the pressure (Um, Brand, Fei, Holl and Thuerey, 2020, "CG solver").
namespace metasolve::paper {

inline constexpr std::array pressure_accuracies{1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
inline constexpr double pressure_tolerance = 1e-3;  ///< of the surrogate's training

/// How a network's guesses are learned.
enum class PressureLoss {
  solution,   ///< ||p_0 - p*||^2: SUP
  residual,   ///< ||b - A p_0||^2: PHY
  unrolled,   ///< ||p_k - p*||^2, k iterations later: SOL_k
  surrogate,  ///< of the count
};

/// A network, and what the published one needs. Iterations: of pressure_accuracies.
struct PressureRow {
  std::string name;
  PressureLoss loss = PressureLoss::surrogate;
  int iterations = 0;     ///< k of SOL_k
  bool is_cheap = false;  ///< the linear cycle; else the published network
  std::optional<std::array<double, 6>> published = {};
};
std::vector<PressureRow> pressure_rows(Scale scale);
std::array<double, 6> published_zero_guess();

/// The tasks, and the solver without a network.
config::RunConfig pressure_config(Scale scale);
config::RunConfig pressure_training(PressureRow const& row, std::uint64_t seed, Scale scale);

}  // namespace metasolve::paper
