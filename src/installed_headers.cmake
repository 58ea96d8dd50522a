# SPDX-License-Identifier: Apache-2.0
# The headers of src/ that are installed, as <metasolve/detail/...>: what a program compiles that has a problem or a solver
# of its own. scripts/check-layers fails where one includes a header that is not here, or a third party's, and where none
# of the public headers and the first lines below reaches one that is.
set(METASOLVE_INSTALLED_HEADERS
  # To be included by programs.
  api/compiled_problem.hpp
  engine/solver_stage.hpp
  train/compiled_training.hpp
  # What these include.
  api/arguments.hpp
  api/online_call.hpp
  api/policy.hpp
  api/problem_calls.hpp
  api/problem_calls_of.hpp
  api/solve_call.hpp
  engine/batch_solver.hpp
  engine/choices.hpp
  engine/difference_gradient.hpp
  engine/estimator_settings.hpp
  engine/fused_problem.hpp
  engine/price.hpp
  engine/problem_functions.hpp
  engine/solve_stage.hpp
  engine/training/tasks.hpp
  exec/backend.hpp
  exec/block_diagonal.hpp
  exec/bodies.hpp
  exec/compiled.hpp
  exec/convolution.hpp
  exec/host_backend.hpp
  exec/launches.hpp
  exec/team_body.hpp
  model/interface_of.hpp
  model/model.hpp
  network/grid_network.hpp
  network/grid_shape.hpp
  network/layer_shape.hpp
  network/meta_network.hpp
  network/mlp.hpp
  network/network.hpp
  network/predictor.hpp
  problems/bind_rows.hpp
  problems/row_description.hpp)
# Of each executor that is built (MetasolveCompiled.cmake), by its name.
set(METASOLVE_INSTALLED_HEADERS_cpu
  exec/cpu/cpu_exec.hpp exec/cpu/parallel_for.hpp exec/cpu/threads.hpp)
set(METASOLVE_INSTALLED_HEADERS_cuda
  exec/cuda/cuda_check.hpp exec/cuda/cuda_exec.cuh exec/cuda/cuda_gemm.hpp exec/cuda/cuda_kernels.cuh
  exec/cuda/cuda_replays.hpp exec/cuda/cuda_shared.cuh exec/cuda/cuda_sparse.hpp exec/cuda/cuda_start.cuh
  exec/cuda/cuda_teams.cuh exec/cuda/team_plan.hpp)
set(METASOLVE_INSTALLED_HEADERS_serial exec/serial/serial_exec.hpp)
