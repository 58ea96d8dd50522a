// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_MPI_H
#define METASOLVE_MPI_H

/// @file
/// The part of the C interface that matches mpi.hpp: MPI's ranks. Not included by metasolve.h. Compile and link with
/// MPI's compiler and the library metasolve_mpi (pkg-config --cflags --libs metasolve-mpi).
///
/// Only the thread that calls the library calls MPI: MPI_THREAD_FUNNELED is enough, where that is the thread that
/// initialised MPI. A function that fails on one rank leaves the others waiting in their next collective call: end them
/// with MPI_Abort.

#include <mpi.h>

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The ranks of a communicator, as one of them sees it. Executors opened on it keep what they need: the communicator is
/// freed with the last of them and the handle. Release all of them before MPI_Finalize, on all ranks.
typedef struct metasolve_ranks metasolve_ranks;

/// comm is duplicated: its messages do not mix with the caller's, who may free it. Collective.
/// Fails: invalid_input (MPI is not initialised, or has been finalised; comm is MPI_COMM_NULL), device_error (MPI
/// reported an error), out_of_memory.
int metasolve_ranks_create(MPI_Comm comm, metasolve_ranks** ranks);
/// The same with Fortran's handle of the communicator: an INTEGER of `use mpi`, or comm%MPI_VAL of `use mpi_f08`. Also
/// where MPI_Fint is longer, it has the range of an int.
int metasolve_ranks_create_fortran(int comm, metasolve_ranks** ranks);
/// Collective.
void metasolve_ranks_release(metasolve_ranks* ranks);

/// Returns the number of this process, from 0; -1 for null.
int metasolve_ranks_rank(metasolve_ranks const* ranks);
/// Returns the number of ranks, at least 1; 0 for null.
int metasolve_ranks_size(metasolve_ranks const* ranks);
/// Returns the number of this process among the ranks of its machine, from 0; -1 for null.
int metasolve_ranks_local_rank(metasolve_ranks const* ranks);
/// Returns the number of ranks of this machine, at least 1; 0 for null.
int metasolve_ranks_local_size(metasolve_ranks const* ranks);

/// This rank's own share of its machine. name: as in metasolve_executor_open; "cuda" is the device with this rank's
/// number on the machine, "auto" the same where there are devices, else the CPU. threads: of the CPU; 0: the CPUs that
/// the launcher bound this rank to, or the machine's divided by its ranks. Collective.
///
/// Solvers made with it solve this rank's own tasks. Trainings and evaluations (metasolve_training_options.executor)
/// are shared by all ranks, which make the same calls.
/// Fails: as metasolve_executor_open; device_error (two ranks would use one device; the message names them).
int metasolve_executor_open_on_rank(metasolve_ranks const* ranks, char const* name, int threads,
                                    metasolve_executor** executor);

/// metasolve_online_meta_solver_merge with what all ranks have learned, summed in the order of ranks. `online` has the
/// same options on all of them, but for the capacity and the seed. Afterwards all know the same. Collective,
/// synchronizes.
/// Fails: invalid_input (costs of different kinds), device_error, out_of_memory.
int metasolve_online_meta_solver_merge_ranks(metasolve_online_meta_solver* online, metasolve_ranks const* ranks);

#ifdef __cplusplus
}
#endif

#endif
