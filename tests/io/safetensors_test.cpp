// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/safetensors.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

namespace metasolve::io::safetensors_test {
namespace {

using test::expect_message;
using test::TemporaryFolder;

template <class T>
Tensor tensor_of(std::string name, std::vector<std::int64_t> shape, std::vector<T> const& values) {
  return make_tensor<T>(std::move(name), std::move(shape), std::span<T const>(values));
}

std::vector<Tensor> small_tensors() {
  return {tensor_of<std::uint8_t>("mask", {3}, {1, 0, 1}), tensor_of<double>("weight", {1, 2}, {0.5, -2.0}),
          tensor_of<float>("bias", {2}, {1.5F, 3.0F})};
}

/// A file with that header and that many bytes of data, as from a malicious writer.
std::string file_with(std::string const& header, std::size_t data) {
  auto const length = std::bit_cast<std::array<char, 8>>(std::uint64_t{header.size()});
  return std::string(length.data(), 8) + header + std::string(data, '\1');
}

void expect_refused(std::string const& bytes, std::string const& part) {
  expect_message<InputError>([&] { decode_safetensors(bytes, "best.safetensors"); },
                             {"best.safetensors", "truncated or damaged", part, "use another checkpoint"});
}

std::string entry(std::string const& dtype, std::string const& shape, std::string const& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TEST(Safetensors, RoundTripsEveryTypeBitByBit) {
  TemporaryFolder const folder;
  std::vector<double> const reals = {std::nan(""), -0.0, std::numeric_limits<double>::infinity(), 5e-324};
  std::vector<Tensor> const tensors = {
      tensor_of<std::uint8_t>("u8", {1}, {255}),
      tensor_of<float>("f32", {3, 1}, {1.0F, -2.0F, 3.0F}),
      tensor_of<double>("f64", {2, 2}, reals),
      tensor_of<std::int32_t>("i32", {1}, {-7}),
      tensor_of<std::int64_t>("i64", {}, {std::numeric_limits<std::int64_t>::min()}),
      tensor_of<std::uint64_t>("u64", {1}, {std::numeric_limits<std::uint64_t>::max()}),
      tensor_of<double>("nothing", {3, 0}, {}),
      tensor_of<double>("a second nothing", {0}, {}),
  };
  std::map<std::string, std::string> const metadata = {{"config", "{\"a\": \"\u00e9\\n\"}"}, {"epoch", "3"}};
  auto const path = folder / "best.safetensors";
  write_safetensors(path, tensors, metadata);
  SafetensorsFile const file = read_safetensors(path);
  EXPECT_EQ(file.metadata, metadata);
  EXPECT_EQ(file.origin, path.string());
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (Tensor const& tensor : tensors) {
    EXPECT_EQ(file.at(tensor.name).data, tensor.data);
    EXPECT_EQ(file.at(tensor.name).shape, tensor.shape);
    EXPECT_EQ(file.at(tensor.name).dtype, tensor.dtype);
  }
  EXPECT_EQ(std::memcmp(file.view<double>("f64", {2, 2}).data(), reals.data(), 32), 0);
  EXPECT_EQ(file.view<std::int64_t>("i64", {})[0], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(file.view<float>("f32", {3, 1})[2], 3.0F);
  EXPECT_TRUE(file.view<double>("nothing", {3, 0}).empty());
}

TEST(Safetensors, LayoutIsAligned) {
  std::string const bytes = encode_safetensors(small_tensors(), {});
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0U);
  SafetensorsFile const file = decode_safetensors(bytes, "memory");
  std::size_t offset = 8 + length;
  for (Tensor const& tensor : file.tensors) {
    EXPECT_EQ(offset % size_of(tensor.dtype), 0U) << tensor.name;
    offset += tensor.data.size();
  }
  EXPECT_EQ(offset, bytes.size());
}

TEST(Safetensors, EveryTruncationIsRefused) {
  std::string const bytes = encode_safetensors(small_tensors(), {{"epoch", "3"}});
  TemporaryFolder const folder;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    auto const path = folder.write("cut.safetensors", std::string_view(bytes).substr(0, length));
    expect_message<InputError>([&] { read_safetensors(path); },
                               {path.string(), "truncated or damaged", "another checkpoint"});
  }
  expect_refused(bytes + '\0', "follow the last tensor");
}

TEST(Safetensors, EveryChangedByteIsRefused) {
  std::string const bytes = encode_safetensors(small_tensors(), {{"epoch", "3"}});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned change = 1; change < 256; ++change) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ change);
      EXPECT_THROW(decode_safetensors(damaged, "memory"), InputError) << "byte " << i << " changed by " << change;
    }
  }
}

