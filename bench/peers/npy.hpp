// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

/// Arrays in NumPy's format (.npy, format 1.0), so that every peer reads the same tasks: int32 and float64, C order.
namespace metasolve::peers {

template <class T>
constexpr char const* npy_type() {
  static_assert(std::is_same_v<T, double> || std::is_same_v<T, std::int32_t>);
  return std::is_same_v<T, double> ? "<f8" : "<i4";
}

template <class T>
struct Npy {
  std::int64_t rows = 0, columns = 1;
  std::vector<T> values;  ///< [rows][columns]
};

/// columns 0: one-dimensional.
template <class T>
void write_npy(std::string const& path, std::vector<T> const& values, std::int64_t columns = 0) {
  auto const count = static_cast<std::int64_t>(values.size());
  std::string const shape = columns == 0 ? "(" + std::to_string(count) + ",)"
                                         : "(" + std::to_string(count / columns) + ", " + std::to_string(columns) + ")";
  std::string header =
      std::string("{'descr': '") + npy_type<T>() + "', 'fortran_order': False, 'shape': " + shape + ", }";
  constexpr std::size_t before = 10, alignment = 64;
  header.append((alignment - (before + header.size() + 1) % alignment) % alignment, ' ');
  header += '\n';
  std::ofstream out(path, std::ios::binary);
  out.write("\x93NUMPY\x01\x00", 8);
  out.put(static_cast<char>(header.size() & 0xff)).put(static_cast<char>(header.size() >> 8));
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  out.write(reinterpret_cast<char const*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!out.flush()) throw std::runtime_error(path + ": cannot be written");
}

/// At most the first `rows` rows. Reads the output of write_npy.
template <class T>
Npy<T> read_npy(std::string const& path, std::int64_t rows = std::numeric_limits<std::int64_t>::max()) {
  std::ifstream in(path, std::ios::binary);
  char start[10] = {};
  in.read(start, sizeof start);
  auto const low = static_cast<unsigned char>(start[8]), high = static_cast<unsigned char>(start[9]);
  std::string header(low + 256u * high, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header.size()));
  auto const shape = header.find("'shape': (");
  if (!in || std::string(start, 6) != "\x93NUMPY" || header.find(npy_type<T>()) == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos || shape == std::string::npos) {
    throw std::runtime_error(path + ": not an array of " + npy_type<T>());
  }
  auto const first = shape + 10, comma = header.find(',', first), end = header.find(')', first);
  Npy<T> array;
  array.rows = std::min<std::int64_t>(rows, std::stoll(header.substr(first, comma - first)));
  std::string const second = header.substr(comma + 1, end - comma - 1);
  if (second.find_first_of("0123456789") != std::string::npos) array.columns = std::stoll(second);
  array.values.resize(static_cast<std::size_t>(array.rows * array.columns));
  auto const bytes = static_cast<std::streamsize>(array.values.size() * sizeof(T));
  in.read(reinterpret_cast<char*>(array.values.data()), bytes);
  if (in.gcount() != bytes) throw std::runtime_error(path + ": shorter than it says");
  return array;
}

}  // namespace metasolve::peers
