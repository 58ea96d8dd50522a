// SPDX-License-Identifier: Apache-2.0
#include "metasolve/grid_stencils.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/grid_calls.hpp"

/// Half stencils from the library: against quadrature, and by what operators of diffusion do to constants and lines.
namespace metasolve::grid_stencils_test {
namespace {

using test::grid_of;
constexpr auto D = GridSide::dirichlet, N = GridSide::neumann, P = GridSide::periodic;

/// By Gauss's quadrature on a bilinear element of length 1.
std::vector<double> quadrature(double epsilon, double angle) {
  double const c = std::cos(angle), s = std::sin(angle);
  double const xx = c * c + epsilon * s * s, xy = (1 - epsilon) * s * c, yy = s * s + epsilon * c * c;
  double const point = 0.5 / std::sqrt(3.0);
  std::vector<double> stencil(5);
  for (double const x : {0.5 - point, 0.5 + point}) {
    for (double const y : {0.5 - point, 0.5 + point}) {
      for (int i = 0; i < 4; ++i) {
        for (int j = 0; j < 4; ++j) {
          auto const slope = [&](int corner, bool of_x) {
            double const at_x = (corner & 1) != 0 ? x : 1 - x, at_y = corner / 2 != 0 ? y : 1 - y;
            return of_x ? ((corner & 1) != 0 ? at_y : -at_y) : (corner / 2 != 0 ? at_x : -at_x);
          };
          int const dx = (j & 1) - (i & 1), dy = j / 2 - i / 2;
          if (dy < 0 || (dy == 0 && dx < 0)) continue;
          double const coupling = slope(i, true) * (xx * slope(j, true) + xy * slope(j, false)) +
                                  slope(i, false) * (xy * slope(j, true) + yy * slope(j, false));
          stencil[static_cast<std::size_t>(dy == 0 ? dx : 3 + dx)] += coupling / 4;
        }
      }
    }
  }
  return stencil;
}

TEST(GridStencils, OfConstantDiffusionAgreeWithQuadrature) {
  for (double const epsilon : {1.0, 0.1, 1e-5}) {
    for (double const angle : {0.0, 0.3, 1.2, 2.0}) {
      auto const expected = quadrature(epsilon, angle);
      auto const given = rotated_diffusion_stencil(epsilon, angle);
      for (std::size_t e = 0; e < 5; ++e) EXPECT_NEAR(given[e], expected[e], 1e-14) << e;
    }
  }
  EXPECT_EQ(poisson_stencil(5), (std::vector<double>{4, -1, 0, -1, 0}));
  auto const nine = quadrature(1, 0);
  for (std::size_t e = 0; e < 5; ++e) EXPECT_NEAR(poisson_stencil(9)[e], nine[e], 1e-14);
  auto const seven = poisson_stencil(7);
  ASSERT_EQ(seven.size(), 14u);
  for (std::size_t e = 0; e < 14; ++e) EXPECT_EQ(seven[e], e == 0 ? 6 : e == 1 || e == 3 || e == 9 ? -1 : 0) << e;
  double sum = 0;
  auto const all = poisson_stencil(27);
  for (std::size_t e = 0; e < 14; ++e) sum += all[e] * (e == 0 ? 1 : 2);
  EXPECT_NEAR(sum, 0, 1e-14);
  EXPECT_NEAR(all[0], 8.0 / 3, 1e-14);
}

/// Rows of constants are 0 without Dirichlet sides; rows of a line are its flux through the sides alone.
TEST(GridStencils, OfCellsKeepConstantsAndLines) {
  for (auto const scheme : {GridScheme::volumes, GridScheme::elements}) {
    for (auto const& grid : {grid_of({5, 4, 1}, {{{N, N}, {N, N}}}), grid_of({4, 3, 3}, {{{N, N}, {N, N}, {N, N}}})}) {
      auto const cells = cells_of(grid);
      std::vector<double> k(static_cast<std::size_t>(cells[0] * cells[1] * cells[2]), 2.0);
      auto const a = diffusion_stencils({.grid = grid, .conductivity = k, .scheme = scheme, .step = {0.5, 2, 3}});
      auto const dense = test::dense_of(grid, a.data(), false);
      auto const points = static_cast<std::size_t>(grid.unknowns());
      for (std::size_t p = 0; p < points; ++p) {
        double of_one = 0, of_x = 0;
        for (std::size_t q = 0; q < points; ++q) {
          of_one += dense[p * points + q];
          of_x += dense[p * points + q] * 0.5 * static_cast<double>(q % static_cast<std::size_t>(grid.points[0]));
        }
        EXPECT_NEAR(of_one, 0, 1e-13);
        int const x = static_cast<int>(p) % grid.points[0];
        if (x > 0 && x + 1 < grid.points[0]) {
          EXPECT_NEAR(of_x, 0, 1e-13);
        }
      }
    }
  }
}

TEST(GridStencils, OfEqualCellsAreThoseOfPoisson) {
  for (auto const& [sides, cells] :
       {std::pair{std::array<std::array<GridSide, 2>, 3>{{{D, D}, {D, D}}}, std::array{6, 5, 1}},
        std::pair{std::array<std::array<GridSide, 2>, 3>{{{P, P}, {D, D}}}, std::array{5, 5, 1}},
        std::pair{std::array<std::array<GridSide, 2>, 3>{{{P, P}, {P, P}}}, std::array{5, 4, 1}}}) {
    auto const grid = grid_of({5, 4, 1}, sides);
    EXPECT_EQ(cells_of(grid), cells);
    std::vector<double> const k(static_cast<std::size_t>(cells[0] * cells[1]), 1.0);
    for (int const points : {5, 9}) {
      auto const a = diffusion_stencils(
          {.grid = grid, .conductivity = k, .scheme = points == 5 ? GridScheme::volumes : GridScheme::elements});
      auto const field = test::dense_of(grid, a.data(), false);
      auto const constant = test::dense_of(grid, poisson_stencil(points).data(), true);
      for (std::size_t i = 0; i < field.size(); ++i) EXPECT_NEAR(field[i], constant[i], 1e-14) << i;
    }
  }
  EXPECT_EQ(cells_of(grid_of({5, 4, 3}, {{{N, N}, {D, N}, {N, D}}})), (std::array{4, 4, 3}));
}

TEST(GridStencils, LeaveOutObstacles) {
  auto const grid = grid_of({5, 5, 1});
  std::vector<double> k(36, 1.0);
  for (std::size_t const cell : {14u, 15u, 20u, 21u}) k[cell] = 0;  // around point (2, 2)
  std::vector<std::uint8_t> obstacle(25);
  obstacle[6] = 1;
  for (auto const scheme : {GridScheme::volumes, GridScheme::elements}) {
    auto const a = diffusion_stencils({.grid = grid, .conductivity = k, .scheme = scheme, .obstacle = obstacle});
    auto const dense = test::dense_of(grid, a.data(), false);
    for (std::size_t const p : {12u, 6u}) {
      for (std::size_t q = 0; q < 25; ++q) {
        EXPECT_EQ(dense[p * 25 + q], 0);
        EXPECT_EQ(dense[q * 25 + p], 0);
      }
    }
    EXPECT_GT(dense[0], 0);
  }
}

TEST(GridStencils, SayWhatIsWrong) {
  auto const grid = grid_of({5, 5, 1});
  std::vector<double> k(36, 1.0);
  test::expect_message<InputError>([] { poisson_stencil(6); }, {"given 6 points", "5, 9, 7 or 27"});
  test::expect_message<InputError>([] { rotated_diffusion_stencil(0, 0); }, {"epsilon 0", "positive"});
  test::expect_message<InputError>([] { cells_of(grid_of({0, 5, 1})); }, {"0 points along x"});
  test::expect_message<InputError>(
      [&] {
        diffusion_stencils({.grid = grid, .conductivity = {k.data(), 35}});
      },
      {"conductivity has 35 numbers, expected 36"});
  test::expect_message<InputError>(
      [&] {
        diffusion_stencils({.grid = grid, .conductivity = k, .step = {1, 0, 1}});
      },
      {"step along y is 0"});
  std::vector<std::uint8_t> const few(3);
  test::expect_message<InputError>([&] { diffusion_stencils({.grid = grid, .conductivity = k, .obstacle = few}); },
                                   {"obstacle has 3 numbers, expected 25"});
  k[8] = -1;
  test::expect_message<InputError>([&] { diffusion_stencils({.grid = grid, .conductivity = k}); },
                                   {"cell (2, 1) is -1", "0 or more"});
}

}  // namespace
}  // namespace metasolve::grid_stencils_test
