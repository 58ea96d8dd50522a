// SPDX-License-Identifier: Apache-2.0
#include <mpi.h>

#include <cstdio>
#include <metasolve/mpi.hpp>

#include "halo_mpi.hpp"
#include "processes.hpp"

namespace flow {

namespace {

class MpiProcesses final : public Processes {
 public:
  MpiProcesses(int& argc, char**& argv) {
    int given = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
    ranks_ = metasolve::mpi_ranks(MPI_COMM_WORLD);
  }
  MpiProcesses(MpiProcesses const&) = delete;
  MpiProcesses& operator=(MpiProcesses const&) = delete;
  ~MpiProcesses() override {
    ranks_.reset();
    MPI_Finalize();
  }

  [[nodiscard]] std::shared_ptr<metasolve::Ranks> ranks() const override { return ranks_; }

  [[nodiscard]] std::unique_ptr<Halo> halo(metasolve::Executor const& executor, Loops& loops, Grid const& grid,
                                           Slab const& slab) const override {
    return slab.halo == 0 ? nullptr : mpi_halo(MPI_COMM_WORLD, executor, loops, grid, slab);
  }

  [[nodiscard]] std::vector<double> gather(Grid const& grid, Slab const& slab, std::vector<double> y) const override {
    std::vector<int> counts, starts;
    for (int rank = 0; rank < size(); ++rank) {
      Slab const theirs = slab_of(grid, rank, size());
      counts.push_back(static_cast<int>(theirs.cells()));
      starts.push_back(theirs.first * theirs.n);
    }
    std::vector<double> all(is_first() ? static_cast<std::size_t>(species * grid.cells) : 0);
    for (int s = 0; s < species; ++s) {
      MPI_Gatherv(y.data() + s * slab.plane() + slab.start(), static_cast<int>(slab.cells()), MPI_DOUBLE,
                  is_first() ? all.data() + s * grid.cells : nullptr, counts.data(), starts.data(), MPI_DOUBLE, 0,
                  MPI_COMM_WORLD);
    }
    return all;
  }

  /// The others would wait for this one for ever.
  int fail(char const* message) const override {
    std::fprintf(stderr, "reacting_flow: rank %d: %s\n", rank(), message);
    if (size() > 1) MPI_Abort(MPI_COMM_WORLD, 2);
    return 2;
  }

 private:
  std::shared_ptr<metasolve::Ranks> ranks_;
};

}  // namespace

std::unique_ptr<Processes> start_processes(int& argc, char**& argv) {
  return std::make_unique<MpiProcesses>(argc, argv);
}

}  // namespace flow
