// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

#include <memory>

#include "metasolve/ranks.hpp"

/// @file
/// MPI's ranks. Link metasolve::mpi (find_package(metasolve COMPONENTS mpi)).
namespace metasolve {

/// The ranks of a communicator, which is duplicated: its messages do not mix with the caller's. Collective; so is the
/// release of the last pointer, which must come before MPI_Finalize.
///
/// Only the thread that calls the library calls MPI; the library's own threads do not. MPI_THREAD_FUNNELED is enough,
/// where that is the thread that initialised MPI.
/// @throws InputError MPI is not initialised, or has been finalised, or comm is MPI_COMM_NULL; DeviceError MPI reported
/// an error, also in all calls of the result (a rank that dies ends the job, unless MPI's errors are returned to the
/// caller)
std::shared_ptr<Ranks> mpi_ranks(MPI_Comm comm);

}  // namespace metasolve
