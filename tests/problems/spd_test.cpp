// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// A user's own matrices: files, patterns, orderings and fill.
namespace metasolve::spd_test {
namespace {

using namespace test;
using sparse::SymmetricStructure;

constexpr std::int64_t mebibyte = 1 << 20;
std::string const symmetric_header = "%%MatrixMarket matrix coordinate real symmetric\n";
std::string const general_header = "%%MatrixMarket matrix coordinate real general\n";

sparse::SymmetricMatrix read(TemporaryFolder const& folder, std::string const& text) {
  auto const file = folder.write("A_0.mtx", text);
  return sparse::symmetric_matrix(io::read_matrix_market(file, mebibyte), file);
}

TEST(MatrixMarket, ReadsSymmetricAndGeneralFiles) {
  TemporaryFolder const folder;
  auto const lower = read(folder, symmetric_header + "% a comment\n\n3 3 5\n1 1 2\n2 1 -1\n2 2 2\n3 3 4e0\n3 2 -0.5\n");
  EXPECT_EQ(lower.structure, sparse::structure_of(3, {{1, 0}, {2, 1}}));
  EXPECT_EQ(lower.values, (std::vector<double>{-1, -0.5, 2, 2, 4}));
  auto const whole = read(folder,
                          "%%matrixmarket MATRIX Coordinate REAL General\r\n3 3 8\r\n1 1 2\r\n1 2 -1\r\n2 1 -1\r\n"
                          "2 2 +1\r\n2 2 1\r\n3 3 4\r\n3 2 -0.5\r\n2 3 -0.5\r\n");
  EXPECT_EQ(whole.structure, lower.structure);
  EXPECT_EQ(whole.values, lower.values);  // the repeated entry is summed
  EXPECT_EQ(read(folder, "%%MatrixMarket matrix coordinate integer symmetric\n1 1 1\n1 1 7\n").values,
            std::vector<double>{7});
}

TEST(MatrixMarket, SaysWhatIsWrongAndWhere) {
  TemporaryFolder const folder;
  auto const refuse = [&](std::string const& text, std::initializer_list<std::string> parts) {
    expect_message<InputError>([&] { read(folder, text); }, parts);
  };
  refuse("", {"A_0.mtx:0", "empty"});
  refuse("%%MatrixMarket vector coordinate real general\n", {"A_0.mtx:1", "expected"});
  refuse("1 1 1\n1 1 1\n", {"A_0.mtx:1", "%%MatrixMarket"});
  refuse("%%MatrixMarket matrix lines real general\n2 2\n1\n0\n0\n1\n", {":1", "\"lines\""});
  refuse("%%MatrixMarket matrix coordinate complex symmetric\n1 1 1\n1 1 1 0\n", {":1", "\"complex\""});
  refuse("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 1\n", {":3", "(2, 1)", "not symmetric"});
  refuse(symmetric_header, {":1", "ends before"});
  refuse(symmetric_header + "2 2\n", {":2", "three whole numbers"});
  refuse(symmetric_header + "2 2 x\n", {":2", "three whole numbers"});
  refuse(symmetric_header + "2 3 1\n", {":2", "2 by 3", "square"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n3 1 1\n", {":4", "(3, 1)", "outside 1 to 2"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n0 1 1\n", {":4", "(0, 1)", "outside"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n1 2 1\n", {":4", "above the diagonal"});
  refuse(symmetric_header + "2 2 2\n1 1 nan\n2 2 1\n", {":3", "nan", "not finite"});
  refuse(symmetric_header + "2 2 2\n1 1 1e999\n2 2 1\n", {":3", "1e999", "not finite"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n2 2\n", {":4", "row column value"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n", {"ends after 1 of 2"});
  refuse(symmetric_header + "2 2 1\n1 1 1\n2 2 1\n", {":4", "more than the 1"});
  refuse(symmetric_header + "2 2 100000000\n1 1 1\n", {":2", "100000000 entries", "1 MiB"});
  refuse(general_header + "2 2 3\n1 1 1\n2 2 1\n2 1 0.5\n", {":5", "(2, 1)", "not symmetric"});
  refuse(general_header + "2 2 4\n1 1 1\n2 2 1\n2 1 0.5\n1 2 0.6\n", {"(2, 1)", "0.5", "0.6", "not symmetric"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n2 2 -3\n", {":4", "(2, 2)", "-3", "not positive definite"});
  refuse(symmetric_header + "2 2 2\n1 1 0\n2 2 3\n", {":3", "(1, 1)", "not positive definite"});
  refuse(symmetric_header + "3 3 2\n1 1 1\n3 3 1\n", {"row 2 is empty"});
  refuse(symmetric_header + "2 2 2\n1 1 1\n2 1 0.1\n", {"row 2 has no diagonal entry"});
  EXPECT_THROW(io::read_matrix_market(folder / "none.mtx", mebibyte), InputError);
  EXPECT_THROW(io::read_matrix_market(folder.path(), mebibyte), InputError);
}

TEST(MatrixMarket, RightSides) {
  TemporaryFolder const folder;
  auto const file = folder.write("b_0.txt", "1 2\n\n-3e-1\n");
  EXPECT_EQ(io::read_vector(file, 3), (std::vector<double>{1, 2, -0.3}));
  expect_message<InputError>([&] { io::read_vector(file, 4); }, {"b_0.txt", "3 numbers", "expected 4"});
  expect_message<InputError>([&] { io::read_vector(file, 2); }, {"b_0.txt:3", "more than 2"});
  folder.write("b_0.txt", "1\ninf\n");
  expect_message<InputError>([&] { io::read_vector(file, 2); }, {"b_0.txt:2", "inf"});
}

SymmetricStructure random_structure(int n, double density, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < i; ++j) {
      if (uniform(random) < density) places.emplace_back(i, j);
    }
  }
  return sparse::structure_of(n, std::move(places));
}

/// Levels of fill by their definition, on a dense matrix (Saad, Iterative Methods, algorithm 10.5).
TEST(Fill, IsThatOfTheDefinition) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    int const n = 40;
    auto const s = random_structure(n, 0.08, seed);
    std::vector<std::vector<int>> level(n, std::vector<int>(n, 1 << 28));
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        if (i == j || s.find(i, j) >= 0) level[i][j] = 0;
      }
    }
    for (int const most : {0, 1, 2, 3, sparse::complete_fill}) {
      auto l = level;
      for (int i = 0; i < n; ++i) {
        for (int k = 0; k < i; ++k) {
          if (l[i][k] > most) continue;
          for (int j = k + 1; j < n; ++j) l[i][j] = std::min(l[i][j], l[i][k] + l[k][j] + 1);
        }
      }
      auto const found = sparse::filled(s, most);
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < i; ++j) {
          EXPECT_EQ(found.find(i, j) >= 0, l[i][j] <= most) << "level " << most << ": " << i << ", " << j;
        }
      }
    }
  }
}

