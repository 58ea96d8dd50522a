! SPDX-License-Identifier: Apache-2.0
!
! metasolve.h for Fortran 2003: the same names with the same meaning, documented there, in linear_solver.h and in
! online_meta_solver.h. Compile this file with your program's compiler and link the library (pkg-config --cflags --libs metasolve).
!
! - Handles are type(c_ptr); c_null_ptr is none.
! - Derived types are initialized to defaults: metasolve_policy() is one, metasolve_column(value=1.2d0) another.
! - y(n, tasks) is task-major: metasolve_batch_view(c_loc(y), n, 1); y(tasks, n) is item-major:
!   metasolve_batch_view(c_loc(y), 1, tasks). Such arrays must be `target`, contiguous, and valid until the executor has
!   completed the call.
! - Strings must end with c_null_char.
! - Functions return one of the codes below; metasolve_last_error() describes the failure.
module metasolve
  use, intrinsic :: iso_c_binding
  implicit none
  public

  ! Codes.
  enum, bind(c)
    enumerator :: metasolve_code_ok = 0
    enumerator :: metasolve_code_invalid_input = 1
    enumerator :: metasolve_code_output_error = 2
    enumerator :: metasolve_code_device_error = 3
    enumerator :: metasolve_code_out_of_memory = 4
    enumerator :: metasolve_code_internal_error = 5
    enumerator :: metasolve_code_callback_failed = 6
  end enum

  ! How the solve of a task ended.
  enum, bind(c)
    enumerator :: metasolve_status_converged = 0
    enumerator :: metasolve_status_iteration_limit = 1
    enumerator :: metasolve_status_not_finite = 2
    enumerator :: metasolve_status_breakdown = 3
    enumerator :: metasolve_status_stagnated = 4
    enumerator :: metasolve_status_primal_infeasible = 5
    enumerator :: metasolve_status_dual_infeasible = 6
  end enum

  ! Source of the parameters that a task was solved with.
  enum, bind(c)
    enumerator :: metasolve_origin_chosen = 0
    enumerator :: metasolve_origin_replaced = 1
    enumerator :: metasolve_origin_retried = 2
    enumerator :: metasolve_origin_constant = 3
  end enum

  ! How the equations of an implicit Euler step are solved.
  enum, bind(c)
    enumerator :: metasolve_method_newton_sor = 0
    enumerator :: metasolve_method_newton = 1
    enumerator :: metasolve_method_anderson_sor = 2
  end enum

  ! Quantity that the Jacobi solver compares with the tolerance.
  enum, bind(c)
    enumerator :: metasolve_measure_relative_error = 0
    enumerator :: metasolve_measure_relative_residual = 1
  end enum

  ! Preconditioners of Krylov methods; metasolve_cg_options takes all but ilu and automatic.
  enum, bind(c)
    enumerator :: metasolve_preconditioner_none = 0
    enumerator :: metasolve_preconditioner_jacobi = 1
    enumerator :: metasolve_preconditioner_incomplete_cholesky = 2
    enumerator :: metasolve_preconditioner_block_jacobi = 3
    enumerator :: metasolve_preconditioner_ssor = 4
    enumerator :: metasolve_preconditioner_ilu = 5
    enumerator :: metasolve_preconditioner_automatic = 6
  end enum

  ! Numbering of the unknowns for the factorisation.
  enum, bind(c)
    enumerator :: metasolve_ordering_natural = 0
    enumerator :: metasolve_ordering_rcm = 1
  end enum

  ! How metasolve_linear_solver solves.
  enum, bind(c)
    enumerator :: metasolve_linear_method_automatic = 0
    enumerator :: metasolve_linear_method_cholesky = 1
    enumerator :: metasolve_linear_method_ldl = 2
    enumerator :: metasolve_linear_method_lu = 3
    enumerator :: metasolve_linear_method_dense_lu = 4
    enumerator :: metasolve_linear_method_cg = 5
    enumerator :: metasolve_linear_method_bicgstab = 6
    enumerator :: metasolve_linear_method_gmres = 7
  end enum

  ! What the caller knows about the matrices.
  enum, bind(c)
    enumerator :: metasolve_linear_matrix_general = 0
    enumerator :: metasolve_linear_matrix_symmetric = 1
    enumerator :: metasolve_linear_matrix_positive_definite = 2
  end enum

  ! In which order metasolve_linear_solver eliminates unknowns.
  enum, bind(c)
    enumerator :: metasolve_linear_ordering_automatic = 0
    enumerator :: metasolve_linear_ordering_natural = 1
    enumerator :: metasolve_linear_ordering_rcm = 2
    enumerator :: metasolve_linear_ordering_amd = 3
  end enum

  ! Number format of factors.
  enum, bind(c)
    enumerator :: metasolve_precision_full = 0
    enumerator :: metasolve_precision_mixed = 1
  end enum

  ! Where the parameters of metasolve_online_meta_solver come from.
  enum, bind(c)
    enumerator :: metasolve_online_estimator_bins = 0
    enumerator :: metasolve_online_estimator_least_squares = 1
    enumerator :: metasolve_online_estimator_network = 2
  end enum

  ! How it tries parameters.
  enum, bind(c)
    enumerator :: metasolve_online_exploration_confidence = 0
    enumerator :: metasolve_online_exploration_thompson = 1
  end enum

  ! One type for C's two kinds of views, read-only and writable.
  type, bind(c) :: metasolve_batch_view
    type(c_ptr) :: data = c_null_ptr
    integer(c_int64_t) :: task_stride = 0
    integer(c_int64_t) :: item_stride = 1
  end type

  type, bind(c) :: metasolve_column
    type(c_ptr) :: data = c_null_ptr
    integer(c_int64_t) :: stride = 1
    real(c_double) :: value = 0
  end type

  type, bind(c) :: metasolve_int_column
    type(c_ptr) :: data = c_null_ptr
    integer(c_int64_t) :: stride = 1
    integer(c_int32_t) :: value = 0
  end type

  ! 0-based, as in C: the first row begins at 0, and the first column is 0.
  type, bind(c) :: metasolve_pattern
    integer(c_int32_t) :: unknowns = 0
    integer(c_int32_t) :: entries = 0
    type(c_ptr) :: row_ptrs = c_null_ptr  ! integer(c_int32_t) (unknowns + 1)
    type(c_ptr) :: col_idxs = c_null_ptr  ! integer(c_int32_t) (entries)
  end type

  type, bind(c) :: metasolve_workspace
    type(c_ptr) :: data = c_null_ptr
    integer(c_size_t) :: bytes = 0
  end type

  type, bind(c) :: metasolve_tally
    integer(c_int64_t) :: replaced = 0
    integer(c_int64_t) :: retried = 0
  end type

  ! Sizes assume 64-bit addresses; a type cannot query its own size here. The library rejects a wrong one.
  type, bind(c) :: metasolve_setup
    integer(c_size_t) :: size = 40
    integer(c_int64_t) :: capacity = 0
    type(c_ptr) :: meta_solver = c_null_ptr
    type(metasolve_workspace) :: workspace
  end type

  type, bind(c) :: metasolve_stopping
    integer(c_size_t) :: size = 56
    type(metasolve_column) :: tolerance = metasolve_column(value=1.0e-6_c_double)
    type(metasolve_int_column) :: max_iterations = metasolve_int_column(value=10000)
  end type

  type, bind(c) :: metasolve_results
    integer(c_size_t) :: size = 96
    type(c_ptr) :: status = c_null_ptr      ! integer(c_int32_t) (count)
    type(c_ptr) :: iterations = c_null_ptr  ! integer(c_int32_t) (count)
    type(c_ptr) :: measure = c_null_ptr     ! real(c_double) (count)
    type(metasolve_batch_view) :: solution
    type(metasolve_batch_view) :: history
    type(c_ptr) :: origin = c_null_ptr      ! integer(c_int32_t) (count)
    type(c_ptr) :: tally = c_null_ptr       ! type(metasolve_tally)
  end type

  type, bind(c) :: metasolve_policy
    integer(c_size_t) :: size = 56
    integer(c_int32_t) :: meta_solver = 1
    integer(c_int32_t) :: retry = 0
    integer(c_int32_t) :: first_max_iterations = 0
    integer(c_int32_t) :: reserved = 0
    type(c_ptr) :: online = c_null_ptr
    type(metasolve_batch_view) :: features
  end type

  type, bind(c) :: metasolve_implicit_euler_options
    integer(c_size_t) :: size = 40
    integer(c_int32_t) :: clamps = 0
    real(c_double) :: low = -1
    real(c_double) :: high = 2
    integer(c_int32_t) :: method = metasolve_method_newton_sor
    integer(c_int32_t) :: reserved = 0
  end type

  type, bind(c) :: metasolve_implicit_euler_tasks
    integer(c_size_t) :: size = 160
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: previous
    type(metasolve_batch_view) :: parameters
    type(metasolve_column) :: step
    type(metasolve_column) :: time
    type(metasolve_column) :: relaxation = metasolve_column(value=1)
    type(metasolve_batch_view) :: guess
  end type

  type, bind(c) :: metasolve_implicit_euler_gradient
    integer(c_size_t) :: size = 120
    type(metasolve_batch_view) :: solution
    type(metasolve_batch_view) :: solution_bar
    type(metasolve_batch_view) :: previous_bar
    type(metasolve_batch_view) :: parameters_bar
    type(c_ptr) :: step_bar = c_null_ptr
    type(c_ptr) :: time_bar = c_null_ptr
  end type

  type, bind(c) :: metasolve_jacobi_tasks
    integer(c_size_t) :: size = 112
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: rhs
    type(metasolve_batch_view) :: solution
    type(metasolve_batch_view) :: values  ! sparse only
    type(metasolve_batch_view) :: guess
  end type

  ! What a shift alpha means.
  enum, bind(c)
    enumerator :: metasolve_shift_scale_automatic = 0
    enumerator :: metasolve_shift_scale_absolute = 1
    enumerator :: metasolve_shift_scale_diagonal = 2
  end enum

  type, bind(c) :: metasolve_cg_options
    integer(c_size_t) :: size = 32
    integer(c_int32_t) :: preconditioner = metasolve_preconditioner_incomplete_cholesky
    integer(c_int32_t) :: ordering = metasolve_ordering_rcm
    integer(c_int32_t) :: fill_level = -1
    integer(c_int32_t) :: fill_entries = -1
    integer(c_int32_t) :: shift_scale = metasolve_shift_scale_automatic
    integer(c_int32_t) :: block_size = 4
  end type

  type, bind(c) :: metasolve_cg_tasks
    integer(c_size_t) :: size = 136
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: values
    type(metasolve_batch_view) :: rhs
    type(metasolve_column) :: shift
    type(metasolve_column) :: omega = metasolve_column(value=1)
    type(metasolve_batch_view) :: guess
  end type

  type, bind(c) :: metasolve_linear_options
    integer(c_size_t) :: size = 48
    integer(c_int32_t) :: matrix = metasolve_linear_matrix_general
    integer(c_int32_t) :: method = metasolve_linear_method_automatic
    integer(c_int32_t) :: ordering = metasolve_linear_ordering_automatic
    integer(c_int32_t) :: precision = metasolve_precision_full
    integer(c_int32_t) :: keeps_factors = 0
    integer(c_int32_t) :: preconditioner = metasolve_preconditioner_automatic
    integer(c_int32_t) :: fill_level = 0
    integer(c_int32_t) :: block_size = 4
    integer(c_int32_t) :: restart = 30
    integer(c_int32_t) :: reserved = 0
  end type

  type, bind(c) :: metasolve_linear_tasks
    integer(c_size_t) :: size = 136
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: values
    type(metasolve_batch_view) :: rhs
    type(metasolve_batch_view) :: guess
    type(metasolve_column) :: shift
    type(metasolve_column) :: omega = metasolve_column(value=1)
  end type

  type, bind(c) :: metasolve_linear_gradient
    integer(c_size_t) :: size = 104
    type(metasolve_batch_view) :: solution
    type(metasolve_batch_view) :: solution_bar
    type(metasolve_batch_view) :: rhs_bar
    type(metasolve_batch_view) :: values_bar
  end type

  ! name: of a character(kind=c_char), target :: text that ends with c_null_char: c_loc(text(1:1)). Copied.
  type, bind(c) :: metasolve_online_parameter
    integer(c_size_t) :: size = 56
    type(c_ptr) :: name = c_null_ptr
    real(c_double) :: low = 0
    real(c_double) :: high = 0
    real(c_double) :: constant = 0
    real(c_double) :: iteration_cost = 0
    integer(c_int32_t) :: is_logarithmic = 0
    integer(c_int32_t) :: values = 16
  end type

  type, bind(c) :: metasolve_online_feature
    integer(c_size_t) :: size = 40
    type(c_ptr) :: name = c_null_ptr
    real(c_double) :: low = 0
    real(c_double) :: high = 0
    integer(c_int32_t) :: is_logarithmic = 0
    integer(c_int32_t) :: bins = 0
  end type

  type, bind(c) :: metasolve_online_options
    integer(c_size_t) :: size = 104
    type(c_ptr) :: parameters = c_null_ptr  ! type(metasolve_online_parameter) (parameter_count)
    type(c_ptr) :: features = c_null_ptr    ! type(metasolve_online_feature) (feature_count)
    integer(c_int32_t) :: parameter_count = 0
    integer(c_int32_t) :: feature_count = 0
    integer(c_int64_t) :: capacity = 0
    integer(c_int32_t) :: estimator = metasolve_online_estimator_bins
    integer(c_int32_t) :: exploration = metasolve_online_exploration_confidence
    integer(c_int64_t) :: memory = 4000
    real(c_double) :: constant_share = 1.0_c_double/64
    real(c_double) :: first_limit = 3
    real(c_double) :: most_loss = 0.05_c_double
    integer(c_int64_t) :: seed = 1  ! the bits of C's uint64_t
    type(c_ptr) :: prior = c_null_ptr  ! a metasolve_meta_solver
    real(c_double) :: cost_unit = 1e-9_c_double
  end type

  type, bind(c) :: metasolve_online_report
    integer(c_size_t) :: size = 112
    integer(c_int64_t) :: calls = 0
    integer(c_int64_t) :: tasks = 0
    real(c_double) :: cost = 0
    real(c_double) :: constant_cost = 0
    real(c_double) :: regret = 0
    real(c_double) :: saved = 0
    real(c_double) :: debt = 0
    integer(c_int64_t) :: constants = 0
    integer(c_int64_t) :: explored = 0
    integer(c_int64_t) :: replaced = 0
    integer(c_int64_t) :: retried = 0
    integer(c_int64_t) :: bins = 0
    integer(c_int64_t) :: cells = 0
  end type

  type, bind(c) :: metasolve_online_bins
    integer(c_size_t) :: size = 72
    integer(c_int64_t) :: count = 0
    type(c_ptr) :: low = c_null_ptr            ! real(c_double) (features, count)
    type(c_ptr) :: high = c_null_ptr           ! real(c_double) (features, count)
    type(c_ptr) :: tasks = c_null_ptr          ! real(c_double) (count)
    type(c_ptr) :: best = c_null_ptr           ! real(c_double) (parameters, count)
    type(c_ptr) :: cost = c_null_ptr           ! real(c_double) (count)
    type(c_ptr) :: constant_cost = c_null_ptr  ! real(c_double) (count)
    type(c_ptr) :: uncertainty = c_null_ptr    ! real(c_double) (count)
  end type

  type, bind(c) :: metasolve_online_cells
    integer(c_size_t) :: size = 40
    integer(c_int64_t) :: count = 0
    type(c_ptr) :: parameters = c_null_ptr  ! real(c_double) (parameters, count)
    type(c_ptr) :: tasks = c_null_ptr       ! real(c_double) (count)
    type(c_ptr) :: cost = c_null_ptr        ! real(c_double) (count)
  end type

  interface
    ! Executors.
    integer(c_int) function metasolve_executor_open(name, threads, executor) bind(c)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int), value :: threads
      type(c_ptr), intent(out) :: executor
    end function

    integer(c_int) function metasolve_executor_open_cpu(threads, executor) bind(c)
      import :: c_int, c_ptr
      integer(c_int), value :: threads
      type(c_ptr), intent(out) :: executor
    end function

    integer(c_int) function metasolve_executor_open_cuda(device, stream, executor) bind(c)
      import :: c_int, c_ptr
      integer(c_int), value :: device
      type(c_ptr), value :: stream
      type(c_ptr), intent(out) :: executor
    end function

    subroutine metasolve_executor_release(executor) bind(c)
      import :: c_ptr
      type(c_ptr), value :: executor
    end subroutine

    integer(c_int) function metasolve_executor_is_cuda(executor) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: executor
    end function

    integer(c_int) function metasolve_executor_synchronize(executor) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: executor
    end function

    integer(c_int) function metasolve_executor_wait_for(executor, stream) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: executor, stream
    end function

    integer(c_int) function metasolve_executor_make_wait(executor, stream) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: executor, stream
    end function

    type(c_ptr) function metasolve_executor_stream(executor) bind(c)
      import :: c_ptr
      type(c_ptr), value :: executor
    end function

    integer(c_int) function metasolve_executor_upload(executor, to, from_host, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t
      type(c_ptr), value :: executor, to, from_host
      integer(c_size_t), value :: bytes
    end function

    integer(c_int) function metasolve_executor_download(executor, to_host, from, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t
      type(c_ptr), value :: executor, to_host, from
      integer(c_size_t), value :: bytes
    end function

    integer(c_int) function metasolve_memory_allocate(executor, bytes, memory) bind(c)
      import :: c_int, c_ptr, c_size_t
      type(c_ptr), value :: executor
      integer(c_size_t), value :: bytes
      type(c_ptr), intent(out) :: memory
    end function

    type(c_ptr) function metasolve_memory_data(memory) bind(c)
      import :: c_ptr
      type(c_ptr), value :: memory
    end function

    subroutine metasolve_memory_release(memory) bind(c)
      import :: c_ptr
      type(c_ptr), value :: memory
    end subroutine

    ! Meta-solvers.
    integer(c_int) function metasolve_meta_solver_load(path, meta_solver) bind(c)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), intent(out) :: meta_solver
    end function

    subroutine metasolve_meta_solver_release(meta_solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: meta_solver
    end subroutine

    integer(c_int) function metasolve_meta_solver_features(meta_solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: meta_solver
    end function

    real(c_double) function metasolve_meta_solver_tolerance(meta_solver) bind(c)
      import :: c_double, c_ptr
      type(c_ptr), value :: meta_solver
    end function

    ! Implicit Euler steps.
    integer(c_int) function metasolve_implicit_euler_solver_create(executor, system, options, setup, solver) bind(c)
      import :: c_char, c_int, c_ptr, metasolve_implicit_euler_options, metasolve_setup
      type(c_ptr), value :: executor
      character(kind=c_char), intent(in) :: system(*)
      type(metasolve_implicit_euler_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_implicit_euler_solver_workspace_bytes(executor, system, options, setup, bytes) bind(c)
      import :: c_char, c_int, c_ptr, c_size_t, metasolve_implicit_euler_options, metasolve_setup
      type(c_ptr), value :: executor
      character(kind=c_char), intent(in) :: system(*)
      type(metasolve_implicit_euler_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_implicit_euler_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_implicit_euler_solver_unknowns(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_implicit_euler_solver_parameters(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_implicit_euler_solver_solve(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_implicit_euler_tasks, metasolve_policy, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_implicit_euler_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function

    integer(c_int) function metasolve_implicit_euler_solver_gradient(solver, tasks, gradient, status) bind(c)
      import :: c_int, c_ptr, metasolve_implicit_euler_gradient, metasolve_implicit_euler_tasks
      type(c_ptr), value :: solver
      type(metasolve_implicit_euler_tasks), intent(in) :: tasks
      type(metasolve_implicit_euler_gradient), intent(in) :: gradient
      type(c_ptr), value :: status
    end function

    ! Jacobi's method.
    integer(c_int) function metasolve_jacobi_solver_create_poisson(executor, unknowns, measure, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_setup
      type(c_ptr), value :: executor
      integer(c_int), value :: unknowns, measure
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_jacobi_solver_poisson_workspace_bytes(executor, unknowns, measure, setup, bytes) &
        bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_setup
      type(c_ptr), value :: executor
      integer(c_int), value :: unknowns, measure
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    integer(c_int) function metasolve_jacobi_solver_create_sparse(executor, pattern, measure, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_pattern, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pattern), intent(in) :: pattern
      integer(c_int), value :: measure
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_jacobi_solver_sparse_workspace_bytes(executor, pattern, measure, setup, bytes) &
        bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_pattern, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pattern), intent(in) :: pattern
      integer(c_int), value :: measure
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_jacobi_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_jacobi_solver_unknowns(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_jacobi_solver_solve(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_jacobi_tasks, metasolve_policy, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_jacobi_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function

    integer(c_int) function metasolve_solve_poisson_directly(unknowns, count, rhs, solution) bind(c)
      import :: c_double, c_int, c_int64_t
      integer(c_int), value :: unknowns
      integer(c_int64_t), value :: count
      real(c_double), intent(in) :: rhs(*)
      real(c_double), intent(out) :: solution(*)
    end function

    ! Preconditioned conjugate gradients.
    integer(c_int) function metasolve_cg_solver_create(executor, pattern, options, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_cg_options, metasolve_pattern, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pattern), intent(in) :: pattern
      type(metasolve_cg_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_cg_solver_workspace_bytes(executor, pattern, options, setup, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_cg_options, metasolve_pattern, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pattern), intent(in) :: pattern
      type(metasolve_cg_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_cg_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_cg_solver_unknowns(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_cg_solver_solve(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_cg_tasks, metasolve_policy, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_cg_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function

    ! Linear systems, by direct and by Krylov methods.
    integer(c_int) function metasolve_linear_solver_create(executor, pattern, options, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_linear_options, metasolve_pattern, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pattern), intent(in) :: pattern
      type(metasolve_linear_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_linear_solver_workspace_bytes(executor, pattern, options, setup, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_linear_options, metasolve_pattern, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pattern), intent(in) :: pattern
      type(metasolve_linear_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_linear_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_linear_solver_unknowns(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_linear_solver_method(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_linear_solver_ordering(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int64_t) function metasolve_linear_solver_factor_entries(solver) bind(c)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_linear_solver_solve(solver, tasks, stopping, results) bind(c)
      import :: c_int, c_ptr, metasolve_linear_tasks, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_linear_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
    end function

    integer(c_int) function metasolve_linear_solver_solve_with_policy(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_linear_tasks, metasolve_policy, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_linear_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function

    integer(c_int) function metasolve_linear_solver_solve_again(solver, tasks, stopping, results) bind(c)
      import :: c_int, c_ptr, metasolve_linear_tasks, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_linear_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
    end function

    integer(c_int) function metasolve_linear_solver_gradient(solver, tasks, gradient, stopping, results) bind(c)
      import :: c_int, c_ptr, metasolve_linear_gradient, metasolve_linear_tasks, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_linear_tasks), intent(in) :: tasks
      type(metasolve_linear_gradient), intent(in) :: gradient
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
    end function

    ! Meta-solvers that learn while the program runs.
    integer(c_int) function metasolve_online_meta_solver_create(executor, options, online) bind(c)
      import :: c_int, c_ptr, metasolve_online_options
      type(c_ptr), value :: executor
      type(metasolve_online_options), intent(in) :: options
      type(c_ptr), intent(out) :: online
    end function

    integer(c_int) function metasolve_online_meta_solver_load(executor, path, capacity, online) bind(c)
      import :: c_char, c_int, c_int64_t, c_ptr
      type(c_ptr), value :: executor
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int64_t), value :: capacity
      type(c_ptr), intent(out) :: online
    end function

    subroutine metasolve_online_meta_solver_release(online) bind(c)
      import :: c_ptr
      type(c_ptr), value :: online
    end subroutine

    integer(c_int) function metasolve_online_meta_solver_parameters(online) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: online
    end function

    integer(c_int) function metasolve_online_meta_solver_features(online) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: online
    end function

    ! index: 0-based, as in C.
    integer(c_int) function metasolve_online_meta_solver_parameter(online, index, parameter) bind(c)
      import :: c_int, c_ptr, metasolve_online_parameter
      type(c_ptr), value :: online
      integer(c_int), value :: index
      type(metasolve_online_parameter), intent(inout) :: parameter
    end function

    integer(c_int) function metasolve_online_meta_solver_feature(online, index, feature) bind(c)
      import :: c_int, c_ptr, metasolve_online_feature
      type(c_ptr), value :: online
      integer(c_int), value :: index
      type(metasolve_online_feature), intent(inout) :: feature
    end function

    integer(c_int) function metasolve_online_meta_solver_options(online, options) bind(c)
      import :: c_int, c_ptr, metasolve_online_options
      type(c_ptr), value :: online
      type(metasolve_online_options), intent(inout) :: options
    end function

    integer(c_int) function metasolve_online_meta_solver_choose(online, count, features, theta) bind(c)
      import :: c_int, c_int64_t, c_ptr, metasolve_batch_view
      type(c_ptr), value :: online
      integer(c_int64_t), value :: count
      type(metasolve_batch_view), intent(in) :: features
      type(metasolve_batch_view), intent(out) :: theta
    end function

    integer(c_int) function metasolve_online_meta_solver_learn(online, cost) bind(c)
      import :: c_int, c_ptr, metasolve_column
      type(c_ptr), value :: online
      type(metasolve_column), intent(in) :: cost
    end function

    integer(c_int) function metasolve_online_meta_solver_report(online, report) bind(c)
      import :: c_int, c_ptr, metasolve_online_report
      type(c_ptr), value :: online
      type(metasolve_online_report), intent(inout) :: report
    end function

    integer(c_int) function metasolve_online_meta_solver_report_bins(online, bins) bind(c)
      import :: c_int, c_ptr, metasolve_online_bins
      type(c_ptr), value :: online
      type(metasolve_online_bins), intent(in) :: bins
    end function

    integer(c_int) function metasolve_online_meta_solver_report_cells(online, cells) bind(c)
      import :: c_int, c_ptr, metasolve_online_cells
      type(c_ptr), value :: online
      type(metasolve_online_cells), intent(in) :: cells
    end function

    integer(c_int) function metasolve_online_meta_solver_save(online, path) bind(c)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: online
      character(kind=c_char), intent(in) :: path(*)
    end function

    integer(c_int) function metasolve_online_meta_solver_learned_size(online, size) bind(c)
      import :: c_int, c_int64_t, c_ptr
      type(c_ptr), value :: online
      integer(c_int64_t), intent(out) :: size
    end function

    integer(c_int) function metasolve_online_meta_solver_learned(online, sums, size) bind(c)
      import :: c_double, c_int, c_int64_t, c_ptr
      type(c_ptr), value :: online
      real(c_double), intent(out) :: sums(*)
      integer(c_int64_t), value :: size
    end function

    integer(c_int) function metasolve_online_meta_solver_merge(online, sum, size) bind(c)
      import :: c_double, c_int, c_int64_t, c_ptr
      type(c_ptr), value :: online
      real(c_double), intent(in) :: sum(*)
      integer(c_int64_t), value :: size
    end function
  end interface

  private :: copied

contains

  function metasolve_version() result(text)
    character(:), allocatable :: text
    interface
      type(c_ptr) function c_text() bind(c, name="metasolve_version")
        import :: c_ptr
      end function
    end interface
    text = copied(c_text())
  end function

  function metasolve_last_error() result(text)
    character(:), allocatable :: text
    interface
      type(c_ptr) function c_text() bind(c, name="metasolve_last_error")
        import :: c_ptr
      end function
    end interface
    text = copied(c_text())
  end function

  ! Empty for c_null_ptr.
  function metasolve_meta_solver_problem(meta_solver) result(text)
    type(c_ptr), intent(in) :: meta_solver
    character(:), allocatable :: text
    interface
      type(c_ptr) function c_text(meta_solver) bind(c, name="metasolve_meta_solver_problem")
        import :: c_ptr
        type(c_ptr), value :: meta_solver
      end function
    end interface
    text = copied(c_text(meta_solver))
  end function

  function copied(from) result(text)
    type(c_ptr), intent(in) :: from
    character(:), allocatable :: text
    character(kind=c_char), pointer :: letters(:)
    integer :: length, i
    interface
      integer(c_size_t) function strlen(of) bind(c)
        import :: c_ptr, c_size_t
        type(c_ptr), value :: of
      end function
    end interface
    length = 0
    if (c_associated(from)) length = int(strlen(from))
    allocate (character(len=length) :: text)
    if (length == 0) return
    call c_f_pointer(from, letters, [length])
    do i = 1, length
      text(i:i) = letters(i)
    end do
  end function

end module metasolve
