// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/view.hpp"
#include "mlp.hpp"

/// Elementwise stages of several networks of one shape side by side, for second-order training. Arrays are
/// [width][members][tasks]: a network is a member, with its tasks contiguous. A launch has width * members rows and one
/// column per task; `pitch` is members * tasks.
namespace metasolve::kernels {

/// Start of row `row` of a launch: unit row / members of member row % members.
struct MemberRows {
  std::int64_t members = 1;
  std::int64_t tasks = 0;
  METASOLVE_HD std::int64_t unit(std::int64_t row) const { return row / members; }
  METASOLVE_HD std::int64_t member(std::int64_t row) const { return row % members; }
  METASOLVE_HD std::int64_t at(std::int64_t row) const { return row * tasks; }
};

/// x[unit] = (feature - shift) scale of each member's tasks; task t of member m is task m * tasks + t of the batch.
struct GatherUnits {
  using scalar = double;
  static constexpr auto name = "gather_units";
  MemberRows rows;
  BatchView<double const> features;
  double const* shift;
  double const* scale;
  double* x;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    int const j = static_cast<int>(rows.unit(row));
    for (int l = 0; l < lanes_of<Number>; ++l) {
      double const feature = features(rows.member(row) * rows.tasks + column + l, j);
      x[rows.at(row) + column + l] = (feature - shift[j]) * scale[j];
    }
  }
};

/// z += b; y = act(z); if first or second is not null also act'(z) and act''(z).
struct UnitActivation {
  using scalar = double;
  static constexpr auto name = "unit_activation";
  Activation activation;
  MemberRows rows;
  double const* bias;   ///< of member 0
  std::int64_t stride;  ///< between two members' weights
  double const* z;
  double* y;
  double* first;
  double* second;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = rows.at(row) + column;
    Number const sum = load<Number>(z + at) + Number(bias[rows.member(row) * stride + rows.unit(row)]);
    store(y + at, activate(activation, sum));
    if (first != nullptr) store(first + at, activate_derivative(activation, sum));
    if (second != nullptr) store(second + at, activate_second_derivative(activation, sum));
  }
};

/// The first two directional derivatives through a layer's bias and activation: dz += db;
/// dy = act' dz; ddy = act'' dz^2 + act' ddz. In place: dz becomes dy, ddz becomes ddy. first null: the identity.
struct UnitDerivatives {
  using scalar = double;
  static constexpr auto name = "unit_derivatives";
  MemberRows rows;
  double const* bias;  ///< db, of member 0
  std::int64_t stride;
  double const* first;
  double const* second;
  double* dz;
  double* ddz;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = rows.at(row) + column;
    Number const d = load<Number>(dz + at) + Number(bias[rows.member(row) * stride + rows.unit(row)]);
    if (first == nullptr) {
      store(dz + at, d);
      return;
    }
    Number const slope = load<Number>(first + at);
    store(ddz + at, load<Number>(second + at) * d * d + slope * load<Number>(ddz + at));
    store(dz + at, slope * d);
  }
};

/// x *= y.
struct Multiply {
  using scalar = double;
  static constexpr auto name = "multiply";
  MemberRows rows;
  double const* y;
  double* x;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = rows.at(row) + column;
    store(x + at, load<Number>(x + at) * load<Number>(y + at));
  }
};

/// to[q] = sum over r of matrix[q][r] x[r] per task: the curvature times a vector. rows: of to, width units.
struct ApplyGaussNewton {
  using scalar = double;
  static constexpr auto name = "apply_curvature";
  MemberRows rows;
  std::int64_t width;
  double const* matrix;  ///< [width * width][members][tasks]
  double const* x;
  double* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const pitch = rows.members * rows.tasks;
    std::int64_t const task = rows.member(row) * rows.tasks + column;
    std::int64_t const q = rows.unit(row);
    Number sum(0.0);
    for (std::int64_t r = 0; r < width; ++r) {
      sum += load<Number>(matrix + (q * width + r) * pitch + task) * load<Number>(x + r * pitch + task);
    }
    store(to + q * pitch + task, sum);
  }
};

}  // namespace metasolve::kernels
