// SPDX-License-Identifier: Apache-2.0
#include <cuda.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include <sys/mman.h>

#include "tests/emulated_device/device.hpp"

/// The device's memory, apart from the host's: a range of addresses that host code may not touch. What kernels do is
/// checked access by access, by calls that the compiler puts before each (-fsanitize=kernel-address).
namespace emulated {

namespace {

constexpr std::size_t range_bytes = std::size_t{64} << 30;
constexpr std::size_t granule = 16;
constexpr std::size_t shared_slot_bytes = std::size_t{256} << 10;
constexpr std::size_t shared_range_bytes = most_resident_blocks * shared_slot_bytes;
constexpr std::size_t device_bytes = std::size_t{48} << 30;

using Address = std::uintptr_t;
Address address(void const* p) { return reinterpret_cast<Address>(p); }

unsigned char* map(std::size_t bytes, int protection) {
  void* const p = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("emulated device: mmap");
    std::abort();
  }
  return static_cast<unsigned char*>(p);
}

struct Allocation {
  std::size_t bytes;
  int device;
};

struct Memory {
  unsigned char* const begin = map(range_bytes, PROT_NONE);
  /// Of each granule, how many of its bytes are allocated.
  unsigned char* const live = map(range_bytes / granule, PROT_READ | PROT_WRITE);
  std::size_t used = shared_range_bytes;
  std::size_t allocated = 0;
  std::map<Address, Allocation> allocations;
  std::map<Address, std::size_t> pinned;
  int workers = 0;  ///< DeviceWorks that live

  Memory() {
    // Host code that the checks are not compiled into is stopped by the processor.
    struct sigaction action{};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int signal, siginfo_t* info, void*) {
      if (memory().holds(info->si_addr)) fail("host code touches the device's memory");
      std::signal(signal, SIG_DFL);
      std::raise(signal);
    };
    sigaction(SIGSEGV, &action, nullptr);
  }
  static Memory& memory() {
    static auto& m = *new Memory;  // programs may free at their very end
    return m;
  }
  [[nodiscard]] bool holds(void const* p) const { return address(p) - address(begin) < range_bytes; }
  void let_host(bool touch) const {
    if (mprotect(begin, used, touch ? PROT_READ | PROT_WRITE : PROT_NONE) != 0) std::perror("emulated device: mprotect");
  }
};

Memory& memory() { return Memory::memory(); }

/// The entry that holds p, or the end.
template <class Map>
auto entry_of(Map& entries, void const* p) {
  auto const after = entries.upper_bound(address(p));
  return after == entries.begin() ? entries.end() : std::prev(after);
}

/// What the program maps and cannot write: its constants.
bool is_constant(Address a) {
  static std::vector<std::pair<Address, Address>> const ranges = [] {
    std::vector<std::pair<Address, Address>> found;
    if (std::FILE* const maps = std::fopen("/proc/self/maps", "r")) {
      char line[4096];
      unsigned long from = 0, to = 0;
      char rights[8];
      while (std::fgets(line, sizeof line, maps) != nullptr) {
        if (std::sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && rights[0] == 'r' && rights[1] == '-') {
          found.emplace_back(from, to);
        }
      }
      std::fclose(maps);
    }
    return found;
  }();
  for (auto const& [from, to] : ranges) {
    if (a >= from && a < to) return true;
  }
  return false;
}

bool is_within(unsigned char const* p, std::size_t bytes, unsigned char const* begin, unsigned char const* end) {
  return p >= begin && bytes <= static_cast<std::size_t>(end - begin) && p <= end - bytes;
}

bool is_allocated(std::size_t at, std::size_t bytes) {
  auto const* const live = memory().live;
  for (std::size_t end = at + bytes; at < end; at = (at / granule + 1) * granule) {
    std::size_t const last = std::min(end, (at / granule + 1) * granule) - 1;
    if (live[at / granule] <= last % granule) return false;
  }
  return true;
}

