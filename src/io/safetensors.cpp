// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/hash.hpp"
#include "metasolve/detail/io/safetensors_format.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files hold little-endian values");

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<DTypeRow, 17> dtypes{{{DType::f32, "F32", 4},
                                           {DType::f64, "F64", 8},
                                           {DType::i32, "I32", 4},
                                           {DType::i64, "I64", 8},
                                           {DType::u64, "U64", 8},
                                           {DType::u8, "U8", 1},
                                           {DType::boolean, "BOOL", 1},
                                           {DType::i8, "I8", 1},
                                           {DType::i16, "I16", 2},
                                           {DType::u16, "U16", 2},
                                           {DType::u32, "U32", 4},
                                           {DType::f16, "F16", 2},
                                           {DType::bf16, "BF16", 2},
                                           {DType::f8_e4m3, "F8_E4M3", 1},
                                           {DType::f8_e5m2, "F8_E5M2", 1},
                                           {DType::f8_e8m0, "F8_E8M0", 1},
                                           {DType::c64, "C64", 8}}};

DTypeRow const& row_of(DType dtype) { return *std::ranges::find(dtypes, dtype, &DTypeRow::dtype); }

/// Checksum of tensors and texts, each preceded by its length.
class Checksum {
 public:
  void add_bytes(void const* data, std::size_t size) { hash_.add({static_cast<char const*>(data), size}); }
  void add(std::uint64_t number) { add_bytes(&number, sizeof number); }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    hash_.add(text);
  }
  [[nodiscard]] std::string text() const { return hash_.text(); }

 private:
  Hash hash_;
};

}  // namespace

std::string_view name_of(DType dtype) { return row_of(dtype).name; }
std::optional<DType> dtype_named(std::string_view name) {
  auto const found = std::ranges::find(dtypes, name, &DTypeRow::name);
  return found == dtypes.end() ? std::nullopt : std::optional(found->dtype);
}
std::size_t size_of(DType dtype) { return row_of(dtype).size; }

void require_count(std::string const& name, std::span<std::int64_t const> shape, std::size_t count) {
  auto const wanted = safetensors::byte_count(DType::u8, shape);
  if (!wanted || *wanted != count) {
    throw InputError("tensor " + name + ": given " + std::to_string(count) + " values for shape " +
                     safetensors::shape_text(shape) + "; give one value per element");
  }
}

Tensor const& SafetensorsFile::at(std::string_view name) const {
  auto const found = std::ranges::find(tensors, name, &Tensor::name);
  if (found != tensors.end()) return *found;
  std::string present;
  for (Tensor const& tensor : tensors) present += (present.empty() ? "" : ", ") + tensor.name;
  throw InputError(origin + ": has no tensor " + std::string(name) + "; it has " +
                   (present.empty() ? "none" : present) + "; give a file of the kind that is expected here");
}

std::string const& SafetensorsFile::metadata_at(std::string const& key) const {
  auto const found = metadata.find(key);
  if (found != metadata.end()) return found->second;
  throw InputError(origin + ": has no metadata " + key + "; give a file of the kind that is expected here");
}

void SafetensorsFile::require(Tensor const& tensor, DType dtype, std::vector<std::int64_t> const& shape) const {
  if (tensor.dtype == dtype && tensor.shape == shape) {
    // Tensors may be built by hand; a view must not run past their bytes.
    if (safetensors::byte_count(dtype, shape) == tensor.data.size()) return;
  }
  throw InputError(origin + ": tensor " + tensor.name + " is " + std::string(name_of(tensor.dtype)) + " " +
                   safetensors::shape_text(tensor.shape) + " of " + std::to_string(tensor.data.size()) +
                   " bytes, expected " + std::string(name_of(dtype)) + " " + safetensors::shape_text(shape) +
                   "; give a file that belongs to this configuration");
}

