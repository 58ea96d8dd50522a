// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/host_backend.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

namespace metasolve::exec {

namespace {

template <class T, class Term>
double ordered_sum(T const* x, std::int64_t n, Term term) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += term(static_cast<double>(x[i]));
  return sum;
}
double identity(double x) { return x; }
double square(double x) { return x * x; }

}  // namespace

void HostBackend::upload(void* to, void const* from_host, std::size_t bytes) { copy(to, from_host, bytes); }
void HostBackend::download(void* to_host, void const* from, std::size_t bytes) { copy(to_host, from, bytes); }
void HostBackend::copy(void* to, void const* from, std::size_t bytes) {
  if (bytes != 0) std::memcpy(to, from, bytes);
}
void HostBackend::zero(void* to, std::size_t bytes) {
  if (bytes != 0) std::memset(to, 0, bytes);
}

void HostBackend::add_sum(float const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, identity); }
void HostBackend::add_sum(double const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, identity); }
void HostBackend::add_sum(std::int32_t const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, identity); }
void HostBackend::add_square_sum(float const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, square); }
void HostBackend::add_square_sum(double const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, square); }

void HostBackend::sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) {
  // With the index in the low bits, an unstable sort of one word is stable.
  thread_local std::vector<std::uint64_t> words;
  thread_local std::vector<std::int32_t> sorted;
  words.resize(static_cast<std::size_t>(n));
  sorted.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    auto const key = static_cast<std::uint32_t>(keys[i]) ^ 0x80000000u;
    words[static_cast<std::size_t>(i)] = (static_cast<std::uint64_t>(key) << 32) | static_cast<std::uint32_t>(i);
  }
  std::sort(words.begin(), words.end());
  for (std::size_t i = 0; i < words.size(); ++i) sorted[i] = values[words[i] & 0xffffffffu];
  std::copy(sorted.begin(), sorted.end(), values);
  for (std::size_t i = 0; i < words.size(); ++i) {
    keys[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(words[i] >> 32) ^ 0x80000000u);
  }
}

void* HostBackend::do_allocate(std::size_t bytes) {
  constexpr std::size_t alignment = 256;      // as on a device; the memory may serve as a solver's workspace
  constexpr std::size_t huge_page = 2 << 20;  // of x86-64
  // Packs stride through large workspaces: few pages, few misses of their table.
  bool const is_large = bytes >= 2 * huge_page;
  std::size_t const unit = is_large ? huge_page : alignment;  // where it begins
  if (bytes > std::numeric_limits<std::size_t>::max() - unit) throw std::bad_alloc();
  void* memory = nullptr;
  if (posix_memalign(&memory, unit, bytes) != 0) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  // Whole pages alone: no more memory than asked for. It is advice: a failure is none.
  if (is_large) madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  std::memset(memory, 0, bytes);  // also commits the pages, so that planned and used memory agree
  return memory;
}
void HostBackend::do_deallocate(void* memory) noexcept { std::free(memory); }

std::int64_t HostBackend::partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) {
  std::int32_t *front = indices, *back = indices + n;
  for (std::int32_t i = 0; i < n; ++i) *(flags[i] != 0 ? front++ : --back) = i;
  return front - indices;
}

std::unique_ptr<Replays> HostBackend::replays() {
  struct EachTime final : Replays {
    void run(std::uint64_t, std::function<void()> const& f) override { f(); }
  };
  return std::make_unique<EachTime>();
}

}  // namespace metasolve::exec
