// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace projection {

/// A step's equations for the pressure p of each fluid cell: sum over its faces of w (p - p_neighbour) = rhs. Rows go
/// up, columns to the right. A weight is 0 at faces of solid cells, which have no equation and no pressure.
struct PressureSystem {
  explicit PressureSystem(int n);

  int n;
  std::vector<double> weights_x;     ///< [n][n-1] between a cell and its right neighbour
  std::vector<double> weights_y;     ///< [n-1][n] between a cell and the one above
  std::vector<double> rhs;           ///< [n][n], its sum is 0
  std::vector<unsigned char> fluid;  ///< [n][n]
};

/// Values of all cells, with a row of zeros below and above, so that loops over cells need no case for the boundary.
class CellVector {
 public:
  CellVector() = default;
  explicit CellVector(int n) : margin_(static_cast<std::size_t>(n)), values_(margin_ * (margin_ + 2)) {}

  double* data() { return values_.data() + margin_; }
  [[nodiscard]] double const* data() const { return values_.data() + margin_; }
  [[nodiscard]] std::size_t size() const { return margin_ * margin_; }
  double& operator[](std::size_t i) { return data()[i]; }
  double operator[](std::size_t i) const { return data()[i]; }
  std::span<double> cells() { return {data(), size()}; }
  [[nodiscard]] std::span<double const> cells() const { return {data(), size()}; }

 private:
  std::size_t margin_ = 0;
  std::vector<double> values_;
};

/// The system's matrix A, arranged for products.
struct Matrix {
  explicit Matrix(PressureSystem const& system);

  int n;
  CellVector right, up, diagonal;  ///< right and up are 0 where there is no neighbour
};

void multiply(Matrix const& a, CellVector const& x, CellVector& y);
double dot(CellVector const& x, CellVector const& y);
void add_multiple(double factor, CellVector const& x, CellVector& y);  ///< y += factor x

}  // namespace projection
