// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace metasolve {

namespace exec {
class Backend;
}

/// Where an executor's memory lies, whatever computes there: in the host's, or on a CUDA device.
enum class DeviceKind { cpu, cuda };

/// Where computations run and memory lies. A handle: copies name the same executor, whose calls are ordered on one
/// stream. Use one executor from one host thread at a time.
class Executor {
 public:
  /// The CPU. threads: OpenMP threads of each call, at most 4096; 0: all, or OMP_NUM_THREADS. Where the system does not
  /// let the calling thread start as many, and in the child of a fork, a call takes as many as there are: its results
  /// are the same to the bit (docs/library.md). Memory is host memory; calls have finished on return.
  /// An OpenBLAS with threads of its own (pthreads) is set to one for the whole process, since these threads call it.
  /// @throws InputError  threads is negative or above 4096
  /// @throws DeviceError the library was built for instructions that this CPU lacks; or so many threads, asked for by
  ///         number, cannot be started
  static Executor cpu(int threads = 0);

  /// A CUDA device. stream: the caller's cudaStream_t, not owned, which must outlive the executor; null: a stream of
  /// the executor's own, which is none of the default streams and ordered with none of them (cudaStreamNonBlocking):
  /// synchronize, or an event, makes other streams wait for it. For a default stream give cudaStreamLegacy, which CUDA
  /// cannot capture (no graphs of calls on it, and no training, which records its steps), or, where one thread makes
  /// and uses the executor, cudaStreamPerThread. Calls return before the work is done, but where their text says that
  /// they wait. Takes 32 MiB of the device for cuBLAS and some KiB for sums, outside of any solver's workspace.
  /// @throws DeviceError built without CUDA, no driver, no such device, not built for the device's architecture, a
  ///         stream of another device (which CUDA tells from 12.8 on), or the child of a fork after CUDA was used
  static Executor cuda(int device = 0, void* stream = nullptr);

  /// By name: "cpu", "cuda", "cuda:N", "auto": the first CUDA device, else the CPU; or "serial": one thread of the CPU
  /// that takes task after task in plain loops, without vectors or OpenMP. It is slow, and for debugging: what the
  /// others compute can be followed there step by step, and compared.
  /// @throws InputError  another name
  /// @throws DeviceError as cpu and cuda; under "auto" a missing driver or device is no error
  static Executor open(std::string_view name, int threads = 0);

  /// "cpu", "serial" or "cuda": what `open` knows it by, without a device's number. Valid as long as the program runs.
  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] DeviceKind kind() const noexcept;
  /// One line for people: the device and what runs on it.
  [[nodiscard]] std::string description() const;
  /// Waits until all that was asked of this executor is done. @throws DeviceError a launch failed
  void synchronize() const;

  /// Memory that the executor's calls can reach, zeroed, released with the last copy of the handle. Synchronizes.
  /// For host programs that have no memory of their own on the device.
  [[nodiscard]] std::shared_ptr<void> allocate(std::size_t bytes) const;
  /// Copies between host memory and the executor's. Both wait.
  void upload(void* to, void const* from_host, std::size_t bytes) const;
  void download(void* to_host, void const* from, std::size_t bytes) const;

  /// The library's own side of the handle.
  [[nodiscard]] exec::Backend& backend() const noexcept { return *backend_; }

 private:
  explicit Executor(std::shared_ptr<exec::Backend> backend);
  std::shared_ptr<exec::Backend> backend_;
};

}  // namespace metasolve
