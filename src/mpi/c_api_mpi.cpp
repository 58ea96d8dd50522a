// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/mpi.h"
#include "metasolve/mpi.hpp"

/// MPI's ranks for C.

namespace c_api = metasolve::c_api;

struct metasolve_ranks {
  std::shared_ptr<metasolve::Ranks> ranks;
};

int metasolve_ranks_create(MPI_Comm comm, metasolve_ranks** ranks) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("ranks", ranks);
    made = new metasolve_ranks{metasolve::mpi_ranks(comm)};
  });
}

int metasolve_ranks_create_fortran(int comm, metasolve_ranks** ranks) {
  // Outside of MPI_Init and MPI_Finalize, where handles cannot be converted, any one gives the error.
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  return metasolve_ranks_create(begun != 0 && ended == 0 ? MPI_Comm_f2c(comm) : MPI_COMM_NULL, ranks);
}

void metasolve_ranks_release(metasolve_ranks* ranks) { delete ranks; }

int metasolve_ranks_rank(metasolve_ranks const* ranks) { return ranks == nullptr ? -1 : ranks->ranks->rank(); }

int metasolve_ranks_size(metasolve_ranks const* ranks) { return ranks == nullptr ? 0 : ranks->ranks->size(); }

int metasolve_ranks_local_rank(metasolve_ranks const* ranks) {
  return ranks == nullptr ? -1 : ranks->ranks->local_rank();
}

int metasolve_ranks_local_size(metasolve_ranks const* ranks) {
  return ranks == nullptr ? 0 : ranks->ranks->local_size();
}

int metasolve_executor_open_on_rank(metasolve_ranks const* ranks, char const* name, int threads,
                                    metasolve_executor** executor) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("executor", executor);
    auto const& all = c_api::required("ranks", ranks).ranks;
    c_api::required("name", name);
    made = new metasolve_executor{metasolve::Executor::on_rank(all, name, threads)};
  });
}

int metasolve_online_meta_solver_merge_ranks(metasolve_online_meta_solver* online, metasolve_ranks const* ranks) {
  return c_api::guarded([&] {
    auto& of = c_api::required("online", online).online;
    of.merge(*c_api::required("ranks", ranks).ranks);
  });
}
