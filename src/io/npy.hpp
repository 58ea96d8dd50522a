// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Arrays in NumPy's .npy format, versions 1.0 to 3.0.
namespace metasolve::io {

/// What the head of such a file says.
struct NpyHead {
  std::string type;  ///< as NumPy writes it: "<f8"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;  ///< empty: one number
  std::size_t bytes = 0;            ///< of the head; the data follow
};

/// An array of at most 3 axes, the last axis fastest.
struct NpyArray {
  std::vector<std::int64_t> shape;
  bool whole = false;                  ///< of whole numbers
  std::vector<double> reals;           ///< of floating-point numbers, which may be NaN or infinite
  std::vector<std::int64_t> integers;  ///< if whole
};

/// content: of the file; name: for messages.
/// @throws InputError no such file; damaged
NpyHead parse_npy_head(std::string_view content, std::string const& name);

/// Reads float64, float32, int64 and int32, little-endian, in C or Fortran order.
/// @throws InputError, which names the file: as parse_npy_head; another type, which it names; more axes; more or fewer
/// bytes than the shape says
NpyArray parse_npy(std::string_view content, std::string const& name);

/// memory: limit of the file in bytes. @throws InputError as parse_npy; unreadable; larger than that
NpyArray read_npy(std::filesystem::path const& path, std::int64_t memory);

/// The numbers as reals, whatever their type.
std::vector<double> to_reals(NpyArray array);

/// "3 by 4"; "one number".
std::string shape_text(std::vector<std::int64_t> const& shape);

/// A file of float64 in C order, version 1.0. values: as many as the shape says.
std::string npy_text(std::span<double const> values, std::vector<std::int64_t> const& shape);
/// What stands before its numbers.
std::string npy_head(std::vector<std::int64_t> const& shape);

}  // namespace metasolve::io
