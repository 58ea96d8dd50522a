// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/iteration_loss.hpp"
#include "tests/support/caller_memory.hpp"

namespace metasolve::test {

/// Results of IterationLoss::evaluate on the host.
struct Losses {
  std::vector<double> loss, measure, gradient;
  std::vector<std::int32_t> iterations, status;
  bool operator==(Losses const&) const = default;
};

/// Calls IterationLoss from memory of its own.
class LossCaller : public CallerMemory {
 protected:
  /// theta [count][parameters]; empty: the tasks' own, without gradient. tasks: indices; empty: the first.
  Losses evaluate(IterationLoss& loss, std::size_t count, std::vector<double> const& theta,
                  std::vector<std::int32_t> const& tasks = {}, bool with_gradient = true) {
    auto const parameters = loss.parameters();
    std::size_t const numbers = with_gradient && !theta.empty() ? count * static_cast<std::size_t>(parameters) : 0;
    auto* const values = place(std::vector<double>(count, -1.0));
    auto* const measure = place(std::vector<double>(count, -1.0));
    auto* const gradient = place(std::vector<double>(numbers, -1.0));
    auto* const iterations = place(std::vector<std::int32_t>(count, -1));
    auto* const status = place(std::vector<std::int32_t>(count, -1));
    IterationLoss::Results results{values, iterations, status, measure, {}};
    if (numbers > 0) results.gradient = {gradient, parameters, 1};
    loss.evaluate(static_cast<std::int64_t>(count), tasks.empty() ? nullptr : place(tasks),
                  {theta.empty() ? nullptr : place(theta), parameters, 1}, results);
    return {fetch(values, count), fetch(measure, count), fetch(gradient, numbers), fetch(iterations, count),
            fetch(status, count)};
  }

  /// Compares the gradient at theta with central differences of fourth order of the loss, where the moved tasks take as
  /// many iterations: there it is smooth. The best step differs by orders of magnitude among tasks and parameters, so
  /// the nearest difference counts. Most parameters must be comparable.
  void expect_differences(IterationLoss& loss, std::size_t count, std::vector<double> const& theta, double tolerance) {
    auto const found = evaluate(loss, count, theta);
    auto const parameters = static_cast<std::size_t>(loss.parameters());
    std::size_t compared = 0, nonzero = 0;
    for (std::size_t p = 0; p < parameters; ++p) {
      std::vector<double> nearest(count, std::numeric_limits<double>::infinity());
      for (double const step : {1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6, 1e-7}) {
        auto const slope = differences(loss, count, theta, p, step, found.iterations);
        for (std::size_t t = 0; t < count; ++t) {
          double const is = found.gradient[t * parameters + p];
          if (std::abs(is - slope[t]) < std::abs(is - nearest[t])) nearest[t] = slope[t];
        }
      }
      for (std::size_t t = 0; t < count; ++t) {
        if (std::isinf(nearest[t])) continue;
        double const is = found.gradient[t * parameters + p];
        EXPECT_EQ(found.status[t], 0);
        EXPECT_TRUE(std::abs(is - nearest[t]) <= tolerance * (std::abs(is) + 1e-3))
            << "task " << t << ", parameter " << p << ": " << is << ", nearest difference " << nearest[t];
        ++compared;
        nonzero += is != 0 ? 1 : 0;
      }
    }
    EXPECT_GT(2 * compared, count * parameters);
    EXPECT_GT(2 * nonzero, compared);
  }

 private:
  /// Differences by parameter p, whose step is relative; infinite where a count changes.
  std::vector<double> differences(IterationLoss& loss, std::size_t count, std::vector<double> const& theta,
                                  std::size_t p, double step, std::vector<std::int32_t> const& iterations) {
    std::vector<double> slope(count, 0.0);
    for (auto const& [at, weight] : {std::pair{-2, 1.0 / 12}, {-1, -2.0 / 3}, {1, 2.0 / 3}, {2, -1.0 / 12}}) {
      auto moved = theta;
      auto const parameters = static_cast<std::size_t>(loss.parameters());
      for (std::size_t t = 0; t < count; ++t) moved[t * parameters + p] *= 1 + at * step;
      auto const there = evaluate(loss, count, moved, {}, false);
      for (std::size_t t = 0; t < count; ++t) {
        slope[t] += weight * there.loss[t] / (step * theta[t * parameters + p]);
        if (there.iterations[t] != iterations[t]) slope[t] = std::numeric_limits<double>::infinity();
      }
    }
    return slope;
  }
};

}  // namespace metasolve::test
