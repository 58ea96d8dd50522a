// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "metasolve/detail/exec/block_diagonal.hpp"
#include "metasolve/executor.hpp"

namespace metasolve {
class Ranks;
}

namespace metasolve::exec {

enum class Transpose : bool { no, yes };

/// C = alpha op(A) op(B) + beta C, all row-major. op(A): [m][k], op(B): [k][n], C: [m][n]. lda, ldb, ldc: elements
/// between stored rows. batch: number of products of one shape. Strides: elements between matrices of the batch.
template <class Real>
struct Gemm {
  Transpose op_a = Transpose::no;
  Transpose op_b = Transpose::no;
  std::int64_t m = 0, n = 0, k = 0;
  Real alpha = 1;
  Real const* a = nullptr;
  std::int64_t lda = 0;
  Real const* b = nullptr;
  std::int64_t ldb = 0;
  Real beta = 0;
  Real* c = nullptr;
  std::int64_t ldc = 0;
  std::int64_t batch = 1;
  std::int64_t stride_a = 0, stride_b = 0, stride_c = 0;
  /// For rows that are tasks: the bits of a row of C depend on its row of A alone, not on its position or the other
  /// rows. Requires op_a = no, alpha = 1, beta = 0 and batch = 1; A and C must have memory for padded_rows(m) rows.
  bool rows_alone = false;
};

/// Rows that a CPU thread passes through a network at a time. Devices pad products with rows_alone to multiples of it,
/// so that the same kernel computes every row.
inline constexpr std::int64_t row_block = 64;
constexpr std::int64_t padded_rows(std::int64_t rows) { return (rows + row_block - 1) / row_block * row_block; }

class Arena;
class Collective;
class Convolution;
struct ConvolutionShape;

/// Repeated operations of one owner. A device records each once and then launches the recording.
class Replays {
 public:
  virtual ~Replays() = default;
  /// Runs the executor calls in f. key identifies the operation and its sizes within this owner. f must make the same
  /// calls with the same pointers every time, and do nothing else.
  virtual void run(std::uint64_t key, std::function<void()> const& f) = 0;
};

/// An executor of any kind: memory, library operations, and launches of the bodies compiled for it.
class Backend {
 public:
  Backend() = default;
  Backend(Backend const&) = delete;
  Backend& operator=(Backend const&) = delete;
  virtual ~Backend() = default;

  /// The executor's name: that of its folder. functions_for uses it to find the compiled functions.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual DeviceKind kind() const noexcept = 0;  ///< where its memory lies
  [[nodiscard]] bool memory_is_host() const noexcept { return kind() == DeviceKind::cpu; }
  [[nodiscard]] virtual std::string description() const = 0;
  /// Names the device among all of all machines, if it serves one process best: a GPU; empty: it is to be shared.
  [[nodiscard]] virtual std::string device_identity() const { return {}; }
  [[nodiscard]] virtual int threads() const noexcept { return 1; }  ///< host threads that share the work of a call
  virtual void synchronize() = 0;
  /// See Executor. Backends whose calls have finished on return have no streams to order.
  virtual void wait_for(void* /*stream*/) {}
  virtual void make_wait(void* /*stream*/) {}
  [[nodiscard]] virtual void* stream_handle() const noexcept { return nullptr; }

  /// Whether calls return before their work is done; reading a result then requires a wait.
  [[nodiscard]] virtual bool returns_early() const noexcept { return false; }
  /// Bytes of scratch available to a team; 0: no limit. The same for all devices of a kind, so that choices based on it
  /// are too.
  [[nodiscard]] virtual std::int64_t scratch_bytes_per_team() const noexcept { return 0; }
  /// Tasks of task_bytes each in the global workspace that are best solved together, step by step. On a CPU one or two
  /// per thread, so that they stay in its cache if possible.
  [[nodiscard]] virtual std::int64_t blocks_at_a_time(std::int64_t /*task_bytes*/) const noexcept {
    return 2 * std::int64_t{threads()};
  }
  /// Whether the bits of a block in BlockProduct and BlockSolve depend on that block alone.
  [[nodiscard]] virtual bool blocks_stand_alone() const noexcept { return true; }

  /// Returns zeroed memory. While planning, allocates nothing, counts bytes and returns null. While an Arena lives, the
  /// memory comes from the arena and must not be deallocated.
  void* allocate(std::size_t bytes);
  void deallocate(void* memory, std::size_t bytes) noexcept;
  [[nodiscard]] std::size_t allocated() const noexcept { return allocated_; }
  [[nodiscard]] std::size_t allocated_in_arena() const noexcept { return arena_bytes_; }
  [[nodiscard]] bool planning() const noexcept { return planning_; }
  void set_planning(bool planning) noexcept { planning_ = planning; }
  [[nodiscard]] bool in_arena() const noexcept { return arena_ != nullptr; }

