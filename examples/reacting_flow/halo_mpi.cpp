// SPDX-License-Identifier: Apache-2.0
#include "halo_mpi.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace flow {

namespace {

/// One message a row, which works for slabs of any height: where they have a single row, the two rows beside it belong
/// to two others. Messages are always in host memory: not every MPI reads a GPU's (Debian's Open MPI does not).
class MpiHalo final : public Halo {
 public:
  MpiHalo(MPI_Comm comm, metasolve::Executor const& executor, Loops& loops, Grid const& grid, Slab const& slab)
      : executor_(executor),
        loops_(loops),
        slab_(slab),
        message_(executor.allocate(edge_rows * row_length() * sizeof(double))),
        sent_(edge_rows * row_length()),
        received_(sent_.size()) {
    int rank = 0, size = 1;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    auto const length = static_cast<int>(row_length());
    for (int other = 0; other < size; ++other) {
      Slab const theirs = slab_of(grid, other, size);
      for (int k = 0; k < edge_rows; ++k) {
        int const row = theirs.row_of_grid(beside(theirs)[k]);
        if (other == rank) {
          MPI_Recv_init(&received_[k * row_length()], length, MPI_DOUBLE, owner_of(row, grid, size), k, comm, add());
        }
        if (owner_of(row, grid, size) != rank) continue;
        auto const own = at_edges(slab_);
        auto const at = std::find_if(own.begin(), own.end(), [&](int mine) { return slab_.row_of_grid(mine) == row; });
        auto* const from = &sent_[static_cast<std::size_t>(at - own.begin()) * row_length()];
        MPI_Send_init(from, length, MPI_DOUBLE, other, k, comm, add());
      }
    }
  }
  ~MpiHalo() override {
    for (auto& request : requests_) MPI_Request_free(&request);
  }

  void exchange(double* planes) override {
    copy(planes, at_edges(slab_), true);
    executor_.download(sent_.data(), message_.get(), sent_.size() * sizeof(double));
    MPI_Startall(static_cast<int>(requests_.size()), requests_.data());
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    executor_.upload(message_.get(), received_.data(), received_.size() * sizeof(double));
    copy(planes, beside(slab_), false);
  }

 private:
  using Rows = std::array<int, edge_rows>;  ///< of a plane

  /// The slab's own that others may need; some repeat where it has fewer.
  static Rows at_edges(Slab const& s) {
    int const first = s.halo, last = s.halo + s.rows - 1;
    return {first, std::min(first + 1, last), std::max(last - 1, first), last};
  }
  /// Those that it needs.
  static Rows beside(Slab const& s) {
    int const after = s.halo + s.rows;
    return {0, 1, after, after + 1};
  }
  [[nodiscard]] std::size_t row_length() const { return static_cast<std::size_t>(species * slab_.n); }
  MPI_Request* add() { return &requests_.emplace_back(MPI_REQUEST_NULL); }
  void copy(double* planes, Rows const& at, bool sends) {
    loops_.run(RowCopy{.planes = planes,
                       .message = static_cast<double*>(message_.get()),
                       .at = {at[0], at[1], at[2], at[3]},
                       .sends = sends,
                       .slab = slab_});
  }

  metasolve::Executor executor_;
  Loops& loops_;
  Slab slab_;
  std::shared_ptr<void> message_;        ///< [edge_rows][species][n] where the fields are
  std::vector<double> sent_, received_;  ///< the same on the host
  std::vector<MPI_Request> requests_;    ///< started by each exchange
};

}  // namespace

std::unique_ptr<Halo> mpi_halo(MPI_Comm comm, metasolve::Executor const& executor, Loops& loops, Grid const& grid,
                               Slab const& slab) {
  return std::make_unique<MpiHalo>(comm, executor, loops, grid, slab);
}

}  // namespace flow
