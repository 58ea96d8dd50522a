// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"
#include "tests/support/sanitized.hpp"

/// Grid solvers on teams of real threads compared with a team of one; with ThreadSanitizer these tests detect missing
/// syncs. And a task's bits, which are the same alone and in a batch.
namespace metasolve::test::grid_team_test {
namespace {

template <class Scalar>
void expect_close(std::vector<Scalar> const& a, std::vector<Scalar> const& b, double limit, char const* what) {
  ASSERT_EQ(a.size(), b.size());
  double scale = 0, off = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    scale = std::max(scale, std::abs(static_cast<double>(b[i])));
    double const d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(d <= off)) off = d;
  }
  EXPECT_TRUE(scale > 0) << what;
  EXPECT_TRUE(off <= limit * scale) << what << ", " << off / scale;
}

template <class Scalar, int Dim, bool IsConstant>
void expect_as_one(std::vector<GridMatrix> const& m, CycleSettings const& s, int threads, bool by_cg = true) {
  SCOPED_TRACE(text_of(s));
  GridRig<Scalar, Dim, IsConstant> rig(m, s);
  rig.solver.by_conjugate_gradients = by_cg;
  rig.disturb(0.02);
  double const rounding = sizeof(Scalar) == 4 ? 1e-3 : 1e-9;
  GridRun how{.tolerance = sizeof(Scalar) == 4 ? 1e-3 : 1e-6, .most = 5, .tape_slots = 3, .gain = 0.2};
  auto const alone = rig.run(how), slope = rig.run(how, true);
  how.threads = threads;
  auto const team = rig.run(how), team_slope = rig.run(how, true);
  EXPECT_EQ(team.status, alone.status);
  EXPECT_EQ(team.iterations, alone.iterations);
  EXPECT_EQ(team_slope.iterations, slope.iterations);
  expect_close(team.solution, alone.solution, rounding, "solution");
  expect_close(team_slope.loss, slope.loss, rounding, "loss");
  expect_close(team_slope.theta_bar, slope.theta_bar, 10 * rounding, "gradient");
}

std::vector<GridMatrix> fields(GridShape const& shape) {
  auto const cell = random_cell(shape.dimensions, 1);
  return {assemble(shape, cell, rough(1, 1)), assemble(shape, cell, rough(1, 2))};
}

struct GridTeams : ::testing::TestWithParam<int> {};

