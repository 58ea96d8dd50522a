// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/host_collective.hpp"

namespace metasolve::exec {

void HostCollective::all_gather(void const* mine, std::size_t bytes, void* all) {
  if (backend_.memory_is_host()) return ranks_.all_gather(mine, bytes, all);
  mine_.resize(bytes);
  all_.resize(bytes * static_cast<std::size_t>(ranks_.size()));
  backend_.download(mine_.data(), mine, bytes);
  ranks_.all_gather(mine_.data(), bytes, all_.data());
  backend_.upload(all, all_.data(), all_.size());
}

void HostCollective::swap(int partner, void const* mine, void* theirs, std::size_t bytes) {
  if (backend_.memory_is_host()) return ranks_.swap(partner, mine, theirs, bytes);
  mine_.resize(bytes);
  all_.resize(bytes);
  backend_.download(mine_.data(), mine, bytes);
  ranks_.swap(partner, mine_.data(), all_.data(), bytes);
  backend_.upload(theirs, all_.data(), bytes);
}

template <class T>
void HostCollective::reduce(T* numbers, std::int64_t n) {
  if (backend_.memory_is_host()) return ranks_.all_reduce(numbers, n);
  auto const bytes = static_cast<std::size_t>(n) * sizeof(T);
  mine_.resize(bytes);
  backend_.download(mine_.data(), numbers, bytes);
  ranks_.all_reduce(reinterpret_cast<T*>(mine_.data()), n);
  backend_.upload(numbers, mine_.data(), bytes);
}

template void HostCollective::reduce(float*, std::int64_t);
template void HostCollective::reduce(double*, std::int64_t);

}  // namespace metasolve::exec
