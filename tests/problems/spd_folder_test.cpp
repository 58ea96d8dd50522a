// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "metasolve/detail/problems/spd_folder.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/packed_files.hpp"
#include "tests/support/temporary_folder.hpp"

/// Which files of a folder are matrices and right-hand sides, and the reports on the others.
namespace metasolve::spd_folder_test {
namespace {

using namespace test;

constexpr std::int64_t mebibyte = 1 << 20;
std::string const matrix = "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 2\n2 1 -1\n2 2 2\n";

class Folder : public ::testing::Test {
 protected:
  [[nodiscard]] problems::SpdFolder read() const { return problems::read_spd_folder(folder_.path(), mebibyte); }
  /// Expects a line on ignored files that contains all of this.
  void expect_left_out(std::vector<std::string> const& all, std::string const& file, std::string const& why) const {
    for (auto const& text : all) {
      if (text.starts_with((folder_ / file).string() + ": left out: ") && text.find(why) != text.npos) return;
    }
    ADD_FAILURE() << file << " is not named for: " << why << "\n" << testing::PrintToString(all);
  }
  TemporaryFolder folder_;
};

TEST_F(Folder, LeadingZerosAndCapitalSuffixesAreRead) {
  folder_.write("A_001.mtx", matrix);
  folder_.write("b_001.txt", "# numpy's\n1 2\n");
  folder_.write("A_2.MTX", matrix);
  folder_.write("b_0002.TXT", "3\r\n4\r\n");
  folder_.write("A_03.mtx", matrix);
  folder_.write("b_3.mtx", "%%MatrixMarket matrix array real general\n % indented\n2 1\n5\n\n+6\n");
  folder_.write("A_4.mtx", matrix);
  folder_.write("b_4.Mtx", "\xEF\xBB\xBF%%MatrixMarket matrix coordinate integer general\r2 1 1\r2 1 7\r");
  folder_.write("A_5.mtx", matrix);
  auto const found = read();
  ASSERT_EQ(found.systems.size(), 5U) << testing::PrintToString(found.left_out);
  std::vector<std::vector<double>> const rhs{{1, 2}, {3, 4}, {5, 6}, {0, 7}, {1, 1}};
  for (std::size_t k = 0; k < rhs.size(); ++k) {
    EXPECT_EQ(found.systems[k].number, static_cast<std::int64_t>(k) + 1);
    EXPECT_EQ(found.systems[k].rhs, rhs[k]) << k;
  }
  EXPECT_EQ(found.right_sides, 4);
  EXPECT_TRUE(found.broken.empty());
  EXPECT_TRUE(found.left_out.empty());
}

TEST_F(Folder, WhatIsNotReadIsNamed) {
  folder_.write("A_0.mtx", matrix);
  folder_.write("A_1.mtx", matrix);
  folder_.write("b_0.txt", "1 1\n");
  folder_.write("b_0.txt.gz", "\x1f\x8b");
  folder_.write("A_1.mtx.bz2", "BZ");
  folder_.write("b_7.txt", "1 1\n");
  folder_.write("b_1.dat", "1 1\n");
  folder_.write("A-1.mtx", matrix);
  folder_.write("bcsstk01.mtx", matrix);
  folder_.write("A_99999999999999999999.mtx", matrix);
  folder_.write("A_1_b.mtx", matrix);
  folder_.write("B_1.txt", "1 1\n");
  for (auto const* silent : {"README.md", "notes.txt", ".A_3.mtx.swp", "answers.csv", "x_0.txt"})
    folder_.write(silent, "");
  auto const found = read();
  EXPECT_EQ(found.systems.size(), 2U);
  EXPECT_EQ(found.left_out.size(), 9U) << testing::PrintToString(found.left_out);
  expect_left_out(found.left_out, "b_7.txt", "no matrix A_7.mtx");
  expect_left_out(found.left_out, "b_0.txt.gz", "unpacked");
  expect_left_out(found.left_out, "A_1.mtx.bz2", "unpacked");
  for (std::string const other :
       {"b_1.dat", "A-1.mtx", "bcsstk01.mtx", "A_99999999999999999999.mtx", "A_1_b.mtx", "B_1.txt"}) {
    expect_left_out(found.left_out, other, "A_k.mtx");
  }
}

TEST_F(Folder, OfManyFilesLeftOutSomeAreNamed) {
  folder_.write("A_0.mtx", matrix);
  for (int k = 1; k <= 50; ++k) folder_.write("b_" + std::to_string(k) + ".txt", "1 1\n");
  auto const found = read();
  ASSERT_EQ(found.left_out.size(), 21U);
  EXPECT_NE(found.left_out.back().find("30 more"), std::string::npos) << found.left_out.back();
}

TEST_F(Folder, PackedFilesAndNumPysAreRead) {
  write_gzip(folder_ / "A_0.mtx.gz", matrix);
  write_gzip(folder_ / "b_0.mtx.gz", "%%MatrixMarket matrix array real general\n2 1\n3\n4\n");
  write_npz(folder_ / "A_1.npz", {{"row", vector_npy<std::int32_t>({0, 1, 1, 0})},
                                  {"col", vector_npy<std::int32_t>({0, 1, 0, 1})},
                                  {"data", vector_npy<double>({2, 2, -1, -1})},
                                  {"shape", vector_npy<std::int64_t>({2, 2})}});
  folder_.write("b_1.npy", vector_npy<double>({5, 6}));
  folder_.write("A_2.npy", matrix_npy(2, 2, {2, -1, -1, 2}));
  write_gzip(folder_ / "b_2.txt.gz", "7 8\n");
  folder_.write("A_3.npy", matrix_npy(2, 2, {2, -1, -1.5, 2}));
  folder_.write("A_4.mtx.gz", "\x1f\x8b");
  auto const found = read();
  ASSERT_EQ(found.systems.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(found.systems[k].matrix.values, (std::vector<double>{-1, 2, 2})) << k;
    auto const first = 3.0 + 2.0 * static_cast<double>(k);
    EXPECT_EQ(found.systems[k].rhs, (std::vector<double>{first, first + 1})) << k;
  }
  ASSERT_EQ(found.broken.size(), 2U);
  EXPECT_NE(found.broken[0].message.find("A_3.npy: entry (2, 1) is -1.5"), std::string::npos)
      << found.broken[0].message;
  EXPECT_NE(found.broken[1].message.find("A_4.mtx.gz: cannot be unpacked"), std::string::npos)
      << found.broken[1].message;
}

/// Each prevents its own system from being solved, and no other.
TEST_F(Folder, WhatCannotBeUsedIsOneRow) {
  for (std::string const k : {"0", "1", "2", "3", "5", "6"}) folder_.write("A_" + k + ".mtx", matrix);
  folder_.write("A_4.mtx.bz2", "BZ");
  folder_.write("b_1.txt", "1 1\n");
  folder_.write("b_01.txt", "1 1\n");
  std::filesystem::create_symlink("b_2.txt", folder_ / "b_2.txt");
  folder_.write("b_3.txt.xz", "\xfd");
  folder_.write("b_5.mtx", "%%MatrixMarket matrix array real general\n2 2\n1\n1\n1\n1\n");
  std::filesystem::create_directory(folder_ / "b_6.txt");
  auto const found = read();
  ASSERT_EQ(found.systems.size(), 1U);
  EXPECT_EQ(found.systems[0].number, 0);
  ASSERT_EQ(found.broken.size(), 6U);
  std::vector<std::string> const why{"two right-hand sides of A_1.mtx",        "b_2.txt: cannot be opened",
                                     "b_3.txt.xz: is compressed in a way",     "A_4.mtx.bz2: is compressed in a way",
                                     "b_5.mtx:2: a right-hand side of 2 by 2", "it is a folder"};
  for (std::size_t i = 0; i < why.size(); ++i) {
    EXPECT_EQ(found.broken[i].number, static_cast<std::int64_t>(i) + 1);
    EXPECT_NE(found.broken[i].message.find(why[i]), std::string::npos) << found.broken[i].message;
  }
}

TEST_F(Folder, TwoMatricesOfOneNumberAreRefused) {
  folder_.write("A_1.mtx", matrix);
  folder_.write("A_1.MTX", matrix);
  expect_message<InputError>([&] { (void)read(); }, {"A_1.MTX and A_1.mtx", "numbered 1"});
}

sparse::SymmetricMatrix symmetric(TemporaryFolder const& folder, std::string const& entries) {
  auto const lines = std::ranges::count(entries, '\n');
  auto const file = folder.write(
      "A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 " + std::to_string(lines) + "\n" + entries);
  return sparse::symmetric_matrix(io::read_matrix_market(file, mebibyte), file);
}

/// Rounding is measured relative to sqrt(a_ii a_jj): independent of the units of the matrix and of each unknown.
TEST(Symmetry, IsJudgedByTheDiagonal) {
  TemporaryFolder const folder;
  for (double const a : {1.0, 1e-9, 1e150, 1e-150}) {  // units of the matrix
    for (double const d : {1.0, 1e-8, 1e8}) {          // of the second unknown
      auto const entries = [&](double lower, double upper) {
        std::ostringstream text;
        text.precision(17);
        text << "1 1 " << 4 * a << "\n2 2 " << 9 * a * d * d << "\n2 1 " << lower * a * d << "\n1 2 " << upper * a * d
             << '\n';
        return text.str();
      };
      EXPECT_DOUBLE_EQ(symmetric(folder, entries(5e-13, -5e-13)).values[0], 0) << a << ' ' << d;
      EXPECT_EQ(symmetric(folder, entries(5e-13, 0)).values.size(), 3U);
      EXPECT_THROW(symmetric(folder, entries(1e-11, 0)), InputError) << a << ' ' << d;
      EXPECT_THROW(symmetric(folder, entries(1, 1 + 1e-11)), InputError) << a << ' ' << d;
    }
  }
  // Without a valid diagonal, relative to the entry; the diagonal's error is then reported.
  expect_message<InputError>([&] { symmetric(folder, "1 1 -1\n2 2 1\n2 1 1\n1 2 1\n"); }, {"(1, 1)", "-1"});
  expect_message<InputError>([&] { symmetric(folder, "1 1 1\n2 2 0\n2 1 1\n1 2 2\n"); }, {"not symmetric"});
  expect_message<InputError>([&] { symmetric(folder, "2 2 1\n2 1 1\n1 2 1\n"); }, {"row 1 has no diagonal entry"});
}

}  // namespace
}  // namespace metasolve::spd_folder_test
