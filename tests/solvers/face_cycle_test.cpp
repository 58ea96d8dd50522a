// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/operators/face_cycle.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/pressure_systems.hpp"

/// The cycle of multigrid that preconditions pressure systems.
namespace metasolve::test::face_cycle_test {
namespace {

using kernels::FaceCycle;
using kernels::SoloTeam;
using Values = std::vector<double>;

/// The cycle of one task.
class Cycle {
 public:
  explicit Cycle(PressureSystems const& systems, int task = 0) {
    kernels::FaceSystem<double> system;
    system = {{systems.columns, systems.rows}, true};
    cycle_ = FaceCycle<double>::of(system.grid, system.size());
    data_.resize(static_cast<std::size_t>(cycle_.end()));
    work_.resize(static_cast<std::size_t>(cycle_.work_size()));
    system.load(SoloTeam{}, systems.views(), task, data_.data());
    cycle_.prepare(SoloTeam{}, systems.views(), task, data_.data());
    kernels::for_each_place(SoloTeam{}, system.grid, [&](int, int i) {
      if (data_[static_cast<std::size_t>(system.diagonal_at() + i)] > 0) fluid_.push_back(i);
    });
  }
  [[nodiscard]] FaceCycle<double> const& cycle() const { return cycle_; }
  [[nodiscard]] double const* system(int l) const { return data_.data() + cycle_.system_at[l]; }
  [[nodiscard]] std::vector<int> const& fluid() const { return fluid_; }  ///< places of cells that are not solid

  [[nodiscard]] Values applied(Values const& r) {
    Values z(r.size());
    cycle_.apply(SoloTeam{}, data_.data(), r.data(), z.data(), work_.data());
    return z;
  }
  [[nodiscard]] Values unit(int at) const {
    Values r(static_cast<std::size_t>(cycle_.level[0].grid.size()));
    r[static_cast<std::size_t>(at)] = 1;
    return r;
  }

 private:
  FaceCycle<double> cycle_;
  Values data_, work_;
  std::vector<int> fluid_;
};

TEST(FaceCycle, HasGridsOfHalfTheSizeDownToOneCell) {
  auto const cycle = FaceCycle<double>::of({13, 6}, 0);
  ASSERT_EQ(cycle.levels, 5);
  int const columns[] = {13, 7, 4, 2, 1}, rows[] = {6, 3, 2, 1, 1};
  for (int l = 0; l < 5; ++l) {
    EXPECT_EQ(cycle.level[l].grid.columns, columns[l]);
    EXPECT_EQ(cycle.level[l].grid.rows, rows[l]);
  }
  EXPECT_EQ(FaceCycle<double>::of({4096, 4096}, 0).levels, FaceCycle<double>::most_levels);
}

/// Of a plain box, and of open sides: h^2 times the operator on the coarser grid is the same again, and the s of a side
/// where p is known beyond one step are those of two steps.
TEST(FaceCycle, RediscretisesABox) {
  PressureSystems systems(8, 8, 1, true);
  std::fill(systems.weights_x.begin(), systems.weights_x.end(), 1.0);
  std::fill(systems.weights_y.begin(), systems.weights_y.end(), 1.0);
  std::fill(systems.open.begin(), systems.open.end(), 0.0);
  for (std::size_t x = 0; x < 8; ++x) systems.open[x] = 2;
  Cycle const cycle(systems);
  for (int l = 1; l < cycle.cycle().levels; ++l) {
    auto const& level = cycle.cycle().level[l];
    auto const& g = level.grid;
    for (int y = 0; y < g.rows; ++y) {
      for (int x = 0; x < g.columns; ++x) {
        int const i = g.at(x, y);
        EXPECT_EQ(cycle.system(l)[level.east_at() + i], x + 1 < g.columns ? 1 : 0);
        EXPECT_EQ(cycle.system(l)[level.north_at() + i], y + 1 < g.rows ? 1 : 0);
        EXPECT_EQ(cycle.system(l)[i], y == 0 ? 2 : 0);
      }
    }
  }
}

TEST(FaceCycle, IsSymmetricAndPositive) {
  for (bool const open : {false, true}) {
    PressureSystems const systems(11, 6, 2, open);
    for (int task = 0; task < 2; ++task) {
      Cycle cycle(systems, task);
      std::vector<Values> columns;
      double largest = 0;
      for (int const j : cycle.fluid()) columns.push_back(cycle.applied(cycle.unit(j)));
      for (auto const& c : columns) {
        for (double const x : c) largest = std::max(largest, std::abs(x));
      }
      for (std::size_t a = 0; a < columns.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
          EXPECT_NEAR(columns[a][static_cast<std::size_t>(cycle.fluid()[b])],
                      columns[b][static_cast<std::size_t>(cycle.fluid()[a])], 1e-14 * largest);
        }
      }
      for (unsigned seed = 0; seed < 20; ++seed) {
        std::mt19937 random(seed);
        std::normal_distribution<double> normal;
        Values r(columns.front().size());
        for (int const i : cycle.fluid()) r[static_cast<std::size_t>(i)] = normal(random);
        auto const z = cycle.applied(r);
        double product = 0;
        for (std::size_t i = 0; i < r.size(); ++i) product += r[i] * z[i];
        EXPECT_GT(product, 0);
      }
    }
  }
}

/// Beside cells all arrays stay 0, for any number of cells along a side, which is what products rely on.
TEST(FaceCycle, WritesCellsAlone) {
  for (int columns = 1; columns < 12; ++columns) {
    for (int rows = 1; rows < 12; ++rows) {
      PressureSystems const systems(columns, rows, 1, true);
      Cycle cycle(systems);
      Values r(static_cast<std::size_t>(cycle.cycle().level[0].grid.size()));
      for (int const i : cycle.fluid()) r[static_cast<std::size_t>(i)] = 1 + i % 3;
      auto z = cycle.applied(r);
      EXPECT_EQ(cycle.applied(r), z);
      for (int const i : cycle.fluid()) z[static_cast<std::size_t>(i)] = 0;
      for (double const x : z) ASSERT_EQ(x, 0) << columns << " x " << rows;
    }
  }
}

}  // namespace
}  // namespace metasolve::test::face_cycle_test
