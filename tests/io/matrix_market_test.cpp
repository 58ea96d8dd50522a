// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/matrix_market.hpp"

#include <gtest/gtest.h>

#include "metasolve/detail/sparse/csr_matrix.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// The forms of Matrix Market files besides those that `spd` takes (tests/problems/spd_test.cpp).
namespace metasolve::matrix_market_test {
namespace {

using namespace test;
using Reals = std::vector<double>;

class Forms : public ::testing::Test {
 protected:
  sparse::CsrMatrix read(std::string const& text) {
    return sparse::csr_matrix(io::read_matrix_market(folder_.write("A.mtx", text), 1 << 20));
  }
  void refuse(std::string const& text, std::initializer_list<std::string> parts) {
    expect_message<InputError>([&] { (void)read(text); }, parts);
  }
  TemporaryFolder folder_;
};

TEST_F(Forms, Array) {
  std::string const array = "%%MatrixMarket matrix array ";
  EXPECT_EQ(read(array + "real general\n2 2\n1\n2\n% columns\n3 4\n").values, (Reals{1, 3, 2, 4}));
  EXPECT_EQ(read(array + "integer symmetric\n2 2\n1\n2\n3\n").values, (Reals{1, 2, 2, 3}));
  auto const skew = read(array + "real skew-symmetric\n3 3\n1\n2\n3\n");
  EXPECT_EQ(skew.values, (Reals{0, -1, -2, 1, 0, -3, 2, 3, 0}));
  EXPECT_EQ(read(array + "real skew-symmetric\n1 1\n").values, Reals{0});
  refuse(array + "real general\n2 2\n1\n2\n3\n", {"ends after 3 of 4"});
  refuse(array + "real general\n2 2\n1\n2\n3\n4\n5\n", {":7", "more than the 4"});
  refuse(array + "real general\n2 3\n1\n", {":2", "2 by 3"});
  refuse(array + "real general\n2 2 4\n1\n", {":2", "two whole numbers"});
  refuse(array + "real general\n3000000000 3000000000\n1\n", {":2", "MiB"});
  refuse(array + "real general\n1000 1000\n1\n", {":2", "1 MiB"});
  refuse(array + "real general\n2 2\n1\nnan\n", {":4", "not finite"});
  refuse(array + "pattern general\n2 2\n", {":1", "pattern"});
}

TEST_F(Forms, PatternAndSkewSymmetric) {
  std::string const coordinate = "%%MatrixMarket matrix coordinate ";
  EXPECT_EQ(read(coordinate + "pattern general\n2 2 3\n1 1\n2 2\n1 2\n").values, (Reals{1, 1, 1}));
  EXPECT_EQ(read(coordinate + "integer skew-symmetric\n2 2 1\n2 1 3\n").values, (Reals{0, -3, 3, 0}));
  refuse(coordinate + "pattern general\n2 2 1\n1 1 1\n", {":3", "row column"});
  refuse(coordinate + "real skew-symmetric\n2 2 1\n1 2 3\n", {":3", "(1, 2)", "skew-symmetric"});
  refuse(coordinate + "real hermitian\n2 2 1\n1 2 3\n", {":1", "\"hermitian\""});
  refuse(coordinate + "complex general\n2 2 1\n1 2 3 4\n", {":1", "\"complex\""});
}

}  // namespace
}  // namespace metasolve::matrix_market_test
