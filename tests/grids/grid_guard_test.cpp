// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/grids/grid_guard.hpp"

#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"

/// The guard of learned smoothers: what it leaves alone, that a cycle is positive definite whatever is chosen, and its
/// derivative where it acts.
namespace metasolve::test::grid_guard_test {
namespace {

constexpr int entries = 5;

std::vector<double> all_modes() {
  std::vector<double> mode(as_index(kernels::Frequencies<2>::count * entries));
  for (int f = 0; f < kernels::Frequencies<2>::count; ++f) kernels::modes<double, 2>(f, &mode[as_index(f * entries)]);
  return mode;
}

/// Of local stencils, at each frequency.
std::vector<double> symbols_of(std::vector<double> const& mode, double const* local, int count) {
  std::vector<double> largest(as_index(kernels::Frequencies<2>::count));
  kernels::largest_local_symbols<2>(kernels::SoloTeam{}, mode.data(), local, count, largest.data());
  return largest;
}

TEST(GridGuard, SymbolsAreEigenvaluesOfPeriodicStencils) {
  // cos waves of 16 x 16 points are eigenvectors of any point-symmetric stencil.
  auto const m = constant_matrix(grid_of({16, 16}, "pp"), random_cell(2, 1));
  auto const A = m.dense();
  auto const mode = all_modes();
  for (int f = 0; f < kernels::Frequencies<2>::count; ++f) {
    double const symbol = kernels::detail::symbol<double, 2>(m.entries.data(), &mode[as_index(f * entries)]);
    double const turn = 2 * std::acos(-1.0) / 16;
    double worst = 0;
    for (int p = 0; p < 256; p += 37) {
      double sum = 0;
      auto const wave = [&](int q) { return std::cos(turn * (f % 9 * (q % 16) + f / 9 * (q / 16)) + 0.3); };
      for (int q = 0; q < 256; ++q) sum += A(p, q) * wave(q);
      worst = std::max(worst, std::abs(sum - symbol * wave(p)));
    }
    EXPECT_TRUE(worst <= 1e-12) << f;
  }
}

TEST(GridGuard, LeavesAGoodStencilAlone) {
  auto const mode = all_modes();
  double const laplace[entries] = {1, -0.25, 0, -0.25, 0};
  double s[entries] = {0.6, 0.05, 0.01, 0.05, 0.02};
  auto const was = std::vector<double>(s, s + entries);
  auto const guard = kernels::guard_stencil<2, double>(mode.data(), symbols_of(mode, laplace, 1).data(), s);
  EXPECT_EQ(guard.least_at, -1);
  EXPECT_EQ(guard.most_at, -1);
  EXPECT_EQ(std::vector<double>(s, s + entries), was);
}

TEST(GridGuard, ItsAdjointIsTheDerivativeWhereItActs) {
  auto const mode = all_modes();
  double const local[2 * entries] = {1, -0.25, 0, -0.25, 0, 1, -0.4, 0.1, -0.1, -0.1};
  auto const symbols = symbols_of(mode, local, 2);
  int shifted = 0, scaled = 0, both = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    auto const s_0 = random_numbers(entries, seed), bar = random_numbers(entries, seed + 100);
    auto const value = [&](std::vector<double> s) {
      kernels::guard_stencil<2, double>(mode.data(), symbols.data(), s.data());
      double sum = 0;
      for (int e = 0; e < entries; ++e) sum += bar[as_index(e)] * s[as_index(e)];
      return sum;
    };
    auto s = s_0, s_bar = bar;
    auto const guard = kernels::guard_stencil<2, double>(mode.data(), symbols.data(), s.data());
    kernels::guard_stencil_adjoint<2, double>(guard, mode.data(), s.data(), s_bar.data());
    bool const shifts = guard.least_at >= 0, scales = guard.most_at >= 0;
    ++(shifts && scales ? both : shifts ? shifted : scales ? scaled : both);
    for (int e = 0; e < entries; ++e) {
      auto up = s_0, down = s_0;
      up[as_index(e)] += 1e-6, down[as_index(e)] -= 1e-6;
      EXPECT_NEAR((value(up) - value(down)) / 2e-6, s_bar[as_index(e)], 1e-7) << "seed " << seed << ", entry " << e;
    }
  }
  EXPECT_GT(scaled + both, 5);
  EXPECT_GT(shifted + both, 5);
}

TEST(GridGuard, DampingsHaveTwoEnds) {
  double slope = -1;
  EXPECT_EQ(kernels::guard_damping(0.5, 2.0, &slope), 0.5);
  EXPECT_EQ(slope, 1);
  EXPECT_EQ(kernels::guard_damping(5.0, 2.0, &slope), 0.98);
  EXPECT_EQ(slope, 0);
  EXPECT_EQ(kernels::guard_damping(-5.0, 2.0, &slope), 0.05);
  EXPECT_EQ(slope, 0);
  EXPECT_TRUE(kernels::guard_damping(std::nan(""), 2.0, &slope) <= 0.98);
}

/// Smoothers of parameters at random, also large ones.
template <int Dim>
void expect_definite(GridMatrix const& m, Smoother smoother, CycleKind kind, double size, unsigned seed) {
  GridRig<double, Dim, true> rig(m, {.smoother = smoother, .kind = kind});
  auto const away = random_numbers(static_cast<int>(rig.theta.size()), seed);
  for (std::size_t i = 0; i < away.size(); ++i) rig.theta[i] += size * away[i];
  SCOPED_TRACE(std::string(io::name_of(smoother)) + ", size " + std::to_string(size) + ", seed " +
               std::to_string(seed));
  auto const M = LoadedGrid(rig).cycle();
  EXPECT_TRUE(is_positive_definite(M));
  auto const o = rig.run({.tolerance = 1e-6, .most = 400});
  EXPECT_EQ(o.status[0], Status::converged);
}

TEST(GridGuard, CyclesOfAnyParametersAreDefinite) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    auto const kind = seed % 2 == 0 ? CycleKind::v : CycleKind::w;
    double const size = seed % 3 == 0 ? 0.3 : seed % 3 == 1 ? 3 : 1000;
    auto const cell = random_cell(2, seed);
    for (auto const smoother : smoothers_of(2)) {
      expect_definite<2>(constant_matrix(grid_of({7, 15}, "dd"), cell), smoother, kind, size, seed);
      if (seed < 6) expect_definite<2>(constant_matrix(grid_of({7, 8}, "dp"), cell), smoother, kind, size, seed);
      auto const strong = constant_matrix(grid_of({15, 7}, "dd"), cross_cell(2, {seed < 6 ? 100.0 : 0.01, 1}));
      expect_definite<2>(strong, smoother, kind, size, seed);
    }
  }
  for (unsigned seed = 0; seed < 4; ++seed) {
    for (auto const smoother : smoothers_of(3)) {
      auto const m = constant_matrix(grid_of({7, 3, 3}, "ddd"), random_cell(3, seed));
      expect_definite<3>(m, smoother, CycleKind::v, seed % 2 == 0 ? 1 : 30, seed);
    }
  }
}

