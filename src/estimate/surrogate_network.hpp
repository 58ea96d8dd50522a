// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "metasolve/detail/network/mlp.hpp"
#include "metasolve/executor.hpp"
#include "metasolve/kernels/network/adam.hpp"

namespace metasolve::estimate {

/// A fully connected network x -> y with SiLU, one output, in single precision, that learns a function's derivatives
/// along directions: one Adam step at a time on the mean of (D - v . grad y)^2. Derivatives are written by hand
/// (docs/adjoints/surrogate_network.md). Bits do not depend on the number of threads.
class SurrogateNetwork {
 public:
  /// hidden: widths, 1 or more. threads: as for Executor::cpu.
  SurrogateNetwork(int inputs, std::vector<std::int64_t> const& hidden, double rate, std::uint64_t seed,
                   int threads = 0);

  /// As at the beginning: weights and biases uniform in +-1 / sqrt(inputs of the layer), as in torch.nn.Linear. They
  /// depend on the seed alone.
  void reset();
  [[nodiscard]] int inputs() const { return static_cast<int>(layers_.front().in); }
  /// Where the caller writes inputs x [rows][inputs()], and then directions v [rows][inputs()]. Valid until the next
  /// call with more rows.
  float* input(std::int64_t rows);
  /// grad y [rows][inputs()] of each row of the input. Valid until the next call.
  float const* differentiate();
  /// After differentiate: one Adam step along the weights' gradient of the sum of seed[row] (v . grad y)[row]. A
  /// gradient that is not finite changes nothing.
  void learn(double const* seed);

  /// [3 weights + 1] weights, Adam's two moments, number of steps.
  [[nodiscard]] std::vector<double> state() const;
  [[nodiscard]] std::size_t state_size() const { return 3 * weights_.size() + 1; }
  void restore(double const* state);                                              ///< [state_size()]
  [[nodiscard]] std::vector<float> const& gradient() const { return gradient_; }  ///< of the weights; for tests

 private:
  /// Both halves, values and tangents, of one layer's rows: [2 rows][width].
  struct Layer {
    std::vector<float> z;    ///< before the activation
    std::vector<float> a;    ///< after it
    std::vector<float> bar;  ///< derivatives of v . grad y with respect to z
  };

  void activate(Layer& layer, std::int64_t width, float const* bias);
  void pull_back(Layer& layer, std::int64_t width);
  template <class F>
  void for_each(std::int64_t width, F&& f);

  Executor executor_;
  std::vector<network::LayerShape> layers_;
  double rate_;
  std::uint64_t seed_;
  kernels::StepClock clock_;
  std::vector<float> weights_, gradient_, mean_, square_;
  std::int64_t rows_ = 0;
  std::vector<float> input_;     ///< [2 rows][inputs]
  std::vector<float> of_input_;  ///< [rows][inputs] grad y
  std::vector<Layer> hidden_;
};

}  // namespace metasolve::estimate
