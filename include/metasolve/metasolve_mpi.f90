! SPDX-License-Identifier: Apache-2.0
!
! mpi.h for Fortran 2003: the same names with the same meaning, documented there; conventions as in metasolve.f90, which
! is compiled before this file. Compile and link with MPI's compiler and the library metasolve_mpi (pkg-config --cflags
! --libs metasolve-mpi).
!
! - A communicator is the INTEGER of `use mpi`: MPI_COMM_WORLD. With `use mpi_f08` it is MPI_COMM_WORLD%MPI_VAL.
module metasolve_mpi
  use, intrinsic :: iso_c_binding
  use metasolve
  implicit none
  public

  interface
    integer(c_int) function metasolve_ranks_create(comm, ranks) bind(c, name="metasolve_ranks_create_fortran")
      import :: c_int, c_ptr
      integer(c_int), value :: comm
      type(c_ptr), intent(out) :: ranks
    end function

    subroutine metasolve_ranks_release(ranks) bind(c)
      import :: c_ptr
      type(c_ptr), value :: ranks
    end subroutine

    integer(c_int) function metasolve_ranks_rank(ranks) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: ranks
    end function

    integer(c_int) function metasolve_ranks_size(ranks) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: ranks
    end function

    integer(c_int) function metasolve_ranks_local_rank(ranks) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: ranks
    end function

    integer(c_int) function metasolve_ranks_local_size(ranks) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: ranks
    end function

    integer(c_int) function metasolve_executor_open_on_rank(ranks, name, threads, executor) bind(c)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: ranks
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int), value :: threads
      type(c_ptr), intent(out) :: executor
    end function

    integer(c_int) function metasolve_online_meta_solver_merge_ranks(online, ranks) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: online
      type(c_ptr), value :: ranks
    end function
  end interface

end module
