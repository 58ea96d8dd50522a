// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// The safetensors format: a 64-bit little-endian header length, a JSON header, then the bytes of the tensors. Reads
/// files of other programs; files written here also carry a checksum that detects flipped bits.
namespace metasolve::io {

/// All byte-sized types of the format.
enum class DType { f32, f64, i32, i64, u64, u8, boolean, i8, i16, u16, u32, f16, bf16, f8_e4m3, f8_e5m2, f8_e8m0, c64 };

/// Name in the file, such as "F64".
std::string_view name_of(DType dtype);
std::size_t size_of(DType dtype);
/// The type of that name, if any.
std::optional<DType> dtype_named(std::string_view name);

struct Tensor {
  std::string name;
  DType dtype = DType::f64;
  std::vector<std::int64_t> shape;  // empty: a scalar
  std::vector<std::byte> data;      // row-major, little-endian; as long as dtype and shape require
};

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::i64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DType::u64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
}

/// Throws InputError unless `count` values fill `shape`.
void require_count(std::string const& name, std::span<std::int64_t const> shape, std::size_t count);

/// Copies the values. T is float, double or one of the integers of DType. Throws InputError when they do not fill the
/// shape.
template <class T>
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<T const> values) {
  require_count(name, shape, values.size());
  Tensor tensor{std::move(name), dtype_of<T>(), std::move(shape), std::vector<std::byte>(values.size_bytes())};
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), values.size_bytes());
  return tensor;
}

struct SafetensorsFile {
  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata;  // without the checksum
  bool has_checksum = false;                    // and it is right
  std::string origin = "safetensors";           // the file's name, for messages

  /// The tensor of that name; throws InputError if missing. Valid until `tensors` is modified.
  Tensor const& at(std::string_view name) const;

  /// The metadata value of that key; throws InputError if missing.
  std::string const& metadata_at(std::string const& key) const;

  /// The values of a tensor of this type and shape; throws InputError otherwise. Valid as long as at()'s result.
  template <class T>
  std::span<T const> view(std::string_view name, std::vector<std::int64_t> const& shape) const {
    Tensor const& tensor = at(name);
    require(tensor, dtype_of<T>(), shape);
    return {reinterpret_cast<T const*>(tensor.data.data()), tensor.data.size() / sizeof(T)};
  }

 private:
  void require(Tensor const& tensor, DType dtype, std::vector<std::int64_t> const& shape) const;
};

/// Encodes a file. Tensors are ordered by descending element size, so that each is aligned. Adds the metadata keys
/// "checksum" and "checksum_kind". Throws InputError for a tensor whose bytes do not fill its shape, a duplicate name,
/// text that is not UTF-8, and metadata that uses the reserved keys.
std::string encode_safetensors(std::span<Tensor const> tensors, std::map<std::string, std::string> const& metadata);

/// Writes encode_safetensors() atomically. Throws InputError as it does, and OutputError.
void write_safetensors(std::filesystem::path const& path, std::span<Tensor const> tensors,
                       std::map<std::string, std::string> const& metadata);

/// Decodes untrusted bytes; `origin` names them in messages. Throws InputError for anything but a complete, well-formed
/// file whose checksum, if present, is correct. Tensors are in the order of their bytes.
SafetensorsFile decode_safetensors(std::string_view bytes, std::string const& origin);

/// Reads a file as decode_safetensors() does. Throws InputError.
SafetensorsFile read_safetensors(std::filesystem::path const& path);

}  // namespace metasolve::io
