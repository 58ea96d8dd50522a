// SPDX-License-Identifier: Apache-2.0
#include "tensor_file.hpp"

#include <bit>
#include <cstdint>
#include <stdexcept>

namespace projection {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

TensorFile::TensorFile(std::string const& path, std::vector<Tensor> tensors, int entries)
    : path_(path), file_(path, std::ios::binary) {
  std::string header = "{";
  std::size_t begin = 0;
  for (auto const& [name, shape] : tensors) {
    std::size_t size = sizeof(double);
    std::string axes = std::to_string(entries);
    for (int const axis : shape) {
      size *= static_cast<std::size_t>(axis);
      axes.append(",").append(std::to_string(axis));
    }
    std::size_t const end = begin + size * static_cast<std::size_t>(entries);
    if (!begin_.empty()) header += ',';
    header.append("\"").append(name).append("\":{\"dtype\":\"F64\",\"shape\":[").append(axes);
    header.append("],\"data_offsets\":[").append(std::to_string(begin)).append(",").append(std::to_string(end));
    header.append("]}");
    begin_.push_back(begin);
    size_.push_back(size);
    begin = end;
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');  // readers may map the file: data at multiples of eight bytes
  std::uint64_t const length = header.size();
  file_.write(reinterpret_cast<char const*>(&length), sizeof(length));
  file_.write(header.data(), static_cast<std::streamsize>(header.size()));
  for (auto& at : begin_) at += sizeof(length) + header.size();
  if (!file_) throw std::runtime_error(path + ": cannot be written");
}

void TensorFile::write(int entry, std::size_t tensor, std::span<double const> values) {
  if (values.size_bytes() != size_[tensor]) throw std::logic_error("wrong size of a tensor's entry");
  file_.seekp(static_cast<std::streamoff>(begin_[tensor] + static_cast<std::size_t>(entry) * size_[tensor]));
  file_.write(reinterpret_cast<char const*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

void TensorFile::close() {
  file_.close();
  if (!file_) throw std::runtime_error(path_ + ": cannot be written");
}

}  // namespace projection
