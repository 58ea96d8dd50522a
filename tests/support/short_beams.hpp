// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "metasolve/detail/problems/beam_mesh.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/kernels/lockstep/lockstep.hpp"
#include "metasolve/kernels/solvers/conjugate_gradient.hpp"

/// For tests of ICCG's bodies on teams of any kind against a team of one.
namespace metasolve::test {

/// Results of a run.
struct BeamResults {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, loss, theta_bar;
};

/// Short beams, whose iterations do not amplify rounding, in a backend's memory.
class ShortBeams {
 public:
  using Solver = kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>;
  static constexpr std::int64_t count = 3;

  /// fill: level of the factor; negative: by magnitude.
  ShortBeams(exec::Backend& backend, int fill, sparse::SolveOrder order);

  [[nodiscard]] Solver solver() const {
    auto const pattern = matrix_.view();
    return {pattern, {values_.data(), pattern.values(), 1}, {rhs_.data(), pattern.unknowns, 1}, plan_.view<double>()};
  }
  [[nodiscard]] kernels::LockstepArguments<double> arguments() {
    int const parameters = solver().parameter_size();
    kernels::LockstepArguments<double> a;
    a.slots = count;
    a.theta = {theta_.data(), parameters, 1};
    a.tolerance.value = 1e-6;
    a.max_iterations.value = 100;
    a.surrogate = {kernels::LossKind::surrogate, kernels::LossScale::logarithm};
    a.gain = gain_.data();
    a.status = status_.data();
    a.iterations = iterations_.data();
    a.measure = measure_.data();
    a.loss = loss_.data();
    a.theta_bar = {theta_bar_.data(), parameters, 1};
    return a;
  }
  /// Moves out the results of the last run.
  [[nodiscard]] BeamResults take_results() {
    return {take(status_), take(iterations_), take(measure_), take(loss_), take(theta_bar_)};
  }

 private:
  template <class T>
  static std::vector<T> take(exec::Buffer<T>& buffer) {
    std::vector<T> values(static_cast<std::size_t>(buffer.size()));
    buffer.download(values.data(), buffer.size());
    buffer.zero();
    return values;
  }

  problems::BeamStencil stencil_{{{3, 1, 1}}, sparse::OrderingKind::rcm};
  sparse::LowerPattern matrix_;
  sparse::CholeskyPlan plan_;
  exec::Buffer<double> values_, rhs_, theta_, gain_, measure_, loss_, theta_bar_;
  exec::Buffer<std::int32_t> status_, iterations_;
};

inline void expect_agreement(BeamResults const& found, BeamResults const& expected) {
  EXPECT_EQ(found.status, expected.status);
  EXPECT_EQ(found.iterations, expected.iterations);
  for (std::size_t t = 0; t < ShortBeams::count; ++t) {
    EXPECT_EQ(expected.status[t], 0);
    EXPECT_GT(expected.iterations[t], 5);
    EXPECT_NEAR(found.measure[t] / expected.measure[t], 1, 1e-4);
    EXPECT_NEAR(found.loss[t] / expected.loss[t], 1, 1e-9);
  }
  double largest = 0;
  for (double const x : expected.theta_bar) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < expected.theta_bar.size(); ++i) {
    EXPECT_NEAR(found.theta_bar[i], expected.theta_bar[i], 1e-6 * largest);
  }
}

}  // namespace metasolve::test
