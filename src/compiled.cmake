# SPDX-License-Identifier: Apache-2.0
# What the library compiles for each kind of executor (cmake/MetasolveCompiled.cmake), a file a group: launches of bodies
# (src/exec/launches.hpp), solver by solver and precision by precision. Problems have lines of their own
# (src/problems/problems.cmake).

# Jacobi's method.
set(jacobi_headers kernels/operators/poisson_stencil.hpp kernels/operators/shared_csr.hpp kernels/solvers/jacobi.hpp
                   src/exec/team_body.hpp)
set(jacobi "")
foreach(real IN ITEMS float double)
  set(stencil "kernels::Jacobi<kernels::PoissonStencil<${real}>>")
  list(APPEND jacobi "exec::TeamFunctions<exec::SolveBody<${stencil}>>"
                     "exec::TeamFunctions<exec::SolveBody<kernels::Jacobi<kernels::SharedCsr<${real}>>>>"
                     "exec::TeamFunctions<exec::DifferentiateBody<${stencil}>>")
endforeach()
metasolve_compile(jacobi HEADERS ${jacobi_headers} FUNCTIONS ${jacobi})
metasolve_compile(jacobi_gauss_newton HEADERS ${jacobi_headers}
  FUNCTIONS "exec::TeamFunctions<exec::GaussNewtonBody<kernels::Jacobi<kernels::PoissonStencil<double>>>>")

# Conjugate gradients, in lockstep and in blocks.
set(cg_headers kernels/solvers/conjugate_gradient.hpp kernels/operators/preconditioners.hpp
               kernels/operators/incomplete_cholesky.hpp src/exec/team_body.hpp)
set(diagonal "")  # the two that are small together
foreach(preconditioner IN ITEMS NoPreconditioner JacobiPreconditioner)
  list(APPEND diagonal "exec::TeamFunctions<exec::SolveBody<kernels::ConjugateGradient<double, kernels::${preconditioner}>, kernels::ShiftConstant>>")
endforeach()
set(incomplete "kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>")
metasolve_compile(cg_diagonal HEADERS ${cg_headers} kernels/operators/shift_constant.hpp FUNCTIONS ${diagonal})
metasolve_compile(cg_incomplete HEADERS ${cg_headers} kernels/operators/shift_constant.hpp
  FUNCTIONS "exec::TeamFunctions<exec::SolveBody<${incomplete}, kernels::ShiftConstant>>")
foreach(body IN ITEMS Differentiate Tangent)
  metasolve_compile("cg_${body}" HEADERS ${cg_headers}
    FUNCTIONS "exec::TeamFunctions<exec::${body}Body<${incomplete}>>")
endforeach()
set(blocks "")
foreach(work IN ITEMS BlockDot UpdateSolution UpdateDirection GatherSolution TrueResidual RefineResidual ReplaceResidual
                      ChooseDirection CorrectDirection)
  list(APPEND blocks "exec::TeamFunctions<kernels::ChunkBody<double, kernels::${work}<double>>>")
endforeach()
foreach(factor IN ITEMS FactorNothing FactorByLevel<double> FactorByMagnitude<double>)
  list(APPEND blocks "exec::TeamFunctions<kernels::StartBlocks<double, kernels::${factor}>>")
endforeach()
foreach(work IN ITEMS DivideByDiagonal ExpandMatrices WriteSolutions FinishBlocks JudgeBlocks ResumeBlocks CompactBlocks)
  list(APPEND blocks "exec::ElementFunctions<kernels::${work}<double>>")
endforeach()
metasolve_compile(cg_blocks HEADERS kernels/solvers/block_compact.hpp kernels/solvers/block_confirm.hpp kernels/solvers/block_start.hpp
  FUNCTIONS ${blocks})

# Steps of systems that are known by name (src/integrate/known_systems.hpp); problems.cmake has what is trained.
set(odes "")
foreach(system IN ITEMS VanDerPol Orego Hires Pollution)
  list(APPEND odes "engine::ProblemFunctions<kernels::OdeProblem<kernels::${system}>, false>")
endforeach()
foreach(system IN ITEMS Robertson VanDerPol Orego Hires Pollution)
  list(APPEND odes "engine::ProblemFunctions<kernels::NewtonSteps<kernels::${system}>, false>")
endforeach()
metasolve_compile(odes
  HEADERS kernels/problems/newton_steps.hpp src/integrate/known_systems.hpp src/engine/problem_functions.hpp
  FUNCTIONS ${odes})

# Networks, and what trains them.
set(bodies SelectTasks AdvanceClock ExpectedCount RememberCount PrepareUpdate UnitActivation Multiply UnitDerivatives
           GatherUnits LargestDiagonal Damp StepOf ApplyGaussNewton Candidates ChooseCandidate TakeCandidate ByMember Mirror
           ScaleRows Products PlaceEntries)
foreach(real IN ITEMS float double)
  list(APPEND bodies "BiasActivation<${real}>" "ActivationAdjoint<${real}>" "AdamUpdate<${real}>" "TripleTasks<${real}>"
                     "DifferenceSlopes<${real}>")
  foreach(scalar IN ITEMS float double)
    list(APPEND bodies "GatherFeatures<${scalar}, ${real}>" "ApplyHead<${real}, ${scalar}>"
                       "HeadAdjoint<${real}, ${scalar}>" "ScaleCopy<${real}, ${scalar}>")
  endforeach()
endforeach()
list(TRANSFORM bodies REPLACE "^.+$" "exec::ElementFunctions<kernels::\\0>")
metasolve_compile(network
  HEADERS kernels/lockstep/difference.hpp kernels/network/batch_bodies.hpp kernels/network/gauss_newton_bodies.hpp
          kernels/network/head.hpp kernels/network/levenberg_marquardt.hpp kernels/network/mlp.hpp
          kernels/network/network_bodies.hpp
  FUNCTIONS ${bodies})
