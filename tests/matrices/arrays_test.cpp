// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/arrays.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "metasolve/detail/matrices/read_matrix.hpp"
#include "metasolve/detail/matrices/zip_file.hpp"
#include "metasolve/detail/sparse/csr_matrix.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/packed_files.hpp"
#include "tests/support/temporary_folder.hpp"

/// Matrices of NumPy and SciPy.
namespace metasolve::arrays_test {
namespace {

using namespace test;
using Integers = std::vector<std::int32_t>;
using Reals = std::vector<double>;

constexpr std::int64_t mebibyte = 1 << 20;

sparse::CsrMatrix read(std::filesystem::path const& file) {
  return sparse::csr_matrix(matrices::read_matrix(file, mebibyte));
}

/// tests/data/scipy: [[4, 1, 0], [-2, 5, 0], [0, 3, 6]], written by SciPy, coo without compression.
TEST(Arrays, ReadsWhatSciPyWrites) {
  std::string const folder = METASOLVE_SOURCE_DIR "/tests/data/scipy/";
  for (std::string const name : {"csr.npz", "csc.npz", "coo.npz"}) {
    auto const matrix = read(folder + name);
    EXPECT_EQ(matrix.pattern.row_ptrs, (Integers{0, 2, 4, 6})) << name;
    EXPECT_EQ(matrix.pattern.col_idxs, (Integers{0, 1, 0, 1, 1, 2})) << name;
    EXPECT_EQ(matrix.values, (Reals{4, 1, -2, 5, 3, 6})) << name;
  }
  EXPECT_EQ(read(folder + "dense.npz").values, (Reals{4, 1, 0, -2, 5, 0, 0, 3, 6}));
  expect_message<InputError>([&] { read(folder + "bsr.npz"); }, {"bsr.npz: format.npy", "\"bsr\"", "csr, csc or coo"});
}

Members csr_members(Integers const& indptr, Integers const& indices, std::string const& data) {
  return {{"indptr", vector_npy(indptr)}, {"indices", vector_npy(indices)}, {"data", data}};
}

TEST(Arrays, ReadsSeveralMatricesOfOnePattern) {
  TemporaryFolder const folder;
  for (bool const deflated : {false, true}) {
    auto const file = write_npz(folder / "batch.npz",
                                csr_members({0, 2, 3}, {1, 0, 1}, matrix_npy(2, 3, {1, 2, 3, 4, 5, 6})), deflated);
    auto const batch = matrices::read_matrix_arrays(file, mebibyte);
    EXPECT_EQ(batch.rows, 2);
    EXPECT_EQ(batch.tasks, 2);
    EXPECT_TRUE(batch.several);
    EXPECT_EQ(batch.places[0], (std::pair<std::int32_t, std::int32_t>{0, 1}));
    EXPECT_EQ(batch.values, (Reals{1, 2, 3, 4, 5, 6}));
    expect_message<InputError>([&] { read(file); }, {"batch.npz", "2 matrices"});
  }
  auto const dense = folder.write("dense.npy", npy("<f8", "(3, 1, 1)", bytes_of<double>({7, 8, 9})));
  EXPECT_EQ(matrices::read_matrix_arrays(dense, mebibyte).tasks, 3);
}

TEST(Arrays, SaysWhatIsWrong) {
  TemporaryFolder const folder;
  auto const refuse = [&](Members const& members, std::initializer_list<std::string> parts) {
    auto const file = write_npz(folder / "a.npz", members);
    expect_message<InputError>([&] { read(file); }, parts);
  };
  auto const data = vector_npy<double>({1, 2, 3});
  refuse(csr_members({0, 2, 3}, {1, 0, 2}, data), {"a.npz: indices.npy", "index 2", "0 to 1"});
  refuse(csr_members({0, 2, 3}, {1, -1, 0}, data), {"index -1"});
  refuse(csr_members({0, 4, 3}, {1, 0, 1}, data), {"indptr.npy", "rise from 0 to the 3"});
  refuse(csr_members({1, 2, 3}, {1, 0, 1}, data), {"indptr.npy"});
  refuse(csr_members({}, {1, 0, 1}, data), {"-1 rows"});
  refuse(csr_members({0, 2, 3}, {1, 0, 1}, vector_npy<double>({1, 2})), {"data.npy", "is 2", "3 values"});
  refuse({{"indptr", data}, {"indices", data}, {"data", data}}, {"indptr.npy", "whole numbers"});
  refuse({{"indptr", vector_npy<std::int32_t>({0, 0})}, {"indices", vector_npy<std::int32_t>({})}},
         {"holds no array data", "indptr, indices"});
  refuse({{"a", data}, {"b", data}}, {"holds no array", "a, b"});
  refuse({}, {"a.npz", "zip archive"});
  refuse({{"a", matrix_npy(1, 2, {1, 2})}}, {"a.npy", "1 by 2", "N by N"});
  auto square = csr_members({0, 2, 3}, {1, 0, 1}, data);
  square.emplace_back("shape", vector_npy<std::int64_t>({2, 3}));
  refuse(square, {"shape.npy", "2 by 3", "square"});
  square.back().second = vector_npy<std::int64_t>({1LL << 40, 1LL << 40});
  refuse(square, {"1099511627776 rows"});
  square.back().second = vector_npy<std::int64_t>({2000000000, 2000000000});
  refuse(square, {"2000000000 rows", "resources.memory"});
  square.back().second = vector_npy<std::int64_t>({3, 3});
  refuse(square, {"indptr.npy", "4 numbers"});
  Members coo{{"row", vector_npy<std::int64_t>({0, 1})},
              {"col", vector_npy<std::int64_t>({0, 9})},
              {"data", vector_npy<double>({1, 2})},
              {"shape", vector_npy<std::int64_t>({2, 2})}};
  refuse(coo, {"col.npy", "index 9"});
  coo.pop_back();
  refuse(coo, {"holds no array shape"});

  auto const big = write_npz(folder / "big.npz", {{"a", npy("<f8", "(512, 512)", std::string(2 << 20, '\0'))}});
  expect_message<InputError>([&] { read(big); }, {"big.npz: a.npy", "resources.memory"});
  EXPECT_THROW(read(folder / "none.npz"), InputError);
  expect_message<InputError>([&] { read(folder.write("t.npz", "no archive")); }, {"t.npz", ".npz"});
}

/// Damaged archives are refused or read, whatever was changed.
TEST(Arrays, SurviveDamage) {
  TemporaryFolder const folder;
  auto const members = csr_members({0, 2, 3}, {1, 0, 1}, vector_npy<double>({1, 2, 3}));
  for (bool const deflated : {false, true}) {
    auto const whole = TemporaryFolder::read(write_npz(folder / "a.npz", members, deflated));
    auto const attempt = [&](std::string const& content) {
      auto const file = folder.write("damaged.npz", content);
      try {
        EXPECT_LE(read(file).values.size(), 4U);
      } catch (InputError const& error) {
        EXPECT_NE(*error.what(), '\0');
      }
    };
    for (std::size_t size = 0; size < whole.size(); size += 7) attempt(whole.substr(0, size));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (char const byte : {'\0', '\xff'}) {
        auto changed = whole;
        changed[at] = byte;
        attempt(changed);
      }
    }
  }
}

TEST(Csr, AddsTheDiagonalAndSumsRepeatedEntries) {
  io::MatrixMarket matrix;
  matrix.rows = 3;
  matrix.entries = {{2, 0, 1}, {0, 2, 5}, {2, 0, 2}, {1, 1, 4}};
  auto const csr = sparse::csr_matrix(matrix);
  EXPECT_EQ(csr.pattern.row_ptrs, (Integers{0, 2, 3, 5}));
  EXPECT_EQ(csr.pattern.col_idxs, (Integers{0, 2, 1, 0, 2}));
  EXPECT_EQ(csr.values, (Reals{0, 5, 4, 3, 0}));
  matrix.skew_symmetric = true;
  matrix.entries = {{1, 0, 2}};
  EXPECT_EQ(sparse::csr_matrix(matrix).values, (Reals{0, -2, 2, 0, 0}));
}

TEST(Csr, KindOfAMatrix) {
  using sparse::MatrixKind;
  auto const kind = [](std::vector<io::MatrixMarketEntry> entries) {
    io::MatrixMarket matrix;
    matrix.rows = 2;
    matrix.entries = std::move(entries);
    auto const csr = sparse::csr_matrix(matrix);
    return sparse::kind_of(csr.pattern, csr.values);
  };
  EXPECT_EQ(kind({{0, 0, 1}, {1, 1, 1}}), MatrixKind::positive_diagonal);
  EXPECT_EQ(kind({{0, 0, 1}, {1, 1, 1}, {0, 1, 2}, {1, 0, 2}}), MatrixKind::positive_diagonal);
  EXPECT_EQ(kind({{0, 0, 1}, {0, 1, 2}, {1, 0, 2}}), MatrixKind::symmetric);
  EXPECT_EQ(kind({{0, 0, 1}, {1, 1, 1}, {0, 1, 2}, {1, 0, 2.0000000000000004}}), MatrixKind::general);
  EXPECT_EQ(kind({{0, 0, 1}, {1, 1, 1}, {1, 0, 2}}), MatrixKind::lower_triangle);
  EXPECT_EQ(kind({{0, 0, 1}, {1, 1, 1}, {0, 1, 2}}), MatrixKind::general);
  double const nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(kind({{0, 0, nan}, {1, 1, 1}}), MatrixKind::general);
  EXPECT_EQ(kind({{0, 0, 1}, {1, 1, 1}, {0, 1, nan}, {1, 0, nan}}), MatrixKind::general);
}

TEST(Gzip, IsUnpackedOnTheWay) {
  TemporaryFolder const folder;
  std::string const text = "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 2\n2 1 -1\n2 2 2\n";
  auto const file = write_gzip(folder / "A_0.mtx.gz", text);
  EXPECT_EQ(read(file).values, (Reals{2, -1, -1, 2}));
  EXPECT_EQ(matrices::read_vector(write_gzip(folder / "b_0.txt.GZ", "1 2\n"), 2, mebibyte), (Reals{1, 2}));
  expect_message<InputError>([&] { read(write_gzip(folder / "A_1.mtx.gz", text + "x\n")); }, {"A_1.mtx.gz:6"});
  auto const packed = TemporaryFolder::read(file);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    EXPECT_THROW(read(folder.write("cut.mtx.gz", packed.substr(0, size))), InputError) << size;
  }
  expect_message<InputError>([&] { read(folder.write("A_2.mtx.gz", text)); }, {"A_2.mtx.gz", "not compressed by gzip"});
  expect_message<InputError>([&] { read(folder / "A_3.mtx.gz"); }, {"A_3.mtx.gz", "No such file"});
  auto const bomb = write_gzip(folder / "A_4.mtx.gz", text + std::string(8 << 20, '\n'));
  expect_message<InputError>([&] { read(bomb); }, {"A_4.mtx.gz", "unpacks to more"});
}

TEST(ReadVector, OfNumPy) {
  TemporaryFolder const folder;
  EXPECT_EQ(matrices::read_vector(folder.write("b.npy", vector_npy<float>({1, 2})), 2, mebibyte), (Reals{1, 2}));
  EXPECT_EQ(matrices::read_vector(folder.write("b.npy", matrix_npy(2, 1, {1, 2})), 2, mebibyte), (Reals{1, 2}));
  auto const wrong = [&] {
    (void)matrices::read_vector(folder.write("b.npy", matrix_npy(2, 2, {1, 2, 3, 4})), 4, mebibyte);
  };
  expect_message<InputError>(wrong, {"b.npy", "2 by 2", "4 numbers"});
}

}  // namespace
}  // namespace metasolve::arrays_test
