// SPDX-License-Identifier: Apache-2.0
#include "heat_equation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heat {

namespace {

constexpr double two_pi = 2 * std::numbers::pi;

/// Smooth, 1 at the centre, 0 from the radius on.
double bump(double x, double y, double radius) {
  double const r = (x * x + y * y) / (radius * radius);
  return r < 1 ? std::exp(1 - 1 / (1 - r)) : 0;
}

}  // namespace

HeatEquation::HeatEquation(int intervals, double step) : side_(intervals - 1), step_(step), h_(1.0 / intervals) {
  row_ptrs_.push_back(0);
  for (int row = 0; row < unknowns(); ++row) {
    if (row >= side_) col_idxs_.push_back(row - side_);
    if (row % side_ > 0) col_idxs_.push_back(row - 1);
    col_idxs_.push_back(row);
    row_ptrs_.push_back(entries());
  }
}

double HeatEquation::coupling(double time) const {
  double const s = std::sin(two_pi * (time + step_ / 2));
  return step_ / (h_ * h_) * std::max(0.1 * s, -10 * s);
}

void HeatEquation::start(double* u) const {
  for (int i = 0; i < side_; ++i) {
    for (int j = 0; j < side_; ++j) u[i * side_ + j] = bump((i + 1) * h_ - 0.5, (j + 1) * h_ - 0.5, 0.25);
  }
}

void HeatEquation::assemble(double time, double const* u, double* a, double* b) const {
  double const c = coupling(time) / 2;
  for (int row = 0; row < unknowns(); ++row) {
    for (auto e = row_ptrs_[row]; e < row_ptrs_[row + 1]; ++e) a[e] = col_idxs_[e] == row ? 1 + 4 * c : -c;
  }
  double const angle = 8 * two_pi * (time + step_ / 2);
  double const x = 0.5 + std::cos(angle) / 4, y = 0.5 + std::sin(angle) / 4;  // of the source
  for (int i = 0; i < side_; ++i) {
    for (int j = 0; j < side_; ++j) {
      int const k = i * side_ + j;
      double const neighbours = (i > 0 ? u[k - side_] : 0) + (i + 1 < side_ ? u[k + side_] : 0) +
                                (j > 0 ? u[k - 1] : 0) + (j + 1 < side_ ? u[k + 1] : 0);
      b[k] = (1 - 4 * c) * u[k] + c * neighbours + 32 * step_ * bump((i + 1) * h_ - x, (j + 1) * h_ - y, 0.125);
    }
  }
}

}  // namespace heat