TEST(GridGuard, CoarseCorrectionsAreNotTurnedRound) {
  auto const options = CycleSettings{.smoother = Smoother::line_and_stencil, .coarse_weights = true};
  GridRig<double, 2, true> rig(constant_matrix(grid_of({15, 15}, "dd"), cross_cell(2)), options);
  auto const scale = rig.theta.size() - 2;
  rig.theta[scale] = -0.9;
  auto const of_least = LoadedGrid(rig).cycle();
  rig.theta[scale] = -3;
  auto const M = LoadedGrid(rig).cycle();
  EXPECT_TRUE(is_positive_definite(M));
  EXPECT_EQ(M.a, of_least.a);
  rig.theta[scale] = 5;
  rig.theta[scale + 1] = -1e300;
  auto const of_large = LoadedGrid(rig).cycle();
  EXPECT_TRUE(is_positive_definite(of_large));
  rig.theta[scale] = 0.9;
  rig.theta[scale + 1] = -32;
  EXPECT_EQ(LoadedGrid(rig).cycle().a, of_large.a);
}

/// Stencils whose symbol is least at 2 pi / 3, between the frequencies of the guard: 24 points have that wave.
TEST(GridGuard, NothingIsNegativeBetweenItsFrequencies) {
  for (double const size : {0.1, 0.3, 1.0, 100.0}) {
    for (double const sign : {1.0, -1.0}) {
      GridRig<double, 2, true> rig(constant_matrix(grid_of({23, 24}, "dp"), cross_cell(2)),
                                   {.smoother = Smoother::stencil});
      rig.theta = {0, size, 0, size, sign * size};
      EXPECT_TRUE(is_positive_definite(LoadedGrid(rig).cycle())) << size;
      auto const o = rig.run({.tolerance = 1e-8});
      EXPECT_EQ(o.status[0], Status::converged);
    }
  }
}

}  // namespace
}  // namespace metasolve::test::grid_guard_test
