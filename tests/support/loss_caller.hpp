// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

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

  /// Compares the gradient at theta with central differences of the loss, where the moved tasks take as many iterations:
  /// there it is smooth. step: relative to each parameter. Most parameters must be comparable.
  void expect_differences(IterationLoss& loss, std::size_t count, std::vector<double> const& theta, double step,
                          double tolerance) {
    auto const found = evaluate(loss, count, theta);
    auto const parameters = static_cast<std::size_t>(loss.parameters());
    std::size_t compared = 0, nonzero = 0;
    for (std::size_t p = 0; p < parameters; ++p) {
      auto below = theta, above = theta;
      std::vector<double> width(count);
      for (std::size_t t = 0; t < count; ++t) {
        std::size_t const at = t * parameters + p;
        double const h = step * std::max(std::abs(theta[at]), 1e-6);
        below[at] -= h;
        above[at] += h;
        width[t] = above[at] - below[at];
      }
      auto const low = evaluate(loss, count, below, {}, false), high = evaluate(loss, count, above, {}, false);
      for (std::size_t t = 0; t < count; ++t) {
        if (low.iterations[t] != high.iterations[t] || low.iterations[t] != found.iterations[t]) continue;
        EXPECT_EQ(found.status[t], 0);
        double const expected = (high.loss[t] - low.loss[t]) / width[t], is = found.gradient[t * parameters + p];
        EXPECT_TRUE(std::abs(is - expected) <= tolerance * (std::abs(expected) + 1e-3))
            << "task " << t << ", parameter " << p << ": " << is << ", expected " << expected;
        ++compared;
        nonzero += is != 0 ? 1 : 0;
      }
    }
    EXPECT_GT(2 * compared, count * parameters);
    EXPECT_GT(2 * nonzero, compared);
  }
};

}  // namespace metasolve::test
