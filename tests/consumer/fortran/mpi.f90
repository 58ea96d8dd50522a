! SPDX-License-Identifier: Apache-2.0
!
! Ranks from Fortran: each learns around a cost of its own tasks by choose and learn, of a half of the feature's range
! that the others do not see; merged, all know the same of both, to the bit. Usage: mpirun -n N mpi
program ranks_of_mpi
  use mpi
  use metasolve_mpi
  implicit none

  integer, parameter :: count = 16, calls = 200, points = 9, parts = 2
  type(c_ptr) :: ranks, executor, learner
  type(metasolve_online_parameter), target :: omega
  type(metasolve_online_feature), target :: side
  type(metasolve_online_options) :: options
  type(metasolve_online_report) :: report
  type(metasolve_batch_view) :: theta
  character(kind=c_char, len=6), target :: omega_name = "omega"//c_null_char
  character(kind=c_char, len=5), target :: side_name = "side"//c_null_char
  real(c_double), target :: seen(count), cost(count), tasks(points*parts), costs(points*parts), best(parts), low(parts)
  real(c_double), pointer :: chosen(:)
  integer :: call_number, code, rank, size_of_world

  call expect(metasolve_ranks_create(MPI_COMM_WORLD, ranks) == metasolve_code_invalid_input, "before MPI_INIT")
  call expect(index(metasolve_last_error(), "not initialised") > 0 .and. .not. c_associated(ranks), "its text")
  call MPI_INIT(code)
  call MPI_COMM_RANK(MPI_COMM_WORLD, rank, code)
  call MPI_COMM_SIZE(MPI_COMM_WORLD, size_of_world, code)
  call expect(metasolve_ranks_create(MPI_COMM_NULL, ranks) == metasolve_code_invalid_input, "no communicator")
  call expect(metasolve_ranks_create(MPI_COMM_WORLD, ranks) == metasolve_code_ok, "create")
  call expect(metasolve_ranks_rank(ranks) == rank, "rank")
  call expect(metasolve_ranks_size(ranks) == size_of_world, "size")
  call expect(metasolve_ranks_local_rank(ranks) == rank, "local rank, on one machine")
  call expect(metasolve_ranks_local_size(ranks) == size_of_world, "local size, on one machine")
  call expect(metasolve_executor_open_on_rank(ranks, "cpu"//c_null_char, 1_c_int, executor) == metasolve_code_ok, "open")

  ! Best at 2 where the feature is low, as on even ranks, and at 6 where it is high, as on odd ones.
  omega = metasolve_online_parameter(name=c_loc(omega_name(1:1)), low=0d0, high=8d0, constant=4d0, values=points)
  side = metasolve_online_feature(name=c_loc(side_name(1:1)), low=0d0, high=2d0, bins=parts)
  options = metasolve_online_options(parameters=c_loc(omega), features=c_loc(side), parameter_count=1, feature_count=1, &
                                     capacity=count, memory=0, seed=int(rank + 1, c_int64_t))
  call expect(metasolve_online_meta_solver_create(executor, options, learner) == metasolve_code_ok, "create to learn")
  seen = 0.5d0 + mod(rank, 2)
  do call_number = 1, calls
    call expect(metasolve_online_meta_solver_choose(learner, int(count, c_int64_t), metasolve_batch_view(c_loc(seen), 1, 1), &
                                                    theta) == metasolve_code_ok, "choose")
    call c_f_pointer(theta%data, chosen, [count])
    cost = 10 + (chosen - merge(2, 6, mod(rank, 2) == 0))**2
    call expect(metasolve_online_meta_solver_learn(learner, metasolve_column(c_loc(cost))) == metasolve_code_ok, "learn")
  end do
  call read_report()
  call expect(report%tasks == calls*count, "tasks of one rank")
  if (size_of_world > 1) call expect(.not. same_on_all(tasks), "ranks know different things before they merge")

  call expect(metasolve_online_meta_solver_merge_ranks(learner, ranks) == metasolve_code_ok, "merge")
  call read_report()
  call expect(report%tasks == size_of_world*calls*count, "tasks of all ranks")
  call expect(same_on_all(tasks), "all ranks know the same tasks")
  call expect(same_on_all(costs), "all ranks know the same costs")
  call expect(abs(best(1) - 2) < 1.5d0, "the best on even ranks")
  if (size_of_world > 1) call expect(abs(best(2) - 6) < 1.5d0, "the best on odd ranks")

  call metasolve_online_meta_solver_release(learner)
  call metasolve_executor_release(executor)
  call metasolve_ranks_release(ranks)
  call MPI_FINALIZE(code)
  if (rank == 0) write (*, '(a, i0, a)') "mpi: all as in the library, on ", size_of_world, " ranks"

contains

  ! Ends all ranks: one that stopped would leave the others waiting.
  subroutine expect(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    logical :: running
    if (holds) return
    write (*, '(4a)') "mpi: not as expected: ", what, "; last error: ", metasolve_last_error()
    call MPI_INITIALIZED(running, code)
    if (running) call MPI_ABORT(MPI_COMM_WORLD, 1, code)
    stop 1
  end subroutine

  subroutine read_report()
    call expect(metasolve_online_meta_solver_report(learner, report) == metasolve_code_ok, "report")
    call expect(metasolve_online_meta_solver_report_cells(learner, metasolve_online_cells( &
                                                          count=points*parts, tasks=c_loc(tasks), cost=c_loc(costs))) == &
                metasolve_code_ok, "cells")
    call expect(metasolve_online_meta_solver_report_bins(learner, metasolve_online_bins( &
                                                         count=parts, best=c_loc(best), cost=c_loc(low))) == &
                metasolve_code_ok, "bins")
  end subroutine

  ! Whether the numbers are those of the first rank, to the bit, on all ranks. Collective.
  logical function same_on_all(numbers)
    real(c_double), intent(in) :: numbers(:)
    real(c_double) :: of_first(size(numbers))
    of_first = numbers
    call MPI_BCAST(of_first, size(numbers), MPI_DOUBLE_PRECISION, 0, MPI_COMM_WORLD, code)
    same_on_all = all(transfer(of_first, [0_c_int64_t]) == transfer(numbers, [0_c_int64_t]))
    call MPI_ALLREDUCE(MPI_IN_PLACE, same_on_all, 1, MPI_LOGICAL, MPI_LAND, MPI_COMM_WORLD, code)
  end function

end program ranks_of_mpi
