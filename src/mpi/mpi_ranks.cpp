// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/error.hpp"
#include "metasolve/mpi.hpp"

namespace metasolve {

namespace {

void check(int status, char const* what) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw DeviceError(std::string("MPI: ") + what + ": " + std::string(text, static_cast<std::size_t>(length)));
}

void require_running() {
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  if (begun == 0) throw InputError("mpi_ranks: MPI is not initialised; call MPI_Init_thread before");
  MPI_Finalized(&ended);
  if (ended != 0) throw InputError("mpi_ranks: MPI has been finalised already");
}

/// MPI counts in int: longer arrays go in pieces.
constexpr std::size_t most_bytes = std::size_t{1} << 30;

class MpiRanks final : public Ranks {
 public:
  explicit MpiRanks(MPI_Comm comm) {
    check(MPI_Comm_dup(comm, &comm_), "duplicate a communicator");
    MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
    MPI_Comm_rank(comm_, &rank_);
    MPI_Comm_size(comm_, &size_);
    MPI_Comm local = MPI_COMM_NULL;
    check(MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &local), "find a machine's ranks");
    MPI_Comm_rank(local, &local_rank_);
    MPI_Comm_size(local, &local_size_);
    MPI_Comm_free(&local);
  }
  ~MpiRanks() override {
    int ended = 0;
    MPI_Finalized(&ended);
    if (ended != 0) return;
    if (window_ != MPI_WIN_NULL) {
      MPI_Win_unlock_all(window_);
      MPI_Win_free(&window_);
    }
    MPI_Comm_free(&comm_);
  }

  [[nodiscard]] int rank() const noexcept override { return rank_; }
  [[nodiscard]] int size() const noexcept override { return size_; }
  [[nodiscard]] int local_rank() const noexcept override { return local_rank_; }
  [[nodiscard]] int local_size() const noexcept override { return local_size_; }

  void broadcast(void* data, std::size_t bytes) override {
    for (std::size_t at = 0; at < bytes; at += most_bytes) {
      auto const here = static_cast<int>(std::min(most_bytes, bytes - at));
      check(MPI_Bcast(static_cast<std::byte*>(data) + at, here, MPI_BYTE, 0, comm_), "broadcast");
    }
  }

  void all_gather(void const* mine, std::size_t bytes, void* all) override {
    if (bytes <= static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      auto const count = static_cast<int>(bytes);
      return check(MPI_Allgather(mine, count, MPI_BYTE, all, count, MPI_BYTE, comm_), "gather from all ranks");
    }
    MPI_Datatype piece = MPI_DATATYPE_NULL;
    check(MPI_Type_contiguous(static_cast<int>(most_bytes), MPI_BYTE, &piece), "define a type");
    MPI_Type_commit(&piece);
    std::size_t const pieces = bytes / most_bytes, rest = bytes - pieces * most_bytes;
    MPI_Datatype whole = MPI_DATATYPE_NULL;
    int const lengths[] = {static_cast<int>(pieces), static_cast<int>(rest)};
    MPI_Aint const offsets[] = {0, static_cast<MPI_Aint>(pieces * most_bytes)};
    MPI_Datatype const types[] = {piece, MPI_BYTE};
    check(MPI_Type_create_struct(2, lengths, offsets, types, &whole), "define a type");
    MPI_Type_commit(&whole);
    int const status = MPI_Allgather(mine, 1, whole, all, 1, whole, comm_);
    MPI_Type_free(&whole);
    MPI_Type_free(&piece);
    check(status, "gather from all ranks");
  }

  void swap(int partner, void const* mine, void* theirs, std::size_t bytes) override {
    for (std::size_t at = 0; at < bytes; at += most_bytes) {
      auto const here = static_cast<int>(std::min(most_bytes, bytes - at));
      check(MPI_Sendrecv(static_cast<std::byte const*>(mine) + at, here, MPI_BYTE, partner, 0,
                         static_cast<std::byte*>(theirs) + at, here, MPI_BYTE, partner, 0, comm_, MPI_STATUS_IGNORE),
            "exchange with another rank");
    }
  }

  void all_reduce(float* numbers, std::int64_t n) override { reduce(numbers, n, MPI_FLOAT); }
  void all_reduce(double* numbers, std::int64_t n) override { reduce(numbers, n, MPI_DOUBLE); }

  std::int64_t take(std::int64_t n) override {
    std::int64_t before = 0;
    check(MPI_Fetch_and_op(&n, &before, MPI_INT64_T, 0, 0, MPI_SUM, window_), "count");
    check(MPI_Win_flush(0, window_), "count");
    return before;
  }

  void restart_counter() override {
    if (window_ == MPI_WIN_NULL) {
      MPI_Aint const bytes = rank_ == 0 ? sizeof(std::int64_t) : 0;
      check(MPI_Win_allocate(bytes, sizeof(std::int64_t), MPI_INFO_NULL, comm_, &counter_, &window_),
            "allocate a counter");
      check(MPI_Win_lock_all(0, window_), "use a counter");
    }
    check(MPI_Barrier(comm_), "wait for all ranks");  // none still counts
    if (rank_ == 0) {
      std::int64_t const zero = 0;
      std::int64_t before = 0;
      check(MPI_Fetch_and_op(&zero, &before, MPI_INT64_T, 0, 0, MPI_REPLACE, window_), "reset a counter");
      check(MPI_Win_flush(0, window_), "reset a counter");
    }
    check(MPI_Barrier(comm_), "wait for all ranks");
  }

 private:
  template <class T>
  void reduce(T* numbers, std::int64_t n, MPI_Datatype type) {
    constexpr auto most = static_cast<std::int64_t>(most_bytes / sizeof(T));
    for (std::int64_t at = 0; at < n; at += most) {
      check(MPI_Allreduce(MPI_IN_PLACE, numbers + at, static_cast<int>(std::min(most, n - at)), type, MPI_SUM, comm_),
            "sum over all ranks");
    }
  }

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
  MPI_Win window_ = MPI_WIN_NULL;  ///< of the counter, in rank 0's memory; made when it is first needed
  std::int64_t* counter_ = nullptr;
};

}  // namespace

std::shared_ptr<Ranks> mpi_ranks(MPI_Comm comm) {
  require_running();
  if (comm == MPI_COMM_NULL) throw InputError("mpi_ranks: the communicator is MPI_COMM_NULL");
  return std::make_shared<MpiRanks>(comm);
}

}  // namespace metasolve