  /// Why this executor cannot access the bytes from p on, judged by the first and the last one; null: it can. Does not
  /// wait.
  /// @throws DeviceError the device cannot be queried because an earlier launch failed
  [[nodiscard]] char const* unreachable(void const* p, std::size_t bytes = 1) const;

  /// Ordered on the stream. `upload` has read `from_host` on return; `download` waits for its data.
  virtual void upload(void* to, void const* from_host, std::size_t bytes) = 0;
  virtual void download(void* to_host, void const* from, std::size_t bytes) = 0;
  virtual void copy(void* to, void const* from, std::size_t bytes) = 0;
  virtual void zero(void* to, std::size_t bytes) = 0;

  virtual void gemm(Gemm<float> const& g) = 0;
  virtual void gemm(Gemm<double> const& g) = 0;

  /// *to += sum of x[0..n), in an order that depends on n alone.
  virtual void add_sum(float const* x, std::int64_t n, double* to) = 0;
  virtual void add_sum(double const* x, std::int64_t n, double* to) = 0;
  virtual void add_sum(std::int32_t const* x, std::int64_t n, double* to) = 0;
  /// *to += sum of squares.
  virtual void add_square_sum(float const* x, std::int64_t n, double* to) = 0;
  virtual void add_square_sum(double const* x, std::int64_t n, double* to) = 0;

  /// Sorts values by ascending key, stably. n must not exceed the n of an earlier reserve_sort. Overwrites keys and
  /// values.
  virtual void reserve_sort(std::int64_t n) = 0;
  virtual void sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) = 0;

  /// indices [n]: first those with a nonzero flag, ascending, then the others, descending. Waits, and returns the
  /// number of the former. n must not exceed the n of an earlier reserve_partition, which may allocate.
  virtual void reserve_partition(std::int64_t n) = 0;
  virtual std::int64_t partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) = 0;

  /// For at most the given blocks. The executor must outlive the result. Memory is counted while planning.
  virtual std::unique_ptr<BlockProduct> block_product(BlockMatrix const& a) = 0;
  virtual std::unique_ptr<BlockSolve> block_solve(BlockMatrix const& u) = 0;

  /// For at most `capacity` tasks. trains: whether its adjoints will be called. The executor must outlive the result.
  /// Memory is counted while planning. Null: no library is at hand, or it would be slower than loops (suits_library).
  [[nodiscard]] virtual std::unique_ptr<Convolution> convolution(ConvolutionShape const& shape, std::int64_t capacity,
                                                                 bool trains);

  /// Exchanges between these ranks, each of which makes its own; collective. ranks and the executor must outlive the
  /// result. By default through the host's memory.
  [[nodiscard]] virtual std::unique_ptr<Collective> collective(Ranks& ranks);

  /// body.operator()<Number>(row, column) for each element of [rows][columns], in unspecified order. The library must
  /// compile the body for each kind of executor (launches.hpp, src/compiled.cmake).
  template <class Body>
  void launch(std::int64_t rows, std::int64_t columns, Body const& body);
  /// Loads the kernel of launch(Body); call it before a capture.
  template <class Body>
  void load();
  /// Bytes of workspace that launch_teams needs for this body and at most this many slots.
  template <class Body>
  [[nodiscard]] std::int64_t team_bytes(Body const& body, std::int64_t slots) const;
  /// Runs a body over teams on positions [0, slots). workspace: team_bytes(body, slots), with the alignment of
  /// allocate.
  template <class Body>
  void launch_teams(Body const& body, void* workspace, std::int64_t slots);
  /// Calls part(first, count) over [0, rows) in whole blocks of that many rows, in parallel where that pays; a device
  /// makes one call of all rows. For stages that treat rows independently, so that a block passes through all of them
  /// in cache. work: multiplications per row.
  template <class Part>
  void over_blocks(std::int64_t rows, std::int64_t block, std::int64_t work, Part&& part) {
    do_over_blocks(
        rows, block, work,
        [](void* p, std::int64_t first, std::int64_t count) {
          (*static_cast<std::remove_reference_t<Part>*>(p))(first, count);
        },
        const_cast<void*>(static_cast<void const*>(&part)));
  }
  /// In blocks of row_block rows.
  template <class Part>
  void over_row_blocks(std::int64_t rows, std::int64_t work, Part&& part) {
    over_blocks(rows, row_block, work, part);
  }
  /// This executor must outlive the owner.
  virtual std::unique_ptr<Replays> replays() = 0;
  /// Whether the first run of a kernel or library operation does extra work, such as loading or choosing an algorithm.
  /// It must then not happen within a capture.
  [[nodiscard]] virtual bool first_runs_differ() const noexcept { return false; }

 protected:
  /// For one byte.
  [[nodiscard]] virtual char const* why_unreachable(void const* p) const = 0;
  /// Whether one cheap query proves that all bytes are accessible; false: check further.
  [[nodiscard]] virtual bool surely_reaches(void const*, std::size_t) const { return false; }
  virtual void* do_allocate(std::size_t bytes) = 0;
  virtual void do_deallocate(void* memory) noexcept = 0;
  virtual void do_over_blocks(std::int64_t rows, std::int64_t block, std::int64_t work,
                              void (*part)(void* context, std::int64_t first, std::int64_t count), void* context) = 0;

 private:
  friend class Arena;
  std::size_t allocated_ = 0;
  std::size_t arena_bytes_ = 0;  ///< like allocated_, each piece rounded up to the arena's alignment
  bool planning_ = false;
  Arena* arena_ = nullptr;
};

