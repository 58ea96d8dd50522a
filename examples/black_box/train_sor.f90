! SPDX-License-Identifier: Apache-2.0
!
! Trains a network to choose omega for somebody else's SOR (sor.f90, unchanged) from a task's numbers (plate.f90).
! Usage: train_sor RUN    the folder of the training, which is continued if it exists
module sor_box
  use metasolve_black_box
  use plate
  implicit none

contains

  ! What metasolve calls: solves `count` tasks. Threads share them: sor keeps nothing between calls.
  integer(c_int) function solve(user, count, tasks, theta, tolerance, max_iterations, iterations, history, seconds, &
                                status) bind(c)
    type(c_ptr), value :: user, history, seconds  ! not used: the cost is the count
    integer(c_int64_t), value :: count
    real(c_double), intent(in) :: tasks(numbers, *), theta(*)
    real(c_double), value :: tolerance
    integer(c_int32_t), value :: max_iterations
    integer(c_int32_t), intent(inout) :: iterations(*), status(*)
    double precision, allocatable :: a(:, :)
    double precision :: b(cells), x(cells)
    logical :: converged
    integer(c_int64_t) :: t
    solve = 0
    if (c_associated(user) .or. c_associated(history) .or. c_associated(seconds)) solve = 1
    !$omp parallel private(a, b, x, converged)
    allocate (a(cells, cells))
    !$omp do schedule(dynamic, 4)
    do t = 1, count
      call make_system(tasks(:, t), a, b)
      x = 0
      call sor(cells, a, b, x, theta(t), tolerance, max_iterations, iterations(t), converged)
      if (.not. converged) status(t) = metasolve_status_iteration_limit
    end do
    !$omp end parallel
  end function

end module sor_box

program train_sor
  use, intrinsic :: iso_fortran_env, only: error_unit
  use sor_box
  implicit none

  integer, parameter :: training = 500, validation = 150, test = 200, limit = 1000
  character(kind=c_char, len=40), target :: name(2) = [character(40) :: "sor_of_a_textbook", "omega"]
  character(kind=c_char, len=40), target :: columns(numbers) = [character(40) :: "d", "contrast", "width"]
  character(kind=c_char, len=40), target :: settings(6) = [character(40) :: "training.epochs=10", "training.batch_size=30", &
    "network.hidden=[16,16]", "optimizer.rate=0.01", "solver.tolerance=1e-6", "solver.max_iterations=1000"]
  type(c_ptr), target :: names(2), column_names(numbers), setting_names(6)
  type(metasolve_black_box_parameter), target :: omega
  type(metasolve_black_box_options) :: options
  type(metasolve_task_sets) :: sets
  type(metasolve_training_options) :: how
  type(metasolve_training_report) :: report
  real(c_double), target :: to_train(numbers, training), to_validate(numbers, validation), to_test(numbers, test)
  real(c_double) :: theta(test)
  type(c_ptr) :: box, meta_solver
  character(1000) :: run

  if (command_argument_count() /= 1) then
    write (error_unit, '(a)') "usage: train_sor RUN"
    stop 2
  end if
  call get_command_argument(1, run)

  ! The box: what a task is, what is chosen, who solves.
  names = metasolve_names(name)
  column_names = metasolve_names(columns)
  omega = metasolve_black_box_parameter(name=names(2), low=1d0, high=1.98d0, constant=1.5d0)
  options%name = names(1)
  options%columns = c_loc(column_names)
  options%column_count = numbers
  options%by_logarithm = c_loc(column_names)  ! the first two of them
  options%by_logarithm_count = 2
  options%parameters = c_loc(omega)
  options%parameter_count = 1
  options%solve = c_funloc(solve)
  call check(metasolve_black_box_create(options, box))

  call make_tasks(1, to_train)
  call make_tasks(100001, to_validate)
  call make_tasks(200001, to_test)
  sets = metasolve_task_sets(train=c_loc(to_train), validation=c_loc(to_validate), test=c_loc(to_test), &
                             train_count=training, validation_count=validation, test_count=test)
  setting_names = metasolve_names(settings)
  how%settings = c_loc(setting_names)
  how%setting_count = size(settings)
  how%resume = 1
  call check(metasolve_black_box_train(box, trim(run)//c_null_char, sets, how, report))

  write (*, '(a, f6.1, a, i0, a, i0)') "SOR, mean iterations with omega = 1.5:                ", &
    report%constant_iterations, "; tasks at the limit, ", limit, ": ", report%constant_failed
  write (*, '(a, f6.1, a, f5.3)') "with the best constant, by search:                    ", report%tuned_iterations, &
    ", omega = ", report%tuned
  write (*, '(a, f6.1)') "with the network's omega:                             ", report%iterations
  write (*, '(a, f6.1)') "with the best of 33 omegas for each task, by search:  ", least_iterations()

  ! Later, in a simulation: the omegas of some tasks.
  call check(metasolve_meta_solver_load(trim(run)//c_null_char, meta_solver))
  call check(metasolve_black_box_predict(box, meta_solver, int(test, c_int64_t), to_test, theta))
  write (*, '(2(a, f5.3))') "its omegas are from ", minval(theta), " to ", maxval(theta)

  call metasolve_meta_solver_release(meta_solver)
  call metasolve_black_box_release(box)

contains

  double precision function least_iterations()
    integer(c_int32_t) :: iterations(test), status(test), least(test)
    integer :: i
    least = limit
    do i = 0, 32
      theta = 1 + 0.03d0*i
      status = 0
      call check(solve(c_null_ptr, int(test, c_int64_t), to_test, theta, 1d-6, limit, iterations, c_null_ptr, c_null_ptr, &
                       status))
      where (status == 0) least = min(least, iterations)
    end do
    least_iterations = sum(least)/real(test, c_double)
  end function

  subroutine check(code)
    integer(c_int), intent(in) :: code
    if (code == metasolve_code_ok) return
    write (error_unit, '(a)') metasolve_last_error()
    stop 2
  end subroutine

end program train_sor
