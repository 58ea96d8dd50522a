# SPDX-License-Identifier: Apache-2.0
# The library's own problems, in the order of the documentation: each has a function `Problem const& NAME_problem()`.
set(METASOLVE_PROBLEMS poisson robertson elasticity spd)

# What of them is compiled for each kind of executor (cmake/MetasolveCompiled.cmake).
list(APPEND METASOLVE_COMPILED
     "src/problems/poisson_on.hpp|problems::PoissonBinding"
     "src/problems/rows_on.hpp|problems::RowBinding<kernels::OdeProblem<kernels::Robertson>>|kernels/problems/ode_problem.hpp|kernels/problems/systems/robertson.hpp"
     "src/problems/iccg_on.hpp|problems::IccgBinding")
