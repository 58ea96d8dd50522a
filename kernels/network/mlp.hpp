// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"

/// The parts of a fully connected layer Y = act(X W' + b) other than the matrix product, forward and backward. All
/// matrices row-major [tasks][width], W [out][in] as in PyTorch.
namespace metasolve::kernels {

enum class Activation : std::int32_t { identity, silu, relu, tanh };

template <class Number>
METASOLVE_HD Number sigmoid(Number x) {
  using scalar = scalar_of<Number>;
  // exp(-x) may overflow to infinity for very negative x: 1 / infinity gives the correct 0.
  return Number(scalar(1)) / (Number(scalar(1)) + exp(Number(scalar(0)) - x));
}

template <class Number>
METASOLVE_HD Number activate(Activation kind, Number z) {
  using scalar = scalar_of<Number>;
  switch (kind) {
    case Activation::silu:
      return z * sigmoid(z);
    case Activation::relu:
      return select(z > scalar(0), z, Number(scalar(0)));
    case Activation::tanh:
      return tanh(z);
    case Activation::identity:
      break;
  }
  return z;
}

template <class Number>
METASOLVE_HD Number activate_derivative(Activation kind, Number z) {
  using scalar = scalar_of<Number>;
  Number const one(scalar(1));
  switch (kind) {
    case Activation::silu: {
      Number const s = sigmoid(z);
      return s + z * s * (one - s);
    }
    case Activation::relu:
      return select(z > scalar(0), one, Number(scalar(0)));
    case Activation::tanh: {
      Number const t = tanh(z);
      return one - t * t;
    }
    case Activation::identity:
      break;
  }
  return one;
}

template <class Number>
METASOLVE_HD Number activate_second_derivative(Activation kind, Number z) {
  using scalar = scalar_of<Number>;
  Number const one(scalar(1)), two(scalar(2));
  switch (kind) {
    case Activation::silu: {
      Number const s = sigmoid(z);
      return s * (one - s) * (two + z * (one - two * s));
    }
    case Activation::tanh: {
      Number const t = tanh(z);
      return Number(scalar(-2)) * t * (one - t * t);
    }
    case Activation::relu:
    case Activation::identity:
      break;
  }
  return Number(scalar(0));
}

/// z += b; y = act(z). z and y may be the same array if act is the identity.
template <class Scalar>
struct BiasActivation {
  using scalar = Scalar;
  static constexpr auto name = "bias_activation";
  Activation activation;
  std::int64_t width;
  Scalar const* bias;  ///< [width]
  Scalar* z;           ///< [tasks][width]
  Scalar* y;           ///< [tasks][width]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = row * width + column;
    Number const sum = load<Number>(z + at) + load<Number>(bias + column);
    store(z + at, sum);
    store(y + at, activate(activation, sum));
  }
};

/// z_bar = act'(z) y_bar, in place.
template <class Scalar>
struct ActivationAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "activation_adjoint";
  Activation activation;
  std::int64_t width;
  Scalar const* z;  ///< [tasks][width]
  Scalar* bar;      ///< [tasks][width]: y_bar in, z_bar out

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = row * width + column;
    store(bar + at, activate_derivative(activation, load<Number>(z + at)) * load<Number>(bar + at));
  }
};

}  // namespace metasolve::kernels
