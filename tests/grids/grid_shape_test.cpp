// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/grids/grid_shape.hpp"

#include <gtest/gtest.h>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/grid_tasks.hpp"

/// Hierarchies: sizes of levels, where coarse points lie, and what is refused.
namespace metasolve::test::grid_shape_test {
namespace {

using grids::Coarsening;
using grids::hierarchy_of;

struct SideCase {
  char side;
  std::vector<int> sizes;  // of the levels
  int offset;
};

TEST(GridShape, EachKindOfAxisIsHalvedInItsOwnWay) {
  SideCase const cases[] = {{'d', {31, 15, 7, 3}, 1},
                            {'n', {33, 17, 9, 5, 3}, 0},
                            {'p', {32, 16, 8, 4, 2}, 0},
                            {'l', {32, 16, 8, 4, 2}, 1},
                            {'h', {32, 16, 8, 4, 2}, 0}};
  for (auto const& c : cases) {
    SCOPED_TRACE(c.side);
    for (int const dimensions : {2, 3}) {
      auto const h = hierarchy_of(grid_of(32, std::string(as_index(dimensions), c.side)), {});
      ASSERT_EQ(h.levels, static_cast<int>(c.sizes.size()));
      EXPECT_EQ(h.dimensions, dimensions);
      for (int l = 0; l < h.levels; ++l) {
        auto const& g = h.level[l];
        for (int a = 0; a < 3; ++a) {
          bool const is_axis = a < dimensions, is_last = l + 1 == h.levels;
          EXPECT_EQ(g.n[a], is_axis ? c.sizes[as_index(l)] : 1);
          EXPECT_EQ(g.step[a], is_axis && !is_last ? 2 : 1);
          EXPECT_EQ(g.offset[a], is_axis && !is_last ? c.offset : 0);
          EXPECT_EQ(h.periodic[a], is_axis && c.side == 'p');
        }
      }
    }
  }
}

TEST(GridShape, ArraysHoldEachPointAndItsHaloOnce) {
  for (auto const& shape : {grid_of({5, 3}, "dd"), grid_of({1, 9}, "dd"), grid_of({3, 5, 7}, "ddd")}) {
    auto const g = hierarchy_of(shape, {.to_one_level = true}).level[0];
    int const reach = shape.dimensions == 3 ? 1 : 0;
    std::vector<int> count(as_index(g.size));
    for (int z = -reach; z < g.n[2] + reach; ++z) {
      for (int y = -1; y <= g.n[1]; ++y) {
        for (int x = -1; x <= g.n[0]; ++x) ++count.at(as_index(g.at(x, y, z)));
      }
    }
    EXPECT_EQ(count, std::vector<int>(as_index(g.size), 1));
    EXPECT_EQ(g.points(), shape.unknowns());
  }
}

TEST(GridShape, AnAxisThatEndsStopsTheOthers) {
  auto const h = hierarchy_of(grid_of({27, 7}, "dd"), {});  // 27, 13, 6
  ASSERT_EQ(h.levels, 3);
  EXPECT_EQ(h.level[2].n[0], 6);
  EXPECT_EQ(h.level[2].n[1], 1);
  auto const few = hierarchy_of(grid_of({3, 3, 3}, "nnn"), {});
  EXPECT_EQ(few.levels, 1);
}

TEST(GridShape, SemiCoarseningLeavesTheOtherAxesAlone) {
  auto const h = hierarchy_of(grid_of({31, 6}, "dp"), {.axes = {true, false, false}});
  ASSERT_EQ(h.levels, 5);
  EXPECT_EQ(h.level[4].n[0], 1);
  for (int l = 0; l < h.levels; ++l) {
    EXPECT_EQ(h.level[l].n[1], 6);
    EXPECT_EQ(h.level[l].step[1], 1);
    EXPECT_EQ(h.level[l].offset[1], 0);
  }
  EXPECT_EQ(hierarchy_of(grid_of({3, 5, 31}, "ddd"), {.axes = {false, false, true}}).level[1].n[2], 15);
}

TEST(GridShape, OneLevelTakesAnySize) {
  auto const h = hierarchy_of(grid_of({100, 37}, "dn"), {.to_one_level = true});
  EXPECT_EQ(h.levels, 1);
  EXPECT_EQ(h.size(), 102 * 39);
}

TEST(GridShape, SizesThatCannotBeHalvedAreRefusedWithWhatIsPossible) {
  expect_message<InputError>(
      [] {
        hierarchy_of(grid_of({32, 31}, "dd"), {});
      },
      {"32 x 31", "halved", "but to 992", "m 2^k - 1", "without multigrid"});
  expect_message<InputError>([] { hierarchy_of(grid_of({36, 36}, "pp"), {}); }, {"36 x 36", "but to 81"});
  expect_message<InputError>(
      [] {
        hierarchy_of(grid_of({127, 127}, "dd"), {.axes = {true, false, false}});
      },
      {"halved"});
  EXPECT_EQ(hierarchy_of(grid_of({32, 32}, "pp"), {}).levels, 5);
}

TEST(GridShape, WhatIsNoGridIsRefused) {
  auto shape = grids::dirichlet_grid(2, 7);
  EXPECT_EQ(shape, grid_of({7, 7}, "dd"));
  EXPECT_EQ(name_of(grids::dirichlet_grid(3, 7)), "7 x 7 x 7");
  shape.dimensions = 4;
  expect_message<InputError>([&] { hierarchy_of(shape, {}); }, {"given 4 dimensions", "2 or 3"});
  shape = grids::dirichlet_grid(2, 7);
  shape.points[1] = 0;
  expect_message<InputError>([&] { hierarchy_of(shape, {}); }, {"given 0 points along y", "at least 1"});
  shape.points = {7, 7, 3};
  expect_message<InputError>([&] { hierarchy_of(shape, {}); }, {"given 3 points along z", "1 in two dimensions"});
  shape = grids::dirichlet_grid(2, 7);
  shape.sides[1] = {Side::periodic, Side::dirichlet};
  expect_message<InputError>([&] { hierarchy_of(shape, {}); }, {"only one end of y is periodic"});
  expect_message<InputError>([&] { hierarchy_of(grids::dirichlet_grid(3, 1023), {}); },
                             {"1023 x 1023 x 1023", "too many"});
  shape = grids::dirichlet_grid(2, 2147483647);
  expect_message<InputError>([&] { hierarchy_of(shape, {}); }, {"too many"});
}

}  // namespace
}  // namespace metasolve::test::grid_shape_test
