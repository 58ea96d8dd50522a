// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdlib>

/// The C library's allocator, counted, for the program and all its libraries. In one file of a program alone; not under
/// sanitizers, which have an allocator of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define METASOLVE_COUNTS_MALLOC 1
#endif

namespace metasolve::test {
inline std::atomic<bool> counts_malloc{false};
inline std::atomic<long> pieces_taken{0};

/// Pieces of memory that `call` takes from the C library.
template <class Call>
long taken_by(Call&& call) {
  pieces_taken = 0;
  counts_malloc = true;
  call();
  counts_malloc = false;
  return pieces_taken;
}
}  // namespace metasolve::test

#if METASOLVE_COUNTS_MALLOC
namespace {
void note() {
  using namespace metasolve::test;
  if (counts_malloc.load(std::memory_order_relaxed)) pieces_taken.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t bytes) { return note(), __libc_malloc(bytes); }
void* calloc(std::size_t n, std::size_t bytes) { return note(), __libc_calloc(n, bytes); }
void* realloc(void* p, std::size_t bytes) { return note(), __libc_realloc(p, bytes); }
void* memalign(std::size_t alignment, std::size_t bytes) { return note(), __libc_memalign(alignment, bytes); }
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return note(), __libc_memalign(alignment, bytes); }
int posix_memalign(void** to, std::size_t alignment, std::size_t bytes) {
  note();
  *to = __libc_memalign(alignment, bytes);
  return *to != nullptr ? 0 : ENOMEM;
}
}
#endif