std::string encode_safetensors(std::span<Tensor const> tensors, std::map<std::string, std::string> const& metadata) {
  std::vector<Tensor const*> order;
  std::set<std::string_view> names;
  for (Tensor const& tensor : tensors) {
    if (safetensors::byte_count(tensor.dtype, tensor.shape) != tensor.data.size()) {
      throw InputError("tensor " + tensor.name + ": given " + std::to_string(tensor.data.size()) + " bytes for " +
                       std::string(name_of(tensor.dtype)) + " " + safetensors::shape_text(tensor.shape) +
                       "; give as many as type and shape need");
    }
    if (tensor.name == safetensors::metadata_key || !names.insert(tensor.name).second) {
      throw InputError("tensor " + tensor.name + ": the name is used twice or reserved; give it another name");
    }
    order.push_back(&tensor);
  }
  std::ranges::stable_sort(order, std::greater{}, [](Tensor const* tensor) { return size_of(tensor->dtype); });

  auto complete = metadata;
  for (std::string_view const key : {safetensors::checksum_key, safetensors::checksum_kind_key}) {
    if (metadata.contains(std::string(key))) {
      throw InputError("metadata " + std::string(key) + ": the key is reserved; give it another name");
    }
  }
  complete.emplace(safetensors::checksum_kind_key, safetensors::checksum_kind);

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  header[std::string(safetensors::metadata_key)] = nlohmann::ordered_json::object();
  std::string body;
  for (Tensor const* tensor : order) {
    std::size_t const begin = body.size();
    body.append(reinterpret_cast<char const*>(tensor->data.data()), tensor->data.size());
    header[tensor->name] = {
        {"dtype", name_of(tensor->dtype)}, {"shape", tensor->shape}, {"data_offsets", {begin, body.size()}}};
  }
  complete.emplace(safetensors::checksum_key, safetensors::checksum(tensors, complete));
  header[std::string(safetensors::metadata_key)] = complete;

  std::string text;
  try {
    text = header.dump();
  } catch (nlohmann::json::exception const&) {
    throw InputError("safetensors: a tensor name or a metadata text is not UTF-8; give text that is");
  }
  constexpr std::size_t alignment = 8;
  text.append((alignment - text.size() % alignment) % alignment, ' ');
  auto const length = std::bit_cast<std::array<char, 8>>(std::uint64_t{text.size()});
  return std::string(length.data(), length.size()) + text + body;
}

void write_safetensors(std::filesystem::path const& path, std::span<Tensor const> tensors,
                       std::map<std::string, std::string> const& metadata) {
  write_file_atomically(path, encode_safetensors(tensors, metadata));
}

}  // namespace metasolve::io

namespace metasolve::io::safetensors {

std::optional<std::uint64_t> byte_count(DType dtype, std::span<std::int64_t const> shape) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t count = size_of(dtype);
  for (std::int64_t const extent : shape) {
    if (extent < 0) return std::nullopt;
    auto const factor = static_cast<std::uint64_t>(extent);
    if (factor != 0 && count > most / factor) return std::nullopt;
    count *= factor;
  }
  return count;
}

std::string shape_text(std::span<std::int64_t const> shape) {
  std::string text = "[";
  for (std::int64_t const extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

std::string checksum(std::span<Tensor const> tensors, std::map<std::string, std::string> const& metadata) {
  Checksum hash;
  for (auto const& [key, value] : metadata) {
    if (key == checksum_key) continue;
    hash.add(key);
    hash.add(value);
  }
  std::vector<Tensor const*> order;
  for (Tensor const& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, &Tensor::name);
  for (Tensor const* tensor : order) {
    hash.add(tensor->name);
    hash.add(name_of(tensor->dtype));
    hash.add(std::uint64_t{tensor->shape.size()});
    for (std::int64_t const extent : tensor->shape) hash.add(static_cast<std::uint64_t>(extent));
    hash.add(std::uint64_t{tensor->data.size()});
    hash.add_bytes(tensor->data.data(), tensor->data.size());
  }
  return hash.text();
}

}  // namespace metasolve::io::safetensors
