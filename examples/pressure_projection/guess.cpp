// SPDX-License-Identifier: Apache-2.0
#include "guess.hpp"

#include <algorithm>
#include <cmath>

namespace projection {

PressureHistory::PressureHistory(int n, int most)
    : most_(static_cast<std::size_t>(most)), basis_(most_, CellVector(n)), products_(most_, CellVector(n)) {}

void PressureHistory::add(CellVector const& pressure, double dt) {
  steps_.push_front({pressure, dt});
  if (steps_.size() > most_) steps_.pop_back();
}

void PressureHistory::previous(CellVector& guess) const {
  std::fill(guess.cells().begin(), guess.cells().end(), 0);
  if (!steps_.empty()) guess = steps_[0].pressure;
}

void PressureHistory::linear(double dt, CellVector& guess) const {
  previous(guess);
  if (steps_.size() < 2) return;
  // A pressure is the mean of its step: it belongs to the step's middle.
  double const factor = (dt + steps_[0].dt) / (steps_[0].dt + steps_[1].dt);
  for (std::size_t i = 0; i < guess.size(); ++i) guess[i] += factor * (guess[i] - steps_[1].pressure[i]);
}

void PressureHistory::weighted(Matrix const& a, CellVector const& rhs, int count, Least least, CellVector& guess) {
  std::fill(guess.cells().begin(), guess.cells().end(), 0);
  // Gram and Schmidt's process. Earlier pressures are nearly parallel, so that a sum's weights would lose all digits if
  // they came from the normal equations.
  std::size_t used = 0;
  for (std::size_t k = 0; k < std::min(steps_.size(), static_cast<std::size_t>(count)); ++k) {
    CellVector &p = basis_[used], &q = products_[used];
    p = steps_[k].pressure;
    multiply(a, p, q);
    auto const norm = [&] { return dot(least == Least::residual ? q : p, q); };
    double const before = norm();
    for (std::size_t j = 0; j < used; ++j) {
      double const share = dot(least == Least::residual ? products_[j] : basis_[j], q);
      add_multiple(-share, basis_[j], p);
      add_multiple(-share, products_[j], q);
    }
    double const after = norm();
    // What is left is what rounding and the solver's tolerance have put there.
    if (!(after > 1e-16 * before)) continue;
    double const scale = 1 / std::sqrt(after);
    for (std::size_t i = 0; i < p.size(); ++i) {
      p[i] *= scale;
      q[i] *= scale;
    }
    add_multiple(dot(least == Least::residual ? q : p, rhs), p, guess);
    ++used;
  }
}

}  // namespace projection