/// While it lives, allocations come piece by piece from the caller's memory.
class Arena {
 public:
  static constexpr std::size_t alignment = 256;
  static constexpr std::size_t rounded(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

  /// With null memory, has no effect. @throws InputError memory is misaligned
  Arena(Backend& backend, void* memory, std::size_t bytes);
  Arena(Arena const&) = delete;
  Arena& operator=(Arena const&) = delete;
  ~Arena() {
    if (memory_ != nullptr) backend_.arena_ = nullptr;
  }

 private:
  friend class Backend;
  /// @throws InputError too little memory remains
  void* take(std::size_t bytes);
  Backend& backend_;
  std::byte* memory_;
  std::size_t bytes_;
  std::size_t used_ = 0;
};

/// While it lives, objects can be constructed to measure their memory. They must not be used, and must be destroyed
/// before it.
class Planning {
 public:
  explicit Planning(Backend& backend)
      : backend_(backend), before_(backend.allocated()), before_in_arena_(backend.allocated_in_arena()) {
    backend.set_planning(true);
  }
  Planning(Planning const&) = delete;
  Planning& operator=(Planning const&) = delete;
  ~Planning() { backend_.set_planning(false); }
  /// Bytes that the objects constructed since then need.
  [[nodiscard]] std::size_t bytes() const { return backend_.allocated() - before_; }
  /// The same, allocated from an arena.
  [[nodiscard]] std::size_t arena_bytes() const { return backend_.allocated_in_arena() - before_in_arena_; }

 private:
  Backend& backend_;
  std::size_t before_, before_in_arena_;
};

/// Owns elements in an executor's memory, initially zeroed; in an arena it borrows them. Move-only: a copy would need a
/// stream. The backend must outlive it.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Backend& backend, std::int64_t size)
      : backend_(&backend),
        size_(size),
        is_owner_(!backend.in_arena()),
        data_(static_cast<T*>(backend.allocate(bytes()))) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(Buffer const&) = delete;
  Buffer& operator=(Buffer const&) = delete;
  ~Buffer() {
    if (backend_ != nullptr && is_owner_) backend_->deallocate(data_, bytes());
  }

  [[nodiscard]] T* data() const noexcept { return data_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return static_cast<std::size_t>(size_) * sizeof(T); }

  void upload(T const* from, std::int64_t n, std::int64_t at = 0) {
    if (backend_->planning()) return;
    backend_->upload(data_ + at, from, static_cast<std::size_t>(n) * sizeof(T));
  }
  void download(T* to, std::int64_t n, std::int64_t at = 0) const {
    backend_->download(to, data_ + at, static_cast<std::size_t>(n) * sizeof(T));
  }
  void zero() {
    if (!backend_->planning()) backend_->zero(data_, bytes());
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(size_, other.size_);
    std::swap(is_owner_, other.is_owner_);
    std::swap(data_, other.data_);
  }
  Backend* backend_ = nullptr;
  std::int64_t size_ = 0;
  bool is_owner_ = true;  ///< false: the arena owns the memory
  T* data_ = nullptr;
};

/// Uploads host memory into a new buffer.
template <std::ranges::contiguous_range From>
Buffer<std::ranges::range_value_t<From>> uploaded(Backend& backend, From const& from) {
  Buffer<std::ranges::range_value_t<From>> buffer(backend, static_cast<std::int64_t>(std::ranges::size(from)));
  buffer.upload(std::ranges::data(from), buffer.size());
  return buffer;
}

}  // namespace metasolve::exec
