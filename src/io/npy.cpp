// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/npy.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {

namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a file are read as they lie there");

constexpr std::size_t most_axes = 3;

/// Bytes of a number; 0: a type that is not read.
std::size_t bytes_of(std::string const& type) {
  if (type == "<f8" || type == "<i8") return 8;
  return type == "<f4" || type == "<i4" ? 4 : 0;
}

/// A type in words, for messages.
std::string type_text(std::string const& type) {
  if (type.starts_with('>')) return "big-endian numbers (" + shown(type) + ")";
  if (type.find('O') != type.npos) return "Python objects (" + shown(type) + ")";
  if (type.find('c') != type.npos) return "complex numbers (" + shown(type) + ")";
  if (type.find('b') != type.npos) return "truth values (" + shown(type) + ")";
  return "type " + shown(type);
}

/// How many numbers a shape has; -1: too many to count.
std::int64_t count_of(std::vector<std::int64_t> const& shape) {
  std::int64_t count = 1;
  for (auto const size : shape) {
    if (size > 0 && count > std::numeric_limits<std::int64_t>::max() / 16 / size) return -1;
    count *= size;
  }
  return count;
}

/// Copies the numbers to C order.
template <class From, class To>
void copy(std::string_view data, NpyHead const& head, std::vector<To>& to) {
  auto const number = [&](std::size_t i) {
    From value;
    std::memcpy(&value, data.data() + i * sizeof(From), sizeof(From));
    return static_cast<To>(value);
  };
  to.resize(data.size() / sizeof(From));
  if (!head.fortran_order || head.shape.size() < 2) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = number(i);
    return;
  }
  std::size_t size[most_axes] = {1, 1, 1};
  for (std::size_t axis = 0; axis < head.shape.size(); ++axis) size[axis] = static_cast<std::size_t>(head.shape[axis]);
  std::size_t at = 0;
  for (std::size_t i = 0; i < size[0]; ++i) {
    for (std::size_t j = 0; j < size[1]; ++j) {
      for (std::size_t k = 0; k < size[2]; ++k) to[at++] = number(i + size[0] * (j + size[1] * k));
    }
  }
}

}  // namespace

NpyArray parse_npy(std::string_view content, std::string const& name) {
  auto const head = parse_npy_head(content, name);
  auto const bytes = bytes_of(head.type);
  if (bytes == 0) {
    throw InputError(name + ": an array of " + type_text(head.type) +
                     ", expected float64, float32, int64 or int32, little-endian; convert it by .astype('<f8')");
  }
  if (head.shape.size() > most_axes) {
    throw InputError(name + ": an array of " + std::to_string(head.shape.size()) + " axes, expected at most " +
                     std::to_string(most_axes) + "; reshape it");
  }
  auto const data = content.substr(head.bytes);
  auto const count = count_of(head.shape);
  if (count < 0 || data.size() / bytes != static_cast<std::size_t>(count) || data.size() % bytes != 0) {
    throw InputError(name + ": is damaged: " + std::to_string(data.size()) + " bytes of data, but its shape is " +
                     shape_text(head.shape) + " numbers of " + std::to_string(bytes) +
                     " bytes; save the array again by numpy.save");
  }
  NpyArray array{head.shape, head.type[1] == 'i', {}, {}};
  if (head.type == "<f8") copy<double>(data, head, array.reals);
  if (head.type == "<f4") copy<float>(data, head, array.reals);
  if (head.type == "<i8") copy<std::int64_t>(data, head, array.integers);
  if (head.type == "<i4") copy<std::int32_t>(data, head, array.integers);
  return array;
}

NpyArray read_npy(std::filesystem::path const& path, std::int64_t memory) {
  std::error_code error;
  auto const size = std::filesystem::file_size(path, error);  // an error: no regular file, or read_file names it
  if (!error && size > static_cast<std::uint64_t>(memory)) {
    throw InputError(path.string() + ": has " + size_text(size) + ", more than the " + std::to_string(memory >> 20) +
                     " MiB allowed; give more with --set resources.memory=..., or a smaller array");
  }
  return parse_npy(read_file(path), path.string());
}

std::vector<double> to_reals(NpyArray array) {
  if (!array.whole) return std::move(array.reals);
  return {array.integers.begin(), array.integers.end()};
}

std::string shape_text(std::vector<std::int64_t> const& shape) {
  if (shape.empty()) return "one number";
  std::string text;
  for (auto const size : shape) text += (text.empty() ? "" : " by ") + std::to_string(size);
  return text;
}

std::string npy_head(std::vector<std::int64_t> const& shape) {
  std::string sizes;
  for (auto const size : shape) sizes += std::to_string(size) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) sizes.resize(sizes.size() - 2);
  std::string head = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + sizes + "), }";
  // The data begin at a multiple of 64 bytes.
  std::size_t const before = 10;
  head.append((64 - (before + head.size() + 1) % 64) % 64, ' ').append(1, '\n');
  std::string text("\x93NUMPY\x01\0", 8);
  text.append(1, static_cast<char>(head.size() & 255)).append(1, static_cast<char>(head.size() >> 8));
  return text.append(head);
}

std::string npy_text(std::span<double const> values, std::vector<std::int64_t> const& shape) {
  return npy_head(shape).append(reinterpret_cast<char const*>(values.data()), values.size_bytes());
}

}  // namespace metasolve::io
