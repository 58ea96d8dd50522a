! SPDX-License-Identifier: Apache-2.0
!
! Systems on grids from Fortran: sizes that the library accepts, half stencils, a solve, and errors with their texts.
program grid
  use, intrinsic :: iso_c_binding, only: c_sizeof  ! Fortran 2008's; the module asks for 2003's
  use metasolve
  use metasolve_grids
  implicit none

  integer, parameter :: n = 15, count = 2
  logical :: failed = .false.
  type(c_ptr) :: executor, solver, none
  type(metasolve_setup) :: setup
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  type(metasolve_policy) :: policy
  type(metasolve_grid), target :: square
  type(metasolve_grid_options) :: options
  type(metasolve_grid_tasks) :: tasks
  type(metasolve_grid_diffusion) :: diffusion
  real(c_double), target :: stencil(5), rotated(5), stencils(n, n, 5), conductivity(n + 1, n + 1) = 2d0
  real(c_double), target :: u(n, n, count), f(n, n, count), x(n, n, count), measure(count)
  integer(c_int32_t), target :: status(count)
  integer(c_int32_t) :: cells(3)
  integer(c_size_t) :: bytes
  integer :: i, j

  call expect(square%size == c_sizeof(square), "size of metasolve_grid")
  call expect(options%size == c_sizeof(options), "size of metasolve_grid_options")
  call expect(tasks%size == c_sizeof(tasks), "size of metasolve_grid_tasks")
  call expect(diffusion%size == c_sizeof(diffusion), "size of metasolve_grid_diffusion")

  square%points = [n, n, 1]
  call expect(metasolve_grid_poisson_stencil(5_c_int, stencil) == metasolve_code_ok, "poisson_stencil")
  call expect(maxval(abs(stencil - [4d0, -1d0, 0d0, -1d0, 0d0])) < 1d-14, "Poisson's stencil")
  call expect(metasolve_grid_rotated_diffusion_stencil(1d0, 0.3d0, rotated) == metasolve_code_ok, "rotated stencil")
  call expect(abs(rotated(1) - 8d0 / 3) < 1d-14, "its centre")
  call expect(metasolve_grid_cells(square, cells) == metasolve_code_ok, "cells")
  call expect(all(cells == [n + 1, n + 1, 1]), "their numbers")
  diffusion%grid = c_loc(square)
  diffusion%conductivity = c_loc(conductivity)
  call expect(metasolve_grid_diffusion_stencils(diffusion, stencils) == metasolve_code_ok, "diffusion_stencils")
  call expect(maxval(abs(stencils(:, :, 1) - 8d0)) < 1d-14, "their centres")

  ! f = A u for a known u.
  do j = 1, n
    do i = 1, n
      u(i, j, 1) = sin(0.3d0 * i) * j
      u(i, j, 2) = cos(0.2d0 * i * j)
    end do
  end do
  f = 4 * u
  f(2:, :, :) = f(2:, :, :) - u(:n - 1, :, :)
  f(:n - 1, :, :) = f(:n - 1, :, :) - u(2:, :, :)
  f(:, 2:, :) = f(:, 2:, :) - u(:, :n - 1, :)
  f(:, :n - 1, :) = f(:, :n - 1, :) - u(:, 2:, :)

  call expect(metasolve_executor_open("cpu"//c_null_char, 2_c_int, executor) == metasolve_code_ok, "open")
  setup%capacity = count
  options%constant_stencils = 1
  call expect(metasolve_grid_solver_workspace_bytes(executor, square, options, setup, bytes) == metasolve_code_ok, &
              "workspace_bytes")
  call expect(bytes > 0, "their number")
  call expect(metasolve_grid_solver_create(executor, square, options, setup, solver) == metasolve_code_ok, "create")
  call expect(metasolve_grid_solver_unknowns(solver) == n * n, "unknowns")
  call expect(metasolve_grid_solver_levels(solver) == 3, "levels")
  call expect(metasolve_grid_solver_numbers(solver) == 5, "numbers")
  call expect(metasolve_grid_solver_parameters(solver) == 1, "parameters")
  call expect(c_associated(metasolve_grid_solver_default_parameters(solver)), "default_parameters")
  call expect(c_associated(metasolve_grid_solver_parameter_name(solver, 0_c_int)), "parameter_name")

  tasks%count = count
  tasks%stencils = metasolve_batch_view(c_loc(stencil), 0, 1)
  tasks%rhs = metasolve_batch_view(c_loc(f), n * n, 1)
  stopping%tolerance%value = 1d-11
  results = metasolve_results(status=c_loc(status), measure=c_loc(measure), &
                              solution=metasolve_batch_view(c_loc(x), n * n, 1))
  call expect(metasolve_grid_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "solve")
  call expect(all(status == metasolve_status_converged) .and. all(measure <= 1d-11), "status")
  call expect(maxval(abs(x - u)) < 1d-8, "solution")
  call metasolve_grid_solver_release(solver)

  square%points = [24, 24, 1]
  call expect(metasolve_grid_solver_create(executor, square, options, setup, none) == metasolve_code_invalid_input, "24")
  call expect(index(metasolve_last_error(), "cannot be halved") > 0 .and. .not. c_associated(none), "text of 24")
  call metasolve_executor_release(executor)
  if (failed) stop 1
  write (*, '(a)') "grid: all as in the library"

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "grid: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

end program grid
