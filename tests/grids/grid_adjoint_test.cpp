// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/grids/cycle_adjoint.hpp"

#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"

/// Gradients of the surrogate through cycles, and through conjugate gradients around them, compared with central
/// differences.
namespace metasolve::test::grid_adjoint_test {
namespace {

struct Way {
  CycleKind kind;
  int before, after;
  bool by_cg, coarse_weights;
};
Way const ways[] = {{CycleKind::v, 1, 1, true, false},  {CycleKind::w, 1, 1, true, true},
                    {CycleKind::v, 2, 2, true, true},   {CycleKind::v, 1, 0, false, false},
                    {CycleKind::w, 1, 2, false, false}, {CycleKind::f, 1, 1, false, true},
                    {CycleKind::f, 0, 2, false, true}};

/// The largest error of the gradient along some directions, as a part of its size.
template <class Rig>
double gradient_error(Rig& rig, double step) {
  GridRun const how{.tolerance = 1e-7, .most = 4, .tape_slots = 3, .gain = 0.2};  // fewer slots than states: replays
  auto const theta = rig.theta;
  auto const of = rig.run(how, true);
  EXPECT_GE(of.iterations[0], 2);
  double most = 0, scale = 0;
  for (double const b : of.theta_bar) scale = std::max(scale, std::abs(b));
  EXPECT_TRUE(scale > 1e-4) << scale;
  unsigned const directions = theta.size() == 1 ? 1 : 3;
  for (unsigned k = 0; k < directions; ++k) {
    auto direction = random_numbers(static_cast<int>(theta.size()), k);
    if (directions == 1) direction = {1};
    auto const loss = [&](double by) {
      for (std::size_t i = 0; i < theta.size(); ++i) rig.theta[i] = theta[i] + by * direction[i];
      return rig.run(how, true).loss[0];
    };
    double const slope = (loss(step) - loss(-step)) / (2 * step);
    double along = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) along += direction[i] * of.theta_bar[i];
    if (!(std::abs(slope - along) <= most)) most = std::abs(slope - along);
  }
  rig.theta = theta;
  return most / scale;
}

template <int Dim, bool IsConstant>
void expect_gradient(GridMatrix const& m, CycleSettings s, Coarsening const& coarsening = {}) {
  for (auto const& way : ways) {
    s.kind = way.kind, s.before = way.before, s.after = way.after, s.coarse_weights = way.coarse_weights;
    SCOPED_TRACE(text_of(s) + (way.by_cg ? ", conjugate gradients" : ""));
    GridRig<double, Dim, IsConstant> rig(m, s, coarsening);
    rig.solver.by_conjugate_gradients = way.by_cg;
    rig.disturb(0.03);
    double const error = gradient_error(rig, 1e-5);
    EXPECT_TRUE(error <= 1e-5) << error;
  }
}

struct GridAdjointInThePlane : ::testing::TestWithParam<Smoother> {};
TEST_P(GridAdjointInThePlane, IsTheSlope) {
  auto const cell = random_cell(2, 1);
  CycleSettings s{.smoother = GetParam()};
  expect_gradient<2, true>(constant_matrix(grid_of({15, 7}, "dd"), cell), s);
  expect_gradient<2, true>(constant_matrix(grid_of({7, 8}, "dp"), cell), s);
  auto masked = assemble(grid_of({15, 8}, "dl"), cell, rough(0.5));
  masked.mask([](int p) { return p % 15 > 6 && p / 15 % 4 == 2; });
  expect_gradient<2, false>(assemble(grid_of({15, 6}, "dd"), cell, rough(1)), s, {.axes = {true, false, false}});
  for (auto const transfer : {TransferKind::linear, TransferKind::by_operator}) {
    s.transfer = transfer;
    expect_gradient<2, false>(masked, s);
    expect_gradient<2, false>(assemble(grid_of({16, 8}, "ph"), cell, rough(1)), s);
    s.is_singular = true;
    expect_gradient<2, false>(assemble(grid_of({9, 8}, "np"), cell, rough(1)), s);
    s.is_singular = false;
  }
}
INSTANTIATE_TEST_SUITE_P(Smoothers, GridAdjointInThePlane, ::testing::ValuesIn(smoothers_of(2)), name_of_parameter);

struct GridAdjointInSpace : ::testing::TestWithParam<Smoother> {};
TEST_P(GridAdjointInSpace, IsTheSlope) {
  auto const cell = random_cell(3, 1);
  expect_gradient<3, true>(constant_matrix(grid_of({7, 3, 4}, "ddp"), cell), {.smoother = GetParam()});
  expect_gradient<3, false>(assemble(grid_of({4, 7, 4}, "pdl"), cell, rough(1)), {.smoother = GetParam()});
}
INSTANTIATE_TEST_SUITE_P(Smoothers, GridAdjointInSpace, ::testing::ValuesIn(smoothers_of(3)), name_of_parameter);

/// d(v' M r) from the records of M r and M' v.
TEST(CycleAdjoint, OfOneCycle) {
  for (auto const kind : {CycleKind::v, CycleKind::w, CycleKind::f}) {
    CycleSettings const s{.smoother = Smoother::two_stencils, .kind = kind, .before = 2, .coarse_weights = true};
    GridRig<double, 2, false> rig(assemble(grid_of(16, "ph"), random_cell(2, 1), rough(1)), s);
    rig.disturb(0.05);
    LoadedGrid grid(rig);
    auto const& g = grid.h().level[0];
    std::vector<double> r(as_index(g.size)), v(r), z(r);
    auto const r_0 = random_numbers(g.points(), 1), v_0 = random_numbers(g.points(), 2);
    for (int p = 0; p < g.points(); ++p) {
      r[as_index(grid.at(0, p))] = r_0[as_index(p)], v[as_index(grid.at(0, p))] = v_0[as_index(p)];
    }
    kernels::update_halo(grid.team, grid.h(), 0, r.data());
    kernels::update_halo(grid.team, grid.h(), 0, v.data());
    auto const memory = grid.solver.memory(grid.task.data(), grid.work.data());
    auto const value = [&] {
      kernels::apply_cycle(grid.operators, grid.team, memory, r.data(), z.data());
      double sum = 0;
      for (int p = 0; p < g.points(); ++p) sum += v[as_index(grid.at(0, p))] * z[as_index(grid.at(0, p))];
      return sum;
    };
    auto const size = as_index(kernels::cycle_record_size(grid.h(), grid.operators.shape));
    std::vector<double> of_r(size), of_v(size), bar(as_index(grid.solver.weights_size()));
    kernels::apply_cycle_recorded(grid.operators, grid.team, memory, false, r.data(), z.data(), of_r.data());
    auto const recorded = z;
    kernels::apply_cycle_recorded(grid.operators, grid.team, memory, true, v.data(), z.data(), of_v.data());
    kernels::cycle_adjoint(grid.operators, grid.team, memory, static_cast<double const*>(of_r.data()),
                           static_cast<double const*>(of_v.data()), bar.data());
    double scale = 0;
    for (double const b : bar) scale = std::max(scale, std::abs(b));
    for (std::size_t i = 0; i < bar.size(); ++i) {  // each level's weights by themselves
      double const was = grid.work[i], h = 1e-5;
      grid.work[i] = was + h;
      double const above = value();
      grid.work[i] = was - h;
      double const below = value();
      grid.work[i] = was;
      EXPECT_NEAR((above - below) / (2 * h), bar[i], 1e-8 * scale) << i;
    }
    value();
    EXPECT_EQ(z, recorded);
  }
}

}  // namespace
}  // namespace metasolve::test::grid_adjoint_test