void check_access(void const* where, std::size_t bytes, bool writes, void const* code) {
  auto const* const p = static_cast<unsigned char const*>(where);
  Reach const* const reach = running_reach();
  Memory const& m = memory();
  if (reach == nullptr) {
    if (m.holds(p) && m.workers == 0) fail("host code touches the device's memory", code);
    return;
  }
  if (is_within(p, bytes, reach->stack_begin, reach->stack_end)) return;
  auto const say = [&](char const* what) {
    fail("a kernel " + std::string(writes ? "writes " : "reads ") + std::to_string(bytes) + " bytes " + what, code);
  };
  if (m.holds(p)) {
    auto const at = static_cast<std::size_t>(p - m.begin);
    if (bytes <= granule && at % bytes != 0) say("that are not aligned to their size");
    if (at < shared_range_bytes) {
      if (!is_within(p, bytes, reach->shared_begin, reach->shared_end)) say("outside of its block's shared memory");
    } else if (!is_allocated(at, bytes)) {
      say("of the device's memory that are not allocated");
    }
    static std::uint64_t accesses = 0;
    if (settings.preempt_every != 0 && ++accesses % settings.preempt_every == 0) yield();
    return;
  }
  if (!writes && is_within(p, bytes, reach->arguments_begin, reach->arguments_end)) return;
  if (is_pinned(p, bytes) || (!writes && is_constant(address(p)))) return;
  say("of host memory");
}

}  // namespace

unsigned char* fresh_shared_memory(int slot, std::size_t bytes) {
  // To its block's last byte, so that what lies beyond is another one's. Bytes of 255 are NaN.
  unsigned char* const p = memory().begin + static_cast<std::size_t>(slot) * shared_slot_bytes;
  std::memset(p, 0xff, bytes);
  return p;
}

bool is_on_device(void const* p, std::size_t bytes) {
  std::lock_guard const lock(device_mutex);
  auto const entry = entry_of(memory().allocations, p);
  return entry != memory().allocations.end() && address(p) + bytes <= entry->first + entry->second.bytes;
}
bool is_pinned(void const* p, std::size_t bytes) {
  std::lock_guard const lock(device_mutex);
  auto const entry = entry_of(memory().pinned, p);
  return entry != memory().pinned.end() && address(p) + bytes <= entry->first + entry->second;
}
void require_device(void const* p, std::size_t bytes, char const* what) {
  if (bytes == 0 || is_on_device(p, bytes) || is_pinned(p, bytes)) return;
  fail(std::string(what) + ": " + std::to_string(bytes) + " bytes that are not in one allocation of the device");
}

DeviceWorks::DeviceWorks() {
  if (memory().workers++ == 0) memory().let_host(true);
}
DeviceWorks::~DeviceWorks() {
  if (--memory().workers == 0) memory().let_host(false);
}

}  // namespace emulated

using namespace emulated;

cudaError_t cudaMalloc(void** to, std::size_t bytes) {
  std::lock_guard const lock(device_mutex);
  *to = nullptr;
  if (forbidden_by_a_capture()) return failed(cudaErrorStreamCaptureUnsupported);
  if (bytes == 0) return cudaSuccess;
  Memory& m = memory();
  std::size_t const room = (bytes / granule + 33) / 32 * 32 * granule;  // to 512 bytes, of which some belong to nobody
  if (bytes > device_bytes - m.allocated || room > range_bytes - m.used) return failed(cudaErrorMemoryAllocation);
  unsigned char* const p = m.begin + m.used;
  m.used += room;
  int device = 0;
  cudaGetDevice(&device);
  m.allocations[address(p)] = {bytes, device};
  m.allocated += bytes;
  std::size_t const first = static_cast<std::size_t>(p - m.begin) / granule;
  std::memset(m.live + first, granule, bytes / granule);
  if (bytes % granule != 0) m.live[first + bytes / granule] = bytes % granule;
  DeviceWorks const works;
  std::memset(p, 0xcd, bytes);
  *to = p;
  return cudaSuccess;
}

