! SPDX-License-Identifier: Apache-2.0
!
! The types of metasolve_black_box.f90 are those of the library, and its functions work: a box is trained from
! histories, stopped before it begins, and refused with a text. Usage: black_box RUN, a folder that does not exist
module pretended
  use metasolve_black_box
  implicit none
  integer :: calls = 0

contains

  ! Best where the second of two parameters, a whole number, is ten times the task's number.
  integer(c_int) function solve(user, count, tasks, theta, tolerance, max_iterations, iterations, history, seconds, &
                                status) bind(c)
    type(c_ptr), value :: user, history, seconds
    integer(c_int64_t), value :: count
    real(c_double), intent(in) :: tasks(2, *), theta(2, *)
    real(c_double), value :: tolerance
    integer(c_int32_t), value :: max_iterations
    integer(c_int32_t), intent(inout) :: iterations(*), status(*)
    real(c_double), pointer :: measures(:, :)
    real(c_double) :: cost
    integer(c_int64_t) :: t
    integer :: k
    calls = calls + 1
    solve = 0
    if (c_associated(user) .or. .not. c_associated(history) .or. c_associated(seconds)) solve = 3
    if (any(abs(theta(2, 1:count) - anint(theta(2, 1:count))) > 0)) solve = 4
    if (tasks(2, 1) > 100) solve = 42
    if (solve /= 0) return
    call c_f_pointer(history, measures, [int(max_iterations) + 1, int(count)])
    do t = 1, count
      cost = 20 + (theta(2, t) - 10*tasks(1, t))**2 + 30*(theta(1, t) - tasks(1, t))**2
      iterations(t) = int(min(cost, real(max_iterations, c_double)), c_int32_t)
      do k = 0, iterations(t)
        measures(k + 1, t) = tolerance**(k/cost)
      end do
      if (cost > max_iterations) status(t) = metasolve_status_iteration_limit
    end do
  end function

end module pretended

program black_box
  use, intrinsic :: iso_c_binding, only: c_sizeof
  use pretended
  implicit none

  integer, parameter :: training = 300, others = 100
  logical :: failed = .false.
  character(kind=c_char, len=30), target :: texts(5) = [character(30) :: "fortran_box", "a", "file", "omega", "restart"]
  character(kind=c_char, len=30), target :: settings(4) = [character(30) :: "training.epochs=10", &
    "training.batch_size=20", "network.hidden=[8]", "solver.max_iterations=200"]
  type(c_ptr), target :: names(5), setting_names(4)
  type(metasolve_black_box_parameter), target :: parameters(2)
  type(metasolve_black_box_options) :: options
  type(metasolve_task_sets) :: sets
  type(metasolve_training_options) :: how
  type(metasolve_training_report) :: report
  real(c_double), target :: train(2, training), validation(2, others), test(2, others), theta(2, others)
  type(c_ptr) :: box, none, flag, meta_solver
  character(1000) :: run
  integer :: t

  call get_command_argument(1, run)
  call expect(parameters(1)%size == c_sizeof(parameters(1)), "size of metasolve_black_box_parameter")
  call expect(options%size == c_sizeof(options), "size of metasolve_black_box_options")
  call expect(sets%size == c_sizeof(sets), "size of metasolve_task_sets")
  call expect(how%size == c_sizeof(how), "size of metasolve_training_options")
  call expect(report%size == c_sizeof(report), "size of metasolve_training_report")

  names = metasolve_names(texts)
  setting_names = metasolve_names(settings)
  parameters(1) = metasolve_black_box_parameter(name=names(4), low=0d0, high=2d0, constant=0.5d0)
  parameters(2) = metasolve_black_box_parameter(name=names(5), low=1d0, high=20d0, constant=5d0, &
                                                kind=metasolve_parameter_integer)
  options%name = names(1)
  options%columns = c_loc(names(2))
  options%column_count = 2
  options%hidden = c_loc(names(3))
  options%hidden_count = 1
  options%parameters = c_loc(parameters)
  options%parameter_count = 2
  options%cost = metasolve_black_box_cost_history
  options%solve = c_funloc(solve)
  call expect(metasolve_black_box_create(options, box) == metasolve_code_ok, "create")

  train = reshape([(0.3d0 + 1.4d0*modulo(0.1d0 + 0.618034d0*t, 1d0), 1d0, t=1, training)], shape(train))
  validation = reshape([(0.3d0 + 1.4d0*modulo(0.2d0 + 0.618034d0*t, 1d0), 1d0, t=1, others)], shape(validation))
  test = reshape([(0.3d0 + 1.4d0*modulo(0.3d0 + 0.618034d0*t, 1d0), 1d0, t=1, others)], shape(test))
  sets = metasolve_task_sets(train=c_loc(train), validation=c_loc(validation), test=c_loc(test), train_count=training, &
                             validation_count=others, test_count=others)
  how%settings = c_loc(setting_names)
  how%setting_count = size(settings)
  call expect(metasolve_stop_flag_create(flag) == metasolve_code_ok, "stop_flag_create")
  call metasolve_stop_flag_set(flag, 1_c_int)
  how%stop = flag
  call expect(metasolve_black_box_train(box, trim(run)//c_null_char, sets, how, report) == metasolve_code_ok, "stopped")
  call expect(report%finished == 0, "stopped: finished")
  call metasolve_stop_flag_set(flag, 0_c_int)
  how%resume = 1
  call expect(metasolve_black_box_train(box, trim(run)//c_null_char, sets, how, report) == metasolve_code_ok, "train")
  call expect(report%finished == 1 .and. report%iterations < 0.7d0*report%constant_iterations, "what is learned")
  call expect(calls > 100, "calls")
  call metasolve_stop_flag_release(flag)

  call expect(metasolve_meta_solver_load(trim(run)//c_null_char, meta_solver) == metasolve_code_ok, "load")
  call expect(metasolve_black_box_predict(box, meta_solver, int(others, c_int64_t), test, theta) == metasolve_code_ok, &
              "predict")
  call expect(sum(abs(theta(2, :) - 10*test(1, :)))/others < 3, "what is predicted")
  report = metasolve_training_report()
  call expect(metasolve_black_box_evaluate(box, trim(run)//c_null_char, sets, metasolve_training_options(), report) == &
              metasolve_code_ok .and. report%tasks == others, "evaluate")

  test(2, :) = 1000
  call expect(metasolve_black_box_evaluate(box, trim(run)//c_null_char, sets, metasolve_training_options(), report) == &
              metasolve_code_callback_failed, "callback_failed")
  call expect(index(metasolve_last_error(), "returned 42") > 0, "text of a callback that failed")
  parameters(2)%low = 30
  call expect(metasolve_black_box_create(options, none) == metasolve_code_invalid_input, "an empty range")
  call expect(index(metasolve_last_error(), "restart") > 0 .and. .not. c_associated(none), "text of an empty range")
  call metasolve_meta_solver_release(meta_solver)
  call metasolve_black_box_release(box)
  if (failed) stop 1
  write (*, '(a)') "black_box: all as in the library"

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "black_box: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

end program black_box
