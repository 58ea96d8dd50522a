! SPDX-License-Identifier: Apache-2.0
!
! black_box.h for Fortran 2003: the same names with the same meaning, documented there; conventions as in metasolve.f90,
! which is compiled before this file. Link the library metasolve_train (pkg-config --cflags --libs metasolve-train).
!
! - A function that solves is `bind(c)` with the interface metasolve_black_box_solve: options%solve = c_funloc(mine).
! - tasks(columns, count), theta(parameters, count) and history(0:max_iterations, count) are task-major.
! - An array of names is a `target` array of type(c_ptr), each c_loc of a `target` text that ends with c_null_char;
!   metasolve_names points to the elements of an array of texts.
module metasolve_black_box
  use, intrinsic :: iso_c_binding
  use metasolve
  implicit none
  public

  ! The values that a parameter takes.
  enum, bind(c)
    enumerator :: metasolve_parameter_interval = 0
    enumerator :: metasolve_parameter_logarithmic = 1
    enumerator :: metasolve_parameter_real = 2
    enumerator :: metasolve_parameter_integer = 3
    enumerator :: metasolve_parameter_choice = 4
  end enum

  ! What training minimises.
  enum, bind(c)
    enumerator :: metasolve_black_box_cost_iterations = 0
    enumerator :: metasolve_black_box_cost_history = 1
    enumerator :: metasolve_black_box_cost_seconds = 2
  end enum

  type, bind(c) :: metasolve_black_box_parameter
    integer(c_size_t) :: size = 64
    type(c_ptr) :: name = c_null_ptr
    real(c_double) :: low = 0
    real(c_double) :: high = 1
    real(c_double) :: constant = 0.5_c_double
    real(c_double) :: scale = 1
    type(c_ptr) :: options = c_null_ptr  ! type(c_ptr) (option_count)
    integer(c_int32_t) :: option_count = 0
    integer(c_int32_t) :: kind = metasolve_parameter_interval
  end type

  type, bind(c) :: metasolve_black_box_options
    integer(c_size_t) :: size = 104
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: columns = c_null_ptr       ! type(c_ptr) (column_count)
    type(c_ptr) :: parameters = c_null_ptr    ! type(metasolve_black_box_parameter) (parameter_count)
    type(c_ptr) :: by_logarithm = c_null_ptr  ! type(c_ptr) (by_logarithm_count)
    type(c_ptr) :: hidden = c_null_ptr        ! type(c_ptr) (hidden_count)
    type(c_ptr) :: reference = c_null_ptr     ! type(c_ptr) (reference_count)
    integer(c_int32_t) :: column_count = 0
    integer(c_int32_t) :: parameter_count = 0
    integer(c_int32_t) :: by_logarithm_count = 0
    integer(c_int32_t) :: hidden_count = 0
    integer(c_int32_t) :: reference_count = 0
    integer(c_int32_t) :: cost = metasolve_black_box_cost_iterations
    type(c_ptr) :: cache = c_null_ptr
    type(c_funptr) :: solve = c_null_funptr  ! procedure(metasolve_black_box_solve)
    type(c_ptr) :: user = c_null_ptr
  end type

  type, bind(c) :: metasolve_task_sets
    integer(c_size_t) :: size = 56
    type(c_ptr) :: train = c_null_ptr       ! real(c_double) (columns, train_count)
    type(c_ptr) :: validation = c_null_ptr  ! real(c_double) (columns, validation_count)
    type(c_ptr) :: test = c_null_ptr        ! real(c_double) (columns, test_count)
    integer(c_int64_t) :: train_count = 0
    integer(c_int64_t) :: validation_count = 0
    integer(c_int64_t) :: test_count = 0
  end type

  type, bind(c) :: metasolve_training_options
    integer(c_size_t) :: size = 56
    type(c_ptr) :: executor = c_null_ptr
    type(c_ptr) :: settings = c_null_ptr  ! type(c_ptr) (setting_count)
    type(c_ptr) :: stop = c_null_ptr
    type(c_funptr) :: notice = c_null_funptr
    type(c_ptr) :: user = c_null_ptr
    integer(c_int32_t) :: setting_count = 0
    integer(c_int32_t) :: resume = 0
  end type

  type, bind(c) :: metasolve_training_report
    integer(c_size_t) :: size = 120
    real(c_double) :: constant_iterations = 0
    real(c_double) :: iterations = 0
    real(c_double) :: converged = 0
    real(c_double) :: time_ratio = 0
    real(c_double) :: seconds = 0
    real(c_double) :: tuned = 0
    real(c_double) :: tuned_iterations = 0
    real(c_double) :: tuned_time_ratio = 0
    integer(c_int64_t) :: tasks = 0
    integer(c_int64_t) :: failed = 0
    integer(c_int64_t) :: constant_failed = 0
    integer(c_int64_t) :: tuned_failed = 0
    integer(c_int32_t) :: has_tuned = 0
    integer(c_int32_t) :: finished = 0
    integer(c_int32_t) :: was_finished = 0
    integer(c_int32_t) :: gives_constant = 0
  end type

  abstract interface
    ! tasks: (columns, count); theta: (parameters, count). history: c_null_ptr, or real(c_double)
    ! (0:max_iterations, count); seconds: c_null_ptr, or real(c_double) (count). 0: solved.
    integer(c_int) function metasolve_black_box_solve(user, count, tasks, theta, tolerance, max_iterations, iterations, &
                                                      history, seconds, status) bind(c)
      import :: c_int, c_ptr, c_int64_t, c_int32_t, c_double
      type(c_ptr), value :: user
      integer(c_int64_t), value :: count
      real(c_double), intent(in) :: tasks(*)
      real(c_double), intent(in) :: theta(*)
      real(c_double), value :: tolerance
      integer(c_int32_t), value :: max_iterations
      integer(c_int32_t), intent(inout) :: iterations(*)
      type(c_ptr), value :: history
      type(c_ptr), value :: seconds
      integer(c_int32_t), intent(inout) :: status(*)
    end function

    subroutine metasolve_notice(user, text) bind(c)
      import :: c_ptr
      type(c_ptr), value :: user
      type(c_ptr), value :: text
    end subroutine
  end interface

  interface
    integer(c_int) function metasolve_stop_flag_create(flag) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), intent(out) :: flag
    end function

    subroutine metasolve_stop_flag_set(flag, stop) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: flag
      integer(c_int), value :: stop
    end subroutine

    subroutine metasolve_stop_flag_release(flag) bind(c)
      import :: c_ptr
      type(c_ptr), value :: flag
    end subroutine

    integer(c_int) function metasolve_black_box_create(options, box) bind(c)
      import :: c_int, c_ptr, metasolve_black_box_options
      type(metasolve_black_box_options), intent(in) :: options
      type(c_ptr), intent(out) :: box
    end function

    subroutine metasolve_black_box_release(box) bind(c)
      import :: c_ptr
      type(c_ptr), value :: box
    end subroutine

    integer(c_int) function metasolve_black_box_train(box, run, tasks, options, report) bind(c)
      import :: c_int, c_char, c_ptr, metasolve_task_sets, metasolve_training_options, metasolve_training_report
      type(c_ptr), value :: box
      character(kind=c_char), intent(in) :: run(*)
      type(metasolve_task_sets), intent(in) :: tasks
      type(metasolve_training_options), intent(in) :: options
      type(metasolve_training_report), intent(inout) :: report
    end function

    integer(c_int) function metasolve_black_box_evaluate(box, run, tasks, options, report) bind(c)
      import :: c_int, c_char, c_ptr, metasolve_task_sets, metasolve_training_options, metasolve_training_report
      type(c_ptr), value :: box
      character(kind=c_char), intent(in) :: run(*)
      type(metasolve_task_sets), intent(in) :: tasks
      type(metasolve_training_options), intent(in) :: options
      type(metasolve_training_report), intent(inout) :: report
    end function

    integer(c_int) function metasolve_black_box_predict(box, meta_solver, count, tasks, theta) bind(c)
      import :: c_int, c_int64_t, c_ptr, c_double
      type(c_ptr), value :: box
      type(c_ptr), value :: meta_solver
      integer(c_int64_t), value :: count
      real(c_double), intent(in) :: tasks(*)
      real(c_double), intent(out) :: theta(*)
    end function
  end interface

contains

  ! Pointers to texts, for options%columns and the like. Each text becomes a C string in place: it is trimmed, and its
  ! last character must be blank. The texts must stay as long as the pointers are used.
  function metasolve_names(texts) result(names)
    character(kind=c_char, len=*), intent(inout), target :: texts(:)
    type(c_ptr) :: names(size(texts))
    integer :: i, length
    do i = 1, size(texts)
      length = len_trim(texts(i))
      texts(i)(length + 1:length + 1) = c_null_char
      names(i) = c_loc(texts(i)(1:1))
    end do
  end function

end module metasolve_black_box
