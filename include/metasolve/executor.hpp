// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace metasolve {

class Ranks;
namespace exec {
class Backend;
class Collective;
class RankGroup;
}  // namespace exec

/// Where an executor's memory is: on the host or on a CUDA device.
enum class DeviceKind { cpu, cuda };

/// Where computations run and memory is allocated. A handle: copies refer to the same executor, whose calls are ordered
/// on one stream. Use one executor from one host thread at a time.
class Executor {
 public:
  /// The CPU. threads: OpenMP threads per call, at most 4096; 0: all, or OMP_NUM_THREADS. If the system does not let
  /// the calling thread start that many, and in a forked child, a call uses the threads available; its results are
  /// bitwise the same (docs/library.md). Memory is host memory; calls have finished on return. An OpenBLAS with its own
  /// threads (pthreads) is set to one thread for the whole process, because these threads call it.
  /// @throws InputError  threads is negative or above 4096
  /// @throws DeviceError the library was built for instructions that this CPU lacks; or an explicit number of threads
  ///         cannot be started
  static Executor cpu(int threads = 0);

  /// A CUDA device. stream: the caller's cudaStream_t, not owned, which must outlive the executor; null: the executor's
  /// own stream, created with cudaStreamNonBlocking, so not ordered with the default streams: other streams wait for it
  /// by synchronize or make_wait. For a default stream pass cudaStreamLegacy, which CUDA cannot capture (no graphs of
  /// calls on it, and no training, which captures its steps), or, if one thread creates and uses the executor,
  /// cudaStreamPerThread. Calls return before the work is done, unless documented as synchronizing. Uses 32 MiB of
  /// device memory for cuBLAS and some KiB for sums, outside any solver's workspace.
  /// @throws DeviceError built without CUDA, no driver, no such device, not built for the device's architecture, a
  ///         stream of another device (detected by CUDA 12.8 and later), or a child forked after CUDA was used
  static Executor cuda(int device = 0, void* stream = nullptr);

  /// By name: "cpu", "cuda", "cuda:N", "auto": the first CUDA device, else the CPU; or "serial": one CPU thread that
  /// solves the tasks one by one in plain loops, without vectors or OpenMP. Slow; for debugging and as the reference
  /// for the other executors.
  /// @throws InputError  another name
  /// @throws DeviceError as cpu and cuda; under "auto" a missing driver or device is no error
  static Executor open(std::string_view name, int threads = 0);

  /// This rank's own share of its machine, over the ranks (`over`). name: as in `open`; "cuda" is the device with this
  /// rank's number on the machine, "auto" the same where there are devices, else the CPU. threads: 0: the CPUs that the
  /// launcher bound this rank to, or the machine's divided by its ranks. Collective.
  /// @throws as open; DeviceError two ranks would use one device, which a rank needs for itself (names them)
  static Executor on_rank(std::shared_ptr<Ranks> ranks, std::string_view name = "auto", int threads = 0);

  /// The same executor, for computations that these ranks share: trainings, evaluations and tuning (training.hpp,
  /// runs.hpp, train_problem.hpp). All ranks make the same calls; the results are those of one process, on every rank.
  /// Only rank 0 writes files and reports progress. Solvers do not look at it: each rank solves its own tasks. null:
  /// this process alone.
  [[nodiscard]] Executor over(std::shared_ptr<Ranks> ranks) const;
  /// Null: this process alone.
  [[nodiscard]] Ranks* ranks() const noexcept;

  /// "cpu", "serial" or "cuda": the name for `open`, without a device number. Valid for the life of the program.
  [[nodiscard]] std::string_view name() const noexcept;
  /// Where its memory lies.
  [[nodiscard]] DeviceKind kind() const noexcept;
  /// One readable line: the device and what runs on it.
  [[nodiscard]] std::string description() const;
  /// Blocks until all work submitted to this executor is done. @throws DeviceError a launch failed
  void synchronize() const;

  /// Work submitted to this executor from now on waits for the work that `stream` (a cudaStream_t of its device; null:
  /// the legacy default stream) holds now. Does not block the host or allocate, and does nothing for the executor's own
  /// stream. Can be captured: a capture of `stream` then includes the executor's work until `make_wait` ends that. On a
  /// CPU does nothing.
  /// @throws DeviceError CUDA rejects the stream: it belongs to another device, or a capture forbids this
  void wait_for(void* stream) const;
  /// The other direction, with the same guarantees: work submitted to `stream` from now on waits for the work submitted
  /// to this executor so far.
  void make_wait(void* stream) const;
  /// Its stream (a cudaStream_t); null on a CPU.
  [[nodiscard]] void* stream() const noexcept;

  /// Zeroed memory accessible to the executor's calls, released with the last copy of the handle. Synchronizes. For
  /// host programs that do not allocate device memory themselves.
  [[nodiscard]] std::shared_ptr<void> allocate(std::size_t bytes) const;
  /// Copies from host memory to the executor's. Synchronizes.
  void upload(void* to, void const* from_host, std::size_t bytes) const;
  /// Copies from the executor's memory to the host's. Synchronizes.
  void download(void* to_host, void const* from, std::size_t bytes) const;

  /// For the library's internal use.
  [[nodiscard]] exec::Backend& backend() const noexcept { return *backend_; }
  /// The same, for an executor over ranks: exchanges between them. Made by the first call, which is collective.
  [[nodiscard]] exec::Collective& collective() const;

 private:
  explicit Executor(std::shared_ptr<exec::Backend> backend);
  std::shared_ptr<exec::Backend> backend_;
  std::shared_ptr<exec::RankGroup> group_;  ///< null: one process
};

}  // namespace metasolve
