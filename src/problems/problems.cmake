# SPDX-License-Identifier: Apache-2.0
# The library's own problems, in the order of the documentation: each has a function `Problem const& NAME_problem()`.
set(METASOLVE_PROBLEMS poisson robertson elasticity spd)

# What of them is compiled for each kind of executor (src/compiled.cmake).
metasolve_compile(robertson
  HEADERS kernels/problems/ode_problem.hpp kernels/problems/systems/robertson.hpp src/engine/problem_functions.hpp
  FUNCTIONS "engine::ProblemFunctions<kernels::OdeProblem<kernels::Robertson>, true>")
metasolve_compile(spd_features
  HEADERS kernels/problems/elasticity.hpp kernels/problems/spd_features.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::AssembleBeams<double>>" "exec::ElementFunctions<kernels::BeamFeatures<double>>"
            "exec::ElementFunctions<kernels::SpdFeatures<double>>")
