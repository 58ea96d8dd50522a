// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

/// Interfaces between the parts of the emulated device.
namespace emulated {

struct Launch;

/// From the environment, EMULATED_SEED and so on: README.md.
struct Settings {
  std::uint64_t seed, preempt_every;
  int devices, multiprocessors, resident_blocks, registers;
  std::int64_t shared_bytes, shared_bytes_of_multiprocessor;
  bool reaches_pageable_memory, has_old_driver;
};
extern Settings const settings;

/// One lock for all calls, on any thread. Recursive, for nested calls.
extern std::recursive_mutex device_mutex;

/// A number below n, determined by the seed.
std::uint64_t random_below(std::uint64_t n);
/// The source line of a code address, with the lines that inlined it.
std::string source_of(void const* code);
/// The name of a function.
std::string function_of(void const* code);
/// Reports an error with its kernel and thread, and ends the program. code: where, or null.
[[noreturn]] void fail(std::string const& what, void const* code = nullptr);

// Memory (memory.cpp).

constexpr std::int64_t most_resident_blocks = 16;
/// Shared memory for the block in this slot, as it is before the kernel writes to it.
unsigned char* fresh_shared_memory(int slot, std::size_t bytes);
bool is_pinned(void const* p, std::size_t bytes);
/// Fails unless all of it is one allocation that the device can access.
void require_device(void const* p, std::size_t bytes, char const* what);
/// cuPointerGetAttributes, as far as it is used.
CUresult driver_pointer_attributes(unsigned count, CUpointer_attribute* what, void** to, CUdeviceptr at);
/// Host code may access the device's memory during the lifetime of an instance.
class DeviceWorks {
 public:
  DeviceWorks();
  ~DeviceWorks();
};

// Threads (threads.cpp).

/// What a thread of a kernel may access besides the device's memory, and when it last synchronized with which others:
/// by barriers and __syncwarp, the only operations that order its accesses.
struct Reach {
  unsigned char const *stack_begin, *stack_end, *arguments_begin, *arguments_end, *shared_begin, *shared_end;
  std::uint32_t block;
  std::uint16_t thread;
  std::uint32_t met_block, met_warp, met_first;  ///< when; 0: never
  unsigned warp_mask, first_threads;             ///< with whom
};
/// Incremented at each synchronization; time when this kernel began.
extern std::uint32_t now, kernel_began;
/// Null outside a kernel.
extern thread_local Reach const* running_reach;
/// In a thread of a kernel: lets another thread run.
void yield();
/// "thread 3 of block 0 of KERNEL".
std::string running_thread();
void run_kernel(Launch const& launch);

// Streams (streams.cpp).

void enqueue(cudaStream_t stream, std::function<void()> work);
/// Whether a capture forbids the call; the capture has then failed.
bool forbidden_by_a_capture();
bool is_capturing(cudaStream_t stream);
void finish_all();
cudaError_t failed(cudaError_t status);

}  // namespace emulated
