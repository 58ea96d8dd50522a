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

#include "metasolve/executor.hpp"
#include "src/exec/block_diagonal.hpp"

namespace metasolve::exec {

enum class Transpose : bool { no, yes };

/// C = alpha op(A) op(B) + beta C, all row-major. op(A): [m][k], op(B): [k][n], C: [m][n]; lda, ldb, ldc: elements
/// between two rows as stored. batch: products of one shape, strides: elements between two matrices of the batch.
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
  /// The bits of a row of C are those of its row of A, whichever other rows there are and wherever it stands: where
  /// rows are tasks. With op_a = no, alpha = 1, beta = 0 and batch = 1 alone; A and C have memory for padded_rows(m)
  /// rows.
  bool rows_alone = false;
};

/// batch symmetric matrices [n][n], one after the other, of which the lower triangles count.
struct SymmetricBatch {
  double* matrices = nullptr;
  std::int64_t n = 0;
  std::int64_t batch = 0;
};

/// Rows that a thread of the CPU takes through a network at a time, and to whose multiples a device pads products of
/// rows that stand alone, so that each is computed by the same kernel.
inline constexpr std::int64_t row_block = 64;
constexpr std::int64_t padded_rows(std::int64_t rows) { return (rows + row_block - 1) / row_block * row_block; }

class Arena;

/// Operations of one owner that are done again and again: on a device each is recorded once, and launched as one.
class Replays {
 public:
  virtual ~Replays() = default;
  /// Does what f asks of the executor. key names the operation and its sizes among this owner's: f must make the same
  /// calls with the same pointers each time, and nothing else.
  virtual void run(std::uint64_t key, std::function<void()> const& f) = 0;
};

/// An executor, whatever its kind: memory, the operations that a library does, and launches of what is compiled for it.
class Backend {
 public:
  Backend() = default;
  Backend(Backend const&) = delete;
  Backend& operator=(Backend const&) = delete;
  virtual ~Backend() = default;

  /// The executor's: its folder's, and the one by which functions_for finds what was compiled for it.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual DeviceKind kind() const noexcept = 0;  ///< where its memory lies
  [[nodiscard]] bool memory_is_host() const noexcept { return kind() == DeviceKind::cpu; }
  [[nodiscard]] virtual std::string description() const = 0;
  [[nodiscard]] virtual int threads() const noexcept { return 1; }  ///< host threads that share a call's work
  virtual void synchronize() = 0;

  /// Whether calls return before their work is done: to ask for a result then costs a wait.
  [[nodiscard]] virtual bool returns_early() const noexcept { return false; }
  /// Bytes of scratch that a team may have; 0: no limit. The same for all devices of a kind, so that what is chosen
  /// by it is.
  [[nodiscard]] virtual std::int64_t scratch_bytes_per_team() const noexcept { return 0; }
  /// Tasks that are best solved together step by step in the global workspace, where one takes so many bytes: one or
  /// two a thread, which stay in its cache if they can.
  [[nodiscard]] virtual std::int64_t blocks_at_a_time(std::int64_t /*task_bytes*/) const noexcept {
    return 2 * std::int64_t{threads()};
  }
  /// Whether a block's bits in BlockProduct and BlockSolve depend on that block alone.
  [[nodiscard]] virtual bool blocks_stand_alone() const noexcept { return true; }

  /// Zeroed memory. While planning nothing is allocated, bytes are counted, and null comes back. While an Arena lives
  /// it comes from there, and is not to be deallocated.
  void* allocate(std::size_t bytes);
  void deallocate(void* memory, std::size_t bytes) noexcept;
  [[nodiscard]] std::size_t allocated() const noexcept { return allocated_; }
  [[nodiscard]] std::size_t allocated_in_arena() const noexcept { return arena_bytes_; }
  [[nodiscard]] bool planning() const noexcept { return planning_; }
  void set_planning(bool planning) noexcept { planning_ = planning; }
  [[nodiscard]] bool in_arena() const noexcept { return arena_ != nullptr; }

