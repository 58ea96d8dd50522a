// SPDX-License-Identifier: Apache-2.0
#include "pressure_system.hpp"

namespace projection {

namespace {

std::size_t product(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

}  // namespace

PressureSystem::PressureSystem(int n_)
    : n(n_), weights_x(product(n, n - 1)), weights_y(product(n - 1, n)), rhs(product(n, n)), fluid(product(n, n)) {}

Matrix::Matrix(PressureSystem const& system) : n(system.n), right(n), up(n), diagonal(n) {
  auto const width = static_cast<std::size_t>(n);
  for (std::size_t row = 0; row < width; ++row) {
    for (std::size_t column = 0; column + 1 < width; ++column) {
      right[row * width + column] = system.weights_x[row * (width - 1) + column];
    }
  }
  for (std::size_t i = 0; i < system.weights_y.size(); ++i) up[i] = system.weights_y[i];
  double const *r = right.data(), *u = up.data();
  double* d = diagonal.data();
  auto const cells = static_cast<std::ptrdiff_t>(right.size()), below = static_cast<std::ptrdiff_t>(n);
  for (std::ptrdiff_t i = 0; i < cells; ++i) d[i] = r[i] + r[i - 1] + u[i] + u[i - below];
}

void multiply(Matrix const& a, CellVector const& x_, CellVector& y_) {
  double const *r = a.right.data(), *u = a.up.data(), *d = a.diagonal.data(), *x = x_.data();
  double* __restrict y = y_.data();
  auto const cells = static_cast<std::ptrdiff_t>(x_.size()), below = static_cast<std::ptrdiff_t>(a.n);
  for (std::ptrdiff_t i = 0; i < cells; ++i) {
    y[i] = d[i] * x[i] - r[i] * x[i + 1] - r[i - 1] * x[i - 1] - u[i] * x[i + below] - u[i - below] * x[i - below];
  }
}

double dot(CellVector const& x_, CellVector const& y_) {
  double const *x = x_.data(), *y = y_.data();
  // Independent sums, which the compiler may not introduce by itself.
  constexpr std::size_t lanes = 16;
  double sums[lanes] = {};
  std::size_t const whole = x_.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += x[i + k] * y[i + k];
  }
  double sum = 0;
  for (std::size_t i = whole; i < x_.size(); ++i) sum += x[i] * y[i];
  for (double const part : sums) sum += part;
  return sum;
}

void add_multiple(double factor, CellVector const& x_, CellVector& y_) {
  double const* x = x_.data();
  double* __restrict y = y_.data();
  for (std::size_t i = 0; i < x_.size(); ++i) y[i] += factor * x[i];
}

}  // namespace projection
