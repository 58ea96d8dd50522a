// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "metasolve/detail/io/safetensors.hpp"

/// Shared by the reader and the writer of safetensors.
namespace metasolve::io::safetensors {

inline constexpr std::string_view metadata_key = "__metadata__";
inline constexpr std::string_view checksum_key = "checksum";
// Two keys, so that a file whose key is damaged does not pass for one without a checksum.
inline constexpr std::string_view checksum_kind_key = "checksum_kind";
inline constexpr std::string_view checksum_kind = "fnv1a-64";
inline constexpr std::uint64_t longest_header = 100'000'000;  // as in the reference implementation

/// Bytes of a tensor of that type and shape; nothing if a dimension is negative or the product overflows.
std::optional<std::uint64_t> byte_count(DType dtype, std::span<std::int64_t const> shape);

/// "[2, 3]".
std::string shape_text(std::span<std::int64_t const> shape);

/// FNV-1a, in hexadecimal, over the metadata (without the checksum itself) and the names, types, shapes and bytes of
/// the tensors sorted by name, each part preceded by its length. Independent of the tensor order; names must be unique.
std::string checksum(std::span<Tensor const> tensors, std::map<std::string, std::string> const& metadata);

}  // namespace metasolve::io::safetensors