  /// Why this executor cannot reach the bytes from p on, by the first and the last of them; null: it can. Does not
  /// wait.
  /// @throws DeviceError the device cannot be asked, since an earlier launch has failed
  [[nodiscard]] char const* unreachable(void const* p, std::size_t bytes = 1) const;

  /// Ordered on the stream; `upload` has read `from` on return. `download` waits for its data.
  virtual void upload(void* to, void const* from_host, std::size_t bytes) = 0;
  virtual void download(void* to_host, void const* from, std::size_t bytes) = 0;
  virtual void copy(void* to, void const* from, std::size_t bytes) = 0;
  virtual void zero(void* to, std::size_t bytes) = 0;

  virtual void gemm(Gemm<float> const& g) = 0;
  virtual void gemm(Gemm<double> const& g) = 0;

  /// Matrices to factors L with L L' = A, in place (Cholesky). info [batch]: 0, or not 0 where a matrix is not positive
  /// definite; its factor is then void. cholesky_solve: right_sides [batch][n] = A^-1 right_sides by those factors,
  /// void where info is not 0. reserve_cholesky: for at most so many matrices in one call; allocates.
  virtual void reserve_cholesky(std::int64_t batch) = 0;
  virtual void cholesky(SymmetricBatch const& a, std::int32_t* info) = 0;
  virtual void cholesky_solve(SymmetricBatch const& factors, double* right_sides, std::int32_t const* info) = 0;

  /// *to += sum of x[0..n), in an order that depends on n alone.
  virtual void add_sum(float const* x, std::int64_t n, double* to) = 0;
  virtual void add_sum(double const* x, std::int64_t n, double* to) = 0;
  virtual void add_sum(std::int32_t const* x, std::int64_t n, double* to) = 0;
  /// *to += sum of squares.
  virtual void add_square_sum(float const* x, std::int64_t n, double* to) = 0;
  virtual void add_square_sum(double const* x, std::int64_t n, double* to) = 0;

  /// values in ascending order of their keys; equal keys keep their order. n at most the n of a former
  /// reserve_sort. keys and values are overwritten.
  virtual void reserve_sort(std::int64_t n) = 0;
  virtual void sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) = 0;

  /// indices [n]: those in [0, n) where flags is not 0, ascending, and then the others, descending. Returns how many
  /// the former are, for which it waits. n at most the n of a former reserve_partition, which may allocate.
  virtual void reserve_partition(std::int64_t n) = 0;
  virtual std::int64_t partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) = 0;

  /// For at most the blocks given; this executor must outlive them. While planning their memory is counted.
  virtual std::unique_ptr<BlockProduct> block_product(BlockMatrix const& a) = 0;
  virtual std::unique_ptr<BlockSolve> block_solve(BlockMatrix const& u) = 0;

  /// body.operator()<Number>(row, column) for each element of [rows][columns]. A body has no order to rely on. One that
  /// the library compiles for each kind of executor (launches.hpp, src/compiled.cmake).
  template <class Body>
  void launch(std::int64_t rows, std::int64_t columns, Body const& body);
  /// Before a capture: what launch(Body) runs is there from then on.
  template <class Body>
  void load();
  /// Bytes of workspace that launch_teams needs for this body and at most this many slots.
  template <class Body>
  [[nodiscard]] std::int64_t team_bytes(Body const& body, std::int64_t slots) const;
  /// Runs a body over teams on positions [0, slots). workspace: team_bytes(body, slots), aligned as allocate aligns.
  template <class Body>
  void launch_teams(Body const& body, void* workspace, std::int64_t slots);
  /// part(first, count) over [0, rows) in whole blocks of row_block rows, side by side where that pays: for stages that
  /// treat each row by itself, so that a block goes through all of them in cache. work: multiplications a row.
  template <class Part>
  void over_row_blocks(std::int64_t rows, std::int64_t work, Part&& part) {
    do_over_row_blocks(
        rows, work,
        [](void* p, std::int64_t first, std::int64_t count) {
          (*static_cast<std::remove_reference_t<Part>*>(p))(first, count);
        },
        const_cast<void*>(static_cast<void const*>(&part)));
  }
  /// For an owner that this executor outlives.
  virtual std::unique_ptr<Replays> replays() = 0;
  /// Whether the first run of a kernel or of a library's operation does more than later ones, such as to load it or to
  /// choose how it goes: then it must not be within a capture.
  [[nodiscard]] virtual bool first_runs_differ() const noexcept { return false; }

 protected:
  /// Of one byte.
  [[nodiscard]] virtual char const* why_unreachable(void const* p) const = 0;
  /// Whether one quick question tells that all bytes are reached; false: look closer.
  [[nodiscard]] virtual bool surely_reaches(void const*, std::size_t) const { return false; }
  virtual void* do_allocate(std::size_t bytes) = 0;
  virtual void do_deallocate(void* memory) noexcept = 0;
  virtual void do_over_row_blocks(std::int64_t rows, std::int64_t work,
                                  void (*part)(void* context, std::int64_t first, std::int64_t count),
                                  void* context) = 0;

 private:
  friend class Arena;
  std::size_t allocated_ = 0;
  std::size_t arena_bytes_ = 0;  ///< as allocated_, each piece rounded up to an arena's
  bool planning_ = false;
  Arena* arena_ = nullptr;
};

