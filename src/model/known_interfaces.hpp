// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <limits>

#include "metasolve/detail/model/model.hpp"

/// The solver's side of a network for built-in problems whose tasks are not rows of numbers.
namespace metasolve::model {

inline constexpr char poisson_name[] = "poisson";
inline constexpr char spd_name[] = "spd";

/// f [unknowns] -> the initial guess [unknowns].
inline Interface poisson_interface(std::int64_t unknowns) {
  return {.problem = poisson_name,
          .features = {{"f", unknowns}},
          .parameters = {{.name = "initial guess u_0", .unit = {}, .count = unknowns, .without = "0"}},
          .head = {},
          .probe = {}};
}

inline constexpr char shift_name[] = "shift alpha of the factored A + alpha I";
inline constexpr char omega_name[] = "omega of SSOR";

/// kernels::SpdFeatures -> the shift alpha of the factored A + alpha I.
inline Interface spd_interface() {
  Interface sides{.problem = spd_name, .features = {}, .parameters = {}, .head = {}, .probe = {}};
  for (char const* name :
       {"log of the 1-norm", "log of the Frobenius norm", "log of the least diagonal entry",
        "log of the mean diagonal entry", "log of the largest diagonal entry", "log of the least diagonal dominance"}) {
    sides.features.push_back({name});
  }
  sides.parameters.push_back({.name = shift_name, .unit = "as A", .without = {}});
  sides.takes_any_head = true;
  return sides;
}

/// The same -> the relaxation factor of SSOR.
inline Interface ssor_interface() {
  auto sides = spd_interface();
  sides.parameters = {{.name = omega_name, .unit = {}, .low = 0, .high = 2, .without = {}}};
  sides.head_below = 2;
  return sides;
}

inline constexpr char pressure_name[] = "pressure";

/// The residual of a task's own guess [cells], and for systems with weights the mask [cells]
/// (kernels::PressureFeatures) -> the initial guess [cells].
inline Interface pressure_interface(std::int64_t cells, bool has_weights) {
  Interface sides{
      .problem = pressure_name, .features = {{"residual", cells}}, .parameters = {}, .head = {}, .probe = {}};
  if (has_weights) sides.features.push_back({"mask", cells});
  sides.parameters.push_back({.name = "initial guess p_0", .unit = {}, .count = cells, .without = "0"});
  return sides;
}

inline constexpr char qp_name[] = "qp";

/// Settings of a model of quadratic programs: QpSolver::Options' row_weights [m], penalty_group [m] and guess_rho; the
/// rows whose start it predicts; the constants of its training, penalties [groups] and alpha.
inline constexpr char qp_row_weights[] = "row_weights", qp_penalty_group[] = "penalty_group",
                      qp_guess_rho[] = "guess_rho", qp_guess_rows[] = "guess_rows", qp_rho[] = "rho",
                      qp_alpha[] = "alpha";

/// Features of the caller's -> penalties of the groups of rows, the over-relaxation alpha and, of so many rows, v that
/// is split into z and y (kernels::AdmmStart::dual); without features and head.
inline Interface qp_interface(std::int64_t groups, std::int64_t guessed) {
  double const any = std::numeric_limits<double>::infinity();
  Interface sides{.problem = qp_name, .features = {}, .parameters = {}, .head = {}, .probe = {}};
  sides.parameters.push_back({.name = "rho", .unit = {}, .count = groups, .low = 0, .high = any, .without = {}});
  sides.parameters.push_back({.name = "alpha", .unit = {}, .low = 0, .high = 2, .without = {}});
  if (guessed > 0) {
    sides.parameters.push_back({.name = "v", .unit = {}, .count = guessed, .low = -any, .high = any, .without = "0"});
  }
  return sides;
}

}  // namespace metasolve::model
