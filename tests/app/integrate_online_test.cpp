// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <fstream>
#include <sstream>

#include "tests/support/robertson_command.hpp"

/// `integrate --online`: the relaxation factor is learned from the steps before.
namespace metasolve::integrate_online_test {
namespace {

using namespace test;

class IntegrateOnline : public RobertsonCli {
 protected:
  static nlohmann::json compared(Words const& more) {
    auto const result = metasolve(Words{"integrate", "--json"} + more + cpu);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.json();
  }
  static nlohmann::json row(nlohmann::json const& document, std::string const& method) {
    for (auto const& row : document["methods"]) {
      if (row["method"] == method) return row;
    }
    ADD_FAILURE() << "no row " << method << " in " << document;
    return {};
  }
  nlohmann::json followed(std::string const& file, Words const& more) const {
    auto const result = metasolve(Words{"integrate", "--json", "--trajectory", at(file)} + more + cpu);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.json();
  }
  /// The numbers y of all rows.
  std::vector<double> states(std::string const& file) const {
    std::istringstream text(TemporaryFolder::read(at(file)));
    std::vector<double> y;
    std::string line;
    std::getline(text, line);
    while (std::getline(text, line)) {
      std::istringstream cells(line);
      std::string cell;
      for (int c = 0; std::getline(cells, cell, ','); ++c) {
        if (c >= 3 && c < 6) y.push_back(std::stod(cell));
      }
    }
    return y;
  }
  static void expect_refused(Words const& more, Words const& words) {
    auto const result = metasolve(Words{"integrate"} + more + cpu);
    EXPECT_EQ(result.status, 2);
    for (auto const& word : words) EXPECT_NE(result.err.find(word), std::string::npos) << word << "\n" << result.err;
  }
};

TEST_F(IntegrateOnline, SavesIterationsAndComesToTheSameStates) {
  auto const document = compared({"--sets", "1000", "--online"});
  auto const constant = row(document, "r = 1.37"), online = row(document, "online");
  // Of four seeds 0.53 to 0.70.
  EXPECT_LT(online["iterations"].get<double>(), 0.8 * constant["iterations"].get<double>());
  EXPECT_EQ(online["ended"], 0);
  EXPECT_LE(online["largest_difference_from_newton"].get<double>(), 1e-6);
  auto const& learned = online["online"];
  EXPECT_EQ(learned["tasks"], 1000 * 100) << "of one of the five runs, which begin anew";
  EXPECT_EQ(learned["calls"], 100);
  EXPECT_GT(learned["explored"], 0);
  // What the solver counted without the remedies, and these are few.
  EXPECT_NEAR(learned["cost"].get<double>() * 1e5, online["iterations"].get<double>(),
              0.01 * online["iterations"].get<double>());
  EXPECT_FALSE(row(document, "Newton").contains("online"));
  EXPECT_EQ(compared({"--sets", "10", "--steps", "20"})["methods"].size(), 3U);
}

TEST_F(IntegrateOnline, WithoutKnowledgeItLosesLittle) {
  for (std::string const sets : {"1", "20", "100"}) {
    auto const document = compared({"--sets", sets, "--online"});
    EXPECT_LE(row(document, "online")["iterations"].get<double>(),
              1.05 * row(document, "r = 1.37")["iterations"].get<double>())
        << sets << " sets";
  }
}

TEST_F(IntegrateOnline, TrajectoriesAreThoseOfTheConstant) {
  Words const sets{"--sets", "20"};
  followed("constant.csv", sets);
  auto const document = followed("online.csv", sets + Words{"--online"});
  EXPECT_EQ(document["online"]["tasks"], 20 * 100);
  EXPECT_TRUE(document["ended"].empty());
  auto const a = states("constant.csv"), b = states("online.csv");
  ASSERT_EQ(a.size(), 20U * 101 * 3);
  ASSERT_EQ(a.size(), b.size());
  bool differs = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(std::abs(a[i] - b[i]) <= 1e-6) << i;
    differs = differs || a[i] != b[i];
  }
  EXPECT_TRUE(differs) << "a comparison of a file with itself";
  // The same run, to the bit.
  followed("again.csv", sets + Words{"--online"});
  EXPECT_EQ(TemporaryFolder::read(at("online.csv")), TemporaryFolder::read(at("again.csv")));
}

TEST_F(IntegrateOnline, ContinuesFromItsState) {
  Words const run{"--sets", "200", "--online", "--online-state", at("state")};
  auto const first = followed("t.csv", run), second = followed("t.csv", run);
  EXPECT_EQ(first["online"]["tasks"], 200 * 100);
  EXPECT_EQ(second["online"]["tasks"], 2 * 200 * 100);
  // What is known spares the search at the beginning.
  EXPECT_LT(second["iterations"].get<double>(), 1.03 * first["iterations"].get<double>());
  // Each of the comparison's five runs begins with the file, and the last one writes it.
  EXPECT_EQ(row(compared(run), "online")["online"]["tasks"], 3 * 200 * 100);
}

TEST_F(IntegrateOnline, RefusesWhatDoesNotFit) {
  expect_refused({"--online", "--model", "run"}, {"--model", "leave out"});
  expect_refused({"--online-state", at("state")}, {"--online-state", "add --online"});
  expect_refused({"--online", "--trajectory", at("x"), "--online-state", at("x")}, {"another name"});
  EXPECT_FALSE(std::filesystem::exists(at("x")));

  followed("t.csv", {"--steps", "10", "--online", "--online-state", at("state")});
  auto const before = TemporaryFolder::read(at("state"));
  expect_refused({"--online", "--online-state", at("state"), "--problem", "hires"}, {at("state"), "another file"});
  expect_refused({"--online", "--online-state", at("state"), "--relaxation", "1.2"}, {at("state"), "1.37"});
  EXPECT_EQ(TemporaryFolder::read(at("state")), before);
  std::ofstream(at("damaged")) << before.substr(0, before.size() / 2);
  expect_refused({"--online", "--online-state", at("damaged")}, {at("damaged")});
}

TEST_F(IntegrateOnline, RemediesStillHelp) {
  Words const run{"--steps", "18", "--max-iterations", "20", "--online", "--on-failure"};  // too few for Newton-SOR
  auto const document = followed("t.csv", run + Words{"newton"});
  EXPECT_GT(document["failures"], 0);
  EXPECT_EQ(document["repaired"]["newton"], document["failures"]);
  EXPECT_TRUE(document["ended"].empty());
  auto const stopped =
      metasolve(Words{"integrate", "--json", "--trajectory", at("s.csv"), "--sets", "3"} + run + Words{"stop"} + cpu);
  EXPECT_EQ(stopped.status, 3);
  // A set that has ended teaches nothing.
  auto const learned = stopped.json();
  ASSERT_EQ(learned["ended"].size(), 3U);
  std::int64_t steps = 0;
  for (auto const& ended : learned["ended"]) steps += ended["step"].get<std::int64_t>();
  EXPECT_LT(steps, 3 * 18);
  EXPECT_EQ(learned["online"]["tasks"], steps);
}

}  // namespace
}  // namespace metasolve::integrate_online_test
