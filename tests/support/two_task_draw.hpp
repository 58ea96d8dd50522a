// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <random>

#include "paper/two_task_theory.hpp"

namespace metasolve::test {

/// Randomly drawn task spaces and probabilities.
class TwoTaskDraw {
 public:
  explicit TwoTaskDraw(unsigned seed) : random_(seed) {}
  paper::TwoTasks tasks() {
    int const hard = std::uniform_int_distribution(1, 7)(random_);
    int const easy = std::uniform_int_distribution(hard + 1, 8)(random_);
    return {16, {hard, easy}, {power(-1, 1), power(-1, 1)}};
  }
  double uniform(double low, double high) { return std::uniform_real_distribution(low, high)(random_); }
  double power(double low, double high) { return std::pow(10.0, uniform(low, high)); }

 private:
  std::mt19937 random_;
};

}  // namespace metasolve::test
