// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/engine/batch_solver.hpp"
#include "metasolve/types.hpp"

/// What a solver's call does with an OnlineMetaSolver (policy.online).
namespace metasolve::api {

/// What a solver lets an OnlineMetaSolver choose.
struct OnlineParameter {
  std::string_view name;
  double low = 0, high = 0;  ///< valid values
  Column<double>* column = nullptr;
  char const* why_not = nullptr;  ///< why this solver, or this call, has it not; null: it has
};
namespace online_names {
inline constexpr char shift[] = "shift", omega[] = "omega", guess_scale[] = "guess_scale", restart[] = "restart",
                      relaxation[] = "relaxation", rho[] = "rho", alpha[] = "alpha", factor[] = "factor";
}
// Each with the column in the stage's proposal that it replaces.
OnlineParameter online_shift(bool has, Column<double>& column);
OnlineParameter online_omega(bool has, Column<double>& column);
OnlineParameter online_guess_scale(bool takes_guess, Column<double>& column);
/// restart: the largest; 0: the solver has none.
OnlineParameter online_restart(int restart, Column<double>& column);
/// A factor on all penalties of a task.
OnlineParameter online_rho(bool has, Column<double>& column);
/// The over-relaxation of ADMM.
OnlineParameter online_alpha(Column<double>& column);
/// A factor on all of a task's parameters.
OnlineParameter online_factor(Column<double>& column);
/// name: of a problem's column.
OnlineParameter online_column(std::string_view name, Column<double>& column);

[[nodiscard]] bool chooses(OnlineMetaSolver const& online, std::string_view name);
/// Binds the columns of what it chooses; the others stay.
/// @throws InputError it chooses what the solver has not, or values that are not valid there
void bind_online(OnlineMetaSolver const& online, std::span<OnlineParameter const> parameters);
inline void bind_online(OnlineMetaSolver const& online, std::initializer_list<OnlineParameter> parameters) {
  bind_online(online, std::span<OnlineParameter const>(parameters.begin(), parameters.size()));
}

/// Chooses the parameters of the tasks of a call.
engine::Proposal choose(OnlineMetaSolver& online, std::int64_t count, BatchView<double const> const& features);
/// From the results of that call.
void learn(OnlineMetaSolver& online, std::int32_t const* iterations, std::int32_t const* status, Origin const* origin);

}  // namespace metasolve::api
