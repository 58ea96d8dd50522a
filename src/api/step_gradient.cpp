// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/step_gradient.hpp"

#include <algorithm>

#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/systems/known_systems.hpp"
#include "metasolve/kernels/problems/implicit_euler_gradient.hpp"

namespace metasolve::api {

namespace {

template <kernels::Ode O>
class StepGradientOf final : public StepGradient {
 public:
  using Body = kernels::ImplicitEulerGradient<O>;

  StepGradientOf(Executor const& executor, std::int64_t capacity)
      : executor_(executor), workspace_(executor.backend(), executor.backend().team_bytes(Body{}, capacity)) {}

  void run(std::int64_t count, Column<double> const* columns, ImplicitEulerSolver::Gradient const& g,
           std::int32_t* status) override {
    Body body;
    std::copy_n(columns, Body::columns, body.solver.system.row.column);
    body.count = count;
    body.solution = view(g.solution);
    body.solution_bar = view(g.solution_bar);
    body.previous_bar = view(g.previous_bar);
    body.parameters_bar = view(g.parameters_bar);
    body.step_bar = g.step_bar;
    body.time_bar = g.time_bar;
    body.status = status;
    executor_.backend().launch_teams(body, workspace_.data(), count);
  }

 private:
  Executor executor_;  ///< keeps the backend alive
  exec::Buffer<std::byte> workspace_;
};

}  // namespace

std::unique_ptr<StepGradient> make_step_gradient(Executor const& executor, std::string const& system,
                                                 Setup const& setup) {
  std::unique_ptr<StepGradient> made;
  systems::for_each_system([&]<class O>() {
    if (system == O::name) made = std::make_unique<StepGradientOf<O>>(executor, setup.capacity);
  });
  return made;
}

}  // namespace metasolve::api