TEST(Ordering, ReverseCuthillMcKeeNarrowsTheBand) {
  // A chain whose unknowns are numbered at random, and a second one not connected to it.
  int const n = 101;
  auto shuffled = sparse::natural_ordering(n);
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  for (int i = 0; i + 1 < n; ++i) {
    if (i != 50) places.emplace_back(shuffled[static_cast<std::size_t>(i)], shuffled[static_cast<std::size_t>(i) + 1]);
  }
  auto const s = sparse::structure_of(n, std::move(places));
  auto const order = sparse::reverse_cuthill_mckee(s);
  EXPECT_EQ(std::set<std::int32_t>(order.begin(), order.end()).size(), static_cast<std::size_t>(n));
  auto const narrow = reordered(s, order);
  EXPECT_EQ(narrow.entries(), s.entries());
  for (std::int32_t j = 0; j < n; ++j) {
    for (auto e = narrow.col_ptrs[static_cast<std::size_t>(j)]; e < narrow.col_ptrs[static_cast<std::size_t>(j) + 1];
         ++e) {
      EXPECT_EQ(narrow.row_idxs[static_cast<std::size_t>(e)], j + 1);
    }
  }
  EXPECT_EQ(sparse::filled(narrow, sparse::complete_fill), narrow);  // a chain has no fill
}

