// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "pressure_system.hpp"

namespace projection {

/// What a weighted sum of earlier pressures is to make least.
enum class Least {
  residual,  ///< ||rhs - A p||
  energy     ///< the error in A's norm, as Fischer (1998) does
};

/// The pressures of the last steps, and guesses made of them.
class PressureHistory {
 public:
  PressureHistory(int n, int most);

  void add(CellVector const& pressure, double dt);
  [[nodiscard]] int size() const { return static_cast<int>(steps_.size()); }

  // Zero where there is no history. All leave the history as it is.
  void previous(CellVector& guess) const;
  void linear(double dt, CellVector& guess) const;  ///< in time
  /// The best sum of at most `count` pressures for this system, which costs a product with A each.
  void weighted(Matrix const& a, CellVector const& rhs, int count, Least least, CellVector& guess);

 private:
  struct Step {
    CellVector pressure;
    double dt;
  };
  std::size_t most_;
  std::deque<Step> steps_;  ///< the newest first
  std::vector<CellVector> basis_, products_;
};

}  // namespace projection
