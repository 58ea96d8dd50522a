// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/network/layer_shape.hpp"
#include "metasolve/detail/network/network.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/network/mlp.hpp"

namespace metasolve::network {

/// Weights and other arrays of any precision, as doubles on the host. Both functions wait.
template <class Real>
std::vector<double> read_all(exec::Buffer<Real> const& from) {
  std::vector<Real> values(static_cast<std::size_t>(from.size()));
  from.download(values.data(), from.size());
  return {values.begin(), values.end()};
}
/// @throws InputError sizes differ
template <class Real>
void write_all(exec::Buffer<Real>& to, std::vector<double> const& from) {
  if (static_cast<std::int64_t>(from.size()) != to.size()) {
    throw InputError("a network of " + std::to_string(to.size()) + " weights was given " + std::to_string(from.size()));
  }
  std::vector<Real> const values(from.begin(), from.end());
  to.upload(values.data(), to.size());
}

/// A fully connected network on an executor: Z_l = A_{l-1} W_l' + b_l, A_l = act(Z_l), the last layer linear. Owns
/// weights, gradient and the backward pass's memory for up to `capacity` tasks.
template <class Real>
class Mlp final : public Network<Real> {
 public:
  Mlp(exec::Backend& exec, std::vector<std::int64_t> const& sizes, kernels::Activation activation,
      std::int64_t capacity, bool trains)
      : exec_(exec),
        activation_(activation),
        layers_(layer_shapes(sizes)),
        weights_(exec, weight_count(layers_)),
        gradient_(exec, trains ? weight_count(layers_) : 0),
        input_(exec, exec::padded_rows(capacity) * sizes.front()),
        ones_(exec, trains ? capacity : 0) {
    std::int64_t widest = 0;
    for (auto const& layer : layers_) {
      bool const last = &layer == &layers_.back();
      z_.emplace_back(exec, exec::padded_rows(capacity) * layer.out);
      // Without a backward pass, the activation may overwrite z.
      a_.emplace_back(exec, last || !trains ? 0 : exec::padded_rows(capacity) * layer.out);
      widest = std::max(widest, layer.out);
    }
    for (auto& bar : bar_) bar = exec::Buffer<Real>(exec, trains ? exec::padded_rows(capacity) * widest : 0);
    if (trains) {
      std::vector<Real> const one(static_cast<std::size_t>(capacity), Real(1));
      if (!exec.planning()) ones_.upload(one.data(), capacity);
    }
  }

  [[nodiscard]] std::vector<LayerShape> const& layers() const { return layers_; }
  [[nodiscard]] exec::Buffer<Real>& weights() override { return weights_; }
  [[nodiscard]] exec::Buffer<Real>& gradient() override { return gradient_; }
  [[nodiscard]] Real* input() override { return input_.data(); }
  [[nodiscard]] Real* output() override { return z_.back().data(); }
  [[nodiscard]] Real* output_bar() override { return bar_[0].data(); }

  void over_parts(std::int64_t tasks, Part part) override { exec_.over_row_blocks(tasks, weights_.size(), part); }

  void forward(std::int64_t first, std::int64_t tasks) override {
    Real const* x = input_.data() + first * layers_.front().in;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      LayerShape const& s = layers_[l];
      bool const last = l + 1 == layers_.size();
      Real* const z = z_[l].data() + first * s.out;
      Real* const y = last || a_[l].size() == 0 ? z : a_[l].data() + first * s.out;
      exec_.gemm(exec::Gemm<Real>{.op_b = exec::Transpose::yes,
                                  .m = tasks,
                                  .n = s.out,
                                  .k = s.in,
                                  .a = x,
                                  .lda = s.in,
                                  .b = weights_.data() + s.weight,
                                  .ldb = s.in,
                                  .c = z,
                                  .ldc = s.out,
                                  .rows_alone = true});
      exec_.launch(tasks, s.out,
                   kernels::BiasActivation<Real>{last ? kernels::Activation::identity : activation_, s.out,
                                                 weights_.data() + s.bias, z, y});
      x = y;
    }
  }

  using Network<Real>::backward;
  void backward(std::int64_t tasks, GradientRows<Real> const& to) override {
    int in_use = 0;
    for (std::size_t l = layers_.size(); l-- > 0;) {
      LayerShape const& s = layers_[l];
      Real* const bar = bar_[in_use].data();
      if (l + 1 < layers_.size()) {
        exec_.launch(tasks, s.out, kernels::ActivationAdjoint<Real>{activation_, s.out, z_[l].data(), bar});
      }
      // Whole blocks as one batch of products, and the tasks beyond them.
      std::int64_t const whole = to.tasks > 0 ? tasks / to.tasks : 0, rest = tasks - whole * to.tasks;
      if (whole > 0) add_gradient(l, bar, 0, to.tasks, whole, to);
      if (rest > 0) add_gradient(l, bar, whole, rest, 1, to);
      if (l == 0) break;
      exec_.gemm(exec::Gemm<Real>{.m = tasks,
                                  .n = s.in,
                                  .k = s.out,
                                  .a = bar,
                                  .lda = s.out,
                                  .b = weights_.data() + s.weight,
                                  .ldb = s.in,
                                  .c = bar_[1 - in_use].data(),
                                  .ldc = s.in,
                                  .rows_alone = true});
      in_use = 1 - in_use;
    }
  }

 private:
  /// Of layer l, for `blocks` blocks of `tasks` tasks each, from block `first` on.
  void add_gradient(std::size_t l, Real const* bar, std::int64_t first, std::int64_t tasks, std::int64_t blocks,
                    GradientRows<Real> const& to) {
    LayerShape const& s = layers_[l];
    Real const* const x = (l == 0 ? input_.data() : a_[l - 1].data()) + first * to.tasks * s.in;
    Real* const gradient = to.first + first * to.pitch;
    bar += first * to.tasks * s.out;
    exec_.gemm(exec::Gemm<Real>{.op_a = exec::Transpose::yes,
                                .m = s.out,
                                .n = s.in,
                                .k = tasks,
                                .a = bar,
                                .lda = s.out,
                                .b = x,
                                .ldb = s.in,
                                .beta = 1,
                                .c = gradient + s.weight,
                                .ldc = s.in,
                                .batch = blocks,
                                .stride_a = tasks * s.out,
                                .stride_b = tasks * s.in,
                                .stride_c = to.pitch});
    exec_.gemm(exec::Gemm<Real>{.op_a = exec::Transpose::yes,
                                .m = 1,
                                .n = s.out,
                                .k = tasks,
                                .a = ones_.data(),
                                .lda = 1,
                                .b = bar,
                                .ldb = s.out,
                                .beta = 1,
                                .c = gradient + s.bias,
                                .ldc = s.out,
                                .batch = blocks,
                                .stride_a = 0,
                                .stride_b = tasks * s.out,
                                .stride_c = to.pitch});
  }

  exec::Backend& exec_;
  kernels::Activation activation_;
  std::vector<LayerShape> layers_;
  exec::Buffer<Real> weights_;
  exec::Buffer<Real> gradient_;
  exec::Buffer<Real> input_;
  exec::Buffer<Real> ones_;
  std::vector<exec::Buffer<Real>> z_;  ///< before the activation, per layer
  std::vector<exec::Buffer<Real>> a_;  ///< after it
  exec::Buffer<Real> bar_[2];          ///< for a layer's output
};

}  // namespace metasolve::network
