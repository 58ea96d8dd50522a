// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/kernels/problems/systems/hires.hpp"
#include "metasolve/kernels/problems/systems/robertson.hpp"
#include "tests/support/robertson_command.hpp"

/// Behaviour of `integrate` for failed steps.
namespace metasolve::integrate_failure_test {
namespace {

using namespace test;

using Row = std::map<std::string, std::string>;

std::vector<Row> rows_of(std::string const& file) {
  std::istringstream text(TemporaryFolder::read(file));
  auto const split = [](std::string const& line) {
    Words cells;
    std::istringstream cell_text(line + ",");
    for (std::string cell; std::getline(cell_text, cell, ',');) cells.push_back(cell);
    return cells;
  };
  std::string line;
  std::getline(text, line);
  auto const header = split(line);
  std::vector<Row> rows;
  while (std::getline(text, line)) {
    auto const cells = split(line);
    EXPECT_EQ(cells.size(), header.size()) << line;
    Row row;
    for (std::size_t c = 0; c < std::min(cells.size(), header.size()); ++c) row[header[c]] = cells[c];
    rows.push_back(row);
  }
  return rows;
}

template <class O>
std::vector<double> state(Row const& row) {
  std::vector<double> y;
  for (int i = 1; i <= O::size; ++i) y.push_back(std::stod(row.at("y" + std::to_string(i))));
  return y;
}

/// ||y - h f(y) - y_prev||.
template <class O>
double residual(Row const& before, Row const& after, double const* p) {
  auto const y = state<O>(after), previous = state<O>(before);
  double const t = std::stod(after.at("t")), h = t - std::stod(before.at("t"));
  double f[O::size], square = 0;
  O::rate(t, y, p, f);
  for (std::size_t i = 0; i < O::size; ++i) square += std::pow(y[i] - h * f[i] - previous[i], 2);
  return std::sqrt(square);
}

class IntegrateFailure : public RobertsonCli {
 protected:
  CommandResult integrate(Words const& more) const {
    return metasolve(Words{"integrate", "--trajectory", at("t.csv"), "--json"} + more + cpu);
  }
  /// Writes a model with that many units and modified last weights to a file.
  template <class Edit>
  std::string edited(std::string const& hidden, Edit&& edit) const {
    auto const run = trained("run" + hidden, {"network.hidden=" + hidden});
    auto checkpoint = train::read_checkpoint(std::filesystem::path(run) / "last.safetensors");
    edit(checkpoint.learner.weights);
    auto const file = at("edited" + hidden + ".safetensors");
    train::write_checkpoint(file, checkpoint);
    return file;
  }
};

template <class O>
void expect_solved(std::vector<Row> const& rows, std::size_t steps, double const* p) {
  ASSERT_EQ(rows.size(), steps + 1);
  for (std::size_t n = 1; n < rows.size(); ++n) {
    EXPECT_EQ(rows[n].at("status"), "converged");
    for (double const y : state<O>(rows[n])) EXPECT_GE(y, -1e-9) << n;
    // Times in the file have all digits, but h is a difference of two of them.
    EXPECT_LE(residual<O>(rows[n - 1], rows[n], p), 2e-9) << n;
  }
}

TEST_F(IntegrateFailure, NewtonSolvesWhatNewtonSorDoesNot) {
  for (std::string const remedy : {"newton", "constant,newton,smaller-steps"}) {
    auto const robertson = integrate({"--steps", "18", "--on-failure", remedy});
    EXPECT_EQ(robertson.status, 0) << robertson.err;
    auto const document = robertson.json();
    EXPECT_GT(document["failures"], 0) << "a check against nothing";
    EXPECT_EQ(document["repaired"]["newton"], document["failures"]);
    EXPECT_TRUE(document["ended"].empty());
    auto const rows = rows_of(at("t.csv"));
    expect_solved<kernels::Robertson>(rows, 18, kernels::Robertson::default_parameters);
    EXPECT_EQ(std::ranges::count_if(rows, [](Row const& row) { return row.at("repair") == "newton"; }),
              document["failures"].get<std::int64_t>());
    EXPECT_EQ(std::ranges::count_if(rows, [](Row const& row) { return row.at("repair").empty(); }),
              19 - document["failures"].get<std::int64_t>());
    auto const& last = state<kernels::Robertson>(rows.back());
    EXPECT_NEAR(last[0] + last[1] + last[2], 1, 1e-8);
  }
  auto const hires = integrate({"--problem", "hires", "--steps", "7", "--on-failure", "newton"});
  EXPECT_EQ(hires.status, 0) << hires.err;
  EXPECT_GT(hires.json()["failures"], 0);
  expect_solved<kernels::Hires>(rows_of(at("t.csv")), 7, nullptr);
}

TEST_F(IntegrateFailure, SmallerStepsComeToAStateNearby) {
  integrate({"--steps", "18", "--on-failure", "newton"});
  auto const by_newton = state<kernels::Robertson>(rows_of(at("t.csv")).back());
  auto const result = integrate({"--steps", "18", "--on-failure", "smaller-steps"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_GT(result.json()["repaired"]["smaller-steps"], 0);
  auto const rows = rows_of(at("t.csv"));
  ASSERT_EQ(rows.size(), 19U);
  auto const last = state<kernels::Robertson>(rows.back());
  EXPECT_NEAR(last[0] + last[1] + last[2], 1, 1e-7);
  EXPECT_GT(last[1], 0);
  EXPECT_NEAR(last[0], by_newton[0], 1e-3);
  EXPECT_NE(last[0], by_newton[0]);
}

TEST_F(IntegrateFailure, ATrajectoryEndsWhereNothingHelps) {
  auto const result = integrate({"--steps", "18", "--on-failure", "stop"});
  EXPECT_EQ(result.status, 3);
  auto const document = result.json();
  EXPECT_EQ(document["failures"], 1);
  ASSERT_EQ(document["ended"].size(), 1U);
  auto const& ended = document["ended"][0];
  auto const rows = rows_of(at("t.csv"));
  ASSERT_LT(rows.size(), 19U);
  auto const& last = rows.back();
  EXPECT_EQ(last.at("step"), std::to_string(rows.size() - 1));
  EXPECT_EQ(last.at("step"), std::to_string(ended["step"].get<int>()));
  EXPECT_NE(last.at("status"), "converged");
  EXPECT_EQ(last.at("status"), ended["status"]);
  for (auto const* y : {"y1", "y2", "y3"}) EXPECT_EQ(last.at(y), "nan");
  auto const until = std::vector(rows.begin(), rows.end() - 1);
  expect_solved<kernels::Robertson>(until, until.size() - 1, kernels::Robertson::default_parameters);
  EXPECT_NE(result.err.find("set 0 at step " + last.at("step")), std::string::npos) << result.err;

  // Each set ends independently.
  auto const several = integrate({"--steps", "25", "--sets", "6", "--on-failure", "stop"});
  EXPECT_EQ(several.status, 3);
  std::map<std::string, std::vector<Row>> sets;
  for (auto const& row : rows_of(at("t.csv"))) sets[row.at("set")].push_back(row);
  ASSERT_EQ(sets.size(), 6U);
  std::size_t whole = 0;
  for (auto const& [set, of_set] : sets) {
    for (std::size_t n = 0; n + 1 < of_set.size(); ++n) EXPECT_EQ(of_set[n].at("status"), "converged") << set;
    bool const ends = of_set.back().at("status") != "converged";
    EXPECT_EQ(of_set.back().at("y1") == "nan", ends);
    if (!ends) {
      ++whole;
      EXPECT_EQ(of_set.size(), 26U);
    }
  }
  EXPECT_EQ(6 - whole, several.json()["ended"].size());
  EXPECT_GT(whole, 0U);
}

/// A model that always predicts a factor near 2, with which many steps fail. A network fused into the solve, and one
/// before it.
TEST_F(IntegrateFailure, TheConstantSolvesWhatAModelsChoiceDoesNot) {
  for (std::string const hidden : {"[8,8]", "[8,8,8]"}) {
    auto const model = edited(hidden, [](auto& weights) { weights[weights.size() - 4] = 6; });
    auto const command = Words{"--model", model, "--sets", "5", "--steps", "100", "--on-failure"};
    auto const stopped = integrate(command + Words{"stop"});
    EXPECT_EQ(stopped.status, 3) << "a check against nothing";

    auto const mended = integrate(command + Words{"constant"});
    EXPECT_EQ(mended.status, 0) << mended.err;
    auto const document = mended.json();
    auto const failures = document["failures"].get<std::int64_t>();
    EXPECT_GT(failures, 5);
    EXPECT_EQ(document["repaired"]["constant"], failures);
    EXPECT_EQ(document["repaired"]["newton"], 0);
    EXPECT_EQ(document["repaired"]["smaller-steps"], 0);
    EXPECT_TRUE(document["ended"].empty());
    auto const rows = rows_of(at("t.csv"));
    ASSERT_EQ(rows.size(), 5U * 101);
    EXPECT_EQ(std::ranges::count_if(rows, [](Row const& row) { return row.at("repair") == "constant"; }), failures);
    EXPECT_EQ(std::ranges::count_if(rows, [](Row const& row) { return row.at("repair").empty(); }), 5 * 101 - failures);
    EXPECT_NE(rows[5 * 60].at("y1"), rows[5 * 59].at("y1"));

    // It reaches the same result as the constant factor.
    integrate({"--sets", "5", "--steps", "100"});
    auto const by_constant = rows_of(at("t.csv"));
    ASSERT_EQ(by_constant.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].at("status"), "converged");
      for (auto const* y : {"y1", "y2", "y3"}) {
        EXPECT_NEAR(std::stod(rows[i].at(y)), std::stod(by_constant[i].at(y)), 1e-4) << i;
      }
    }

    // In the requested order: steps solved by Newton's method are not passed to the constant.
    auto const newton_first = integrate(command + Words{"newton,constant"}).json();
    EXPECT_GT(newton_first["failures"], 5);
    EXPECT_EQ(newton_first["repaired"]["newton"], newton_first["failures"]);
    EXPECT_EQ(newton_first["repaired"]["constant"], 0);
  }
}

/// Non-finite predictions are replaced before the step, which then does not fail.
TEST_F(IntegrateFailure, AModelOfNoNumbersIsTheConstant) {
  EXPECT_EQ(integrate({"--sets", "3", "--steps", "40"}).status, 0);
  auto const by_constant = TemporaryFolder::read(at("t.csv"));
  for (std::string const hidden : {"[8,8]", "[8,8,8]"}) {
    // Infinite in its first layer of that many units, and then the difference of two such numbers.
    auto const model = edited(hidden, [](auto& weights) {
      std::fill(weights.begin(), weights.begin() + 7 * 8, 0.0);
      for (std::size_t i = 7 * 8; i < weights.size(); ++i) weights[i] = i % 2 == 0 ? 3e38 : -3e38;
    });
    auto const result = integrate({"--model", model, "--sets", "3", "--steps", "40", "--on-failure", "stop"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.json()["failures"], 0);
    EXPECT_EQ(TemporaryFolder::read(at("t.csv")), by_constant) << hidden;
  }
}

TEST_F(IntegrateFailure, MethodsAreComparedByTheSetsThatTheyKept) {
  auto const compare = [](std::string const& remedies) {
    return metasolve(Words{"integrate", "--sets", "40", "--steps", "25", "--max-iterations", "2000", "--json",
                           "--on-failure", remedies} +
                     cpu);
  };
  auto const stopped = compare("stop"), repaired = compare("newton");
  EXPECT_EQ(stopped.status, 3);
  EXPECT_EQ(repaired.status, 0);
  for (int m = 0; m < 3; ++m) {
    auto const before = stopped.json()["methods"][m], after = repaired.json()["methods"][m];
    bool const is_newton = before["method"] == "Newton";
    EXPECT_EQ(before["ended"].get<int>() == 0, is_newton) << before;
    EXPECT_EQ(after["ended"], 0) << after;
    EXPECT_EQ(after["repaired"]["newton"], after["failures"]);
    EXPECT_LE(before["largest_difference_from_newton"], 1e-5) << before;
    EXPECT_LE(after["largest_difference_from_newton"], 1e-5) << after;
  }
}

TEST_F(IntegrateFailure, StepsOfNoLengthAreNamed) {
  for (std::string const end : {"1e-25", "1e308"}) {
    auto const result = metasolve(Words{"integrate", "--steps", "5", "--end-time", end} + cpu);
    EXPECT_EQ(result.status, 2) << end;
    EXPECT_NE(result.err.find("--end-time: step 1 goes from 0"), std::string::npos) << result.err;
  }
}

TEST_F(IntegrateFailure, UnknownRemediesAreNamed) {
  for (std::string const text : {"", "newtom", "newton,", "stop,newton"}) {
    auto const result = metasolve(Words{"integrate", "--steps", "2", "--on-failure", text} + cpu);
    EXPECT_EQ(result.status, 2) << text;
    EXPECT_NE(result.err.find("--on-failure"), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace metasolve::integrate_failure_test
