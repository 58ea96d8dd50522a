! SPDX-License-Identifier: Apache-2.0
!
! pressure_solver.h for Fortran 2003: the same names with the same meaning, documented there; conventions as in
! metasolve.f90, which is compiled before this file. Link the library metasolve (pkg-config --cflags --libs metasolve).
!
! - An array p(columns, rows) has the library's order of cells: x is fastest. So have weights_x(columns - 1, rows) and
!   weights_y(columns, rows - 1).
! - rows and columns have no default: set them.
module metasolve_pressure
  use, intrinsic :: iso_c_binding
  use metasolve
  implicit none
  public

  enum, bind(c)
    enumerator :: metasolve_pressure_preconditioner_none = 0
    enumerator :: metasolve_pressure_preconditioner_modified_cholesky = 1
    enumerator :: metasolve_pressure_preconditioner_multigrid = 2
  end enum
  enum, bind(c)
    enumerator :: metasolve_pressure_measure_largest_residual = 0
    enumerator :: metasolve_pressure_measure_residual = 1
    enumerator :: metasolve_pressure_measure_relative_residual = 2
  end enum

  type, bind(c) :: metasolve_pressure_options
    integer(c_size_t) :: size = 32
    integer(c_int32_t) :: rows = 0
    integer(c_int32_t) :: columns = 0
    integer(c_int32_t) :: preconditioner = metasolve_pressure_preconditioner_multigrid
    integer(c_int32_t) :: measure = metasolve_pressure_measure_relative_residual
    real(c_double) :: fill_share = 0.97_c_double
  end type

  type, bind(c) :: metasolve_pressure_tasks
    integer(c_size_t) :: size = 136
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: rhs
    type(metasolve_batch_view) :: weights_x
    type(metasolve_batch_view) :: weights_y
    type(metasolve_batch_view) :: open
    type(metasolve_batch_view) :: guess
  end type

  interface
    integer(c_int) function metasolve_pressure_solver_create(executor, options, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_pressure_options, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pressure_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_pressure_solver_workspace_bytes(executor, options, setup, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_pressure_options, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_pressure_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_pressure_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_pressure_solver_unknowns(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_pressure_solver_solve(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_policy, metasolve_pressure_tasks, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_pressure_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function
  end interface

end module
