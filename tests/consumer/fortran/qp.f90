! SPDX-License-Identifier: Apache-2.0
!
! Quadratic programs from Fortran: sizes that the library accepts, a solve, a codebook, polish, the gradient, and errors
! with their texts.
program qp
  use, intrinsic :: iso_c_binding, only: c_sizeof  ! Fortran 2008's; the module asks for 2003's
  use metasolve
  use metasolve_qp
  implicit none

  integer, parameter :: n = 2, m = 3, count = 2
  logical :: failed = .false.
  type(c_ptr) :: executor, solver, none
  type(metasolve_setup) :: setup
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  type(metasolve_policy) :: policy
  type(metasolve_pattern), target :: p, a
  type(metasolve_qp_problem) :: problem
  type(metasolve_qp_options) :: options
  type(metasolve_qp_tasks) :: tasks
  type(metasolve_qp_codebook) :: codebook
  type(metasolve_qp_polish) :: polish
  type(metasolve_qp_gradient) :: gradient
  ! OSQP's example: minimise 2 x_1^2 + x_1 x_2 + x_2^2 + x_1 + x_2 with x_1 + x_2 = 1, 0 <= x <= 0.7; the second task
  ! has x_1 + x_2 = 0.5.
  integer(c_int32_t), target :: p_rows(n + 1) = [0, 1, 3], p_columns(3) = [0, 0, 1]
  integer(c_int32_t), target :: a_rows(m + 1) = [0, 2, 3, 4], a_columns(4) = [0, 1, 0, 1]
  real(c_double), target :: p_values(3) = [4d0, 1d0, 2d0], a_values(4) = 1d0, q(n) = 1d0
  real(c_double), target :: lower(m, count) = reshape([1d0, 0d0, 0d0, 0.5d0, 0d0, 0d0], [m, count])
  real(c_double), target :: upper(m, count) = reshape([1d0, 0.7d0, 0.7d0, 0.5d0, 0.7d0, 0.7d0], [m, count])
  real(c_double), target :: solution(n + m, count), measure(count), rho(2) = [0.1d0, 1d0]
  real(c_double), target :: x_bar(n, count), q_bar(n, count)
  integer(c_int32_t), target :: status(count), polished(count), gradient_status(count)
  integer(c_size_t) :: bytes

  call expect(problem%size == c_sizeof(problem), "size of metasolve_qp_problem")
  call expect(options%size == c_sizeof(options), "size of metasolve_qp_options")
  call expect(tasks%size == c_sizeof(tasks), "size of metasolve_qp_tasks")
  call expect(codebook%size == c_sizeof(codebook), "size of metasolve_qp_codebook")
  call expect(polish%size == c_sizeof(polish), "size of metasolve_qp_polish")
  call expect(gradient%size == c_sizeof(gradient), "size of metasolve_qp_gradient")

  call expect(metasolve_executor_open("cpu"//c_null_char, 2_c_int, executor) == metasolve_code_ok, "open")
  p = metasolve_pattern(n, 3, c_loc(p_rows), c_loc(p_columns))
  a = metasolve_pattern(m, 4, c_loc(a_rows), c_loc(a_columns))
  problem = metasolve_qp_problem(p=c_loc(p), a=c_loc(a), p_values=c_loc(p_values), q=c_loc(q), a_values=c_loc(a_values), &
                                 lower=c_loc(lower), upper=c_loc(upper))
  setup%capacity = count
  options%codebook = 2
  call expect(metasolve_qp_solver_workspace_bytes(executor, problem, options, setup, bytes) == metasolve_code_ok .and. &
              bytes > 0, "workspace_bytes")
  call expect(metasolve_qp_solver_create(executor, problem, options, setup, solver) == metasolve_code_ok, "create")
  call expect(metasolve_qp_solver_variables(solver) == n, "variables")
  call expect(metasolve_qp_solver_rows(solver) == m, "rows")
  call expect(metasolve_qp_solver_groups(solver) == 1, "groups")
  call expect(metasolve_qp_solver_factor_entries(solver) >= n + m, "factor_entries")
  call expect(c_associated(metasolve_qp_solver_row_weights(solver)), "row_weights")

  tasks%count = count
  tasks%p_values = metasolve_batch_view(c_loc(p_values), 0, 1)
  tasks%a_values = metasolve_batch_view(c_loc(a_values), 0, 1)
  tasks%q = metasolve_batch_view(c_loc(q), 0, 1)
  tasks%lower = metasolve_batch_view(c_loc(lower), m, 1)
  tasks%upper = metasolve_batch_view(c_loc(upper), m, 1)
  stopping%tolerance%value = 1d-6
  results = metasolve_results(status=c_loc(status), measure=c_loc(measure), &
                              solution=metasolve_batch_view(c_loc(solution), n + m, 1))
  call expect(metasolve_qp_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_invalid_input, "none")
  call expect(index(metasolve_last_error(), "set_codebook") > 0, "text of set_codebook")
  codebook%rho = metasolve_batch_view(c_loc(rho), 1, 1)
  codebook%p_values = tasks%p_values
  codebook%a_values = tasks%a_values
  call expect(metasolve_qp_solver_set_codebook(solver, codebook) == metasolve_code_ok, "set_codebook")
  tasks%entry%value = 1
  call expect(metasolve_qp_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "solve")
  call expect(all(status == metasolve_status_converged) .and. all(measure <= 1d-6), "status")
  polish = metasolve_qp_polish(solution=results%solution, status=c_loc(status), measure=c_loc(measure), &
                               polished=c_loc(polished))
  call expect(metasolve_qp_solver_polish(solver, tasks, polish) == metasolve_code_ok, "polish")
  call expect(all(polished == 1), "polished")
  ! x = (0.3, 0.7), y = (-2.9, 0, 0.2); with a sum of 0.5 (0.125, 0.375), y = (-1.875, 0, 0).
  call expect(maxval(abs(solution(:, 1) - [0.3d0, 0.7d0, -2.9d0, 0d0, 0.2d0])) < 1d-12, "solution of task 1")
  call expect(maxval(abs(solution(:, 2) - [0.125d0, 0.375d0, -1.875d0, 0d0, 0d0])) < 1d-12, "solution of task 2")

  ! F = x_1: fixed by two rows in task 1; in task 2 dx_1/dq = (-1, 1) / 4.
  x_bar = reshape([1d0, 0d0, 1d0, 0d0], [n, count])
  gradient%solution = results%solution
  gradient%solution_bar = metasolve_batch_view(c_loc(x_bar), n, 1)
  gradient%of_x = 1
  gradient%q_bar = metasolve_batch_view(c_loc(q_bar), n, 1)
  gradient%status = c_loc(gradient_status)
  call expect(metasolve_qp_solver_gradient(solver, tasks, gradient) == metasolve_code_ok, "gradient")
  call expect(all(gradient_status == metasolve_status_converged), "status of the gradient")
  call expect(maxval(abs(q_bar(:, 1))) < 1d-6, "dF/dq of task 1")
  call expect(maxval(abs(q_bar(:, 2) - [-0.25d0, 0.25d0])) < 1d-6, "dF/dq of task 2")
  call metasolve_qp_solver_release(solver)

  options = metasolve_qp_options(sigma=0d0)
  call expect(metasolve_qp_solver_create(executor, problem, options, setup, none) == metasolve_code_invalid_input, "sigma")
  call expect(index(metasolve_last_error(), "options.sigma is 0") > 0 .and. .not. c_associated(none), "text of sigma")
  call metasolve_executor_release(executor)
  if (failed) stop 1
  write (*, '(a)') "qp: all as in the library"

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "qp: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

end program qp