TEST(Safetensors, ReadsFilesOfOtherPrograms) {
  auto const file = decode_safetensors(
      file_with(R"({"b":)" + entry("F32", "[2]", "[8,16]") + R"(,"a":)" + entry("I64", "[]", "[0,8]") + "}   ", 16),
      "memory");
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_EQ(file.view<std::int64_t>("a", {})[0], 0x0101010101010101);
  EXPECT_TRUE(decode_safetensors(file_with("{}", 0), "memory").tensors.empty());
}

/// An unrequested tensor of any type does not prevent the others from being read.
TEST(Safetensors, ReadsBesideTensorsOfOtherTypes) {
  for (auto const& [name, size] : std::vector<std::pair<std::string, std::uint64_t>>{{"BF16", 2},
                                                                                     {"F16", 2},
                                                                                     {"BOOL", 1},
                                                                                     {"I8", 1},
                                                                                     {"I16", 2},
                                                                                     {"U16", 2},
                                                                                     {"U32", 4},
                                                                                     {"F8_E4M3", 1},
                                                                                     {"F8_E5M2", 1},
                                                                                     {"C64", 8}}) {
    auto const end = std::to_string(16 + 3 * size);
    auto const file = decode_safetensors(file_with(R"({"a":)" + entry("F64", "[2]", "[0,16]") + R"(,"b":)" +
                                                       entry(name, "[3]", "[16," + end + "]") + "}",
                                                   16 + 3 * size),
                                         "memory");
    EXPECT_EQ(file.view<double>("a", {2}).size(), 2U) << name;
    EXPECT_EQ(name_of(file.at("b").dtype), name);
    EXPECT_EQ(size_of(file.at("b").dtype), size) << name;
    expect_message<InputError>([&] { (void)file.view<double>("b", {3}); }, {"tensor b is " + name, "expected F64"});
  }
}

