// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "head.hpp"

namespace metasolve::kernels {

/// A network with two hidden layers of at most Width units, small enough for inference within the solve: one task per
/// lane, the first layer's activations in registers, the second's consumed as they are computed. Single precision.
///
/// weights, concatenated, missing units as zeros: shift [inputs], scale [inputs], W1 [inputs][Width], b1 [Width], W2
/// [Width][Width] (from, to), b2 [Width], W3 [Width][outputs], b3 [outputs].
template <int Width, int Inputs, int MostOutputs>
struct SmallNetwork {
  static constexpr int width = Width, inputs = Inputs, most_outputs = MostOutputs;
  static constexpr int together = 4;  ///< units summed side by side: a single sum is bound by the latency of additions
  static_assert(Width % together == 0);

  float const* weights = nullptr;
  Activation activation = Activation::relu;
  int outputs = 0;

  METASOLVE_HD static constexpr int size(int outputs) {
    return 2 * Inputs + Inputs * Width + Width + Width * Width + Width + (Width + 1) * outputs;
  }

  /// x is overwritten. nearby: the weights, possibly a copy in faster memory.
  template <class Number>
  METASOLVE_HD void forward(float const* nearby, Number (&x)[Inputs], Number (&z)[MostOutputs]) const {
    float const* const shift = nearby;
    float const* const scale = shift + Inputs;
    float const* const first = scale + Inputs;
    float const* const first_bias = first + Inputs * Width;
    float const* const second = first_bias + Width;
    float const* const second_bias = second + Width * Width;
    float const* const last = second_bias + Width;
    float const* const last_bias = last + Width * outputs;
    for (int i = 0; i < Inputs; ++i) x[i] = (x[i] - Number(shift[i])) * Number(scale[i]);
    Number hidden[Width];
    METASOLVE_UNROLL
    for (int o = 0; o < Width; o += together) {
      Number sum[together];
      layer<Inputs>(first + o, first_bias + o, x, sum);
      for (int k = 0; k < together; ++k) hidden[o + k] = sum[k];
    }
    for (int q = 0; q < MostOutputs; ++q) z[q] = Number(q < outputs ? last_bias[q] : 0.0f);
    for (int o = 0; o < Width; o += together) {
      Number sum[together];
      layer<Width>(second + o, second_bias + o, hidden, sum);
      for (int k = 0; k < together; ++k) {
        for (int q = 0; q < MostOutputs; ++q) {
          if (q < outputs) z[q] += Number(last[(o + k) * outputs + q]) * sum[k];
        }
      }
    }
  }

 private:
  /// `together` adjacent units of a layer with In inputs.
  template <int In, class Number>
  METASOLVE_HD void layer(float const* w, float const* bias, Number const* from, Number (&sum)[together]) const {
    for (int k = 0; k < together; ++k) sum[k] = Number(bias[k]);
    METASOLVE_UNROLL
    for (int i = 0; i < In; ++i) {
      for (int k = 0; k < together; ++k) sum[k] += Number(w[i * Width + k]) * from[i];
    }
    for (int k = 0; k < together; ++k) sum[k] = activate(activation, sum[k]);
  }
};

}  // namespace metasolve::kernels
