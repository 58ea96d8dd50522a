! SPDX-License-Identifier: Apache-2.0
!
! Linear systems from Fortran: sizes that the library accepts, a direct and a Krylov method, factors kept for other
! right-hand sides, the gradient, and errors with their texts.
program linear
  use, intrinsic :: iso_c_binding, only: c_sizeof  ! Fortran 2008's; the module asks for 2003's
  use metasolve
  implicit none

  integer, parameter :: n = 3, count = 3
  logical :: failed = .false.
  type(c_ptr) :: executor, solver, none
  type(metasolve_setup) :: setup
  type(metasolve_stopping) :: stopping
  type(metasolve_results) :: results
  type(metasolve_pattern) :: pattern
  type(metasolve_linear_options) :: options
  type(metasolve_linear_tasks) :: tasks
  type(metasolve_linear_gradient) :: gradient
  ! tridiag(-1, 3 + t, -2), 3 by 3, in compressed rows; x = (t, 1, 2 - t).
  integer(c_int32_t), target :: row_ptrs(n + 1) = [0, 2, 5, 7], columns(7) = [0, 1, 0, 1, 2, 1, 2]
  real(c_double), target :: values(7, count), b(count, n), x(n, count), measure(count), guess(n, count)
  real(c_double), target :: x_bar(n, count), b_bar(n, count), values_bar(7, count)
  integer(c_int32_t), target :: status(count), iterations(count)
  integer(c_size_t) :: bytes
  integer :: e, i, t

  call expect(options%size == c_sizeof(options), "size of metasolve_linear_options")
  call expect(tasks%size == c_sizeof(tasks), "size of metasolve_linear_tasks")
  call expect(gradient%size == c_sizeof(gradient), "size of metasolve_linear_gradient")
  call expect(abs(tasks%omega%value - 1) <= 0 .and. abs(tasks%shift%value) <= 0, "defaults of omega and shift")

  call expect(metasolve_executor_open("cpu"//c_null_char, 2_c_int, executor) == metasolve_code_ok, "open")
  do t = 1, count
    values(:, t) = [3d0 + t, -2d0, -1d0, 3d0 + t, -2d0, -1d0, 3d0 + t]
    b(t, :) = product_with(t, [real(c_double) :: t, 1, 2 - t])
  end do
  pattern = metasolve_pattern(n, size(columns), c_loc(row_ptrs), c_loc(columns))
  setup%capacity = count
  options%keeps_factors = 1
  call expect(metasolve_linear_solver_workspace_bytes(executor, pattern, options, setup, bytes) == metasolve_code_ok .and. &
              bytes > 0, "workspace_bytes")
  call expect(metasolve_linear_solver_create(executor, pattern, options, setup, solver) == metasolve_code_ok, "create")
  call expect(metasolve_linear_solver_unknowns(solver) == n, "unknowns")
  call expect(metasolve_linear_solver_method(solver) == metasolve_linear_method_dense_lu, "method")
  call expect(metasolve_linear_solver_ordering(solver) == metasolve_linear_ordering_natural, "ordering")
  call expect(metasolve_linear_solver_factor_entries(solver) >= n*n, "factor_entries")

  ! Right-hand sides in another layout than the matrices.
  tasks%count = count
  tasks%values = metasolve_batch_view(c_loc(values), 7, 1)
  tasks%rhs = metasolve_batch_view(c_loc(b), 1, count)
  stopping%tolerance%value = 1d-13
  results = metasolve_results(status=c_loc(status), iterations=c_loc(iterations), measure=c_loc(measure), &
                              solution=metasolve_batch_view(c_loc(x), n, 1))
  call expect(metasolve_linear_solver_solve(solver, tasks, stopping, results) == metasolve_code_ok, "solve")
  call expect_solution(1d0, "solve")
  b = 2*b
  call expect(metasolve_linear_solver_solve_again(solver, tasks, stopping, results) == metasolve_code_ok, "solve_again")
  call expect_solution(2d0, "solve_again")

  ! F = sum of x: A' b_bar = 1, and dF/da_ij = -b_bar_i x_j.
  x_bar = 1
  gradient%solution = metasolve_batch_view(c_loc(x), n, 1)
  gradient%solution_bar = metasolve_batch_view(c_loc(x_bar), n, 1)
  gradient%rhs_bar = metasolve_batch_view(c_loc(b_bar), n, 1)
  gradient%values_bar = metasolve_batch_view(c_loc(values_bar), 7, 1)
  call expect(metasolve_linear_solver_gradient(solver, tasks, gradient, stopping, results) == metasolve_code_ok, "gradient")
  do t = 1, count
    call expect(abs(dot_product(b_bar(:, t), b(t, :)) - sum(x(:, t))) < 1d-12, "b' dF/db = F")
    do i = 1, n
      do e = row_ptrs(i) + 1, row_ptrs(i + 1)
        call expect(abs(values_bar(e, t) + b_bar(i, t)*x(columns(e) + 1, t)) < 1d-13, "dF/dA")
      end do
    end do
  end do
  tasks%count = 1
  call expect(metasolve_linear_solver_solve_again(solver, tasks, stopping, results) == metasolve_code_invalid_input, "count")
  call expect(index(metasolve_last_error(), "tasks.count is 1") > 0, "text of tasks.count")
  tasks%count = count
  call metasolve_linear_solver_release(solver)

  ! BiCGSTAB, from the solution.
  options = metasolve_linear_options(method=metasolve_linear_method_bicgstab, preconditioner=metasolve_preconditioner_ssor)
  call expect(metasolve_linear_solver_create(executor, pattern, options, setup, solver) == metasolve_code_ok, "bicgstab")
  guess = x
  tasks%guess = metasolve_batch_view(c_loc(guess), n, 1)
  stopping%tolerance%value = 1d-10
  call expect(metasolve_linear_solver_solve(solver, tasks, stopping, results) == metasolve_code_ok, "solve by bicgstab")
  call expect_solution(2d0, "bicgstab")
  call expect(all(iterations == 0), "a guess that is the solution")
  tasks%guess = metasolve_batch_view()
  tasks%omega%value = 2
  call expect(metasolve_linear_solver_solve(solver, tasks, stopping, results) == metasolve_code_ok, "omega")
  call expect(all(status == metasolve_status_breakdown), "omega out of range")
  call metasolve_linear_solver_release(solver)

  options = metasolve_linear_options(method=metasolve_linear_method_cholesky)
  call expect(metasolve_linear_solver_create(executor, pattern, options, setup, none) == metasolve_code_invalid_input, "matrix")
  call expect(index(metasolve_last_error(), "positive_definite") > 0 .and. .not. c_associated(none), "text of cholesky")
  options = metasolve_linear_options(restart=0)
  call expect(metasolve_linear_solver_create(executor, pattern, options, setup, none) == metasolve_code_invalid_input, "restart")
  call expect(index(metasolve_last_error(), "options.restart is 0") > 0, "text of options.restart")
  call metasolve_linear_solver_release(none)
  call metasolve_executor_release(executor)
  if (failed) stop 1
  write (*, '(a)') "linear: all as in the library"

contains

  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    write (*, '(4a)') "linear: not as expected: ", what, "; last error: ", metasolve_last_error()
    failed = .true.
  end subroutine

  function product_with(task, of) result(product)
    integer, intent(in) :: task
    real(c_double), intent(in) :: of(n)
    real(c_double) :: product(n)
    integer :: row, first, last
    do row = 1, n
      first = row_ptrs(row) + 1
      last = row_ptrs(row + 1)
      product(row) = dot_product(values(first:last, task), of(columns(first:last) + 1))
    end do
  end function

  subroutine expect_solution(factor, what)
    real(c_double), intent(in) :: factor
    character(*), intent(in) :: what
    integer :: task
    call expect(all(status == metasolve_status_converged) .and. all(measure <= stopping%tolerance%value), "status: "//what)
    do task = 1, count
      call expect(maxval(abs(x(:, task) - factor*[task, 1, 2 - task])) < 1d-9, "solution: "//what)
    end do
  end subroutine

end program linear
