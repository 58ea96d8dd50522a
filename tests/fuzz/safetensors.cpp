// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/safetensors.hpp"

#include "fuzz.hpp"
#include "metasolve/error.hpp"

/// Depending on the first byte: a whole file, or a header's text, a line break and a body. Rejected with a message, or
/// tensors that are unchanged after writing and reading.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  if (size == 0) return 0;
  std::string file(reinterpret_cast<char const*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) {
    auto const header = std::min(file.find('\n'), file.size());
    std::uint64_t const length = header;
    std::string text(reinterpret_cast<char const*>(&length), sizeof length);
    text += file.substr(0, header);
    if (header < file.size()) text += file.substr(header + 1);
    file = std::move(text);
  }
  try {
    auto const read = io::decode_safetensors(file, "input");
    std::string written;
    try {
      written = io::encode_safetensors(read.tensors, read.metadata);
    } catch (InputError const&) {
      return 0;  // names that only other programs may use
    }
    auto const again = io::decode_safetensors(written, "again");
    fuzz::require(again.metadata == read.metadata, "metadata are kept");
    fuzz::require(again.tensors.size() == read.tensors.size(), "tensors are kept");
    for (auto const& tensor : read.tensors) {
      auto const& kept = again.at(tensor.name);
      fuzz::require(kept.dtype == tensor.dtype && kept.shape == tensor.shape && kept.data == tensor.data,
                    "a tensor is kept");
    }
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  return 0;
}