TEST(Safetensors, RefusesWrongHeaders) {
  expect_refused("1234567", "shorter than the length");
  expect_refused(std::string(8, '\xff') + "{}", "100 MB");
  expect_refused(std::string("\x09\0\0\0\0\0\0\0{}", 10), "more bytes than the file has");
  expect_refused(file_with("", 0), "start with {");
  expect_refused(file_with(" {}", 0), "start with {");
  expect_refused(file_with("[]", 0), "start with {");
  expect_refused(file_with("{}\n", 0), "start with {");
  expect_refused(file_with("{} {}", 0), "not valid JSON");
  expect_refused(file_with("{\"\xff\":1}", 0), "not valid JSON");
  expect_refused(file_with(R"({"a":1e999})", 0), "not valid JSON");
  expect_refused(file_with(R"({"a":{"b":{"c":{"d":{}}}}})", 0), "nested too deeply");
  expect_refused(file_with(R"({"a":)" + std::string(100'000, '[') + "}", 0), "nested too deeply");
  expect_refused(file_with(R"({"__metadata__":3})", 0), "metadata is not an object");
  expect_refused(file_with(R"({"__metadata__":{"epoch":3}})", 0), "metadata epoch is not a string");
  expect_refused(file_with(R"({"__metadata__":{"checksum":"0"}})", 0), "checksum is incomplete");
  expect_refused(file_with(R"({"__metadata__":{"checksum":"0","checksum_kind":"crc"}})", 0), "unknown kind");
  expect_refused(file_with(R"({"__metadata__":{"checksum":"0","checksum_kind":"fnv1a-64"}})", 0), "does not match");
}

TEST(Safetensors, RefusesDuplicateNames) {
  std::string const one = entry("U8", "[1]", "[0,1]");
  expect_refused(file_with(R"({"w":)" + one + R"(,"w":)" + one + "}", 1), "the name w twice");
  expect_refused(file_with(R"({"w":)" + one + R"(,"\u0077":)" + one + "}", 1), "the name w twice");
  expect_refused(file_with(R"({"w":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}})", 1), "shape twice");
}

TEST(Safetensors, RefusesWrongEntries) {
  auto const expect_entry_refused = [](std::string const& text, std::size_t data, std::string const& part) {
    expect_refused(file_with(R"({"w":)" + text + "}", data), part);
  };
  expect_entry_refused("3", 0, "tensor w has an entry other than");
  expect_entry_refused("{}", 0, "tensor w has an entry other than");
  expect_entry_refused(R"({"dtype":"U8","shape":[1],"data_offset":[0,1]})", 1, "has an entry other than");
  expect_message<InputError>(
      [&] { decode_safetensors(file_with("{\"w\":" + entry("F4", "[2]", "[0,1]") + "}", 1), "m"); },
      {"m: tensor w is of type \"F4\"", "not one of the types"});
  expect_entry_refused(R"({"dtype":7,"shape":[1],"data_offsets":[0,1]})", 1, "dtype is not a string");
  expect_entry_refused(entry("U8", "1", "[0,1]"), 1, "shape that is not a list");
  for (std::string const shape : {"[-1]", "[1.0]", "[\"1\"]", "[null]", "[18446744073709551615]"}) {
    expect_entry_refused(entry("U8", shape, "[0,1]"), 1, "not a natural number");
  }
  expect_entry_refused(entry("U8", "[[1]]", "[0,1]"), 1, "nested too deeply");
  expect_entry_refused(entry("F64", "[4611686018427387904,4]", "[0,0]"), 0, "do not fill its shape");
  expect_entry_refused(entry("F64", "[2]", "[0,8]"), 8, "do not fill its shape [2]");
  for (std::string const offsets : {"[0]", "[0,1,2]", "3", "[0,-1]", "[0,1.0]", "[\"0\",1]"}) {
    expect_entry_refused(entry("U8", "[1]", offsets), 1, "data_offsets that are not two natural numbers");
  }
  expect_entry_refused(entry("U8", "[1]", "[1,0]"), 1, "lies outside");
  expect_entry_refused(entry("U8", "[2]", "[0,2]"), 1, "lies outside the file's 1 bytes");
  expect_entry_refused(entry("U8", "[1]", "[18446744073709551615,18446744073709551615]"), 1, "lies outside");
  expect_entry_refused(entry("U8", "[1]", "[0,1]"), 2, "1 bytes follow the last tensor");
  expect_entry_refused(entry("U8", "[1]", "[1,2]"), 2, "gap");
  expect_refused(
      file_with(R"({"v":)" + entry("U8", "[2]", "[0,2]") + R"(,"w":)" + entry("U8", "[2]", "[1,3]") + "}", 3),
      "tensor w overlaps");
}

TEST(Safetensors, ViewsAreChecked) {
  SafetensorsFile const file = decode_safetensors(encode_safetensors(small_tensors(), {}), "best.safetensors");
  expect_message<InputError>([&] { file.at("wieght"); },
                             {"best.safetensors", "no tensor wieght", "weight, bias, mask"});
  expect_message<InputError>(
      [&] {
        file.view<float>("weight", {1, 2});
      },
      {"tensor weight is F64", "expected F32 [1, 2]"});
  expect_message<InputError>([&] { file.view<double>("weight", {2}); }, {"F64 [1, 2]", "expected F64 [2]"});
  expect_message<InputError>([&] { file.metadata_at("epoch"); }, {"best.safetensors", "no metadata epoch"});
  SafetensorsFile made;
  made.tensors = {{"w", DType::f64, {2}, std::vector<std::byte>(8)}};
  expect_message<InputError>([&] { made.view<double>("w", {2}); }, {"tensor w", "8 bytes"});
}

TEST(Safetensors, WriterRefusesWhatItCouldNotRead) {
  TemporaryFolder const folder;
  auto const encode = [](std::vector<Tensor> const& tensors, std::map<std::string, std::string> const& metadata = {}) {
    return encode_safetensors(tensors, metadata);
  };
  expect_message<InputError>([] { tensor_of<double>("w", {3}, {1.0}); }, {"tensor w", "1 values", "[3]"});
  expect_message<InputError>([] { tensor_of<double>("w", {-1}, {1.0}); }, {"tensor w", "[-1]"});
  expect_message<InputError>([&] { encode({{"w", DType::f64, {2}, std::vector<std::byte>(8)}}); }, {"tensor w"});
  Tensor const tensor = tensor_of<double>("w", {1}, {1.0});
  expect_message<InputError>([&] { encode({tensor, tensor}); }, {"tensor w", "twice"});
  expect_message<InputError>([&] { encode({tensor_of<double>("__metadata__", {1}, {1.0})}); }, {"reserved"});
  expect_message<InputError>([&] { encode({tensor}, {{"checksum", "x"}}); }, {"checksum", "reserved"});
  expect_message<InputError>([&] { encode({tensor}, {{"note", "\xff"}}); }, {"UTF-8"});
  expect_message<OutputError>([&] { write_safetensors(folder / "no/file", {{tensor}}, {}); }, {"no/file"});
}

}  // namespace
}  // namespace metasolve::io::safetensors_test