/// While it lives what is allocated comes out of the caller's memory, piece after piece.
class Arena {
 public:
  static constexpr std::size_t alignment = 256;
  static constexpr std::size_t rounded(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

  /// Null memory: as if there were no arena. @throws InputError memory is misaligned
  Arena(Backend& backend, void* memory, std::size_t bytes);
  Arena(Arena const&) = delete;
  Arena& operator=(Arena const&) = delete;
  ~Arena() {
    if (memory_ != nullptr) backend_.arena_ = nullptr;
  }

 private:
  friend class Backend;
  /// @throws InputError there is not so much left
  void* take(std::size_t bytes);
  Backend& backend_;
  std::byte* memory_;
  std::size_t bytes_;
  std::size_t used_ = 0;
};

/// While it lives objects may be built to learn what memory they take; they must not be used, and must be gone before
/// it is.
class Planning {
 public:
  explicit Planning(Backend& backend)
      : backend_(backend), before_(backend.allocated()), before_in_arena_(backend.allocated_in_arena()) {
    backend.set_planning(true);
  }
  Planning(Planning const&) = delete;
  Planning& operator=(Planning const&) = delete;
  ~Planning() { backend_.set_planning(false); }
  /// Bytes that the objects built since then take.
  [[nodiscard]] std::size_t bytes() const { return backend_.allocated() - before_; }
  /// The same out of an arena.
  [[nodiscard]] std::size_t arena_bytes() const { return backend_.allocated_in_arena() - before_in_arena_; }

 private:
  Backend& backend_;
  std::size_t before_, before_in_arena_;
};

/// Owns elements in an executor's memory, zeroed at first; out of an arena it borrows them. Moves, never copies: a copy
/// could not say on which stream. The backend must outlive it.
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
  bool is_owner_ = true;  ///< else an arena's
  T* data_ = nullptr;
};

/// A buffer of what lies in host memory.
template <std::ranges::contiguous_range From>
Buffer<std::ranges::range_value_t<From>> uploaded(Backend& backend, From const& from) {
  Buffer<std::ranges::range_value_t<From>> buffer(backend, static_cast<std::int64_t>(std::ranges::size(from)));
  buffer.upload(std::ranges::data(from), buffer.size());
  return buffer;
}

}  // namespace metasolve::exec
