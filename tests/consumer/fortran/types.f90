! SPDX-License-Identifier: Apache-2.0
!
! The types of metasolve.f90 are those of the library, field by field: sizes that the library accepts, results that
! land where they should, errors with their texts, Jacobi's method and conjugate gradients. linear.f90: linear systems.
program types
  use, intrinsic :: iso_c_binding, only: c_sizeof  ! Fortran 2008's; the module asks for 2003's
  use metasolve
  implicit none

  integer, parameter :: n = 16, count = 3
  logical :: failed = .false.
  type(c_ptr) :: executor, solver, sparse, memory, none
  type(metasolve_setup) :: setup
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  type(metasolve_policy) :: policy
  type(metasolve_implicit_euler_options) :: options
  type(metasolve_implicit_euler_tasks) :: ode
  type(metasolve_implicit_euler_gradient) :: ode_gradient
  type(metasolve_jacobi_tasks) :: tasks
  real(c_double), target :: rhs(n, count), solution(n, count), found(count, n), measure(count), history(41, count)
  real(c_double), target :: tolerances(count) = [1d-2, 1d-4, 1d-6]
  integer(c_int32_t), target :: status(count), sweeps(count), origin(count)
  integer(c_int32_t) :: least(count)
  type(metasolve_pattern) :: pattern
  ! The rows of tridiag(-1, 2, -1) for Jacobi's method on matrices of the caller's.
  integer(c_int32_t), target :: rows(n + 1), columns(3*n - 2)
  real(c_double), target :: poisson(3*n - 2)
  type(metasolve_cg_options) :: cg_options
  type(metasolve_cg_tasks) :: systems
  ! The lower triangles of tridiag(-1, 3 + t, -1), 3 by 3, in compressed rows; x = (t, 1, 2 - t).
  integer(c_int32_t), target :: row_ptrs(4) = [0, 1, 3, 5], column(5) = [0, 0, 1, 1, 2]
  real(c_double), target :: values(5, count), b(count, 3), x(3, count), guess(3, count), shifts(count) = [0d0, 0.5d0, 1d0]
  type(metasolve_tally), target :: tally = metasolve_tally(-1, -1)
  integer(c_size_t) :: bytes
  character(:), allocatable :: version
  integer :: e, i, j, t

  call expect(setup%size == c_sizeof(setup), "size of metasolve_setup")
  call expect(stopping%size == c_sizeof(stopping), "size of metasolve_stopping")
  call expect(results%size == c_sizeof(results), "size of metasolve_results")
  call expect(policy%size == c_sizeof(policy), "size of metasolve_policy")
  call expect(options%size == c_sizeof(options), "size of metasolve_implicit_euler_options")
  call expect(ode%size == c_sizeof(ode), "size of metasolve_implicit_euler_tasks")
  call expect(ode_gradient%size == c_sizeof(ode_gradient), "size of metasolve_implicit_euler_gradient")
  call expect(tasks%size == c_sizeof(tasks), "size of metasolve_jacobi_tasks")
  call expect(cg_options%size == c_sizeof(cg_options), "size of metasolve_cg_options")
  call expect(systems%size == c_sizeof(systems), "size of metasolve_cg_tasks")
  call expect(c_sizeof(pattern) == 24, "size of metasolve_pattern")
  call expect(abs(ode%relaxation%value - 1) <= 0 .and. .not. c_associated(ode%relaxation%data), "default of relaxation")

  version = metasolve_version()
  call expect(len(version) >= 5 .and. scan(version, ".") > 1, "version")
  call expect(metasolve_last_error() == "", "no error yet")
  call expect(metasolve_executor_open("gpu"//c_null_char, 0_c_int, none) == metasolve_code_invalid_input, "code of gpu")
  call expect(index(metasolve_last_error(), """gpu""") > 0, "text of gpu")
  call expect(.not. c_associated(none), "no executor gpu")
  call expect(metasolve_meta_solver_load("none"//c_null_char, none) == metasolve_code_invalid_input, "no such run")
  call expect(metasolve_meta_solver_problem(c_null_ptr) == "", "problem of no meta-solver")

  call expect(metasolve_executor_open("cpu"//c_null_char, 2_c_int, executor) == metasolve_code_ok, "open")
  call expect(metasolve_executor_is_cuda(executor) == 0, "is_cuda")
  call expect(metasolve_executor_wait_for(executor, c_null_ptr) == metasolve_code_ok, "wait_for")
  call expect(metasolve_executor_make_wait(executor, c_null_ptr) == metasolve_code_ok, "make_wait")
  call expect(.not. c_associated(metasolve_executor_stream(executor)), "stream of a CPU")
  call expect(metasolve_memory_allocate(executor, 8_c_size_t, memory) == metasolve_code_ok, "allocate")
  call expect(c_associated(metasolve_memory_data(memory)), "memory")
  call metasolve_memory_release(memory)

  ! Results in another layout than tasks, each array told from the others by what must be in it.
  rhs = reshape([((sin(0.3d0*i + t), i=1, n), t=1, count)], shape(rhs))
  call expect(metasolve_solve_poisson_directly(n, int(count, c_int64_t), rhs, solution) == metasolve_code_ok, "directly")
  call expect(maxval(abs(residual())) < 1d-12, "solutions by elimination")
  setup%capacity = count
  call expect(metasolve_jacobi_solver_poisson_workspace_bytes(executor, n, metasolve_measure_relative_error, setup, bytes) == &
              metasolve_code_ok .and. bytes > 0, "workspace_bytes")
  call expect(metasolve_jacobi_solver_create_poisson(executor, n, metasolve_measure_relative_error, setup, solver) == &
              metasolve_code_ok, "create_poisson")
  tasks%count = count
  tasks%rhs = metasolve_batch_view(c_loc(rhs), n, 1)
  tasks%solution = metasolve_batch_view(c_loc(solution), n, 1)
  stopping%max_iterations%value = 10000
  stopping%tolerance%data = c_loc(tolerances)
  results%status = c_loc(status)
  results%iterations = c_loc(sweeps)
  results%measure = c_loc(measure)
  results%solution = metasolve_batch_view(c_loc(found), 1, count)
  results%origin = c_loc(origin)
  results%tally = c_loc(tally)
  call expect(metasolve_jacobi_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "solve")
  call expect(all(status == metasolve_status_converged), "status")
  call expect(all(origin == metasolve_origin_chosen), "origin")
  call expect(tally%replaced == 0 .and. tally%retried == 0, "tally")
  call expect(all(measure <= tolerances .and. measure > 0), "measure")
  do t = 1, count
    least(t) = sweeps_of(t)
    call expect(abs(norm2(found(t, :) - solution(:, t))/norm2(solution(:, t)) - measure(t)) < 1d-12, "solution")
  end do
  call expect(all(sweeps == least), "counts of a loop in Fortran")

  ! The same matrix, as one of the caller's.
  e = 0
  rows(1) = 0
  do i = 1, n
    do j = max(1, i - 1), min(n, i + 1)
      e = e + 1
      columns(e) = j - 1
      poisson(e) = merge(2, -1, i == j)
    end do
    rows(i + 1) = e
  end do
  pattern = metasolve_pattern(n, size(columns), c_loc(rows), c_loc(columns))
  call expect(metasolve_jacobi_solver_sparse_workspace_bytes(executor, pattern, metasolve_measure_relative_error, setup, &
                                                             bytes) == metasolve_code_ok .and. bytes > 0, "bytes of sparse")
  call expect(metasolve_jacobi_solver_create_sparse(executor, pattern, metasolve_measure_relative_error, setup, sparse) == &
              metasolve_code_ok, "create_sparse")
  tasks%values = metasolve_batch_view(c_loc(poisson), 0, 1)
  sweeps = -1
  call expect(metasolve_jacobi_solver_solve(sparse, tasks, stopping, results, policy) == metasolve_code_ok, "solve sparse")
  call expect(all(sweeps == least), "counts by matrices of the caller's")
  call metasolve_jacobi_solver_release(sparse)
  tasks%values = metasolve_batch_view()

  ! A limit and a history; a task that is there already.
  stopping = metasolve_stopping(tolerance=metasolve_column(value=1d-12), max_iterations=metasolve_int_column(value=40))
  results = metasolve_results(status=c_loc(status), history=metasolve_batch_view(c_loc(history), 41, 1))
  call expect(metasolve_jacobi_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "limit")
  call expect(all(status == metasolve_status_iteration_limit), "status at the limit")
  call expect(all(abs(history(1, :) - 1) < 1d-15) .and. all(history(41, :) < history(1, :)), "history")
  tasks%guess = tasks%solution
  call expect(metasolve_jacobi_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_ok, "guess")
  call expect(all(status == metasolve_status_converged), "status with the solution as a guess")
  tasks%count = count + 1
  call expect(metasolve_jacobi_solver_solve(solver, tasks, stopping, results, policy) == metasolve_code_invalid_input, "count")
  call expect(index(metasolve_last_error(), "tasks.count") > 0, "text of tasks.count")

  options%clamps = 1
  options%high = -2
  call expect(metasolve_implicit_euler_solver_create(executor, "hires"//c_null_char, options, setup, none) == &
              metasolve_code_invalid_input, "low above high")
  options = metasolve_implicit_euler_options(method=metasolve_method_anderson_sor + 1)
  call expect(metasolve_implicit_euler_solver_create(executor, "hires"//c_null_char, options, setup, none) == &
              metasolve_code_invalid_input, "no such method")
  options%method = metasolve_method_newton
  call expect(metasolve_implicit_euler_solver_create(executor, "hires"//c_null_char, options, setup, none) == metasolve_code_ok, &
              "Newton's method")
  ode%count = 1
  call expect(metasolve_implicit_euler_solver_gradient(none, ode, ode_gradient, c_null_ptr) == metasolve_code_invalid_input, &
              "gradient without arrays")
  call expect(index(metasolve_last_error(), "gradient.solution is null") > 0, "text of gradient.solution")
  call metasolve_implicit_euler_solver_release(none)
  call metasolve_jacobi_solver_release(solver)

  ! Systems from their lower triangles, right-hand sides in another layout than the matrices.
  do t = 1, count
    values(:, t) = [3d0 + t, -1d0, 3d0 + t, -1d0, 3d0 + t]
    b(t, :) = (3 + t)*[t, 1, 2 - t] - [1, 2, 1]
  end do
  pattern = metasolve_pattern(3, 5, c_loc(row_ptrs), c_loc(column))
  systems%count = count
  systems%values = metasolve_batch_view(c_loc(values), 5, 1)
  systems%rhs = metasolve_batch_view(c_loc(b), 1, count)
  systems%shift = metasolve_column(c_loc(shifts))
  stopping = metasolve_stopping(tolerance=metasolve_column(value=1d-12), max_iterations=metasolve_int_column(value=3))
  results = metasolve_results(status=c_loc(status), iterations=c_loc(sweeps), measure=c_loc(measure), &
                              solution=metasolve_batch_view(c_loc(x), 3, 1))
  call expect(metasolve_cg_solver_workspace_bytes(executor, pattern, cg_options, setup, bytes) == metasolve_code_ok .and. &
              bytes > 0, "workspace_bytes of conjugate gradients")
  call expect(metasolve_cg_solver_create(executor, pattern, cg_options, setup, solver) == metasolve_code_ok, "create cg")
  call expect(metasolve_cg_solver_unknowns(solver) == 3, "unknowns")
  call expect(metasolve_cg_solver_solve(solver, systems, stopping, results, policy) == metasolve_code_ok, "solve cg")
  call expect(all(status == metasolve_status_converged) .and. all(measure <= 1d-12), "status and measure of cg")
  call expect(sweeps(1) == 1 .and. all(sweeps(2:) == 3), "a factor without a shift solves at once, others in three")
  do t = 1, count
    call expect(maxval(abs(x(:, t) - [t, 1, 2 - t])) < 1d-11, "solution of cg")
  end do
  ! From the solution.
  guess = x
  systems%guess = metasolve_batch_view(c_loc(guess), 3, 1)
  stopping%tolerance%value = 1d-9
  call expect(metasolve_cg_solver_solve(solver, systems, stopping, results, policy) == metasolve_code_ok, "guess of cg")
  call expect(all(status == metasolve_status_converged) .and. all(sweeps == 0), "a guess that is the solution")
  systems%guess = metasolve_batch_view()
  call metasolve_cg_solver_release(solver)
  column(2) = 1
  call expect(metasolve_cg_solver_create(executor, pattern, cg_options, setup, none) == metasolve_code_invalid_input, "row")
  call expect(index(metasolve_last_error(), "row 1 ") > 0 .and. .not. c_associated(none), "text of the pattern's row")
  column(2) = 0
  cg_options = metasolve_cg_options(preconditioner=metasolve_preconditioner_jacobi, ordering=-1)
  call expect(metasolve_cg_solver_create(executor, pattern, cg_options, setup, none) == metasolve_code_invalid_input, "order")
  call expect(index(metasolve_last_error(), "options.ordering is -1") > 0, "text of options.ordering")
  cg_options = metasolve_cg_options(preconditioner=metasolve_preconditioner_block_jacobi, block_size=17)
  call expect(metasolve_cg_solver_create(executor, pattern, cg_options, setup, none) == metasolve_code_invalid_input, "blocks")
  call expect(index(metasolve_last_error(), "options.block_size is 17") > 0, "text of options.block_size")
  cg_options = metasolve_cg_options(preconditioner=metasolve_preconditioner_ssor)
  call expect(metasolve_cg_solver_create(executor, pattern, cg_options, setup, solver) == metasolve_code_ok, "create ssor")
  systems%omega%value = 2
  call expect(metasolve_cg_solver_solve(solver, systems, stopping, results, policy) == metasolve_code_ok, "solve by ssor")
  call expect(all(status == metasolve_status_breakdown), "omega out of range")
  call metasolve_cg_solver_release(solver)
  call metasolve_cg_solver_release(none)
  call metasolve_implicit_euler_solver_release(none)
  call metasolve_executor_release(executor)
  if (failed) stop 1
  write (*, '(a)') "types: all as in the library"

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "types: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

  function residual() result(r)
    real(c_double) :: r(n, count)
    r = rhs - 2*solution
    r(2:, :) = r(2:, :) + solution(:n - 1, :)
    r(:n - 1, :) = r(:n - 1, :) + solution(2:, :)
  end function

  integer(c_int32_t) function sweeps_of(task)
    integer, intent(in) :: task
    real(c_double) :: u(n), old(0:n + 1)
    u = 0
    sweeps_of = 0
    do while (norm2(u - solution(:, task)) > tolerances(task)*norm2(solution(:, task)))
      old(0) = 0
      old(1:n) = u
      old(n + 1) = 0
      u = (rhs(:, task) + old(0:n - 1) + old(2:n + 1))/2
      sweeps_of = sweeps_of + 1
    end do
  end function

end program types
