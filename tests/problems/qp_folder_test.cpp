// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/detail/problems/qp_files.hpp"
#include "metasolve/detail/problems/qp_quadcopter.hpp"
#include "metasolve/error.hpp"
#include "tests/support/dense_qp.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/packed_files.hpp"
#include "tests/support/temporary_folder.hpp"

/// Quadratic programs of a user's files.
namespace metasolve::qp_folder_test {
namespace {

using namespace problems;
using namespace test;
using Numbers = std::vector<double>;

constexpr std::int64_t mebibyte = 1 << 20;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string shaped_npy(std::string const& shape, Numbers const& numbers) {
  return npy("<f8", "(" + shape + ")", bytes_of(numbers));
}

/// P = [4 1; 1 2], A = [1 1; 1 0; 0 1].
Members matrices_of_example() {
  return {{"P", matrix_npy(2, 2, {4, 1, 1, 2})},
          {"A_data", vector_npy<double>({1, 1, 1, 1})},
          {"A_indices", vector_npy<std::int32_t>({0, 1, 0, 1})},
          {"A_indptr", vector_npy<std::int32_t>({0, 2, 3, 4})},
          {"A_shape", vector_npy<std::int64_t>({3, 2})}};
}

Members with(Members members, Members const& more) {
  members.insert(members.end(), more.begin(), more.end());
  return members;
}

Numbers row_of(QpFamily const& family, std::int64_t task) {
  Numbers row(static_cast<std::size_t>(family.width()), NAN);
  family.sample(1, 0, task, row.data());
  return row;
}

TEST(QpFolder, TakesFeaturesAndScalesOfTheFiles) {
  TemporaryFolder const folder;
  auto const write = [&](std::string const& name, Members const& more) {
    write_npz(folder / name, with(with(matrices_of_example(), {{"q", matrix_npy(2, 2, {1, 1, 2, 3})},
                                                               {"l", vector_npy<double>({1, 0, 0})},
                                                               {"u", vector_npy<double>({1, 2, 3})}}),
                                  more));
  };
  Members const more{{"scales", vector_npy<double>({2, 5})}, {"features", matrix_npy(2, 3, {1, 2, 3, 4, 5, 6})}};
  write("a.npz", more);
  write("b.npz", more);
  auto const f = folder_family(folder.path(), mebibyte);
  EXPECT_EQ(f.feature_names, (std::vector<std::string>{"feature 1", "feature 2", "feature 3"}));
  EXPECT_TRUE(f.has_scales);
  EXPECT_EQ(row_of(f, 3), (Numbers{4, 5, 6, 2, 3, 1, 0, 0, 1, 2, 3, 2, 5}));
  auto const again = folder_family_as(f, folder.path(), mebibyte);
  EXPECT_EQ(row_of(again, 3), row_of(f, 3));
  write("b.npz", {});
  expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, {"b.npz: has 0 scales", "a.npz 2"});
  std::filesystem::remove(folder / "a.npz");
  expect_message<InputError>([&] { folder_family_as(f, folder.path(), mebibyte); }, {"feature 1"});
}

TEST(QpFolder, ReadsStackedTasksWithCommonMatrices) {
  TemporaryFolder const folder;
  auto const file = write_npz(folder / "tasks.npz",
                              with(matrices_of_example(), {{"q", matrix_npy(2, 2, {1, 1, 2, 3})},
                                                           {"l", vector_npy<double>({1, 0, -1e20})},
                                                           {"u", matrix_npy(2, 3, {1, .7, 1e30, 1, .7, INFINITY})}}));
  for (auto const& path : {folder.path(), file}) {
    QpFamily const f = folder_family(path, mebibyte);
    EXPECT_EQ(f.given, 2);
    EXPECT_FALSE(f.matrices_differ);
    EXPECT_EQ(f.variables(), 2);
    EXPECT_EQ(f.rows(), 3);
    EXPECT_EQ(f.p_values, (Numbers{4, 1, 2}));
    EXPECT_EQ(f.a_values, (Numbers{1, 1, 1, 1}));
    EXPECT_EQ(f.classes, (std::vector{RowClass::equality, RowClass::inequality, RowClass::unbounded}));
    // Of q1 and q2, which differ, each is an affine function of the other over two tasks.
    EXPECT_EQ(f.features(), 1);
    auto const row = row_of(f, 1);
    EXPECT_EQ(Numbers(row.begin() + 1, row.end()), (Numbers{2, 3, 1, 0, -infinity, 1, .7, infinity}));
  }
}

TEST(QpFolder, ReadsAFileForEachTaskInTheirOrder) {
  TemporaryFolder const folder;
  for (int const number : {2, 10}) {
    write_npz(folder / ("task_" + std::to_string(number) + ".npz"),
              {{"P", matrix_npy(2, 2, {1. * number, number == 2 ? 0. : 1, 0, 1})},  // the upper triangle
               {"A", matrix_npy(1, 2, {1, number == 2 ? 5. : 0})},
               {"q", vector_npy<double>({1. * number, 0})},
               {"l", vector_npy<double>({0})},
               {"u", vector_npy<double>({1})}});
  }
  QpFamily const f = folder_family(folder.path(), mebibyte);
  EXPECT_EQ(f.given, 2);
  EXPECT_TRUE(f.matrices_differ);
  // The union of both patterns.
  EXPECT_EQ(f.p.entries(), 3);
  EXPECT_EQ(f.a.entries(), 2);
  auto const first = dense_qp(f, row_of(f, 0).data()), second = dense_qp(f, row_of(f, 1).data());
  EXPECT_EQ(first.q, (Numbers{2, 0}));
  EXPECT_EQ(first.p, (Numbers{2, 0, 0, 1}));
  EXPECT_EQ(first.a, (Numbers{1, 5}));
  EXPECT_EQ(second.p, (Numbers{10, 1, 1, 1}));
  EXPECT_EQ(second.a, (Numbers{1, 0}));
}

TEST(QpFolder, ReadsATableBesideItsMatrices) {
  TemporaryFolder const folder;
  folder.write("P.mtx", "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 4\n2 1 1\n2 2 2\n");
  folder.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n3 2 4\n1 1 1\n1 2 1\n2 1 1\n3 2 1\n");
  folder.write("robots.csv",
               "name,q1,q2,l1,l2,l3,u1,u2,u3\na,1,1,1,0,0,1,.7,.7\nb,2,1,1,-inf,0,1,.7,inf\nc,2,4,1,-1e20,0,1,.7,.7\n");
  QpFamily const f = folder_family(folder.path(), mebibyte);
  EXPECT_EQ(f.given, 3);
  EXPECT_EQ(f.p_values, (Numbers{4, 1, 2}));
  EXPECT_EQ(dense_qp(f, row_of(f, 0).data()).a, (Numbers{1, 1, 1, 0, 0, 1}));
  EXPECT_EQ(f.features(), 2);  // of three tasks, at most
  auto const qp = dense_qp(f, row_of(f, 1).data());
  EXPECT_EQ(qp.l, (Numbers{1, -infinity, 0}));
  EXPECT_EQ(qp.u, (Numbers{1, .7, infinity}));
  // OSQP's own example.
  auto const x = solve_dense(dense_qp(f, row_of(f, 0).data()), 1e-9).x;
  EXPECT_NEAR(x[0], .3, 1e-6);
  EXPECT_NEAR(x[1], .7, 1e-6);
}

/// 172 numbers of q and 304 of l and u follow from x_0 and x_r.
TEST(QpFolder, FindsWhatDeterminesATask) {
  QpFamily const drawn = quadcopter_family(false);
  TemporaryFolder const folder;
  Numbers q, l, u, p(172 * 172, 0), a(304 * 172, 0);
  int const tasks = 60;
  for (int t = 0; t < tasks; ++t) {
    auto const qp = dense_qp(drawn, row_of(drawn, t).data());
    q.insert(q.end(), qp.q.begin(), qp.q.end());
    l.insert(l.end(), qp.l.begin(), qp.l.end());
    u.insert(u.end(), qp.u.begin(), qp.u.end());
    p = qp.p;
    a = qp.a;
  }
  write_npz(folder / "t.npz", {{"P", matrix_npy(172, 172, p)},
                               {"A", matrix_npy(304, 172, a)},
                               {"q", matrix_npy(tasks, 172, q)},
                               {"l", matrix_npy(tasks, 304, l)},
                               {"u", matrix_npy(tasks, 304, u)}});
  QpFamily const f = family_of({.folder = folder.path().string()});
  EXPECT_EQ(f.features(), 16);
  EXPECT_EQ(f.classes, drawn.classes);
  EXPECT_EQ(f.a.col_idxs, drawn.a.col_idxs);
  auto const row = row_of(f, 7), expected = row_of(drawn, 7);
  EXPECT_TRUE(std::equal(row.begin() + 16, row.end(), expected.begin() + 16, expected.end()));
}

TEST(QpFolder, TellsWhichBoundsAreInfinite) {
  TemporaryFolder const folder;
  write_npz(folder / "tasks.npz", with(matrices_of_example(), {{"q", vector_npy<double>({1, 1})},
                                                               {"l", vector_npy<double>({1, 0, 0})},
                                                               {"u", matrix_npy(2, 3, {1, 2, 3, 1, 2, 1e20})}}));
  QpFamily const f = folder_family(folder.path(), mebibyte);
  EXPECT_EQ(f.feature_names, std::vector<std::string>{"u3 infinite"});
  EXPECT_EQ(row_of(f, 0)[0], 0);
  EXPECT_EQ(row_of(f, 1)[0], 1);
}

TEST(QpFolder, HasAtMost64Features) {
  TemporaryFolder const folder;
  int const n = 80, tasks = 100;
  Numbers q, p(n * n, 0);
  for (int i = 0; i < n * tasks; ++i)
    q.push_back(random::Draws(1, random::Stream::weights, static_cast<std::uint64_t>(i)).normal(0));
  for (std::size_t i = 0; i < n; ++i) p[i * n + i] = 1;
  write_npz(folder / "t.npz", {{"P", matrix_npy(n, n, p)},
                               {"A", matrix_npy(1, n, Numbers(n, 1))},
                               {"q", matrix_npy(tasks, n, q)},
                               {"l", vector_npy<double>({0})},
                               {"u", vector_npy<double>({1})}});
  EXPECT_EQ(folder_family(folder.path(), mebibyte).features(), 64);
}

TEST(QpFolder, SaysWhatIsWrongAndWhere) {
  auto const refuse = [](std::string const& file, Members const& members, std::initializer_list<std::string> parts) {
    TemporaryFolder const folder;
    write_npz(folder / file, members);
    expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, parts);
  };
  Members const vectors = {
      {"q", vector_npy<double>({1, 1})}, {"l", vector_npy<double>({0, 0, 0})}, {"u", vector_npy<double>({1, 1, 1})}};
  auto const without = [](Members members, std::string const& name) {
    std::erase_if(members, [&](auto const& member) { return member.first == name; });
    return members;
  };
  auto const all = with(matrices_of_example(), vectors);
  auto const replaced = [&](std::string const& name, std::string const& content) {
    return with(without(all, name), {{name, content}});
  };
  refuse("t.npz", vectors, {"t.npz", "no matrix P", "P.npz"});
  refuse("t.npz", without(all, "l"), {"t.npz", "no array l"});
  refuse("t.npz", without(all, "A_shape"), {"t.npz", "A_shape"});
  refuse("t.npz", replaced("q", vector_npy<double>({1, 1, 1})), {"t.npz", "q has 3", "P 2"});
  refuse("t.npz", replaced("q", matrix_npy(2, 2, {1, 1, 1, NAN})), {"t.npz: task 1", "q2 is nan"});
  refuse("t.npz", replaced("l", matrix_npy(2, 3, {0, 0, 0, 0, 5, 0})), {"t.npz: task 1", "l2 is 5", "u2 is 1"});
  refuse("t.npz", replaced("l", vector_npy<double>({0, NAN, 0})), {"t.npz: task 0", "l2 is nan"});
  refuse("t.npz", replaced("l", vector_npy<double>({0, 1e20, 0})), {"l2 is 1e+20", "-inf"});
  refuse("t.npz", replaced("u", vector_npy<double>({0, 0, -INFINITY})), {"u3 is -inf"});
  refuse("t.npz", replaced("u", vector_npy<double>({1, 1})), {"l has 3", "u 2"});
  refuse("t.npz", replaced("P", matrix_npy(2, 2, {4, 1, 2, 2})), {"t.npz: task 0", "not symmetric", "P(2, 1) is 2"});
  refuse("t.npz", replaced("P", matrix_npy(1, 2, {4, 1})), {"t.npz", "P is 1 by 2", "square"});
  refuse("t.npz", replaced("P", matrix_npy(3, 3, Numbers(9, 1))), {"A has 2 columns", "3 by 3"});
  refuse("t.npz", replaced("P", shaped_npy("2, 2, 2", {4, 1, 1, 2, 4, 1, 1, INFINITY})), {"task 1", "P(2, 2) is inf"});
  refuse("t.npz", with(all, {{"features", matrix_npy(2, 1, {1, NAN})}}), {"t.npz: task 1", "features is nan"});
  refuse("t.npz", with(replaced("q", matrix_npy(2, 2, {1, 1, 1, 1})), {{"features", matrix_npy(3, 1, {1, 2, 3})}}),
         {"q", "2 tasks", "another array", "3"});
  refuse("t.npz", with(all, {{"scales", vector_npy<double>({1, 0})}}), {"t.npz: task 0", "scales is 0", "positive"});
  refuse("t.npz", with(all, {{"scales", vector_npy<double>({1, 1, 1})}}), {"t.npz", "3 scales", "expected 2"});
  refuse("P.npz", {{"P", matrix_npy(2, 2, {4, 1, 1, 2})}}, {"holds no tasks"});

  TemporaryFolder const folder;
  expect_message<InputError>([&] { folder_family(folder / "none", mebibyte); }, {"none", "not a folder"});
  folder.write("t.csv", "q1,l1,u1\n1,0,1\n");
  expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, {"t.csv", "no matrices"});
  folder.write("P.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 1\n");
  folder.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 1\n");
  EXPECT_EQ(folder_family(folder.path(), mebibyte).given, 1);
  folder.write("t.csv", "q1,l1,u1\n1,0,1\n1,2,1\n");
  expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, {"t.csv: task 1", "l1 is 2"});
  folder.write("t.csv", "q1,l1\n1,0\n");
  expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, {"t.csv", "lacks u1"});
  folder.write("t.csv", "q1,l1,u1\n1,0,x\n");
  expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, {"t.csv:2", "u1", "\"x\""});
  folder.write("P.mtx.gz", "");
  expect_message<InputError>([&] { folder_family(folder.path(), mebibyte); }, {"P twice"});
}

}  // namespace
}  // namespace metasolve::qp_folder_test
