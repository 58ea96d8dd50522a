# SPDX-License-Identifier: Apache-2.0
# Built-in problems, in the order of the documentation: each has a function `Problem const& NAME_problem()`.
set(METASOLVE_PROBLEMS poisson robertson elasticity spd program)

# Problem code compiled per executor kind, in addition to src/compiled.cmake (src/train/compiled.cmake).
metasolve_compile(train_robertson
  HEADERS kernels/problems/ode_problem.hpp kernels/problems/systems/robertson.hpp detail/exec/team_body.hpp
  FUNCTIONS "exec::TeamFunctions<exec::DifferentiateBody<kernels::OdeProblem<kernels::Robertson>::Solver>>")
metasolve_compile(train_elasticity HEADERS kernels/problems/elasticity.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::AssembleBeams<double>>" "exec::ElementFunctions<kernels::BeamFeatures<double>>")
