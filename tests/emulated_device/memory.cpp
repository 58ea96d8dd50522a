// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "tests/emulated_device/cuda_language.hpp"
#include "tests/emulated_device/device.hpp"

/// The device's memory, separate from the host's: an address range that host code may not access. Accesses by kernels
/// are checked one by one, by calls that the compiler inserts before each (-fsanitize=thread, whose runtime is not
/// linked).
namespace emulated {

namespace {

using Address = std::uintptr_t;
Address address(void const* p) { return reinterpret_cast<Address>(p); }

// Compile-time constants, since each access is compared with them. Addresses are used once: every use after free is
// detected.
constexpr std::size_t range_bytes = std::size_t{1} << 38, device_bytes = std::size_t{48} << 30, granule = 16;
constexpr std::size_t shared_slot_bytes = std::size_t{256} << 10,
                      shared_range_bytes = most_resident_blocks * shared_slot_bytes;
unsigned char* const range = reinterpret_cast<unsigned char*>(Address{1} << 45);
/// Number of allocated bytes per granule.
unsigned char* const live = range + range_bytes;

/// Last writer and reader of 4 bytes, and when.
struct Cell {
  std::uint32_t written, read, writer_block, reader_block;
  std::uint16_t writer, reader;  ///< a thread; or the highest warp of several
};
constexpr unsigned several = 0x8000, of_several_warps = 0x4000, highest_warp = 0x3fff;
constexpr std::size_t cell_bytes = 4;
Cell* const cells = reinterpret_cast<Cell*>(live + range_bytes / granule);

bool is_in_range(void const* p) { return address(p) - address(range) < range_bytes; }

void* map(void* at, std::size_t bytes, int protection) {
  return mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
}

struct Memory {
  struct Allocation {
    std::size_t bytes;
    int device;
  };
  std::size_t used = shared_range_bytes, allocated = 0;
  std::map<Address, Allocation> allocations;  ///< of the device, and pinned ones (device -1)
  int workers = 0;                            ///< living DeviceWorks

