// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <minizip/zip.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Writes packed files without the code under test.
namespace metasolve::test {

inline std::filesystem::path write_gzip(std::filesystem::path const& path, std::string_view content) {
  auto* const file = ::gzopen(path.c_str(), "wb");
  EXPECT_EQ(::gzwrite(file, content.data(), static_cast<unsigned>(content.size())), static_cast<int>(content.size()));
  EXPECT_EQ(::gzclose(file), Z_OK);
  return path;
}

/// A file as numpy.save writes it. type: "<f8"; shape: as Python prints it, "(3,)".
inline std::string npy(std::string const& type, std::string const& shape, std::string const& data,
                       std::string const& fortran = "False", char version = 1) {
  auto head = "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
  std::string text = "\x93NUMPY";
  text += version;
  text += '\0';
  auto const size = head.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) text += static_cast<char>(size >> 8 * i & 255);
  return text + head + data;
}

/// The bytes of numbers.
template <class Number>
std::string bytes_of(std::vector<Number> const& numbers) {
  return {reinterpret_cast<char const*>(numbers.data()), numbers.size() * sizeof(Number)};
}
template <class Number>
std::string vector_npy(std::vector<Number> const& numbers) {
  std::string const type = std::string("<") + (std::is_integral_v<Number> ? "i" : "f") + std::to_string(sizeof(Number));
  return npy(type, "(" + std::to_string(numbers.size()) + ",)", bytes_of(numbers));
}
/// float64 of two axes.
inline std::string matrix_npy(int rows, int columns, std::vector<double> const& numbers) {
  return npy("<f8", "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")", bytes_of(numbers));
}

/// A zip archive of members NAME.npy.
using Members = std::vector<std::pair<std::string, std::string>>;
inline std::filesystem::path write_npz(std::filesystem::path const& path, Members const& members,
                                       bool deflated = true) {
  auto* const file = ::zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  for (auto const& [name, content] : members) {
    zip_fileinfo const info{};
    EXPECT_EQ(::zipOpenNewFileInZip64(file, (name + ".npy").c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                      deflated ? Z_DEFLATED : 0, deflated ? 6 : 0, 0),
              ZIP_OK);
    EXPECT_EQ(::zipWriteInFileInZip(file, content.data(), static_cast<unsigned>(content.size())), ZIP_OK);
    EXPECT_EQ(::zipCloseFileInZip(file), ZIP_OK);
  }
  EXPECT_EQ(::zipClose(file, nullptr), ZIP_OK);
  return path;
}

}  // namespace metasolve::test
