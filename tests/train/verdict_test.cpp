// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/verdict.hpp"

#include <gtest/gtest.h>

#include <vector>

/// What `evaluate` says about measured times.
namespace metasolve::verdict_test {
namespace {

using train::Role;
using train::WayFigures;

/// A meta-solver of 10 iterations: 4 of its 8 microseconds are iterations, 3 inference, 1 set-up.
WayFigures meta() {
  return {.role = Role::meta_solver,
          .name = "meta-solver",
          .iterations = 10,
          .converged_share = 1,
          .seconds = 8e-6,
          .start_seconds = 4e-6};
}
constexpr double inference = 3e-6;
WayFigures other(Role role, std::string const& name, double seconds, double converged = 1) {
  return {.role = role, .name = name, .iterations = 50, .converged_share = converged, .seconds = seconds};
}

TEST(Verdict, PaysBesideTheFastestAlternative) {
  std::vector<WayFigures> const ways{meta(), other(Role::baseline, "r = 1.2", 20e-6),
                                     other(Role::tuned, "tuned relaxation factor 1.37", 13.1e-6),
                                     other(Role::direct, "elimination", 16e-6)};
  auto const v = train::verdict_on(ways, inference);
  EXPECT_TRUE(v.pays);
  EXPECT_DOUBLE_EQ(v.ratio, 8 / 13.1);
  EXPECT_EQ(v.text, "pays: 0.61 of the time of the best alternative (tuned relaxation factor 1.37)");
  EXPECT_FALSE(v.inference_share || v.iterations_below);
}

TEST(Verdict, SaysWhatWouldPay) {
  std::vector<WayFigures> ways{meta(), other(Role::baseline, "r = 1.2", 20e-6),
                               other(Role::direct, "elimination", 6e-6)};
  auto v = train::verdict_on(ways, inference);
  EXPECT_FALSE(v.pays);
  // 5 of the 8 microseconds are not inference, so 1 of its 3 is left; the set-up and inference leave 2, 0.4 each.
  EXPECT_NEAR(*v.inference_share, 1.0 / 3, 1e-12);
  EXPECT_NEAR(*v.iterations_below, 5, 1e-12);
  EXPECT_EQ(v.text,
            "does not pay: the direct method (elimination) takes 0.75 of its time; a network with 0.33 of the "
            "inference time would, or fewer than 5 iterations (now 10)");

  ways.back().seconds = 4.5e-6;
  v = train::verdict_on(ways, inference);
  EXPECT_FALSE(v.inference_share);
  EXPECT_NEAR(*v.iterations_below, 1.25, 1e-12);
  EXPECT_NE(v.text.find("; only fewer than 1.25 iterations (now 10) would"), std::string::npos) << v.text;

  ways.back().seconds = 2e-6;
  v = train::verdict_on(ways, inference);
  EXPECT_FALSE(v.inference_share || v.iterations_below);
  EXPECT_NE(v.text.find("; neither a faster network nor fewer iterations alone would"), std::string::npos) << v.text;

  ways.front().start_seconds = 6e-6;  // set-up 3: fewer iterations do not help
  ways.back().seconds = 5.5e-6;
  v = train::verdict_on(ways, inference);
  EXPECT_NEAR(*v.inference_share, 0.5 / 3, 1e-12);
  EXPECT_FALSE(v.iterations_below);
  EXPECT_NE(v.text.find("; only a network with 0.17 of the inference time would"), std::string::npos) << v.text;
}

TEST(Verdict, WithoutTimesOfItsPartsSaysOnlyThatItDoesNotPay) {
  auto slow = meta();
  slow.start_seconds = {};
  std::vector<WayFigures> const ways{slow, other(Role::baseline, "the constants", 4e-6)};
  EXPECT_EQ(train::verdict_on(ways, std::nullopt).text, "does not pay: the constants takes 0.5 of its time");
}

TEST(Verdict, CountsNoAlternativeThatGivesUp) {
  std::vector<WayFigures> ways{meta(), other(Role::baseline, "r = 1.9", 1e-6, 0.5),
                               other(Role::direct, "elimination", 16e-6)};
  auto v = train::verdict_on(ways, inference);
  EXPECT_EQ(v.text, "pays: 0.5 of the time of the best alternative (the direct method (elimination))");
  ways.pop_back();
  v = train::verdict_on(ways, inference);
  EXPECT_TRUE(v.pays);
  EXPECT_EQ(v.ratio, 0);
  EXPECT_EQ(v.text, "pays: no alternative solves as many tasks");
}

TEST(Verdict, DoesNotPayWhereItLeavesTasksUnsolved) {
  auto failing = meta();
  failing.converged_share = 0.97;
  std::vector<WayFigures> const ways{failing, other(Role::baseline, "r = 1.2", 20e-6, 0.98),
                                     other(Role::direct, "elimination", 16e-6)};
  auto const v = train::verdict_on(ways, inference);
  EXPECT_FALSE(v.pays);
  EXPECT_EQ(v.text,
            "does not pay: it leaves 3 % of the tasks unsolved, the direct method (elimination) 0 %; it takes 0.5 of "
            "the time of the direct method (elimination)");
}

TEST(Verdict, StepsAreWhatIsLeftOfTheTimeAfterTheSetUp) {
  EXPECT_DOUBLE_EQ(*meta().step_seconds(), 4e-7);
  auto none = meta();
  none.iterations = 0;
  EXPECT_FALSE(none.step_seconds());
}

}  // namespace
}  // namespace metasolve::verdict_test