  Memory() {
    int const all = PROT_READ | PROT_WRITE;
    if (map(range, range_bytes, PROT_NONE) != range || map(live, range_bytes / granule, all) != live ||
        map(cells, range_bytes / cell_bytes * sizeof(Cell), all) != cells) {
      fail("its memory cannot be mapped");
    }
    // The processor stops host code that is compiled without the checks.
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      if (is_in_range(info->si_addr)) fail("host code touches the device's memory");
      std::signal(SIGSEGV, SIG_DFL);
    };
    sigaction(SIGSEGV, &action, nullptr);
  }
};
Memory& memory() {
  static auto& one = *new Memory;  // programs may free at their very end
  return one;
}

/// The allocation that holds all the bytes, or null.
std::pair<Address const, Memory::Allocation> const* allocation_of(void const* p, std::size_t bytes) {
  auto const& all = memory().allocations;
  auto const after = all.upper_bound(address(p));
  if (after == all.begin()) return nullptr;
  auto const& entry = *std::prev(after);
  return address(p) + bytes <= entry.first + entry.second.bytes ? &entry : nullptr;
}

/// Memory that the program maps read-only: its constants.
bool is_constant(Address a) {
  static std::vector<std::pair<Address, Address>> const ranges = [] {
    std::vector<std::pair<Address, Address>> found;
    std::FILE* const maps = std::fopen("/proc/self/maps", "r");
    char line[4096];
    unsigned long from = 0, to = 0;
    char rights[8];
    while (maps != nullptr && std::fgets(line, sizeof line, maps) != nullptr) {
      if (std::sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && rights[0] == 'r' && rights[1] == '-') {
        found.emplace_back(from, to);
      }
    }
    if (maps != nullptr) std::fclose(maps);
    return found;
  }();
  return std::any_of(ranges.begin(), ranges.end(), [a](auto const& r) { return a >= r.first && a < r.second; });
}

bool is_within(unsigned char const* p, std::size_t bytes, unsigned char const* begin, unsigned char const* end) {
  return p >= begin && p < end && bytes <= static_cast<std::size_t>(end - p);
}

bool is_allocated(std::size_t at, std::size_t bytes) {
  for (std::size_t const end = at + bytes; at < end; at = (at / granule + 1) * granule) {
    if (live[at / granule] <= (std::min(end, (at / granule + 1) * granule) - 1) % granule) return false;
  }
  return true;
}

/// Whether the running thread has synchronized with the other since then, or is the same.
bool is_ordered(Reach const& r, std::uint32_t when, std::uint32_t block, unsigned thread, bool is_shared) {
  if (when < kernel_began) return true;
  if (block != r.block) return is_shared;  // from an earlier block
  if (r.met_block > when) return true;
  if ((thread & several) != 0) {
    unsigned const warp = thread & highest_warp;
    return (warp * 32 < r.first_threads && r.met_first > when) ||
           ((thread & of_several_warps) == 0 && warp == r.thread / 32 && r.met_warp > when);
  }
  return thread == r.thread || (thread < r.first_threads && r.met_first > when) ||
         (thread / 32 == r.thread / 32 && (r.warp_mask >> thread % 32 & 1u) != 0 && r.met_warp > when);
}

/// For accesses in the device's range.
void check_races(Reach const& r, std::size_t at, std::size_t bytes, bool writes, void const* code) {
  for (Cell* c = cells + at / cell_bytes; c <= cells + (at + bytes - 1) / cell_bytes; ++c) {
    bool const is_shared = at < shared_range_bytes;
    auto const meets = [&](char const* what, std::uint32_t block, unsigned thread) {
      fail(std::string("a race: it ") + (writes ? "writes" : "reads") + " what " +
               ((thread & several) != 0 ? "several threads" : "thread " + std::to_string(thread)) + " of block " +
               std::to_string(block) + what + ", and no barrier or __syncwarp is between the two",
           code);
    };
    if (!is_ordered(r, c->written, c->writer_block, c->writer, is_shared)) {
      meets(" has written", c->writer_block, c->writer);
    }
    if (!writes) {
      unsigned const before = c->reader, own_warp = r.thread / 32u;
      unsigned const warp = (before & several) != 0 ? before & highest_warp : before / 32;
      unsigned const together = several | std::max(warp, own_warp) |
                                ((before & several) != 0 ? before & of_several_warps : 0) |
                                (warp != own_warp ? of_several_warps : 0);
      bool const is_first = before == r.thread || is_ordered(r, c->read, c->reader_block, before, is_shared);
      c->reader = static_cast<std::uint16_t>(is_first ? r.thread : together);
      c->read = now, c->reader_block = r.block;
    } else {
      if (!is_ordered(r, c->read, c->reader_block, c->reader, is_shared))
        meets(" has read", c->reader_block, c->reader);
      c->written = now, c->writer = r.thread, c->writer_block = r.block;
    }
  }
}

void check_access(void const* where, std::size_t bytes, bool writes, void const* code) {
  auto const* const p = static_cast<unsigned char const*>(where);
  Reach const* const reach = running_reach;
  if (reach == nullptr) {
    if (is_in_range(p) && memory().workers == 0) fail("host code touches the device's memory", code);
    return;
  }
  if (is_within(p, bytes, reach->stack_begin, reach->stack_end)) return;
  auto const say = [&](char const* what) {
    fail("a kernel " + std::string(writes ? "writes " : "reads ") + std::to_string(bytes) + " bytes " + what, code);
  };
  if (is_in_range(p)) {
    auto const at = static_cast<std::size_t>(p - range);
    if (bytes <= granule && (bytes & (bytes - 1)) == 0 && at % bytes != 0) say("that are not aligned to their size");
    if (at < shared_range_bytes) {
      if (!is_within(p, bytes, reach->shared_begin, reach->shared_end)) say("outside of its block's shared memory");
    } else if (!is_allocated(at, bytes)) {
      say("of the device's memory that are not allocated");
    }
    check_races(*reach, at, bytes, writes, code);
    static std::uint64_t accesses = 0;
    if (settings.preempt_every != 0 && ++accesses % settings.preempt_every == 0) yield();
    return;
  }
  if (!writes && (is_within(p, bytes, reach->arguments_begin, reach->arguments_end) || is_constant(address(p)))) return;
  if (allocation_of(p, bytes) == nullptr) say("of host memory");
}

/// The fast path of nearly all accesses.
[[gnu::always_inline]] inline void check(void const* where, std::size_t bytes, bool writes, void const* code) {
  auto const* const p = static_cast<unsigned char const*>(where);
  if (Reach const* const reach = running_reach; reach != nullptr && settings.preempt_every == 0) {
    if (is_within(p, bytes, reach->stack_begin, reach->stack_end)) return;
    std::size_t const at = address(p) - address(range);
    bool const is_whole = bytes <= granule && at % bytes == 0;
    if (is_whole && (is_within(p, bytes, reach->shared_begin, reach->shared_end) ||
                     (at < range_bytes && at >= shared_range_bytes && live[at / granule] >= at % granule + bytes))) {
      return check_races(*reach, at, bytes, writes, code);
    }
  }
  check_access(where, bytes, writes, code);
}

cudaError_t allocate(void** to, std::size_t bytes, bool on_device) {
  std::lock_guard const lock(device_mutex);
  *to = nullptr;
  if (forbidden_by_a_capture()) return failed(cudaErrorStreamCaptureUnsupported);
  if (bytes == 0) return cudaSuccess;
  Memory& m = memory();
  int device = -1;
  if (on_device) {
    std::size_t const room = (bytes / 512 + 2) * 512;  // some of which remain unallocated
    if (bytes > device_bytes - m.allocated || room > range_bytes - m.used) return failed(cudaErrorMemoryAllocation);
    cudaGetDevice(&device);
    unsigned char* const state = live + m.used / granule;
    std::memset(state, granule, bytes / granule);
    state[bytes / granule] = bytes % granule;
    *to = range + m.used;
    m.used += room;
    m.allocated += bytes;
    DeviceWorks const works;
    std::memset(*to, 0xcd, bytes);
  } else {
    *to = std::malloc(bytes);
  }
  m.allocations[address(*to)] = {bytes, device};
  return cudaSuccess;
}

cudaError_t release(void* p) {
  std::lock_guard const lock(device_mutex);
  if (p == nullptr) return cudaSuccess;
  if (forbidden_by_a_capture()) return failed(cudaErrorStreamCaptureUnsupported);
  finish_all();
  Memory& m = memory();
  auto const entry = m.allocations.find(address(p));
  if (entry == m.allocations.end()) fail("memory is freed that is not allocated");
  auto const [bytes, device] = entry->second;
  m.allocations.erase(entry);
  if (device < 0) return std::free(p), cudaSuccess;
  m.allocated -= bytes;
  std::memset(live + (address(p) - address(range)) / granule, 0, bytes / granule + 1);
  std::size_t const page = 4096, from = (address(p) + page - 1) / page * page, to = (address(p) + bytes) / page * page;
  if (to > from) {
    madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    madvise(cells + (from - address(range)) / cell_bytes, (to - from) / cell_bytes * sizeof(Cell), MADV_DONTNEED);
  }
  return cudaSuccess;
}

}  // namespace

