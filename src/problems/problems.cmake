# SPDX-License-Identifier: Apache-2.0
# Built-in problems, in the order of the documentation: each has a function `Problem const& NAME_problem()`.
set(METASOLVE_PROBLEMS poisson robertson elasticity spd program qp diffusion pressure)

# Problem code compiled per executor kind, in addition to src/compiled.cmake (src/train/compiled.cmake).
foreach(steps IN ITEMS OdeProblem AndersonSteps)
  foreach(body IN ITEMS Differentiate Tangent)
    metasolve_compile("train_robertson_${steps}_${body}"
      HEADERS kernels/problems/anderson_steps.hpp kernels/problems/systems/robertson.hpp detail/exec/team_body.hpp
      FUNCTIONS "exec::TeamFunctions<exec::${body}Body<kernels::${steps}<kernels::Robertson>::Solver>>")
  endforeach()
endforeach()
set(elimination "")
foreach(real IN ITEMS float double)
  list(APPEND elimination "exec::TeamFunctions<exec::SolveBody<kernels::PoissonElimination<${real}>>>")
endforeach()
metasolve_compile(train_poisson_elimination
  HEADERS kernels/operators/poisson_stencil.hpp kernels/solvers/poisson_elimination.hpp detail/exec/team_body.hpp
  FUNCTIONS ${elimination})
metasolve_compile(train_elasticity HEADERS kernels/problems/elasticity.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::AssembleBeams<double>>" "exec::ElementFunctions<kernels::BeamFeatures<double>>")
foreach(constant IN ITEMS true false)
  metasolve_compile("train_grid_${constant}" HEADERS kernels/solvers/grid_iteration.hpp detail/exec/team_body.hpp
    FUNCTIONS "exec::TeamFunctions<exec::DifferentiateBody<kernels::GridIteration<double, 2, ${constant}>>>")
endforeach()
metasolve_compile(train_pressure_cg HEADERS kernels/solvers/pressure_cg.hpp detail/exec/team_body.hpp
  FUNCTIONS "exec::TeamFunctions<exec::DifferentiateBody<kernels::PressureCg<double>>>")