TEST_P(GridTeams, ComputeWhatOneMemberDoes) {
  int const threads = GetParam();
  if (test::is_sanitized && threads > 3) GTEST_SKIP() << "as with fewer threads";
  for (auto const smoother : smoothers_of(2)) {
    CycleSettings s{.smoother = smoother, .kind = CycleKind::w, .coarse_weights = true};
    s.transfer = smoother == Smoother::colors ? TransferKind::linear : TransferKind::by_operator;
    expect_as_one<double, 2, false>(fields(grid_of({7, 8}, "dp")), s, threads);
    s.transfer = TransferKind::linear;
    expect_as_one<double, 2, true>({constant_matrix(grid_of({8, 7}, "pd"), random_cell(2, 1))}, s, threads);
  }
  for (auto const smoother : {Smoother::colors, Smoother::zebra, Smoother::stencil}) {
    CycleSettings const s{.smoother = smoother, .kind = CycleKind::f, .coarse_weights = true};
    expect_as_one<double, 3, false>(fields(grid_of({4, 3, 4}, "ldp")), s, threads, false);
    expect_as_one<double, 3, true>({constant_matrix(grid_of({4, 3, 4}, "pdp"), random_cell(3, 1))}, s, threads, false);
  }
}
TEST_P(GridTeams, InSinglePrecisionAndOnSingularTasks) {
  CycleSettings s{.smoother = Smoother::line_and_stencil};
  expect_as_one<float, 2, false>(fields(grid_of({7, 7}, "dd")), s, GetParam());
  s.is_singular = true;
  expect_as_one<double, 2, false>(fields(grid_of({9, 8}, "np")), s, GetParam());
  CycleSettings const one_level{.smoother = Smoother::chebyshev, .one_level = true};
  expect_as_one<double, 2, true>({constant_matrix(grid_of({5, 6}, "dd"), full_cell(2))}, one_level, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Sizes, GridTeams, ::testing::Values(1, 2, 3, 4));

template <class Rig>
void expect_same_bits(Rig const& rig, bool differentiates) {
  GridRun const how{.tolerance = 1e-6, .most = 60};
  std::vector<std::int32_t> const order = {2, 0, 1, 2, 1};
  auto const together = rig.run(how, differentiates, order);
  for (std::size_t slot = 0; slot < order.size(); ++slot) {
    auto const alone = rig.run(how, differentiates, {order[slot]});
    EXPECT_EQ(alone.status[0], Status::converged);
    EXPECT_EQ(alone.status[0], together.status[slot]);
    EXPECT_EQ(alone.iterations[0], together.iterations[slot]);
    EXPECT_EQ(alone.measure[0], together.measure[slot]);
    EXPECT_EQ(alone.loss[0], together.loss[slot]);
    for (std::size_t i = 0; i < alone.solution.size(); ++i) {
      ASSERT_EQ(alone.solution[i], together.solution[slot * alone.solution.size() + i]);
    }
    for (std::size_t i = 0; i < alone.theta_bar.size(); ++i) {
      ASSERT_EQ(alone.theta_bar[i], together.theta_bar[slot * alone.theta_bar.size() + i]);
    }
  }
}

/// Tasks of different strong directions, one with a mask: what one leaves in memory is nothing to the next.
TEST(GridBits, ATaskHasTheSameAloneAndInABatch) {
  auto const shape = grid_of({15, 8}, "dp");
  auto masked = assemble(shape, full_cell(2), rough(1));
  masked.mask([](int p) { return p % 15 > 9 && p / 15 > 4; });
  std::vector<GridMatrix> const some = {assemble(shape, cross_cell(2, {20, 1}), rough(1)), masked,
                                        assemble(shape, cross_cell(2, {1, 20}), rough(1))};
  std::vector<GridMatrix> const constants = {constant_matrix(shape, cross_cell(2, {20, 1})),
                                             constant_matrix(shape, random_cell(2, 1)),
                                             constant_matrix(shape, cross_cell(2, {1, 20}))};
  for (bool const differentiates : {false, true}) {
    for (auto const smoother : smoothers_of(2)) {
      SCOPED_TRACE(io::name_of(smoother));
      CycleSettings s{.smoother = smoother, .coarse_weights = true};
      expect_same_bits(GridRig<double, 2, true>(constants, s), differentiates);
      s.transfer = TransferKind::by_operator;
      expect_same_bits(GridRig<double, 2, false>(some, s), differentiates);
    }
  }
}

TEST(GridBits, AGuessAndATaskWithoutRightHandSide) {
  auto const m = assemble(grid_of({15, 8}, "dp"), full_cell(2), rough(1));
  GridRig<double, 2, false> rig(m, {.smoother = Smoother::zebra});
  auto const first = rig.run({.tolerance = 1e-10});
  ASSERT_EQ(first.status[0], Status::converged);
  rig.solver.takes_guess = true;
  rig.solver.tasks.guess = {first.solution.data(), rig.points(), 1};
  auto const again = rig.run({.tolerance = 1e-9});
  EXPECT_EQ(again.status[0], Status::converged);
  EXPECT_EQ(again.iterations[0], 0);
  EXPECT_EQ(again.solution, first.solution);
  std::fill(rig.rhs.begin(), rig.rhs.end(), 0.0);
  for (bool const guesses : {false, true}) {
    rig.solver.takes_guess = guesses;
    auto const nothing = rig.run({.tolerance = 1e-9});
    EXPECT_EQ(nothing.status[0], Status::converged);
    EXPECT_EQ(nothing.iterations[0], 0);
    EXPECT_EQ(nothing.solution, std::vector<double>(as_index(rig.points())));
  }
}

}  // namespace
}  // namespace metasolve::test::grid_team_test
