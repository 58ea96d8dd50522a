// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/io/safetensors_format.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

using nlohmann::json;

class Damage {
 public:
  explicit Damage(std::string origin) : origin_(std::move(origin)) {}

  [[noreturn]] void refuse(std::string const& what) const {
    throw InputError(origin_ + ": the file is truncated or damaged: " + what +
                     "; use another checkpoint or copy the file again");
  }
  /// For a type that a valid file may have.
  [[noreturn]] void refuse_type(std::string const& what) const {
    throw InputError(origin_ + ": " + what + ", which is not one of the types that are read: F64, F32, BF16, F16, " +
                     "8-bit floats, C64, BOOL and integers; save it without this tensor, or in another type");
  }
  void require(bool holds, char const* what) const {
    if (!holds) refuse(what);
  }

 private:
  std::string origin_;
};

/// The JSON library silently keeps the last of two equal keys; this detects duplicates during parsing.
json parse_header(std::string_view text, std::string const& origin, Damage const& damage) {
  constexpr int deepest = 3;  // the file's object, a tensor's object, its list of numbers
  try {
    require_shallow_json(text, origin, deepest);
  } catch (InputError const&) {
    damage.refuse("its header is nested too deeply");
  }
  std::vector<std::set<std::string>> keys;
  auto const watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      damage.refuse("its header has the name " + parsed.get<std::string>() + " twice");
    }
    return true;
  };
  try {
    json header = json::parse(text, watch);
    damage.require(header.is_object(), "its header is not a JSON object");
    return header;
  } catch (json::exception const&) {
    damage.refuse("its header is not valid JSON");
  }
}

std::map<std::string, std::string> read_metadata(json const& header, Damage const& damage) {
  std::map<std::string, std::string> metadata;
  auto const found = header.find(safetensors::metadata_key);
  if (found == header.end()) return metadata;
  damage.require(found->is_object(), "its metadata is not an object");
  for (auto const& [key, value] : found->items()) {
    if (!value.is_string()) damage.refuse("its metadata " + key + " is not a string");
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

struct Located {
  Tensor tensor;  // without data
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

DType read_dtype(json const& value, std::string const& what, Damage const& damage) {
  damage.require(value.is_string(), "a tensor's dtype is not a string");
  auto const& name = value.get_ref<std::string const&>();
  if (auto const dtype = dtype_named(name)) return *dtype;
  damage.refuse_type(what + " is of type " + shown(name));
}

std::vector<std::int64_t> read_shape(json const& value, std::string const& what, Damage const& damage) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!value.is_array()) damage.refuse(what + " has a shape that is not a list");
  std::vector<std::int64_t> shape;
  for (auto const& extent : value) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > most) {
      damage.refuse(what + " has a shape with an entry that is not a natural number");
    }
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

Located read_entry(std::string const& name, json const& entry, std::uint64_t body_size, Damage const& damage) {
  std::string const what = "tensor " + name;
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    damage.refuse(what + " has an entry other than dtype, shape and data_offsets");
  }
  Located located;
  located.tensor.name = name;
  located.tensor.dtype = read_dtype(entry["dtype"], what, damage);
  located.tensor.shape = read_shape(entry["shape"], what, damage);
  json const& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    damage.refuse(what + " has data_offsets that are not two natural numbers");
  }
  located.begin = offsets[0].get<std::uint64_t>();
  located.end = offsets[1].get<std::uint64_t>();
  if (located.begin > located.end || located.end > body_size) {
    damage.refuse(what + " lies outside the file's " + std::to_string(body_size) + " bytes of data");
  }
  if (safetensors::byte_count(located.tensor.dtype, located.tensor.shape) != located.end - located.begin) {
    damage.refuse(what + " has " + std::to_string(located.end - located.begin) +
                  " bytes, which do not fill its shape " + safetensors::shape_text(located.tensor.shape));
  }
  return located;
}

/// Requires no gaps and no overlaps, so that every byte of the file belongs to exactly one tensor.
void require_contiguous(std::vector<Located>& entries, std::uint64_t body_size, Damage const& damage) {
  std::ranges::sort(entries, {}, [](Located const& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t reached = 0;
  for (Located const& entry : entries) {
    if (entry.begin != reached) {
      damage.refuse("tensor " + entry.tensor.name + (entry.begin < reached ? " overlaps" : " leaves a gap after") +
                    " the tensor before it");
    }
    reached = entry.end;
  }
  if (reached != body_size) damage.refuse(std::to_string(body_size - reached) + " bytes follow the last tensor");
}

void verify_checksum(SafetensorsFile& file, Damage const& damage) {
  auto const sum = file.metadata.find(std::string(safetensors::checksum_key));
  auto const kind = file.metadata.find(std::string(safetensors::checksum_kind_key));
  if (sum == file.metadata.end() && kind == file.metadata.end()) return;
  damage.require(sum != file.metadata.end() && kind != file.metadata.end(), "its checksum is incomplete");
  damage.require(kind->second == safetensors::checksum_kind, "its checksum is of an unknown kind");
  damage.require(safetensors::checksum(file.tensors, file.metadata) == sum->second, "its checksum does not match");
  file.metadata.erase(sum);
  file.metadata.erase(kind);
  file.has_checksum = true;
}

/// Whether it looks like text, such as a configuration or a table: a common mistake in place of a model.
bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    auto const byte = static_cast<unsigned char>(c);
    return c == '\n' || c == '\r' || c == '\t' || (byte >= 0x20 && byte < 0xf5);  // UTF-8 has none above
  });
}

}  // namespace

SafetensorsFile decode_safetensors(std::string_view bytes, std::string const& origin) {
  Damage const damage(origin);
  constexpr std::size_t prefix = sizeof(std::uint64_t);
  damage.require(bytes.size() >= prefix, "it is shorter than the length of its header");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), prefix);
  if (length > safetensors::longest_header && is_text(bytes.substr(0, 256))) {
    throw InputError(origin +
                     ": is a text file, expected safetensors; give a model, a checkpoint or the folder of a run");
  }
  damage.require(length <= safetensors::longest_header, "its header claims more than 100 MB");
  damage.require(length <= bytes.size() - prefix, "its header claims more bytes than the file has");
  std::string_view const text = bytes.substr(prefix, length);
  // The format allows only spaces around the object; a stricter reader detects more damage.
  auto const last = text.find_last_not_of(' ');
  damage.require(last != std::string_view::npos && text.front() == '{' && text[last] == '}',
                 "its header does not start with { and end with }");
  json const header = parse_header(text, origin, damage);

  SafetensorsFile file;
  file.origin = origin;
  file.metadata = read_metadata(header, damage);
  std::string_view const body = bytes.substr(prefix + length);
  std::vector<Located> entries;
  for (auto const& [name, entry] : header.items()) {
    if (name != safetensors::metadata_key) entries.push_back(read_entry(name, entry, body.size(), damage));
  }
  require_contiguous(entries, body.size(), damage);
  for (Located& entry : entries) {
    auto const* first = reinterpret_cast<std::byte const*>(body.data()) + entry.begin;
    entry.tensor.data.assign(first, first + (entry.end - entry.begin));
    file.tensors.push_back(std::move(entry.tensor));
  }
  verify_checksum(file, damage);
  return file;
}

SafetensorsFile read_safetensors(std::filesystem::path const& path) {
  return decode_safetensors(read_file(path), path.string());
}

}  // namespace metasolve::io
