! SPDX-License-Identifier: Apache-2.0
!
! grid_solver.h for Fortran 2003: the same names with the same meaning, documented there; conventions as in
! metasolve.f90, which is compiled before this file. Link the library metasolve (pkg-config --cflags --libs metasolve).
!
! - An array u(nx, ny, nz) has the library's order of points: x is fastest.
! - sides(:, a): the low and the high end of axis a.
module metasolve_grids  ! metasolve_grid is a type
  use, intrinsic :: iso_c_binding
  use metasolve
  implicit none
  public

  enum, bind(c)
    enumerator :: metasolve_grid_side_dirichlet = 0
    enumerator :: metasolve_grid_side_neumann = 1
    enumerator :: metasolve_grid_side_periodic = 2
  end enum
  enum, bind(c)
    enumerator :: metasolve_grid_method_conjugate_gradients = 0
    enumerator :: metasolve_grid_method_iteration = 1
  end enum
  enum, bind(c)
    enumerator :: metasolve_grid_smoother_jacobi = 0
    enumerator :: metasolve_grid_smoother_chebyshev = 1
    enumerator :: metasolve_grid_smoother_colors = 2
    enumerator :: metasolve_grid_smoother_zebra_x = 3
    enumerator :: metasolve_grid_smoother_zebra_y = 4
    enumerator :: metasolve_grid_smoother_zebra_z = 5
    enumerator :: metasolve_grid_smoother_zebra = 6
    enumerator :: metasolve_grid_smoother_stencil = 7
    enumerator :: metasolve_grid_smoother_two_stencils = 8
    enumerator :: metasolve_grid_smoother_line_and_stencil = 9
  end enum
  enum, bind(c)
    enumerator :: metasolve_grid_cycle_v = 0
    enumerator :: metasolve_grid_cycle_w = 1
    enumerator :: metasolve_grid_cycle_f = 2
  end enum
  enum, bind(c)
    enumerator :: metasolve_grid_transfer_linear = 0
    enumerator :: metasolve_grid_transfer_by_operator = 1
  end enum
  enum, bind(c)
    enumerator :: metasolve_grid_scheme_volumes = 0
    enumerator :: metasolve_grid_scheme_elements = 1
  end enum

  type, bind(c) :: metasolve_grid
    integer(c_size_t) :: size = 48
    integer(c_int32_t) :: dimensions = 2
    integer(c_int32_t) :: points(3) = 1
    integer(c_int32_t) :: sides(2, 3) = 0
  end type

  type, bind(c) :: metasolve_grid_options
    integer(c_size_t) :: size = 80
    type(c_ptr) :: parameters = c_null_ptr  ! real(c_double) (parameter_count)
    integer(c_int32_t) :: parameter_count = 0
    integer(c_int32_t) :: constant_stencils = 0
    integer(c_int32_t) :: method = metasolve_grid_method_conjugate_gradients
    integer(c_int32_t) :: smoother = metasolve_grid_smoother_colors
    integer(c_int32_t) :: cycle = metasolve_grid_cycle_v
    integer(c_int32_t) :: before = 1
    integer(c_int32_t) :: after = 1
    integer(c_int32_t) :: degree = 3
    integer(c_int32_t) :: transfer = metasolve_grid_transfer_linear
    integer(c_int32_t) :: coarse_weights = 0
    integer(c_int32_t) :: is_singular = 0
    integer(c_int32_t) :: one_level = 0
    integer(c_int32_t) :: coarsens(3) = 1
    integer(c_int32_t) :: reserved = 0
  end type

  type, bind(c) :: metasolve_grid_tasks
    integer(c_size_t) :: size = 112
    integer(c_int64_t) :: count = 0
    type(metasolve_batch_view) :: stencils
    type(metasolve_batch_view) :: rhs
    type(metasolve_batch_view) :: guess
    type(metasolve_batch_view) :: parameters
  end type

  type, bind(c) :: metasolve_grid_diffusion
    integer(c_size_t) :: size = 64
    type(c_ptr) :: grid = c_null_ptr          ! type(metasolve_grid)
    type(c_ptr) :: conductivity = c_null_ptr  ! real(c_double) (cells)
    type(c_ptr) :: obstacle = c_null_ptr      ! integer(c_int8_t) (points)
    real(c_double) :: step(3) = 1
    integer(c_int32_t) :: scheme = metasolve_grid_scheme_volumes
    integer(c_int32_t) :: reserved = 0
  end type

  interface
    integer(c_int) function metasolve_grid_solver_create(executor, grid, options, setup, solver) bind(c)
      import :: c_int, c_ptr, metasolve_grid, metasolve_grid_options, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_grid), intent(in) :: grid
      type(metasolve_grid_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      type(c_ptr), intent(out) :: solver
    end function

    integer(c_int) function metasolve_grid_solver_workspace_bytes(executor, grid, options, setup, bytes) bind(c)
      import :: c_int, c_ptr, c_size_t, metasolve_grid, metasolve_grid_options, metasolve_setup
      type(c_ptr), value :: executor
      type(metasolve_grid), intent(in) :: grid
      type(metasolve_grid_options), intent(in) :: options
      type(metasolve_setup), intent(in) :: setup
      integer(c_size_t), intent(out) :: bytes
    end function

    subroutine metasolve_grid_solver_release(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end subroutine

    integer(c_int) function metasolve_grid_solver_unknowns(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_grid_solver_levels(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int64_t) function metasolve_grid_solver_numbers(solver) bind(c)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: solver
    end function

    integer(c_int) function metasolve_grid_solver_parameters(solver) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
    end function

    ! real(c_double) (parameters)
    type(c_ptr) function metasolve_grid_solver_default_parameters(solver) bind(c)
      import :: c_ptr
      type(c_ptr), value :: solver
    end function

    ! character(c_char) up to c_null_char; index from 0 on
    type(c_ptr) function metasolve_grid_solver_parameter_name(solver, index) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: solver
      integer(c_int), value :: index
    end function

    integer(c_int) function metasolve_grid_solver_solve(solver, tasks, stopping, results, policy) bind(c)
      import :: c_int, c_ptr, metasolve_grid_tasks, metasolve_policy, metasolve_results, metasolve_stopping
      type(c_ptr), value :: solver
      type(metasolve_grid_tasks), intent(in) :: tasks
      type(metasolve_stopping), intent(in) :: stopping
      type(metasolve_results), intent(in) :: results
      type(metasolve_policy), intent(in) :: policy
    end function

    integer(c_int) function metasolve_grid_cells(grid, cells) bind(c)
      import :: c_int, c_int32_t, metasolve_grid
      type(metasolve_grid), intent(in) :: grid
      integer(c_int32_t), intent(out) :: cells(3)
    end function

    integer(c_int) function metasolve_grid_diffusion_stencils(diffusion, stencils) bind(c)
      import :: c_double, c_int, metasolve_grid_diffusion
      type(metasolve_grid_diffusion), intent(in) :: diffusion
      real(c_double), intent(out) :: stencils(*)
    end function

    integer(c_int) function metasolve_grid_poisson_stencil(points, stencil) bind(c)
      import :: c_double, c_int
      integer(c_int), value :: points
      real(c_double), intent(out) :: stencil(*)
    end function

    integer(c_int) function metasolve_grid_rotated_diffusion_stencil(epsilon, angle, stencil) bind(c)
      import :: c_double, c_int
      real(c_double), value :: epsilon
      real(c_double), value :: angle
      real(c_double), intent(out) :: stencil(5)
    end function
  end interface

end module
