// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/error.hpp"
#include "tests/support/beam_outcomes.hpp"
#include "tests/support/bound_tasks.hpp"
#include "tests/support/diffusion_systems.hpp"
#include "tests/support/expect_message.hpp"

/// The gradient of the surrogate by SSOR's omega, which stays between 0 and 2 while it is moved.
namespace metasolve::ssor_gradient_test {
namespace {

using namespace test;
constexpr int grid = 7, unknowns = grid * grid, count = 9, limit = 200;

engine::Tasks diffusion(double omega, problems::Batching batching = problems::Batching::automatic) {
  auto const pattern = diffusion_system(grid, 0);
  auto const structure = sparse::structure_of(unknowns, pattern.below);
  problems::IccgSettings settings{PreconditionerKind::ssor, {}, 0, batching};
  settings.omega = omega;
  return spd_tasks(structure, settings, count,
                   [structure](std::int64_t first, std::int64_t n, double* values, double* rhs) {
                     for (std::int64_t t = first; t < first + n; ++t) {
                       auto const s = diffusion_system(grid, static_cast<unsigned>(t));
                       for (std::size_t e = 0; e < s.off.size(); ++e) {
                         values[structure.find(s.below[e].first, s.below[e].second)] = s.off[e];
                       }
                       std::copy_n(s.diagonal.data(), unknowns, values + structure.entries());
                       std::fill_n(rhs, unknowns, 1.0);
                       values += structure.entries() + unknowns;
                       rhs += unknowns;
                     }
                   });
}

engine::StageLimits limits_of(engine::Gradient gradient) {
  engine::StageLimits limits{.capacity = count, .tape_bytes = 1 << 20, .max_iterations = limit, .gradient = gradient};
  limits.difference.below = 2;
  return limits;
}

TEST(SsorGradient, IsTheDifferenceOfTheSurrogate) {
  auto const limits = limits_of(engine::Gradient::difference);
  for (double const omega : {0.3, 1.0, 1.5, 1.94}) {
    BoundTasks bound(diffusion(omega), limits, unknowns, limit);
    EXPECT_EQ(bound.group.default_parameters(0, 0), omega) << "as it is, not as a shift";
    bound.run.theta_bar = {bound.theta_bar.data(), 1, 1};
    bound.run.weight = 2;
    bound.run.surrogate.value = kernels::LossValue::soft;
    bound.group.solver->differentiate(bound.run);
    auto const slopes = bound.theta_bar;
    bound.run.theta_bar = {};
    auto const losses_at = [&](double moved) {
      bound.run.theta = {&moved, 0, 1};
      bound.group.solver->solve(bound.run);
      return bound.loss;
    };
    double const h = limits.difference.step * std::min(omega, 2 - omega);
    auto const above = losses_at(omega + h), below = losses_at(omega - h);
    bool any = false;
    for (std::size_t k = 0; k < count; ++k) {
      double const expected = 2 * (above[k] - below[k]) / (2 * h);
      EXPECT_NEAR(slopes[k], expected, 1e-6 * std::abs(expected) + 1e-9) << "omega " << omega << ", system " << k;
      EXPECT_EQ(bound.status[k], static_cast<int>(Status::converged));
      any = any || slopes[k] != 0;
    }
    EXPECT_TRUE(any);
  }
}

TEST(SsorGradient, HasNoOther) {
  for (auto const gradient : {engine::Gradient::adjoint, engine::Gradient::tangent}) {
    expect_message<InputError>([&] { BoundTasks(diffusion(1), limits_of(gradient), unknowns, limit); },
                               {"solver.gradient", "difference"});
  }
  expect_message<InputError>(
      [] {
        BoundTasks(diffusion(1, problems::Batching::block_diagonal), limits_of(engine::Gradient::difference), unknowns,
                   limit);
      },
      {"solver.batching", "ssor", "lockstep"});
}

}  // namespace
}  // namespace metasolve::ssor_gradient_test
