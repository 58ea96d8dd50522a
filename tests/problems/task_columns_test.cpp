// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/task_columns.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"

namespace metasolve::test::task_columns_test {

using problems::declared_parameter;
using problems::task_column;
using problems::TaskColumn;

constexpr std::int64_t many = 20000;

std::vector<double> drawn(std::vector<std::string> const& texts, std::int64_t first = 0, std::int64_t n = many,
                          std::uint64_t seed = 3, random::Stream stream = random::Stream::train_tasks) {
  std::vector<TaskColumn> columns;
  for (auto const& text : texts) columns.push_back(task_column(text));
  std::vector<double> rows(columns.size() * static_cast<std::size_t>(n));
  problems::draw_tasks(columns, seed, stream, first, n, rows.data());
  return rows;
}

double mean(std::vector<double> const& values, auto&& of) {
  return std::accumulate(values.begin(), values.end(), 0.0, [&](double sum, double x) { return sum + of(x); }) /
         static_cast<double>(values.size());
}
double as_it_is(double x) { return x; }

TEST(TaskColumns, DistributionsHaveTheirMoments) {
  auto const uniform = drawn({"a = uniform(0.3, 1.7)"});
  EXPECT_TRUE(std::abs(mean(uniform, as_it_is) - 1) < 0.02);
  EXPECT_TRUE(std::abs(mean(uniform, [](double x) { return (x - 1) * (x - 1); }) - 1.96 / 12) < 0.01);
  EXPECT_TRUE(std::ranges::all_of(uniform, [](double x) { return x >= 0.3 && x <= 1.7; }));

  auto const logarithmic = drawn({"rho=log_uniform(1e-2,1e2)"});
  auto const decades = [](double x) { return std::log10(x); };
  EXPECT_TRUE(std::abs(mean(logarithmic, decades)) < 0.05);
  EXPECT_TRUE(std::abs(mean(logarithmic, [&](double x) { return decades(x) * decades(x); }) - 16.0 / 12) < 0.05);
  EXPECT_TRUE(std::ranges::all_of(logarithmic, [](double x) { return x >= 1e-2 && x <= 1e2; }));

  auto const normal = drawn({" c = normal( -5 , 10 ) "});
  EXPECT_TRUE(std::abs(mean(normal, as_it_is) + 5) < 0.4);
  EXPECT_TRUE(std::abs(mean(normal, [](double x) { return (x + 5) * (x + 5); }) - 100) < 4);

  std::map<double, int> seen;
  for (double const k : drawn({"k = integers(-1, 2)"})) ++seen[k];
  ASSERT_EQ(seen.size(), 4U);
  for (auto const& [k, times] : seen) {
    EXPECT_TRUE(k >= -1 && k <= 2 && k == std::floor(k));
    EXPECT_TRUE(std::abs(times - many / 4) < 300) << k;
  }
}

TEST(TaskColumns, ColumnsAreIndependent) {
  std::array<char const*, 4> const all{"uniform(-1, 1)", "normal(0, 1)", "log_uniform(0.5, 2)", "integers(-3, 3)"};
  for (auto const* const a : all) {
    for (auto const* const b : all) {
      auto const rows = drawn({std::string("a = ") + a, std::string("b = ") + b});
      double product = 0, squares_a = 0, squares_b = 0;
      for (std::size_t t = 0; t < rows.size(); t += 2) {
        double const x = rows[t] - (a == all[2] ? 1.0820 : 0), y = rows[t + 1] - (b == all[2] ? 1.0820 : 0);
        product += x * y;
        squares_a += x * x;
        squares_b += y * y;
      }
      EXPECT_TRUE(std::abs(product) < 0.04 * std::sqrt(squares_a * squares_b)) << a << " " << b;
    }
  }
}

TEST(TaskColumns, ATaskIsTheSameWhateverTheOrder) {
  std::vector<std::string> const texts{"a = uniform(0, 1)", "b = normal(0, 1)", "c = integers(1, 9)"};
  auto const all = drawn(texts, 0, 100), part = drawn(texts, 40, 10);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + 120));
  EXPECT_NE(drawn(texts, 0, 100, 4), all);
  EXPECT_NE(drawn(texts, 0, 100, 3, random::Stream::test_tasks), all);
}

