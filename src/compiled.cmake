# SPDX-License-Identifier: Apache-2.0
# What the library `metasolve` compiles for each kind of executor (cmake/MetasolveCompiled.cmake), a file for each group:
# launches of bodies (src/exec/launches.hpp), solver by solver and precision by precision. What training needs besides
# stands in src/train/compiled.cmake.

# Jacobi's method.
set(jacobi "")
foreach(real IN ITEMS float double)
  foreach(matrix IN ITEMS PoissonStencil SharedCsr)
    list(APPEND jacobi "exec::TeamFunctions<exec::SolveBody<kernels::Jacobi<kernels::${matrix}<${real}>>>>")
  endforeach()
endforeach()
metasolve_compile(jacobi
  HEADERS kernels/operators/poisson_stencil.hpp kernels/operators/shared_csr.hpp kernels/solvers/jacobi.hpp
          detail/exec/team_body.hpp
  FUNCTIONS ${jacobi})

# Conjugate gradients in lockstep.
set(cg_headers kernels/solvers/conjugate_gradient.hpp kernels/operators/preconditioners.hpp
               kernels/operators/incomplete_cholesky.hpp kernels/operators/krylov_constants.hpp detail/exec/team_body.hpp)
set(diagonal "")  # the two that are small together
foreach(preconditioner IN ITEMS NoPreconditioner JacobiPreconditioner)
  list(APPEND diagonal "exec::TeamFunctions<exec::SolveBody<kernels::ConjugateGradient<double, kernels::${preconditioner}>, kernels::KrylovConstants>>")
