// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/iteration_loss.hpp"
#include "tests/support/caller_memory.hpp"

namespace metasolve::test {

/// Configurations.
inline std::string const poisson_loss = R"(
[problem]
name = "poisson"
unknowns = 6
train_tasks = 40
[solver]
tolerance = 1e-3
max_iterations = 200
[loss]
scale = "log"
)";
inline std::string const robertson_loss = R"(
[problem]
name = "robertson"
[solver]
tolerance = 1e-9
max_iterations = 300
[loss]
scale = "log"
)";
inline std::string const elasticity_loss = R"(
[problem]
name = "elasticity"
cells = [3, 1, 1]
train_tasks = 12
[solver]
max_iterations = 60
[loss]
scale = "log"
)";

/// Rows of the training set.
inline std::vector<double> rows_of(IterationLoss const& loss, std::int64_t n) {
  std::vector<double> rows(static_cast<std::size_t>(n * loss.columns()));
  loss.rows(TaskSet::train, 0, n, rows.data());
  return rows;
}
inline std::vector<double> own_parameters_of(IterationLoss const& loss, std::int64_t n) {
  std::vector<double> own(static_cast<std::size_t>(n * loss.parameters()));
  loss.own_parameters(own.data());
  return own;
}

/// Numbers between -1 and 1.
inline std::vector<double> spread(std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = 2 * std::fmod(0.618034 * static_cast<double>(i + 1), 1.0) - 1;
  return x;
}

/// Steps of Robertson's reaction: t, h, c, r, y.
inline constexpr std::int64_t robertson_columns = 9;
inline std::vector<double> robertson_rows(std::size_t count) {
  std::vector<double> rows;
  for (std::size_t t = 0; t < count; ++t) {
    double const part = static_cast<double>(t + 1) / static_cast<double>(count + 1);
    for (double const x : {0.0, 0.1 * part, 0.04 + part, 1e5 + 1e8 * part, 1e2 + 1e5 * part, 1.2 + 0.2 * part,
                           1 - part / 2, 1e-6, part / 2}) {
      rows.push_back(x);
    }
  }
  return rows;
}

/// Results of IterationLoss::evaluate on the host.
struct Losses {
  std::vector<double> loss, measure, gradient;
  std::vector<std::int32_t> iterations, status;
  bool operator==(Losses const&) const = default;
};

/// Calls IterationLoss from memory of its own.
class LossCaller : public CallerMemory {
 protected:
  [[nodiscard]] IterationLoss make(std::string const& configuration, std::int64_t capacity,
                                   TrainingSettings const& settings = {}) const {
    return IterationLoss(executor(), configuration, settings, capacity);
  }

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

  /// Enough for expect_differences.
  static constexpr std::int64_t room = 300;

  /// Compares the gradient at theta with central differences of fourth order of the loss, where the moved tasks take as
  /// many iterations: there it is smooth. The best step differs by orders of magnitude among tasks and parameters, so
  /// the nearest difference counts. Most parameters must be comparable.
  void expect_differences(IterationLoss& loss, std::size_t count, std::vector<double> const& theta, double tolerance) {
    auto const found = evaluate(loss, count, theta);
    auto const parameters = static_cast<std::size_t>(loss.parameters());
    std::vector<double> nearest(theta.size(), std::numeric_limits<double>::infinity());
    for (double const step : {1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5}) {
      auto const slope = differences(loss, theta, step, found.iterations);
      for (std::size_t i = 0; i < theta.size(); ++i) {
        double const is = found.gradient[i];
        if (std::abs(is - slope[i]) < std::abs(is - nearest[i])) nearest[i] = slope[i];
      }
    }
    std::size_t compared = 0, nonzero = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      if (std::isinf(nearest[i])) continue;
      double const is = found.gradient[i];
      EXPECT_EQ(found.status[i / parameters], 0);
      EXPECT_TRUE(std::abs(is - nearest[i]) <= tolerance * (std::abs(is) + 1e-3))
          << "task " << i / parameters << ", parameter " << i % parameters << ": " << is << ", nearest difference "
          << nearest[i];
      ++compared;
      nonzero += is != 0 ? 1 : 0;
    }
    EXPECT_GT(2 * compared, theta.size());
    EXPECT_GT(2 * nonzero, compared);
  }

 private:
  /// Differences by each parameter of each task, in one call; infinite where a count changes. step: relative.
  std::vector<double> differences(IterationLoss& loss, std::vector<double> const& theta, double step,
                                  std::vector<std::int32_t> const& iterations) {
    constexpr std::pair<int, double> points[] = {{-2, 1.0 / 12}, {-1, -2.0 / 3}, {1, 2.0 / 3}, {2, -1.0 / 12}};
    auto const parameters = static_cast<std::size_t>(loss.parameters());
    std::vector<double> moved, slope(theta.size(), 0.0);
    std::vector<std::int32_t> tasks;
    for (auto const& point : points) {
      for (std::size_t i = 0; i < theta.size(); ++i) {
        std::size_t const first = i / parameters * parameters;
        for (std::size_t p = first; p < first + parameters; ++p) {
          moved.push_back(p == i ? theta[p] * (1 + point.first * step) : theta[p]);
        }
        tasks.push_back(static_cast<std::int32_t>(i / parameters));
      }
    }
    auto const there = evaluate(loss, tasks.size(), moved, tasks, false);
    std::size_t slot = 0;
    for (auto const& point : points) {
      for (std::size_t i = 0; i < theta.size(); ++i, ++slot) {
        slope[i] += point.second * there.loss[slot] / (step * theta[i]);
        if (there.iterations[slot] != iterations[i / parameters]) slope[i] = std::numeric_limits<double>::infinity();
      }
    }
    return slope;
  }
};

}  // namespace metasolve::test
