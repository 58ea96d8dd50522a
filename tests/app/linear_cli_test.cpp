// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/npy.hpp"
#include "tests/support/command.hpp"
#include "tests/support/packed_files.hpp"

/// `solve --problem linear`: input and output in each form, kinds of matrices, user errors.
namespace metasolve::linear_cli_test {
namespace {

using namespace test;
using Reals = std::vector<double>;

constexpr std::int64_t mebibyte = 1 << 20;
std::string const symmetric = "%%MatrixMarket matrix coordinate real symmetric\n";
std::string const general = "%%MatrixMarket matrix coordinate real general\n";

class LinearCli : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  [[nodiscard]] CommandResult solve(std::string const& matrices, Words const& more = {}) const {
    return metasolve(Words{"solve", "--problem", "linear", "--out", at("out.csv"), "--device", "cpu", "--threads", "2",
                           "--tolerance", "1e-12", "--matrices", matrices} +
                     more);
  }
  void refuse(CommandResult const& result, Words const& parts) const {
    EXPECT_EQ(result.status, 2) << result.out << result.err;
    for (auto const& part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
    }
  }
  /// The status of each task.
  [[nodiscard]] Words statuses() const {
    Words all;
    std::istringstream lines(TemporaryFolder::read(at("out.csv")));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "task,status,iterations,measure");
    while (std::getline(lines, line)) {
      auto const first = line.find(',') + 1;
      all.push_back(line.substr(first, line.find(',', first) - first));
    }
    return all;
  }
  /// tridiag(-1, 4, -2) of 20 unknowns times 1, 2, ..., tasks.
  [[nodiscard]] std::string batch(int tasks) const {
    std::vector<std::int32_t> begin{0}, column;
    Reals row;
    for (int i = 0; i < 20; ++i) {
      for (int j = std::max(0, i - 1); j <= std::min(19, i + 1); ++j) {
        column.push_back(j);
        row.push_back(j < i ? -1 : j > i ? -2 : 4);
      }
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    Reals data;
    for (int t = 1; t <= tasks; ++t) {
      for (double const value : row) data.push_back(t * value);
    }
    return write_npz(folder_ / "A.npz", {{"indptr", vector_npy(begin)},
                                         {"indices", vector_npy(column)},
                                         {"data", matrix_npy(tasks, static_cast<int>(row.size()), data)}})
        .string();
  }
  /// A positive definite matrix, an indefinite one of the same pattern, a larger one that is not symmetric, a singular
  /// one and one that cannot be read.
  [[nodiscard]] std::string mixed() const {
    std::filesystem::create_directory(at("F"));
    folder_.write("F/A_0.mtx", symmetric + "2 2 3\n1 1 2\n2 1 1\n2 2 2\n");
    folder_.write("F/A_1.mtx", symmetric + "2 2 3\n1 1 1\n2 1 2\n2 2 1\n");
    write_gzip(at("F/A_2.mtx.gz"), general + "3 3 4\n1 1 1\n2 2 2\n3 3 4\n1 2 1\n");
    folder_.write("F/A_3.mtx", general + "2 2 1\n1 1 1\n");
    folder_.write("F/A_4.mtx", "no matrix\n");
    return at("F");
  }
  TemporaryFolder folder_;
};

TEST_F(LinearCli, SolvesABatch) {
  Reals rhs;
  for (int i = 0; i < 60; ++i) rhs.push_back(std::sin(i));
  auto const b = folder_.write("b.npy", matrix_npy(3, 20, rhs)).string();
  auto const result = solve(batch(3), {"--rhs", b, "--solutions", at("x.npy"), "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.json()["status"]["converged"], 3);
  EXPECT_EQ(result.json()["right_sides"], 3);
  EXPECT_EQ(result.json()["solved_as_general"], 0);
  auto const x = io::read_npy(at("x.npy"), mebibyte);
  ASSERT_EQ(x.shape, (std::vector<std::int64_t>{3, 20}));
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t i = 0; i < 20; ++i) {
      auto const* const row = x.reals.data() + 20 * t;
      double const left = i > 0 ? row[i - 1] : 0, right = i < 19 ? row[i + 1] : 0;
      EXPECT_NEAR(static_cast<double>(t + 1) * (4 * row[i] - left - 2 * right), rhs[20 * t + i], 1e-11);
    }
  }
  // A task alone has the same bits.
  rhs.resize(20);
  folder_.write("b.npy", vector_npy(rhs));
  EXPECT_EQ(solve(batch(1), {"--rhs", b, "--solutions", at("y.npy")}).status, 0);
  EXPECT_EQ(io::read_npy(at("y.npy"), mebibyte).reals, Reals(x.reals.begin(), x.reals.begin() + 20));
  // A dense batch, of one unknown.
  auto const dense = write_npz(folder_ / "one.npz", {{"A", npy("<f8", "(2, 1, 1)", bytes_of<double>({4, 5}))}});
  EXPECT_EQ(solve(dense.string(), {"--solutions", at("y.npy")}).status, 0);
  auto const y = io::read_npy(at("y.npy"), mebibyte).reals;
  ASSERT_EQ(y.size(), 2u);
  EXPECT_DOUBLE_EQ(y[0], 0.25);
  EXPECT_DOUBLE_EQ(y[1], 0.2);
}

TEST_F(LinearCli, DecidesByEachMatrix) {
  auto const result = solve(mixed(), {"--json", "--solutions", at("x.csv")});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("A_4.mtx:1"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("all ones for 4 systems"), std::string::npos) << result.err;
  EXPECT_EQ(result.json()["solved_as_general"], 1);
  EXPECT_EQ(result.json()["invalid"], 1);
  EXPECT_EQ(statuses(), (Words{"converged", "converged", "converged", "breakdown", "invalid"}));
  auto const text = TemporaryFolder::read(at("x.csv"));
  EXPECT_TRUE(text.starts_with("task,x1,x2,x3\n0,0.33333333333333")) << text;
  EXPECT_NE(text.find("\n3,,,\n4,,,\n"), std::string::npos) << text;
  // As said by the user, without a second attempt.
  EXPECT_EQ(solve(mixed(), {"--matrix", "general"}).status, 2);
  EXPECT_EQ(statuses()[1], "converged");
  auto const definite = solve(mixed(), {"--matrix", "positive_definite"});
  EXPECT_EQ(statuses(), (Words{"converged", "breakdown", "invalid", "breakdown", "invalid"}));
  EXPECT_NE(definite.err.find("A_2.mtx.gz: entry (1, 2) is 1, its mirror image 0"), std::string::npos) << definite.err;
}

TEST_F(LinearCli, WritesAFileForEachTask) {
  EXPECT_EQ(solve(mixed(), {"--solution", at("xs/")}).status, 2);
  EXPECT_EQ(io::read_npy(at("xs/x_2.npy"), mebibyte).reals, (Reals{0.5, 0.5, 0.25}));
  EXPECT_TRUE(std::isnan(io::read_npy(at("xs/x_3.npy"), mebibyte).reals.at(0)));
  EXPECT_FALSE(std::filesystem::exists(at("xs/x_4.npy")));
  refuse(solve(mixed(), {"--solutions", at("x.npy")}), {"--solutions", "task 0 has 2", "task 2 has 3", "a folder"});
  EXPECT_FALSE(std::filesystem::exists(at("x.npy")));
}

TEST_F(LinearCli, ReplacesNoInput) {
  auto const folder = mixed();
  auto const matrices = batch(2);
  auto const b = folder_.write("b.npy", matrix_npy(2, 20, Reals(40, 1.0))).string();
  std::filesystem::create_directory(at("guess"));
  auto const guess = folder_.write("guess/x_0.npy", vector_npy(Reals(20, 0.0))).string();
  std::filesystem::create_symlink(matrices, at("link.npy"));
  auto const before = contents(folder_.path());
  refuse(solve(folder, {"--solutions", at("F/A_0.mtx")}), {"--solutions", "A_0.mtx", "read for --matrices"});
  refuse(solve(matrices, {"--solutions", matrices}), {"read for --matrices"});
  refuse(solve(matrices, {"--solutions", at("link.npy")}), {"link.npy", "read for --matrices"});
  refuse(solve(matrices, {"--rhs", b, "--solutions", b}), {"b.npy is the file given with --rhs"});
  refuse(solve(matrices, {"--guess", at("guess"), "--method", "gmres", "--solutions", at("guess")}),
         {"x_0.npy", "--guess"});
  refuse(solve(matrices, {"--solutions", at("out.csv")}), {"--solutions", "--out"});
  for (std::string const problem : {"spd", "linear"}) {
    refuse(metasolve({"solve", "--problem", problem, "--matrices", folder, "--out", at("F/A_1.mtx")}),
           {"--out", "A_1.mtx", "read for --matrices"});
    refuse(metasolve(
               {"solve", "--problem", problem, "--matrices", folder, "--out", at("o"), "--solutions", at("F/A_1.mtx")}),
           {"--solutions", "A_1.mtx", "read for --matrices"});
  }
  EXPECT_EQ(contents(folder_.path()), before);
}

TEST_F(LinearCli, SaysWhichOptionsDoNotGoTogether) {
  auto const matrices = batch(2);
  refuse(solve(matrices, {"--method", "qr"}), {"--method", "qr", "dense_lu"});
  refuse(solve(matrices, {"--matrix", "hermitian"}), {"--matrix", "positive_definite"});
  refuse(solve(matrices, {"--restart", "0", "--method", "gmres"}), {"--restart", "1"});
  refuse(solve(matrices, {"--restart", "20"}), {"--restart", "--method gmres"});
  refuse(solve(matrices, {"--preconditioner", "ilu"}), {"--preconditioner", "bicgstab"});
  refuse(solve(matrices, {"--method", "gmres", "--omega", "1.2"}), {"--omega", "ssor"});
  refuse(solve(matrices, {"--method", "gmres", "--preconditioner", "ssor", "--omega", "2"}),
         {"--omega", "less than 2"});
  refuse(solve(matrices, {"--method", "gmres", "--preconditioner", "ssor", "--shift", "1"}), {"--shift", "ilu or ic"});
  refuse(solve(matrices, {"--method", "gmres", "--precision", "mixed"}), {"--precision", "direct"});
  refuse(solve(matrices, {"--fill-entries", "3"}), {"--fill-entries", "for --problem spd, not for linear"});
  refuse(solve(matrices, {"--set", "solver.shift=1"}), {"--set", "resources"});
  refuse(solve(matrices, {"--model", "m"}), {"--model"});
  refuse(solve(matrices, {"--rhs", at("none.npy")}), {"none.npy"});
  refuse(metasolve({"solve", "--problem", "linear", "--out", at("o")}), {"--matrices", "not given"});
  refuse(metasolve({"solve", "--problem", "spd", "--matrices", at("F"), "--method", "cg", "--out", at("o")}),
         {"--method", "for --problem linear, not for spd"});
  auto const listed = metasolve({"problems"});
  EXPECT_NE(listed.out.find("\nlinear\n"), std::string::npos) << listed.out;
}

}  // namespace
}  // namespace metasolve::linear_cli_test
