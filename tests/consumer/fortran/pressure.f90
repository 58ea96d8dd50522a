! SPDX-License-Identifier: Apache-2.0
!
! Pressure systems from Fortran: sizes that the library accepts, solves in a box with an obstacle, closed and open above,
! whose residuals are computed here, and errors with their texts.
program pressure
  use, intrinsic :: iso_c_binding, only: c_sizeof  ! Fortran 2008's; the module asks for 2003's
  use metasolve
  use metasolve_pressure
  implicit none

  integer, parameter :: nx = 20, ny = 13, count = 2
  logical :: failed = .false., fluid(nx, ny) = .true.
  type(c_ptr) :: executor, solver, none
  type(metasolve_setup) :: setup
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  type(metasolve_policy) :: policy
  type(metasolve_pressure_options) :: options
  type(metasolve_pressure_tasks) :: tasks
  real(c_double), target :: weights_x(nx - 1, ny, count), weights_y(nx, ny - 1, count), s(nx, ny, count) = 0
  real(c_double), target :: b(nx, ny, count), p(nx, ny, count) = -1, measure(count)
  integer(c_int32_t), target :: status(count), iterations(count), again(count)
  integer(c_size_t) :: bytes
  integer :: i, j, t

  call expect(options%size == c_sizeof(options), "size of metasolve_pressure_options")
  call expect(tasks%size == c_sizeof(tasks), "size of metasolve_pressure_tasks")

  fluid(6:9, 4:8) = .false.
  do t = 1, count
    do j = 1, ny
      do i = 1, nx
        b(i, j, t) = sin(0.7d0 * i + t) * cos(0.4d0 * j)
      end do
    end do
    do i = 1, nx - 1
      weights_x(i, :, t) = merge(1d0 + 0.1d0 * i, 0d0, fluid(i, :) .and. fluid(i + 1, :))
    end do
    weights_y(:, :, t) = merge(2d0 + 0.1d0 * t, 0d0, fluid(:, :ny - 1) .and. fluid(:, 2:))
  end do
  s(:, ny, 2) = 2d0  ! the second task alone

  call expect(metasolve_executor_open("cpu"//c_null_char, 2_c_int, executor) == metasolve_code_ok, "open")
  setup%capacity = count
  options%columns = nx
  options%rows = ny
  call expect(metasolve_pressure_solver_workspace_bytes(executor, options, setup, bytes) == metasolve_code_ok, &
              "workspace_bytes")
  call expect(bytes > 0, "their number")
  call expect(metasolve_pressure_solver_create(executor, options, setup, solver) == metasolve_code_ok, "create")
  call expect(metasolve_pressure_solver_unknowns(solver) == nx * ny, "unknowns")

  tasks%count = count
  tasks%rhs = metasolve_batch_view(c_loc(b), nx * ny, 1)
  tasks%weights_x = metasolve_batch_view(c_loc(weights_x), (nx - 1) * ny, 1)
  tasks%weights_y = metasolve_batch_view(c_loc(weights_y), nx * (ny - 1), 1)
  tasks%open = metasolve_batch_view(c_loc(s), nx * ny, 1)
  stopping%tolerance%value = 1d-10
  results = metasolve_results(status=c_loc(status), iterations=c_loc(iterations), measure=c_loc(measure), &
                              solution=metasolve_batch_view(c_loc(p), nx * ny, 1))
  call expect(metasolve_pressure_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "solve")
  call expect(all(status == metasolve_status_converged) .and. all(measure <= 1d-10), "status")
  do t = 1, count
    call expect(relative_residual(t) <= 1.01d-10, "residual")
    call expect(all(fluid .or. abs(p(:, :, t)) <= 0), "the obstacle's pressure")
  end do

  ! From the solution to ten times its tolerance: nothing to do.
  tasks%guess = results%solution
  results%iterations = c_loc(again)
  stopping%tolerance%value = 1d-9
  call expect(metasolve_pressure_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "again")
  call expect(all(iterations > 0) .and. all(again == 0), "iterations from a guess")
  tasks%weights_y%data = c_null_ptr
  call expect(metasolve_pressure_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_invalid_input, &
              "one of the weights")
  call expect(index(metasolve_last_error(), "give both, or neither") > 0, "text of one of the weights")
  call metasolve_pressure_solver_release(solver)

  options%preconditioner = metasolve_pressure_preconditioner_modified_cholesky
  options%measure = metasolve_pressure_measure_largest_residual
  options%fill_share = 1.5d0
  call expect(metasolve_pressure_solver_create(executor, options, setup, none) == metasolve_code_invalid_input, "1.5")
  call expect(index(metasolve_last_error(), "options.fill_share is 1.5") > 0 .and. .not. c_associated(none), "text of 1.5")
  call metasolve_executor_release(executor)
  if (failed) stop 1
  write (*, '(a)') "pressure: all as in the library"

contains

  ! ||b - A p|| / ||b|| over the fluid's cells; in the closed box b without its mean.
  real(c_double) function relative_residual(t)
    integer, intent(in) :: t
    real(c_double) :: r(nx, ny), of_b(nx, ny), flow_x(nx - 1, ny), flow_y(nx, ny - 1)
    of_b = b(:, :, t)
    if (all(s(:, :, t) <= 0)) of_b = of_b - sum(of_b, mask=fluid) / real(size(pack(of_b, fluid)), c_double)
    flow_x = weights_x(:, :, t) * (p(2:, :, t) - p(:nx - 1, :, t))
    flow_y = weights_y(:, :, t) * (p(:, 2:, t) - p(:, :ny - 1, t))
    r = of_b - s(:, :, t) * p(:, :, t)
    r(:nx - 1, :) = r(:nx - 1, :) + flow_x
    r(2:, :) = r(2:, :) - flow_x
    r(:, :ny - 1) = r(:, :ny - 1) + flow_y
    r(:, 2:) = r(:, 2:) - flow_y
    relative_residual = sqrt(sum(r**2, mask=fluid) / sum(of_b**2, mask=fluid))
  end function

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "pressure: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

end program pressure