/// Matrices with equal patterns are batched, so that each is solved as if alone; for training, those with cancelled
/// entries are included.
TEST(SpdFolder, GroupsByPattern) {
  TemporaryFolder const folder;
  auto const chain = [](int n, int without) {
    std::string entries;
    int count = n;
    for (int i = 1; i <= n; ++i) entries += std::to_string(i) + " " + std::to_string(i) + " 2\n";
    for (int i = 1; i < n; ++i) {
      if (i == without) continue;
      entries += std::to_string(i + 1) + " " + std::to_string(i) + " -1\n";
      ++count;
    }
    return symmetric_header + std::to_string(n) + " " + std::to_string(n) + " " + std::to_string(count) + "\n" +
           entries;
  };
  folder.write("A_1.mtx", chain(20, 0));
  folder.write("A_2.mtx", chain(20, 7));
  folder.write("A_10.mtx", chain(21, 0));
  folder.write("A_3.mtx", chain(20, 9));
  std::string diagonal = symmetric_header + "20 20 20\n";
  for (int i = 1; i <= 20; ++i) diagonal += std::to_string(i) + " " + std::to_string(i) + " 1\n";
  folder.write("A_4.mtx", diagonal);
  folder.write("A_5.mtx", symmetric_header + "2 2 1\n1 1 1\n");
  folder.write("b_1.txt", [] {
    std::string b;
    for (int i = 0; i < 20; ++i) b += std::to_string(i) + "\n";
    return b;
  }());
  folder.write("notes.txt", "not a matrix");
  folder.write("A_x.mtx", "neither");
  folder.write("A_6.mtx", chain(20, 7));
  auto const read = problems::read_spd_folder(folder.path(), mebibyte);
  std::vector<std::int64_t> numbers;
  for (auto const& s : read.systems) numbers.push_back(s.number);
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, 2, 3, 4, 6, 10}));
  ASSERT_EQ(read.broken.size(), 1U);
  EXPECT_EQ(read.broken[0].number, 5);
  EXPECT_NE(read.broken[0].message.find("row 2 is empty"), std::string::npos);
  EXPECT_EQ(read.systems[0].rhs[7], 7);
  EXPECT_EQ(read.systems[1].rhs, std::vector<double>(20, 1.0));

  auto const groups = problems::grouped(read.systems);
  ASSERT_EQ(groups.size(), 5U);
  EXPECT_EQ(groups[0].members, std::vector<std::size_t>{0});
  EXPECT_EQ(groups[1].members, (std::vector<std::size_t>{1, 4}));
  EXPECT_EQ(groups[1].structure.entries(), 18);
  EXPECT_EQ(groups[2].members, std::vector<std::size_t>{2});
  EXPECT_EQ(groups[3].members, std::vector<std::size_t>{3});
  EXPECT_EQ(groups[4].members, std::vector<std::size_t>{5});
  expect_message<InputError>([&] { problems::all_together(read.systems); },
                             {"A_1.mtx", "A_4.mtx", "different patterns"});
  auto const all = problems::all_together({read.systems.begin(), read.systems.begin() + 3});
  EXPECT_EQ(all.members, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(all.structure.entries(), 19);
  auto const tasks = problems::given_spd(read.systems, all, order_of(all, sparse::OrderingKind::natural), {});
  constexpr std::size_t width = 39 + 20;
  ASSERT_EQ(tasks.kind->width(), width);
  std::vector<double> rows(3 * width);
  tasks.fill(0, 3, rows.data());
  EXPECT_EQ(rows[width + 6], 0);
  EXPECT_EQ(rows[width + 7], -1);
  EXPECT_EQ(rows[39 + 7], 7);

  TemporaryFolder const empty;
  expect_message<InputError>([&] { problems::read_spd_folder(empty.path(), mebibyte); }, {"holds no matrix"});
  expect_message<InputError>([&] { problems::read_spd_folder(empty / "none", mebibyte); }, {"none", "cannot be read"});
  folder.write("A_01.mtx", chain(20, 0));
  expect_message<InputError>([&] { problems::read_spd_folder(folder.path(), mebibyte); }, {"numbered 1"});
}

}  // namespace
}  // namespace metasolve::spd_test
