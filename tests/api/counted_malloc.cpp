// SPDX-License-Identifier: Apache-2.0
#include "tests/api/counted_malloc.hpp"

#include <cerrno>
#include <cstdlib>

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
