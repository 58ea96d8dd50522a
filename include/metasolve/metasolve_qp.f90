! SPDX-License-Identifier: Apache-2.0
!
! qp_solver.h for Fortran 2003: the same names with the same meaning, documented there; conventions as in metasolve.f90,
! which is compiled before this file. Link the library metasolve (pkg-config --cflags --libs metasolve).
!
! - Patterns and indices are 0-based, as in C.
! - Infinite bounds: ieee_value(1d0, ieee_positive_inf) of the intrinsic module ieee_arithmetic.
module metasolve_qp
  use, intrinsic :: iso_c_binding
  use metasolve
  implicit none
  public

  type, bind(c) :: metasolve_qp_problem
    integer(c_size_t) :: size = 64
    type(c_ptr) :: p = c_null_ptr         ! type(metasolve_pattern)
    type(c_ptr) :: a = c_null_ptr         ! type(metasolve_pattern)
    type(c_ptr) :: p_values = c_null_ptr  ! real(c_double) (entries of P)
    type(c_ptr) :: q = c_null_ptr         ! real(c_double) (n)
    type(c_ptr) :: a_values = c_null_ptr  ! real(c_double) (entries of A)
    type(c_ptr) :: lower = c_null_ptr     ! real(c_double) (m)
    type(c_ptr) :: upper = c_null_ptr     ! real(c_double) (m)
  end type

  type, bind(c) :: metasolve_qp_options
    integer(c_size_t) :: size = 104
    real(c_double) :: rho = 0
    real(c_double) :: sigma = 1.0e-6_c_double
    real(c_double) :: absolute = 1
    real(c_double) :: equality = 1.0e3_c_double
    real(c_double) :: unbounded = 1.0e-6_c_double
    real(c_double) :: certificate_tolerance = 1.0e-4_c_double
    real(c_double) :: guess_rho = 0
    type(c_ptr) :: row_weights = c_null_ptr    ! real(c_double) (m)
    type(c_ptr) :: penalty_group = c_null_ptr  ! integer(c_int32_t) (m)
    type(c_ptr) :: shift_x = c_null_ptr        ! integer(c_int32_t) (n)
    type(c_ptr) :: shift_y = c_null_ptr        ! integer(c_int32_t) (m)
    integer(c_int32_t) :: scaling = 1
    integer(c_int32_t) :: codebook = 0
  end type

  type, bind(c) :: metasolve_qp_tasks
    integer(c_size_t) :: size = 288
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: p_values
    type(metasolve_batch_view) :: a_values
    type(metasolve_batch_view) :: q
    type(metasolve_batch_view) :: lower
    type(metasolve_batch_view) :: upper
    type(metasolve_batch_view) :: rho
    type(metasolve_column) :: alpha = metasolve_column(value=0.0_c_double)
    type(metasolve_batch_view) :: guess
    type(metasolve_int_column) :: entry = metasolve_int_column(value=-1)
    type(metasolve_batch_view) :: scales
    type(metasolve_batch_view) :: features
    integer(c_int32_t) :: shifts_guess = 0
    integer(c_int32_t) :: reserved = 0
  end type

  type, bind(c) :: metasolve_qp_codebook
    integer(c_size_t) :: size = 80
    type(metasolve_batch_view) :: rho
    type(metasolve_batch_view) :: p_values
    type(metasolve_batch_view) :: a_values
  end type

  type, bind(c) :: metasolve_qp_polish
    integer(c_size_t) :: size = 56
    type(metasolve_batch_view) :: solution
    type(c_ptr) :: status = c_null_ptr    ! integer(c_int32_t) (count)
    type(c_ptr) :: measure = c_null_ptr   ! real(c_double) (count)
    type(c_ptr) :: polished = c_null_ptr  ! integer(c_int32_t) (count)
  end type

  type, bind(c) :: metasolve_qp_gradient
    integer(c_size_t) :: size = 192
    type(metasolve_batch_view) :: solution
    type(metasolve_batch_view) :: solution_bar
    type(metasolve_batch_view) :: q_bar
    type(metasolve_batch_view) :: lower_bar
    type(metasolve_batch_view) :: upper_bar
    type(metasolve_batch_view) :: p_bar
    type(metasolve_batch_view) :: a_bar
    type(c_ptr) :: status = c_null_ptr  ! integer(c_int32_t) (count)
    integer(c_int32_t) :: of_x = 0
    integer(c_int32_t) :: reserved = 0
  end type

  interface
    integer(c_int) function metasolve_qp_solver_create(executor, problem, options, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_qp_options, metasolve_qp_problem, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_qp_problem), intent(in) :: problem
      type(metasolve_qp_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_qp_solver_workspace_bytes(executor, problem, options, setup, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_qp_options, metasolve_qp_problem, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_qp_problem), intent(in) :: problem
      type(metasolve_qp_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_qp_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_qp_solver_variables(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_qp_solver_rows(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_qp_solver_groups(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    real(c_double) function metasolve_qp_solver_rho(solver) bind(c)
      import :: c_double, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int64_t) function metasolve_qp_solver_factor_entries(solver) bind(c)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: solver
    end function

    ! real(c_double) (m), by c_f_pointer.
    type(c_ptr) function metasolve_qp_solver_row_weights(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_qp_solver_set_codebook(solver, codebook) bind(c)
      import :: c_int, c_ptr, metasolve_qp_codebook
      type(c_ptr), value :: solver
      type(metasolve_qp_codebook), intent(in) :: codebook
    end function

    integer(c_int) function metasolve_qp_solver_solve(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_policy, metasolve_qp_tasks, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_qp_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function

    integer(c_int) function metasolve_qp_solver_polish(solver, tasks, polish) bind(c)
      import :: c_int, c_ptr, metasolve_qp_polish, metasolve_qp_tasks
      type(c_ptr), value :: solver
      type(metasolve_qp_tasks), intent(in) :: tasks
      type(metasolve_qp_polish), intent(in) :: polish
    end function

    integer(c_int) function metasolve_qp_solver_gradient(solver, tasks, gradient) bind(c)
      import :: c_int, c_ptr, metasolve_qp_gradient, metasolve_qp_tasks
      type(c_ptr), value :: solver
      type(metasolve_qp_tasks), intent(in) :: tasks
      type(metasolve_qp_gradient), intent(in) :: gradient
    end function
  end interface

end module metasolve_qp