endforeach()
metasolve_compile(cg_diagonal HEADERS ${cg_headers} FUNCTIONS ${diagonal})
metasolve_compile(cg_incomplete HEADERS ${cg_headers}
  FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>, kernels::KrylovConstants>>")
# One body for several preconditioners.
metasolve_compile(cg_krylov HEADERS ${cg_headers} kernels/operators/krylov_preconditioner.hpp
  FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::ConjugateGradient<double, kernels::KrylovPreconditioner>, kernels::KrylovConstants>>")
foreach(method IN ITEMS BiCgStab Gmres)
  string(TOLOWER ${method} header)
  metasolve_compile(${header}
    HEADERS kernels/solvers/${header}.hpp kernels/operators/krylov_preconditioner.hpp
            kernels/operators/krylov_constants.hpp detail/exec/team_body.hpp
    FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::${method}<double, kernels::KrylovPreconditioner>, kernels::KrylovConstants>>")
endforeach()
metasolve_compile(spd_features HEADERS kernels/problems/spd_features.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::SpdFeatures<double>>")

# Direct methods for linear systems.
foreach(real IN ITEMS double float)
  set(direct "exec::DirectFunctions<exec::DenseFamily<${real}>>")
  foreach(factorization IN ITEMS cholesky ldl lu)
    list(APPEND direct "exec::DirectFunctions<exec::SparseFamily<kernels::Factorization::${factorization}, ${real}>>")
  endforeach()
  metasolve_compile("direct_${real}" HEADERS detail/exec/direct_functions.hpp FUNCTIONS ${direct})
endforeach()

# Quadratic programs.
foreach(factor IN ITEMS own shared)
  metasolve_compile("qp_${factor}" HEADERS kernels/solvers/admm.hpp kernels/solvers/qp_constants.hpp detail/exec/team_body.hpp
    FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::Admm<kernels::AdmmFactor::${factor}>, kernels::QpConstants>>")
endforeach()
metasolve_compile(factor_kkt HEADERS kernels/solvers/factor_kkt.hpp FUNCTIONS "exec::TeamFunctions<kernels::FactorKkt>")
metasolve_compile(qp_active_set HEADERS kernels/solvers/qp_active_set.hpp
  FUNCTIONS "exec::TeamFunctions<kernels::QpActiveSet>")
metasolve_compile(qp_elements HEADERS kernels/solvers/qp_codebook.hpp kernels/solvers/qp_constants.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::CodebookPenalties>" "exec::ElementFunctions<kernels::QpDefaults>")

# Systems on grids: a file for each, since a cycle is a large body.
foreach(constant IN ITEMS true false)
  metasolve_compile("grid_${constant}" HEADERS kernels/solvers/grid_iteration.hpp detail/exec/team_body.hpp
    FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::GridIteration<double, 2, ${constant}>>>")
  foreach(kind IN ITEMS double,3 float,2 float,3)
    string(REPLACE "," "_" name "${kind}")
    metasolve_compile("grid_${name}_${constant}" HEADERS kernels/solvers/grid_iteration.hpp detail/exec/team_body.hpp
      FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::GridIteration<${kind}, ${constant}>>>")
  endforeach()
endforeach()
metasolve_compile(grid_features HEADERS kernels/grids/grid_features.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::GridFeatures<double, 2, true>>"
            "exec::ElementFunctions<kernels::GridFeatures<double, 2, false>>")


# Meta-solvers that learn online.
metasolve_compile(online
  HEADERS kernels/online/update_estimates.hpp kernels/online/draw_arms.hpp kernels/online/online_tasks.hpp
          kernels/online/least_squares.hpp kernels/online/policy_network.hpp
  FUNCTIONS "exec::TeamFunctions<kernels::UpdateEstimates>" "exec::ElementFunctions<kernels::DrawArms>"
            "exec::ElementFunctions<kernels::ChooseParameters>" "exec::ElementFunctions<kernels::LearnCosts>"
            "exec::ElementFunctions<kernels::SetFirstScale>"
            "exec::TeamFunctions<kernels::FitQuadratic>" "exec::ElementFunctions<kernels::ChooseByQuadratic>"
            "exec::ElementFunctions<kernels::LearnRows>" "exec::ElementFunctions<kernels::PolicyFeatures>"
            "exec::ElementFunctions<kernels::ChooseByNetwork>" "exec::ElementFunctions<kernels::ScoreGradient>"
            "exec::ElementFunctions<kernels::CountPolicyTasks>" "exec::ElementFunctions<kernels::StepPolicy>")

# Gradients of linear systems, of all methods.
metasolve_compile(values_bar HEADERS kernels/operators/values_bar.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::ValuesBar<double>>" "exec::ElementFunctions<kernels::FillNan<double>>")

# Steps of systems that are known by name (src/systems/known_systems.hpp).
set(odes "")
foreach(system IN ITEMS VanDerPol Orego Hires Pollution)
  list(APPEND odes "engine::ProblemFunctions<kernels::OdeProblem<kernels::${system}>, false, false>"
                   "engine::ProblemFunctions<kernels::AndersonSteps<kernels::${system}>, false, false>")
endforeach()
foreach(system IN ITEMS Robertson VanDerPol Orego Hires Pollution)
  list(APPEND odes "engine::ProblemFunctions<kernels::NewtonSteps<kernels::${system}>, false, false>")
endforeach()
metasolve_compile(odes
  HEADERS kernels/problems/anderson_steps.hpp kernels/problems/newton_steps.hpp detail/systems/known_systems.hpp detail/engine/problem_functions.hpp
  FUNCTIONS ${odes})
# Their gradients.
set(ode_gradients "")
foreach(system IN ITEMS Robertson VanDerPol Orego Hires Pollution)
  list(APPEND ode_gradients "exec::TeamFunctions<kernels::ImplicitEulerGradient<kernels::${system}>>")
endforeach()
metasolve_compile(ode_gradients
  HEADERS kernels/problems/implicit_euler_gradient.hpp detail/systems/known_systems.hpp FUNCTIONS ${ode_gradients})
# The one that training compiles more for, and so function by function.
foreach(steps IN ITEMS OdeProblem AndersonSteps)
  set(robertson "kernels::${steps}<kernels::Robertson>")
  set(robertson_functions "exec::TeamFunctions<exec::SolveBody<${robertson}::Solver, engine::ProblemConstants<${robertson}>>>"
                          "exec::ElementFunctions<kernels::ProblemFeatures<${robertson}>>"
                          "exec::ElementFunctions<kernels::DefaultParameters<${robertson}>>")
  foreach(width IN ITEMS 8 16 32 64)
    list(APPEND robertson_functions "exec::TeamFunctions<engine::FusedBody<${robertson}, ${width}>>")
  endforeach()
  metasolve_compile("robertson_${steps}"
    HEADERS kernels/problems/anderson_steps.hpp kernels/problems/systems/robertson.hpp detail/engine/problem_functions.hpp
    FUNCTIONS ${robertson_functions})
endforeach()

# Networks that predict. Gradients by differences, since a solver stage (detail/engine/solver_stage.hpp), which programs
# make of solvers of their own, offers them.
set(bodies "")
foreach(real IN ITEMS float double)
  list(APPEND bodies "BiasActivation<${real}>" "ActivationAdjoint<${real}>" "TripleTasks<${real}>" "DifferenceSlopes<${real}>"
                     "AddGiven<${real}>")
  foreach(scalar IN ITEMS float double)
    list(APPEND bodies "GatherFeatures<${scalar}, ${real}>" "ApplyHead<${real}, ${scalar}>" "ScaleCopy<${real}, ${scalar}>")
  endforeach()
endforeach()
list(APPEND bodies ChooseVariants MeanOverVariants ScoreOfVariants)
list(TRANSFORM bodies REPLACE "^.+$" "exec::ElementFunctions<kernels::\\0>")
metasolve_compile(network
  HEADERS kernels/lockstep/choice.hpp kernels/lockstep/difference.hpp kernels/network/batch_bodies.hpp kernels/network/head.hpp kernels/network/mlp.hpp
  FUNCTIONS ${bodies})

# Networks on grids, with their adjoints.
set(bodies "")
foreach(real IN ITEMS float double)
  foreach(body IN ITEMS SumSquares RootMeanSquare LoadGrid StoreGrid ConvolveGrid FinishGrid HalveGrid DoubleGrid CombineGrids
                        StoreGridAdjoint ClearGrid FinishGridAdjoint ConvolveInputAdjoint FoldPadding
                        ConvolveWeightAdjoint GridBiasAdjoint HalveGridAdjoint DoubleGridAdjoint AddChannels)
    list(APPEND bodies "exec::ElementFunctions<kernels::${body}<${real}>>")
  endforeach()
endforeach()
metasolve_compile(grid_network HEADERS kernels/network/grid_layers_adjoint.hpp FUNCTIONS ${bodies})

# Pressure systems.
metasolve_compile(pressure_cg HEADERS kernels/solvers/pressure_cg.hpp detail/exec/team_body.hpp
  FUNCTIONS "exec::TeamFunctions<exec::SolveBody<kernels::PressureCg<double>>>")
metasolve_compile(pressure_features HEADERS kernels/problems/pressure_features.hpp
  FUNCTIONS "exec::TeamFunctions<kernels::PressureFeatures<double>>")
