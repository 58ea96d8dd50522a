# SPDX-License-Identifier: Apache-2.0
# Code that the library `metasolve_train` compiles per executor kind, in addition to that of `metasolve`
# (src/compiled.cmake): adjoints, conjugate gradients in blocks, and network training. Problems have their own lines
# (src/problems/problems.cmake).

# Jacobi's method.
set(jacobi_headers kernels/operators/poisson_stencil.hpp kernels/solvers/jacobi.hpp detail/exec/team_body.hpp)
set(jacobi "")
foreach(real IN ITEMS float double)
  list(APPEND jacobi "exec::TeamFunctions<exec::DifferentiateBody<kernels::Jacobi<kernels::PoissonStencil<${real}>>>>")
endforeach()
metasolve_compile(train_jacobi HEADERS ${jacobi_headers} FUNCTIONS ${jacobi})
list(TRANSFORM jacobi REPLACE DifferentiateBody TangentBody)
metasolve_compile(train_jacobi_tangent HEADERS ${jacobi_headers} FUNCTIONS ${jacobi})
metasolve_compile(train_jacobi_gauss_newton HEADERS ${jacobi_headers}
  FUNCTIONS "exec::TeamFunctions<exec::GaussNewtonBody<kernels::Jacobi<kernels::PoissonStencil<double>>>>")

# Conjugate gradients, in lockstep and in blocks.
set(incomplete "kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>")
foreach(body IN ITEMS Differentiate Tangent)
  metasolve_compile("train_cg_${body}"
    HEADERS kernels/solvers/conjugate_gradient.hpp kernels/operators/incomplete_cholesky.hpp detail/exec/team_body.hpp
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
metasolve_compile(train_cg_blocks
  HEADERS kernels/solvers/block_compact.hpp kernels/solvers/block_confirm.hpp kernels/solvers/block_start.hpp
  FUNCTIONS ${blocks})

# Quadratic programs.
metasolve_compile(train_admm HEADERS kernels/solvers/admm.hpp detail/exec/team_body.hpp
  FUNCTIONS "exec::TeamFunctions<exec::DifferentiateBody<kernels::Admm<kernels::AdmmFactor::own>>>")

# Integration.
metasolve_compile(integrate HEADERS kernels/problems/previous_iterations.hpp
  FUNCTIONS "exec::ElementFunctions<kernels::PreviousIterations>")

# Network training.
set(bodies SelectTasks AdvanceClock ExpectedCount RememberCount PrepareUpdate UnitActivation Multiply UnitDerivatives
           GatherUnits LargestDiagonal Damp StepOf ApplyGaussNewton Candidates ChooseCandidate TakeCandidate ByMember Mirror
           ScaleRows Products PlaceEntries "SumBlocks<std::int32_t>")
foreach(real IN ITEMS float double)
  list(APPEND bodies "AdamUpdate<${real}>" "SumByTree<${real}>" "SumBlocks<${real}>")
  foreach(scalar IN ITEMS float double)
    list(APPEND bodies "HeadAdjoint<${real}, ${scalar}>")
  endforeach()
endforeach()
list(TRANSFORM bodies REPLACE "^.+$" "exec::ElementFunctions<kernels::\\0>")
metasolve_compile(train_network
  HEADERS kernels/network/batch_bodies.hpp kernels/network/batch_sums.hpp kernels/network/gauss_newton_bodies.hpp kernels/network/head.hpp
          kernels/network/levenberg_marquardt.hpp kernels/network/mlp.hpp kernels/network/network_bodies.hpp
  FUNCTIONS ${bodies})
metasolve_compile(train_cholesky HEADERS detail/exec/EXECUTOR/training/EXECUTOR_cholesky.hpp
  FUNCTIONS "exec::CholeskyFunctions")
