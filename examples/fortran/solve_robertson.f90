! SPDX-License-Identifier: Apache-2.0
!
! Implicit Euler steps of Robertson's reaction, read from a file, solved in one batch from Fortran.
! Usage: solve_robertson STEPS [COUNTS [RUN]]
!   STEPS:  a header, then one step per line: c1,c2,c3,h,y1,y2,y3 (rate constants, step, previous state; further columns
!           are ignored), such as tests/data/robertson.csv
!   COUNTS: output file for the sweeps of each step, one per line
!   RUN:    a folder written by `metasolve train` for this problem; its network replaces the default r = 1
program solve_robertson
  use, intrinsic :: iso_fortran_env, only: error_unit
  use metasolve
  implicit none

  integer, parameter :: columns = 7
  real(c_double), allocatable, target :: rows(:, :), after(:, :)
  integer(c_int32_t), allocatable, target :: sweeps(:), status(:)
  type(c_ptr) :: executor, solver, meta_solver
  type(metasolve_setup) :: setup
  type(metasolve_implicit_euler_tasks) :: tasks
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  integer :: count, converged, unit

  if (command_argument_count() < 1) then
    write (error_unit, '(a)') "usage: solve_robertson STEPS [COUNTS [RUN]]"
    stop 2
  end if
  call read_steps(argument(1))
  count = size(rows, 2)
  allocate (after(3, count), sweeps(count), status(count))

  call check(metasolve_executor_open_cpu(0_c_int, executor))
  meta_solver = c_null_ptr
  if (command_argument_count() > 2) call check(metasolve_meta_solver_load(argument(3)//c_null_char, meta_solver))
  setup%capacity = max(count, 1)
  setup%meta_solver = meta_solver
  call check(metasolve_implicit_euler_solver_create(executor, "robertson"//c_null_char, &
                                                    metasolve_implicit_euler_options(), setup, solver))

  ! Strides select the columns of a row; nothing is copied.
  tasks%count = count
  if (count > 0) then
    tasks%parameters = metasolve_batch_view(c_loc(rows(1, 1)), columns, 1)
    tasks%step = metasolve_column(c_loc(rows(4, 1)), columns)
    tasks%previous = metasolve_batch_view(c_loc(rows(5, 1)), columns, 1)
    results%status = c_loc(status)
    results%iterations = c_loc(sweeps)
    results%solution = metasolve_batch_view(c_loc(after), 3, 1)
  end if
  stopping%tolerance%value = 1.0e-9_c_double
  call check(metasolve_implicit_euler_solver_solve(solver, tasks, stopping, results, metasolve_policy()))
  call check(metasolve_executor_synchronize(executor))

  converged = 0
  if (count > 0) converged = sum(merge(1, 0, status == metasolve_status_converged))
  write (*, '(i0, a, i0, a, f0.4, a)') converged, " of ", count, " steps converged, mean ", &
    sum(real(sweeps, c_double)) / max(count, 1), " sweeps"
  if (command_argument_count() > 1) then
    open (newunit=unit, file=argument(2), status="replace", action="write")
    write (unit, '(i0)') sweeps
    close (unit)
  end if

  call metasolve_implicit_euler_solver_release(solver)
  call metasolve_meta_solver_release(meta_solver)
  call metasolve_executor_release(executor)
  if (converged /= count) stop 1

contains

  subroutine check(code)
    integer(c_int), intent(in) :: code
    if (code == metasolve_code_ok) return
    write (error_unit, '(a)') metasolve_last_error()
    stop 2
  end subroutine

  function argument(number) result(text)
    integer, intent(in) :: number
    character(:), allocatable :: text
    integer :: length
    call get_command_argument(number, length=length)
    allocate (character(len=length) :: text)
    call get_command_argument(number, value=text)
  end function

  subroutine read_steps(path)
    character(*), intent(in) :: path
    character(1024) :: line
    integer :: lines, end, row
    open (newunit=unit, file=path, status="old", action="read")
    lines = -1  ! excludes the header
    do
      read (unit, '(a)', iostat=end) line
      if (end /= 0) exit
      lines = lines + 1
    end do
    allocate (rows(columns, max(lines, 0)))
    rewind (unit)
    read (unit, '(a)') line
    do row = 1, size(rows, 2)
      read (unit, '(a)') line
      read (line, *) rows(:, row)
    end do
    close (unit)
  end subroutine

end program solve_robertson
