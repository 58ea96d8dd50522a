! SPDX-License-Identifier: Apache-2.0
!
! Online meta-solvers from Fortran: types field by field, choose and learn around a cost of the program's own, a
! solver's calls, what was learned in files and sums, and errors with their texts.
program online
  use, intrinsic :: iso_c_binding, only: c_sizeof  ! Fortran 2008's; the module asks for 2003's
  use metasolve
  implicit none

  integer, parameter :: side = 8, n = side*side, entries = 5*n - 4*side, count = 12, calls = 60
  logical :: failed = .false.
  type(c_ptr) :: executor, solver, direct, learner, other, none
  type(metasolve_setup) :: setup
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  type(metasolve_policy) :: policy
  type(metasolve_pattern) :: pattern
  type(metasolve_cg_options) :: cg_options
  type(metasolve_cg_tasks) :: tasks
  type(metasolve_linear_options) :: linear_options
  type(metasolve_linear_tasks) :: linear_tasks
  type(metasolve_online_parameter), target :: parameters(2)
  type(metasolve_online_parameter) :: parameter_read
  type(metasolve_online_feature), target :: features(2)
  type(metasolve_online_feature) :: feature_read
  type(metasolve_online_options) :: options, options_read
  type(metasolve_online_report) :: report
  type(metasolve_online_bins) :: bins
  type(metasolve_online_cells) :: cells
  type(metasolve_batch_view) :: theta
  character(kind=c_char, len=6), target :: omega_name = "omega"//c_null_char
  character(kind=c_char, len=6), target :: other_name = "other"//c_null_char
  character(kind=c_char, len=10), target :: feature_name = "diffusion"//c_null_char
  character(kind=c_char), pointer :: letters(:)
  integer(c_int32_t), target :: row_ptrs(n + 1), columns(entries), status(count), iterations(count), origin(count)
  real(c_double), target :: values(entries, count), b(n, count), diffusion(count), cost(count), seen(2, count)
  real(c_double), pointer :: chosen(:, :)
  real(c_double), allocatable, target :: low(:, :), high(:, :), best(:, :), at(:, :), of_tasks(:), of_bins(:), of_constants(:)
  real(c_double), allocatable, target :: uncertainty(:), of_cells(:), cell_tasks(:)
  real(c_double), allocatable :: sums(:)
  real(c_double) :: total
  integer(c_int64_t) :: length
  integer :: call_number, constants, t

  call expect(policy%size == c_sizeof(policy), "size of metasolve_policy")
  call expect(parameter_read%size == c_sizeof(parameter_read), "size of metasolve_online_parameter")
  call expect(feature_read%size == c_sizeof(feature_read), "size of metasolve_online_feature")
  call expect(options%size == c_sizeof(options), "size of metasolve_online_options")
  call expect(report%size == c_sizeof(report), "size of metasolve_online_report")
  call expect(bins%size == c_sizeof(bins), "size of metasolve_online_bins")
  call expect(cells%size == c_sizeof(cells), "size of metasolve_online_cells")
  call expect(metasolve_executor_open("cpu"//c_null_char, 2_c_int, executor) == metasolve_code_ok, "open")

  ! What is written comes back, field by field.
  parameters(1) = metasolve_online_parameter(name=c_loc(omega_name(1:1)), low=0.5d0, high=8d0, constant=2d0, &
                                             iteration_cost=0.25d0, is_logarithmic=1, values=5)
  parameters(2) = metasolve_online_parameter(name=c_loc(other_name(1:1)), low=-1d0, high=1d0, constant=0.5d0, values=4)
  features(1) = metasolve_online_feature(name=c_loc(feature_name(1:1)), low=1d0, high=1d3, is_logarithmic=1)
  features(2) = metasolve_online_feature(name=c_loc(other_name(1:1)), low=0d0, high=4d0, bins=3)
  options = metasolve_online_options(parameters=c_loc(parameters), features=c_loc(features), parameter_count=2, &
                                     feature_count=2, capacity=count, memory=500, constant_share=0.125d0, &
                                     exploration=metasolve_online_exploration_thompson, first_limit=2.5d0, &
                                     most_loss=0.25d0, seed=-7_c_int64_t)
  call expect(metasolve_online_meta_solver_create(executor, options, learner) == metasolve_code_ok, "create")
  call expect(metasolve_online_meta_solver_parameters(learner) == 2, "parameters")
  call expect(metasolve_online_meta_solver_features(learner) == 2, "features")
  call expect(metasolve_online_meta_solver_parameter(learner, 0_c_int, parameter_read) == metasolve_code_ok, "parameter")
  call c_f_pointer(parameter_read%name, letters, [6])
  call expect(all(letters == ["o", "m", "e", "g", "a", c_null_char]), "name")
  call expect(all(abs([parameter_read%low, parameter_read%high, parameter_read%constant, parameter_read%iteration_cost] - &
                      [0.5d0, 8d0, 2d0, 0.25d0]) <= 0), "numbers of a parameter")
  call expect(parameter_read%is_logarithmic == 1 .and. parameter_read%values == 5, "integers of a parameter")
  call expect(metasolve_online_meta_solver_feature(learner, 0_c_int, feature_read) == metasolve_code_ok, "feature")
  call expect(abs(feature_read%low - 1) + abs(feature_read%high - 1000) <= 0, "range of a feature")
  call expect(feature_read%is_logarithmic == 1 .and. feature_read%bins == 8, "integers of a feature")
  call expect(metasolve_online_meta_solver_options(learner, options_read) == metasolve_code_ok, "options")
  call expect(options_read%parameter_count == 2 .and. options_read%feature_count == 2 .and. options_read%capacity == count &
              .and. options_read%estimator == metasolve_online_estimator_bins .and. options_read%exploration == &
              metasolve_online_exploration_thompson .and. options_read%memory == 500 .and. options_read%seed == -7, &
              "integers of the options")
  call expect(abs(options_read%constant_share - 0.125d0) + abs(options_read%first_limit - 2.5d0) + &
              abs(options_read%most_loss - 0.25d0) <= 0, "numbers of the options")
  call metasolve_online_meta_solver_release(learner)

  ! Around a cost of the program's own: the first parameter is best at 6 where the feature is high, else at 2.
  parameters(1) = metasolve_online_parameter(name=c_loc(omega_name(1:1)), low=0d0, high=8d0, constant=4d0, values=9)
  options = metasolve_online_options(parameters=c_loc(parameters), features=c_loc(features), parameter_count=1, &
                                     feature_count=2, capacity=count)
  features(1)%bins = 2
  features(2)%bins = 1
  call expect(metasolve_online_meta_solver_create(executor, options, learner) == metasolve_code_ok, "create for choose")
  call expect(metasolve_online_meta_solver_learn(learner, metasolve_column(value=1d0)) == metasolve_code_invalid_input, &
              "learn before choose")
  call expect(index(metasolve_last_error(), "there was no choose since the last one") > 0, "text of learn")
  total = 0
  do call_number = 1, calls
    do t = 1, count
      seen(:, t) = [merge(500d0, 2d0, mod(t, 2) == 0), 1d0*mod(t, 4)]
    end do
    call expect(metasolve_online_meta_solver_choose(learner, int(count, c_int64_t), &
                                                    metasolve_batch_view(c_loc(seen), 2, 1), theta) == metasolve_code_ok, "choose")
    call c_f_pointer(theta%data, chosen, [1, count])
    do t = 1, count
      cost(t) = 10 + (chosen(1, t) - merge(6, 2, mod(t, 2) == 0))**2
    end do
    total = total + sum(cost)
    call expect(metasolve_online_meta_solver_learn(learner, metasolve_column(c_loc(cost))) == metasolve_code_ok, "learn")
  end do
  call expect(theta%task_stride == 1 .and. theta%item_stride == 1, "strides of theta")
  call expect(metasolve_online_meta_solver_report(learner, report) == metasolve_code_ok, "report")
  call expect(report%calls == calls .and. report%tasks == calls*count .and. report%bins == 2 .and. report%cells == 18, &
              "counts of the report")
  call expect(abs(report%cost - total/(calls*count)) < 1d-2, "mean cost")
  call expect(abs(report%constant_cost - 14) < 0.5d0 .and. report%constants > 0 .and. report%explored > 0, "constants")
  call expect(abs(report%saved - (1 - report%cost/report%constant_cost)) < 1d-12 .and. report%saved > 0, "saved")
  allocate (low(2, 2), high(2, 2), best(1, 2), of_tasks(2), of_bins(2), of_constants(2), uncertainty(2))
  bins = metasolve_online_bins(count=2, low=c_loc(low), high=c_loc(high), tasks=c_loc(of_tasks), best=c_loc(best), &
                               cost=c_loc(of_bins), constant_cost=c_loc(of_constants), uncertainty=c_loc(uncertainty))
  call expect(metasolve_online_meta_solver_report_bins(learner, bins) == metasolve_code_ok, "bins")
  call expect(all(abs(low - reshape([1d0, 0d0, sqrt(1d3), 0d0], [2, 2])) < 1d-9), "low")
  call expect(all(abs(high - reshape([sqrt(1d3), 4d0, 1d3, 4d0], [2, 2])) < 1d-9), "high")
  call expect(all(abs(best(1, :) - [2, 6]) < 1.5d0), "the best of each bin")
  call expect(all(abs(of_bins - 10 - (best(1, :) - [2, 6])**2) < 0.1d0) .and. all(abs(of_constants - 14) < 0.1d0), &
              "costs of bins")
  call expect(all(of_tasks > 0 .and. of_tasks <= calls*count/2) .and. all(uncertainty > 0 .and. uncertainty < 0.5d0), &
              "tasks and uncertainty")
  allocate (at(1, 18), cell_tasks(18), of_cells(18))
  cells = metasolve_online_cells(count=18, parameters=c_loc(at), tasks=c_loc(cell_tasks), cost=c_loc(of_cells))
  call expect(metasolve_online_meta_solver_report_cells(learner, cells) == metasolve_code_ok, "cells")
  call expect(all(abs(at(1, :) - [(mod(t, 9), t=0, 17)]) <= 0), "parameters of cells")
  call expect(abs(sum(cell_tasks(:9)) - of_tasks(1)) + abs(sum(cell_tasks(10:)) - of_tasks(2)) < 1d-9, "tasks of cells")
  t = maxloc(cell_tasks(:9), 1)
  call expect(abs(of_cells(t) - of_bins(1)) + abs(at(1, t) - best(1, 1)) < 1d-12, "the cell used most")
  bins%count = 3
  call expect(metasolve_online_meta_solver_report_bins(learner, bins) == metasolve_code_invalid_input, "count of bins")
  call expect(index(metasolve_last_error(), "bins.count is 3, expected 2") > 0, "text of bins.count")

  ! What was learned, as sums: twice the same counts twice. And in a file.
  call expect(metasolve_online_meta_solver_learned_size(learner, length) == metasolve_code_ok .and. length > 0, "size")
  allocate (sums(length))
  call expect(metasolve_online_meta_solver_learned(learner, sums, length) == metasolve_code_ok, "learned")
  call expect(metasolve_online_meta_solver_merge(learner, 2*sums, length) == metasolve_code_ok, "merge")
  call expect(metasolve_online_meta_solver_report(learner, report) == metasolve_code_ok .and. &
              report%tasks == 2*calls*count, "tasks of both")
  call expect(metasolve_online_meta_solver_save(learner, "learned.safetensors"//c_null_char) == metasolve_code_ok, "save")
  call expect(metasolve_online_meta_solver_load(executor, "learned.safetensors"//c_null_char, 0_c_int64_t, other) == &
              metasolve_code_ok, "load")
  call expect(metasolve_online_meta_solver_report(other, report) == metasolve_code_ok .and. &
              report%tasks == 2*calls*count, "tasks of a file")
  call metasolve_online_meta_solver_release(other)
  call metasolve_online_meta_solver_release(learner)

  ! Steps of diffusion, (I + d L) x = b, by conjugate gradients with SSOR, and through metasolve_linear_solver.
  call make_pattern()
  pattern = metasolve_pattern(n, entries, c_loc(row_ptrs), c_loc(columns))
  setup%capacity = count
  cg_options%preconditioner = metasolve_preconditioner_ssor
  call expect(metasolve_cg_solver_create(executor, pattern, cg_options, setup, solver) == metasolve_code_ok, "create cg")
  parameters(1) = metasolve_online_parameter(name=c_loc(omega_name(1:1)), low=1d0, high=1.95d0, constant=1d0)
  features(1)%bins = 4
  options%feature_count = 1
  call expect(metasolve_online_meta_solver_create(executor, options, learner) == metasolve_code_ok, "create for cg")
  b = 1
  tasks%count = count
  tasks%values = metasolve_batch_view(c_loc(values), entries, 1)
  tasks%rhs = metasolve_batch_view(c_loc(b), n, 1)
  results = metasolve_results(status=c_loc(status), iterations=c_loc(iterations), origin=c_loc(origin))
  policy%online = learner
  call expect(metasolve_cg_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_invalid_input, "no features")
  call expect(index(metasolve_last_error(), "online.features is null") > 0, "text of no features")
  policy%features = metasolve_batch_view(c_loc(diffusion), 1, 1)
  total = 0
  constants = 0
  do call_number = 1, calls
    call make_values(call_number)
    call expect(metasolve_cg_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "solve")
    call expect(all(status == metasolve_status_converged), "status")
    call expect(all(origin == metasolve_origin_chosen .or. origin == metasolve_origin_constant .or. &
                    origin == metasolve_origin_retried), "origin")
    total = total + sum(iterations)
    constants = constants + sum(merge(1, 0, origin == metasolve_origin_constant))
  end do
  call expect(metasolve_online_meta_solver_report(learner, report) == metasolve_code_ok, "report of cg")
  call expect(abs(report%cost - total/(calls*count)) < 1d-9, "mean iterations")
  call expect(report%saved > 0 .and. report%calls == calls, "learned")
  call expect(constants > 0 .and. report%constants == constants, "tasks with the constants")

  linear_options = metasolve_linear_options(matrix=metasolve_linear_matrix_positive_definite, &
                                            method=metasolve_linear_method_cholesky)
  call expect(metasolve_linear_solver_create(executor, pattern, linear_options, setup, direct) == metasolve_code_ok, "direct")
  linear_tasks%count = count
  linear_tasks%values = tasks%values
  linear_tasks%rhs = tasks%rhs
  call expect(metasolve_linear_solver_solve_with_policy(direct, linear_tasks, stopping, results, metasolve_policy()) == &
              metasolve_code_ok .and. all(status == metasolve_status_converged), "solve_with_policy")
  call expect(metasolve_linear_solver_solve_with_policy(direct, linear_tasks, stopping, results, policy) == &
              metasolve_code_invalid_input, "direct method")
  call expect(index(metasolve_last_error(), "policy.online") > 0, "text of a direct method")
  call metasolve_linear_solver_release(direct)
  linear_options = metasolve_linear_options(matrix=metasolve_linear_matrix_positive_definite, &
                                            method=metasolve_linear_method_cg, preconditioner=metasolve_preconditioner_ssor)
  call expect(metasolve_linear_solver_create(executor, pattern, linear_options, setup, direct) == metasolve_code_ok, "krylov")
  call expect(metasolve_linear_solver_solve_with_policy(direct, linear_tasks, stopping, results, policy) == &
              metasolve_code_ok, "online in metasolve_linear_solver")
  call expect(metasolve_online_meta_solver_report(learner, report) == metasolve_code_ok .and. report%calls == calls + 1, &
              "a call of metasolve_linear_solver")
  call metasolve_linear_solver_release(direct)

  parameters(1)%constant = 3
  call expect(metasolve_online_meta_solver_create(executor, options, none) == metasolve_code_invalid_input, "constant")
  call expect(index(metasolve_last_error(), """omega"": the constant is 3") > 0 .and. .not. c_associated(none), &
              "text of the constant")
  call metasolve_online_meta_solver_release(none)
  call metasolve_online_meta_solver_release(learner)
  call metasolve_cg_solver_release(solver)
  call metasolve_executor_release(executor)
  if (failed) stop 1
  write (*, '(a)') "online: all as in the library"

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "online: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

  subroutine make_pattern()
    integer :: beside(5), e, i, k
    e = 0
    row_ptrs(1) = 0
    do i = 0, n - 1
      beside = [i - side, i - 1, i, i + 1, i + side]
      do k = 1, 5
        if (beside(k) < 0 .or. beside(k) >= n) cycle
        if ((k == 2 .or. k == 4) .and. beside(k)/side /= i/side) cycle
        e = e + 1
        columns(e) = beside(k)
      end do
      row_ptrs(i + 2) = e
    end do
  end subroutine

  subroutine make_values(step)
    integer, intent(in) :: step
    integer :: e, i, task
    do task = 1, count
      diffusion(task) = 1000**modulo(0.37d0*task + 0.11d0*step, 1d0)
      do i = 1, n
        do e = row_ptrs(i) + 1, row_ptrs(i + 1)
          values(e, task) = merge(1 + 4*diffusion(task), -diffusion(task), columns(e) == i - 1)
        end do
      end do
    end do
  end subroutine

end program online
