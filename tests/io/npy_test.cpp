// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/npy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/packed_files.hpp"
#include "tests/support/temporary_folder.hpp"

/// NumPy's arrays: types, orders, versions, and what is refused.
namespace metasolve::npy_test {
namespace {

using namespace test;
using Shape = std::vector<std::int64_t>;

constexpr std::int64_t mebibyte = 1 << 20;

TEST(Npy, ReadsEachTypeAndVersion) {
  for (char const version : {char{1}, char{2}, char{3}}) {
    auto const reals = io::parse_npy(npy("<f8", "(2, 2)", bytes_of<double>({1, 2, 3, 4}), "False", version), "a");
    EXPECT_EQ(reals.shape, (Shape{2, 2}));
    EXPECT_FALSE(reals.whole);
    EXPECT_EQ(reals.reals, (std::vector<double>{1, 2, 3, 4}));
  }
  EXPECT_EQ(io::parse_npy(vector_npy<float>({0.5F, -2}), "a").reals, (std::vector<double>{0.5, -2}));
  EXPECT_EQ(io::parse_npy(vector_npy<std::int32_t>({7, -8}), "a").integers, (std::vector<std::int64_t>{7, -8}));
  auto const whole = io::parse_npy(vector_npy<std::int64_t>({1LL << 40, -1}), "a");
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(whole.integers, (std::vector<std::int64_t>{1LL << 40, -1}));
  EXPECT_EQ(io::to_reals(whole), (std::vector<double>{0x1p40, -1}));
  EXPECT_EQ(io::parse_npy(npy("<f8", "()", bytes_of<double>({3})), "a").shape, Shape{});
  EXPECT_EQ(io::parse_npy(npy("<f8", "(0, 5)", ""), "a").reals.size(), 0U);
  auto const odd = io::parse_npy(vector_npy<double>({std::nan(""), std::numeric_limits<double>::infinity()}), "a");
  EXPECT_TRUE(std::isnan(odd.reals[0]));
  EXPECT_TRUE(std::isinf(odd.reals[1]));
}

TEST(Npy, ReadsFortranOrder) {
  EXPECT_EQ(io::parse_npy(npy("<f8", "(2, 3)", bytes_of<double>({1, 4, 2, 5, 3, 6}), "True"), "a").reals,
            (std::vector<double>{1, 2, 3, 4, 5, 6}));
  auto const numpys = io::read_npy(METASOLVE_SOURCE_DIR "/tests/data/scipy/f.npy", mebibyte);
  EXPECT_EQ(numpys.shape, (Shape{2, 3, 4}));
  std::vector<double> expected(24);
  std::iota(expected.begin(), expected.end(), 0.0);
  EXPECT_EQ(numpys.reals, expected);
}

TEST(Npy, ReadsWhatItWrites) {
  std::vector<double> const values{1, -0.0, 1e-310, std::numeric_limits<double>::infinity(), 5, 6};
  for (Shape const& shape : {Shape{6}, Shape{2, 3}, Shape{1, 2, 3}}) {
    auto const text = io::npy_text(values, shape);
    EXPECT_EQ((text.size() - values.size() * sizeof(double)) % 64, 0U);
    auto const array = io::parse_npy(text, "a");
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(array.reals, values);
  }
  EXPECT_EQ(io::parse_npy(io::npy_text({}, {0, 3}), "a").shape, (Shape{0, 3}));
}

TEST(Npy, SaysWhatIsWrong) {
  auto const refuse = [](std::string const& content, std::initializer_list<std::string> parts) {
    expect_message<InputError>([&] { (void)io::parse_npy(content, "x.npy"); }, parts);
  };
  auto const one = bytes_of<double>({1});
  refuse("", {"x.npy", "no NumPy array"});
  refuse("PK\3\4 and more text", {"no NumPy array"});
  refuse(npy(">f8", "(1,)", one), {"big-endian", ">f8"});
  refuse(npy("|O", "(1,)", one), {"Python objects"});
  refuse(npy("<c16", "(1,)", one + one), {"complex"});
  refuse(npy("|b1", "(8,)", one), {"truth values"});
  refuse(npy("<f2", "(4,)", one), {"<f2", "float64"});
  refuse(npy("<f8", "(1, 1, 1, 1)", one), {"4 axes"});
  refuse(npy("<f8", "(2,)", one), {"is damaged", "8 bytes", "2 numbers"});
  refuse(npy("<f8", "(1,)", one + "x"), {"is damaged"});
  refuse(npy("<f8", "(-1,)", one), {"is damaged"});
  refuse(npy("<f8", "(99999999999999999999,)", one), {"is damaged"});
  refuse(npy("<f8", "(4611686018427387904, 4)", ""), {"is damaged"});
  refuse(npy("<f8", "(1,)", one, "Perhaps"), {"is damaged"});
  refuse(npy("<f8", "(1,)", one, "False", 4), {"format 4"});
  auto structured = npy("<f8", "(1,)", one);
  structured.replace(structured.find("'<f8'"), 5, "[('a'");
  refuse(structured, {"structured"});
  auto huge = npy("<f8", "(1,)", one, "False", 2);
  huge.replace(8, 4, "\xff\xff\xff\xff");
  refuse(huge, {"ends within its head"});
  // Cut anywhere, it is refused; with any byte of the head changed, it is refused or read.
  auto const whole = npy("<f8", "(1, 2)", one + one);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW((void)io::parse_npy(std::string_view(whole).substr(0, size), "x"), InputError) << size;
  }
  for (std::size_t at = 0; at < whole.size() - 16; ++at) {
    for (int const byte : {0, 9, 39, 40, 44, 57, 255}) {
      auto changed = whole;
      changed[at] = static_cast<char>(byte);
      try {
        EXPECT_LE(io::parse_npy(changed, "x").reals.size(), 2U);
      } catch (InputError const& error) {
        EXPECT_NE(*error.what(), '\0');
      }
    }
  }
}

TEST(Npy, SizeOfAFileIsLimited) {
  TemporaryFolder const folder;
  auto const file = folder.write("a.npy", vector_npy(std::vector<double>(200, 1.0)));
  EXPECT_EQ(io::read_npy(file, 4096).reals.size(), 200U);
  expect_message<InputError>([&] { (void)io::read_npy(file, 1024); }, {"a.npy", "resources.memory"});
  EXPECT_THROW((void)io::read_npy(folder / "none.npy", mebibyte), InputError);
  EXPECT_THROW((void)io::read_npy(folder.path(), mebibyte), InputError);
}

}  // namespace
}  // namespace metasolve::npy_test
