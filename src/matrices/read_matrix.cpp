// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/read_matrix.hpp"

#include <algorithm>
#include <limits>

#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/matrices/arrays.hpp"
#include "metasolve/detail/matrices/gzip.hpp"
#include "metasolve/error.hpp"

namespace metasolve::matrices {

namespace {

/// Text takes more room than its numbers; the entries themselves are limited when they are read.
std::int64_t text_limit(std::int64_t memory) {
  constexpr std::int64_t times = 4, least = std::int64_t{1} << 20;
  return memory > std::numeric_limits<std::int64_t>::max() / times ? memory : std::max(times * memory, least);
}

}  // namespace

std::string suffix_of(std::filesystem::path const& path) {
  auto suffix = (is_gzip(path) ? path.stem() : path).extension().string();
  std::ranges::transform(suffix, suffix.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return suffix;
}

io::MatrixMarket read_matrix(std::filesystem::path const& path, std::int64_t memory, io::MatrixShape shape) {
  if (is_gzip(path)) {
    auto const text = open_gzip(path, text_limit(memory));
    io::Lines lines(*text, path);
    return io::read_matrix_market(lines, memory, shape);
  }
  auto const suffix = suffix_of(path);
  if (suffix == ".npz" || suffix == ".npy") return entries_of(read_matrix_arrays(path, memory, shape), path);
  return io::read_matrix_market(path, memory, shape);
}

std::vector<double> read_vector(std::filesystem::path const& path, std::int64_t count, std::int64_t memory) {
  if (is_gzip(path)) {
    auto const text = open_gzip(path, text_limit(memory));
    io::Lines lines(*text, path);
    return io::read_vector(lines, count);
  }
  if (suffix_of(path) != ".npy") return io::read_vector(path, count);
  auto array = io::read_npy(path, memory);
  bool const one_axis = std::ranges::count_if(array.shape, [](auto size) { return size != 1; }) <= 1;
  auto const shape = io::shape_text(array.shape);
  auto values = io::to_reals(std::move(array));
  if (one_axis && static_cast<std::int64_t>(values.size()) == count) return values;
  throw InputError(path.string() + ": is " + shape + ", expected " + std::to_string(count) +
                   " numbers, one for each row of the matrix");
}

}  // namespace metasolve::matrices