unsigned long long add_atomically(unsigned long long* to, unsigned long long x) {
  require_device(to, sizeof *to, "an atomic addition");
  unsigned long long const before = *to;
  *to = before + x;
  return before;
}

int exchange_atomically(int* to, int x) {
  require_device(to, sizeof *to, "an atomic exchange");
  int const before = *to;
  *to = x;
  return before;
}

unsigned char* fresh_shared_memory(int slot, std::size_t bytes) {
  memory();
  return static_cast<unsigned char*>(std::memset(range + slot * shared_slot_bytes, 0xff, bytes));  // NaN
}

bool is_pinned(void const* p, std::size_t bytes) {
  auto const* const found = allocation_of(p, bytes);
  return found != nullptr && found->second.device < 0;
}
void require_device(void const* p, std::size_t bytes, char const* what) {
  if (bytes == 0 || allocation_of(p, bytes) != nullptr) return;
  fail(std::string(what) + ": " + std::to_string(bytes) + " bytes that are not in one allocation of the device");
}

DeviceWorks::DeviceWorks() {
  if (memory().workers++ == 0) mprotect(range, memory().used, PROT_READ | PROT_WRITE);
}
DeviceWorks::~DeviceWorks() {
  if (--memory().workers == 0) mprotect(range, memory().used, PROT_NONE);
}