cudaError_t cudaFree(void* given) {
  std::lock_guard const lock(device_mutex);
  if (given == nullptr) return cudaSuccess;
  if (forbidden_by_a_capture()) return failed(cudaErrorStreamCaptureUnsupported);
  finish_all();
  Memory& m = memory();
  auto const entry = m.allocations.find(address(given));
  if (entry == m.allocations.end()) fail("cudaFree of what is not allocated");
  std::size_t const bytes = entry->second.bytes, first = (address(given) - address(m.begin)) / granule;
  m.allocations.erase(entry);
  m.allocated -= bytes;
  std::memset(m.live + first, 0, (bytes + granule - 1) / granule);
  // Addresses are not given again: whoever uses these later is found out. Their pages are.
  Address const page = 4096, from = (address(given) + page - 1) / page * page, to = (address(given) + bytes) / page * page;
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** to, std::size_t bytes) {
  std::lock_guard const lock(device_mutex);
  *to = std::malloc(bytes);
  memory().pinned[address(*to)] = bytes;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* p) {
  std::lock_guard const lock(device_mutex);
  finish_all();
  memory().pinned.erase(address(p));
  std::free(p);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *total = device_bytes;
  *free = device_bytes - memory().allocated;
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* to, void const* p) {
  std::lock_guard const lock(device_mutex);
  *to = {};
  to->type = cudaMemoryTypeUnregistered;
  to->device = -1;
  if (is_on_device(p, 1)) {
    to->type = cudaMemoryTypeDevice;
    to->device = entry_of(memory().allocations, p)->second.device;
  } else if (is_pinned(p, 1)) {
    to->type = cudaMemoryTypeHost;
    to->hostPointer = const_cast<void*>(p);
  }
  if (to->type != cudaMemoryTypeUnregistered) to->devicePointer = const_cast<void*>(p);
  return cudaSuccess;
}

CUresult emulated::driver_pointer_attributes(unsigned count, CUpointer_attribute* what, void** to, CUdeviceptr at) {
  std::lock_guard const lock(device_mutex);
  auto const* const p = reinterpret_cast<void const*>(at);
  if (!is_on_device(p, 1)) return CUDA_ERROR_INVALID_VALUE;
  auto const entry = entry_of(memory().allocations, p);
  for (unsigned i = 0; i < count; ++i) {
    switch (what[i]) {
      case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
        *static_cast<unsigned*>(to[i]) = CU_MEMORYTYPE_DEVICE;
        break;
      case CU_POINTER_ATTRIBUTE_IS_MANAGED:
        *static_cast<unsigned*>(to[i]) = 0;
        break;
      case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
        *static_cast<int*>(to[i]) = entry->second.device;
        break;
      case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
        *static_cast<CUdeviceptr*>(to[i]) = entry->first;
        break;
      case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
        *static_cast<std::size_t*>(to[i]) = entry->second.bytes;
        break;
      default:
        return CUDA_ERROR_NOT_SUPPORTED;
    }
  }
  return CUDA_SUCCESS;
}

// What the compiler calls before each access of a .cu file.
#define EMULATED_CHECKS(bytes)                                                     \
  extern "C" void __asan_load##bytes##_noabort(void* p) {                          \
    check_access(p, bytes, false, __builtin_return_address(0));                    \
  }                                                                                \
  extern "C" void __asan_store##bytes##_noabort(void* p) {                         \
    check_access(p, bytes, true, __builtin_return_address(0));                     \
  }
EMULATED_CHECKS(1)
EMULATED_CHECKS(2)
EMULATED_CHECKS(4)
EMULATED_CHECKS(8)
EMULATED_CHECKS(16)
extern "C" void __asan_loadN_noabort(void* p, std::size_t bytes) {
  check_access(p, bytes, false, __builtin_return_address(0));
}
extern "C" void __asan_storeN_noabort(void* p, std::size_t bytes) {
  check_access(p, bytes, true, __builtin_return_address(0));
}
extern "C" void __asan_handle_no_return() {}
extern "C" void __asan_before_dynamic_init(char const*) {}
extern "C" void __asan_after_dynamic_init() {}
