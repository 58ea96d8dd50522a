// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/linear_systems.hpp"

#include <gtest/gtest.h>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/packed_files.hpp"
#include "tests/support/temporary_folder.hpp"

/// Batches of linear systems from folders and files.
namespace metasolve::linear_systems_test {
namespace {

using namespace test;
using Reals = std::vector<double>;

constexpr std::int64_t mebibyte = 1 << 20;
std::string const general = "%%MatrixMarket matrix coordinate real general\n";

class Systems : public ::testing::Test {
 protected:
  /// The same pattern twice, and another.
  void write_folder() const {
    folder_.write("A_0.mtx", general + "2 2 3\n1 1 2\n2 1 -1\n2 2 3\n");
    write_gzip(folder_ / "A_1.mtx.gz", general + "2 2 3\n2 2 6\n2 1 5\n1 1 4\n");
    folder_.write("A_7.npy", matrix_npy(2, 2, {1, 2, 3, 4}));
    folder_.write("b_1.npy", vector_npy<double>({8, 9}));
  }
  [[nodiscard]] std::filesystem::path batch() const {
    return write_npz(folder_ / "batch.npz", {{"indptr", vector_npy<std::int64_t>({0, 1, 2})},
                                             {"indices", vector_npy<std::int64_t>({1, 0})},
                                             {"data", matrix_npy(3, 2, {1, 2, 3, 4, 5, 6})}});
  }
  [[nodiscard]] matrices::LinearSystems read(matrices::LinearFiles const& files) const {
    return matrices::read_linear_systems(files, mebibyte);
  }
  TemporaryFolder folder_;
};

TEST_F(Systems, OfAFolder) {
  write_folder();
  folder_.write("A_9.mtx", "no matrix");
  auto const all = read({folder_.path()});
  ASSERT_EQ(all.systems.size(), 3U);
  EXPECT_EQ(all.systems[0].pattern, all.systems[1].pattern) << "equal patterns are one";
  EXPECT_NE(all.systems[0].pattern, all.systems[2].pattern);
  EXPECT_EQ(all.systems[1].values, (Reals{4, 5, 6}));
  EXPECT_EQ(all.systems[1].rhs, (Reals{8, 9}));
  EXPECT_EQ(all.systems[2].rhs, (Reals{1, 1}));
  EXPECT_EQ(all.systems[2].number, 7);
  EXPECT_EQ(all.right_sides, 1);
  ASSERT_EQ(all.broken.size(), 1U);
  EXPECT_EQ(all.broken[0].number, 9);
}

/// Rows are counted over all systems, also those that cannot be read.
TEST_F(Systems, VectorsOfOneFile) {
  write_folder();
  folder_.write("A_1.mtx.gz", "damaged");
  auto const rhs = folder_.write("rhs.npy", matrix_npy(3, 2, {1, 2, 3, 4, 5, 6}));
  auto const guess = folder_.write("guess.npy", npy("<f4", "(3, 2)", bytes_of<float>({7, 7, 8, 8, 9, 9})));
  auto const all = read({folder_.path(), rhs, guess});
  ASSERT_EQ(all.systems.size(), 2U);
  EXPECT_EQ(all.systems[1].rhs, (Reals{5, 6}));
  EXPECT_EQ(all.systems[1].guess, (Reals{9, 9}));
  EXPECT_EQ(all.right_sides, 2);
  EXPECT_EQ(all.guesses, 2);
  auto const refuse = [&](std::string const& content, std::initializer_list<std::string> parts) {
    auto const file = folder_.write("wrong.npy", content);
    expect_message<InputError>([&] { (void)read({folder_.path(), file}); }, parts);
  };
  refuse(matrix_npy(2, 2, {1, 2, 3, 4}), {"--rhs", "wrong.npy", "2 by 2", "3 systems", "[systems][N]"});
  refuse(vector_npy<double>({1, 2}), {"is 2", "3 systems"});
  auto const wide = folder_.write("wide.npy", matrix_npy(3, 3, Reals(9, 1.0)));
  auto const broken = read({folder_.path(), wide}).broken;
  ASSERT_EQ(broken.size(), 3U);
  EXPECT_NE(broken[0].message.find("3 numbers a system, but " + (folder_ / "A_0.mtx").string() + " has 2 rows"),
            std::string::npos)
      << broken[0].message;
  auto const text = folder_.write("rhs.txt", "1 2\n");
  expect_message<InputError>([&] { (void)read({folder_.path(), text}); }, {"rhs.txt", "one vector", "3 systems"});
}

TEST_F(Systems, GuessesOfAFolder) {
  write_folder();
  folder_.write("x_0.txt", "1 2\n");
  folder_.write("x_7.npy", vector_npy<double>({3, 4}));
  auto const all = read({folder_.path(), {}, folder_.path()});
  EXPECT_EQ(all.guesses, 2);
  EXPECT_EQ(all.systems[0].guess, (Reals{1, 2}));
  EXPECT_TRUE(all.systems[1].guess.empty());
  EXPECT_EQ(all.systems[2].guess, (Reals{3, 4}));
  auto files = matrices::matrices_read(folder_.path());
  auto const guesses = matrices::guesses_read(folder_.path());
  EXPECT_EQ(guesses.size(), 2U) << testing::PrintToString(guesses);
  files.insert(files.end(), guesses.begin(), guesses.end());
  EXPECT_EQ(files.size(), 6U) << testing::PrintToString(files);
}

TEST_F(Systems, OfAFile) {
  auto const all = read({batch(), folder_.write("b.npy", matrix_npy(3, 2, {1, 2, 3, 4, 5, 6}))});
  ASSERT_EQ(all.systems.size(), 3U);
  EXPECT_EQ(all.systems[0].pattern, all.systems[2].pattern);
  EXPECT_EQ(all.systems[0].pattern->entries(), 4) << "with the diagonal";
  EXPECT_EQ(all.systems[2].values, (Reals{0, 5, 6, 0}));
  EXPECT_EQ(all.systems[2].rhs, (Reals{5, 6}));
  EXPECT_EQ(all.systems[2].number, 2);

  auto const one =
      read({folder_.write("one.mtx", general + "2 2 2\n1 1 2\n2 2 3\n"), folder_.write("b.txt", "4\n5\n")});
  ASSERT_EQ(one.systems.size(), 1U);
  EXPECT_EQ(one.systems[0].rhs, (Reals{4, 5}));
  EXPECT_EQ(one.right_sides, 1);
  EXPECT_EQ(read({folder_ / "one.mtx"}).systems[0].rhs, (Reals{1, 1}));
  EXPECT_EQ(read({METASOLVE_SOURCE_DIR "/tests/data/scipy/csc.npz"}).systems[0].values, (Reals{4, 1, -2, 5, 3, 6}));
  expect_message<InputError>([&] { (void)read({folder_ / "none"}); }, {"none", "cannot be read"});
}

}  // namespace
}  // namespace metasolve::linear_systems_test