CUresult driver_pointer_attributes(unsigned count, CUpointer_attribute* what, void** to, CUdeviceptr at) {
  std::lock_guard const lock(device_mutex);
  auto const* const found = allocation_of(reinterpret_cast<void const*>(at), 1);
  if (found == nullptr) return CUDA_ERROR_INVALID_VALUE;
  for (unsigned i = 0; i < count; ++i) {
    if (what[i] == CU_POINTER_ATTRIBUTE_MEMORY_TYPE) {
      *static_cast<unsigned*>(to[i]) = found->second.device < 0 ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
    } else if (what[i] == CU_POINTER_ATTRIBUTE_IS_MANAGED) {
      *static_cast<unsigned*>(to[i]) = 0;
    } else if (what[i] == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL) {
      *static_cast<int*>(to[i]) = found->second.device;
    } else if (what[i] == CU_POINTER_ATTRIBUTE_RANGE_START_ADDR) {
      *static_cast<CUdeviceptr*>(to[i]) = found->first;
    } else if (what[i] == CU_POINTER_ATTRIBUTE_RANGE_SIZE) {
      *static_cast<std::size_t*>(to[i]) = found->second.bytes;
    } else {
      return CUDA_ERROR_NOT_SUPPORTED;
    }
  }
  return CUDA_SUCCESS;
}

}  // namespace emulated

using namespace emulated;

cudaError_t cudaMalloc(void** to, std::size_t bytes) { return allocate(to, bytes, true); }
cudaError_t cudaMallocHost(void** to, std::size_t bytes) { return allocate(to, bytes, false); }
cudaError_t cudaFree(void* p) { return release(p); }
cudaError_t cudaFreeHost(void* p) { return release(p); }
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return *total = device_bytes, *free = device_bytes - memory().allocated, cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* to, void const* p) {
  std::lock_guard const lock(device_mutex);
  auto const* const found = allocation_of(p, 1);
  *to = {};
  to->type = found == nullptr           ? cudaMemoryTypeUnregistered
             : found->second.device < 0 ? cudaMemoryTypeHost
                                        : cudaMemoryTypeDevice;
  to->device = found == nullptr ? -1 : found->second.device;
  if (found != nullptr) to->devicePointer = const_cast<void*>(p);
  return cudaSuccess;
}

// Called by the compiler before each access of a .cu file.
#define EMULATED_CHECK(name, bytes, writes) \
  extern "C" void __tsan_##name(void* p) { check(p, bytes, writes, __builtin_return_address(0)); }
#define EMULATED_CHECKS(bytes)                        \
  EMULATED_CHECK(read##bytes, bytes, false)           \
  EMULATED_CHECK(write##bytes, bytes, true)           \
  EMULATED_CHECK(unaligned_read##bytes, bytes, false) \
  EMULATED_CHECK(unaligned_write##bytes, bytes, true)
EMULATED_CHECKS(1)
EMULATED_CHECKS(2)
EMULATED_CHECKS(4)
EMULATED_CHECKS(8)
EMULATED_CHECKS(16)
extern "C" void __tsan_read_range(void* p, std::size_t n) { check(p, n, false, __builtin_return_address(0)); }
extern "C" void __tsan_write_range(void* p, std::size_t n) { check(p, n, true, __builtin_return_address(0)); }
// For objects and atomics of host code, which are not checked.
extern "C" void __tsan_init() {}
extern "C" void __tsan_vptr_update(void** p, void* v) { *p = v; }
extern "C" void __tsan_vptr_read(void**) {}
#define EMULATED_ATOMICS(bits, T)                                                                                    \
  extern "C" T __tsan_atomic##bits##_load(T const volatile* p, int) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); } \
  extern "C" void __tsan_atomic##bits##_store(T volatile* p, T v, int) { __atomic_store_n(p, v, __ATOMIC_SEQ_CST); } \
  extern "C" T __tsan_atomic##bits##_fetch_add(T volatile* p, T v, int) {                                            \
    return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);                                                               \
  }                                                                                                                  \
  extern "C" T __tsan_atomic##bits##_fetch_sub(T volatile* p, T v, int) {                                            \
    return __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST);                                                               \
  }                                                                                                                  \
  extern "C" int __tsan_atomic##bits##_compare_exchange_strong(T volatile* p, T* e, T v, int, int) {                 \
    return __atomic_compare_exchange_n(p, e, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                          \
  }                                                                                                                  \
  extern "C" int __tsan_atomic##bits##_compare_exchange_weak(T volatile* p, T* e, T v, int, int) {                   \
    return __atomic_compare_exchange_n(p, e, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                          \
  }
EMULATED_ATOMICS(8, unsigned char)
EMULATED_ATOMICS(32, unsigned)
EMULATED_ATOMICS(64, unsigned long)
