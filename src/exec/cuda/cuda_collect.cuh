// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <span>

/// Sums, sorts and partitions on a stream, in memory that the caller allocates. Sums and sorts can be captured. Sums
/// use our own kernels, because Thrust does not guarantee their order; sorts use CUB; a partition uses Thrust, and
/// waits.
namespace metasolve::exec {

/// Doubles of scratch that add_terms needs.
inline constexpr int most_partial_sums = 512;

/// *to += sum of x[i] or, with squares, x[i]^2, i in [0, n). The order depends on n alone.
template <class T>
void add_terms(T const* x, std::int64_t n, bool squares, double* partial_sums, double* to, cudaStream_t stream);

/// Bytes of scratch that sort_pairs needs for up to n pairs.
std::size_t sort_scratch_bytes(std::int64_t n);

/// Sorts pairs by ascending key; equal keys keep their order. scratch: sort_scratch_bytes(capacity), n <= capacity.
void sort_pairs(std::int32_t* keys, std::int32_t* values, std::int64_t n, void* scratch, std::int64_t capacity,
                cudaStream_t stream);

/// Bytes of scratch that partition_indices needs for up to n flags.
std::size_t partition_scratch_bytes(std::int64_t n);

/// Backend::partition.
std::int64_t partition_indices(std::int32_t const* flags, std::int64_t n, std::int32_t* indices,
                               std::span<std::byte> scratch, cudaStream_t stream);

}  // namespace metasolve::exec
