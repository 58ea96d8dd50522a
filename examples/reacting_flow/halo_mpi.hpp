// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

#include <memory>
#include <metasolve/executor.hpp>

#include "halo.hpp"
#include "loops.hpp"

namespace flow {

/// slab: of this rank of the communicator, which must outlive the result, as must the loops.
std::unique_ptr<Halo> mpi_halo(MPI_Comm comm, metasolve::Executor const& executor, Loops& loops, Grid const& grid,
                               Slab const& slab);

}  // namespace flow