TEST(TaskColumns, ANameAloneComesFromAFile) {
  auto const column = task_column(" pressure [Pa] ");
  EXPECT_EQ(column.name, "pressure [Pa]");
  EXPECT_FALSE(column.is_drawn);
}

TEST(TaskColumns, MistakesOfColumnsAreNamed) {
  auto const refused = [](std::string const& text, std::string const& part) {
    expect_message<InputError>([&] { task_column(text); }, {"problem.columns: \"" + text + "\": ", part});
  };
  refused("a = unifrom(0, 1)", "the nearest is uniform;");
  refused("a = uniform", "expected uniform(low, high)");
  refused("a = uniform(1, 2", "expected uniform(low, high)");
  refused("a = uniform()", "expected uniform(low, high)");
  refused("a = uniform(1)", "has 1 values in brackets; expected uniform(low, high)");
  refused("a = uniform(1, two)", "\"two\" is not a finite number");
  refused("a = uniform(1, inf)", "\"inf\" is not a finite number");
  refused("a = uniform(2, 1)", "low < high");
  refused("a = log_uniform(0, 1)", "low > 0");
  refused("a = normal(0, 0)", "deviation above 0");
  refused("a = integers(1, 2.5)", "2.5 is not a whole number");
  refused("= uniform(0, 1)", "has no name");
  refused("uniform(0, 1)", "has no name");
  refused("", "has no name");
}

TEST(TaskColumns, ParametersAreDeclared) {
  auto const expect = [](std::string const& text, BlackBoxParameter const& p) {
    auto const given = declared_parameter(text);
    EXPECT_TRUE(given == p) << text << ": constant " << given.constant;
  };
  expect("omega = interval(0, 2)", {"omega", 0, 2, ParameterKind::interval, 1});
  expect("omega=interval(0,2,1.5)", {"omega", 0, 2, ParameterKind::interval, 1.5});
  expect("shift = logarithmic(1e-5, 1, 0.01)", {"shift", 1e-5, 1, ParameterKind::logarithmic, 0.01});
  expect("shift = logarithmic(1e-5, 1, 0)", {"shift", 1e-5, 1, ParameterKind::logarithmic, 0});
  expect("restart = integers(5, 50, 30)", {"restart", 5, 50, ParameterKind::integer, 30});
  expect("restart = integers(5, 50)", {"restart", 5, 50, ParameterKind::integer, 27});
  expect("guess = real(0.5, 2)", {"guess", 0, 1, ParameterKind::real, 0.5, 2});
  expect("pc = choice(icc, jacobi , none)", {"pc", 0, 1, ParameterKind::choice, 0, 1, {"icc", "jacobi", "none"}});
  EXPECT_TRUE(std::abs(declared_parameter("s = logarithmic(1e-4, 1)").constant - 1e-2) < 1e-15);
}

TEST(TaskColumns, MistakesOfParametersAreNamed) {
  auto const refused = [](std::string const& text, std::string const& part) {
    expect_message<InputError>([&] { declared_parameter(text); }, {"problem.parameters: \"" + text + "\": ", part});
  };
  refused("omega", "has no range; expected NAME = one of interval(low, high[, constant])");
  refused("omega = uniform(0, 2)", "there is no \"uniform\"");
  refused("omega = interval(0, 2, 3)", "the constant 3 is outside the range");
  refused("omega = interval(0, 2, 1, 1)", "has 4 values");
  refused("s = logarithmic(0, 1)", "low > 0");
  refused("k = integers(1, 5, 2.5)", "2.5 is not a whole number");
  refused("g = real(0, 0)", "scale above 0");
  refused("g = real(0)", "expected real(constant, scale)");
  refused("pc = choice(icc)", "two or more");
  refused("pc = choice(icc, )", "two or more");
  refused("pc = choice(icc, icc)", "\"icc\" occurs twice");
}

}  // namespace metasolve::test::task_columns_test
