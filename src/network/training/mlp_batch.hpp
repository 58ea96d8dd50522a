// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "metasolve/detail/network/mlp.hpp"
#include "metasolve/kernels/network/network_bodies.hpp"

namespace metasolve::network {

/// Members: several double-precision networks of one shape, each with its own weights and tasks. Arrays over tasks are
/// [width][members][tasks]; weights are [members][weight_count], each member's in Mlp's layout. Owns the arrays between
/// the layers, not the weights.
class MlpBatch {
 public:
  MlpBatch(exec::Backend& exec, std::vector<std::int64_t> const& sizes, kernels::Activation activation,
           std::int64_t members, std::int64_t tasks, bool differentiates)
      : exec_(exec),
        activation_(activation),
        layers_(layer_shapes(sizes)),
        members_(members),
        tasks_(tasks),
        weights_(weight_count(layers_)),
        output_(exec, sizes.back() * pitch()) {
    std::int64_t const widest = *std::max_element(sizes.begin(), sizes.end());
    z_ = exec::Buffer<double>(exec, widest * pitch());
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      x_.emplace_back(exec, (layers_[l].in + 1) * pitch());
      std::vector<double> const ones(static_cast<std::size_t>(pitch()), 1.0);
      x_.back().upload(ones.data(), pitch(), layers_[l].in * pitch());
      bool const hidden = l + 1 < layers_.size();
      first_.emplace_back(exec, differentiates && hidden ? layers_[l].out * pitch() : 0);
      second_.emplace_back(exec, differentiates && hidden ? layers_[l].out * pitch() : 0);
    }
    for (auto& buffer : work_) buffer = exec::Buffer<double>(exec, differentiates ? widest * pitch() : 0);
  }

  [[nodiscard]] std::vector<LayerShape> const& layers() const { return layers_; }
  [[nodiscard]] std::int64_t members() const { return members_; }
  [[nodiscard]] std::int64_t tasks() const { return tasks_; }
  [[nodiscard]] std::int64_t pitch() const { return members_ * tasks_; }
  [[nodiscard]] std::int64_t weights() const { return weights_; }  ///< per member
  /// [in + 1][members][tasks]: the input of layer l, with a last row of ones for the bias. The caller fills layer 0's.
  [[nodiscard]] double* input(std::size_t l) { return x_[l].data(); }
  [[nodiscard]] double const* slope(std::size_t l) const { return first_[l].data(); }  ///< act' of hidden layer l
  [[nodiscard]] double* output() { return output_.data(); }                            ///< [width][members][tasks]

  /// input(0) -> output(). with_derivatives: keeps act' and act'' for the functions below.
  void forward(double const* weights, bool with_derivatives) {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      LayerShape const& s = layers_[l];
      bool const last = l + 1 == layers_.size();
      exec_.gemm(product(s, weights, x_[l].data(), z_.data()));
      exec_.launch(s.out * members_, tasks_,
                   kernels::UnitActivation{last ? kernels::Activation::identity : activation_, rows(), weights + s.bias,
                                           weights_, z_.data(), last ? output_.data() : x_[l + 1].data(),
                                           with_derivatives && !last ? first_[l].data() : nullptr,
                                           with_derivatives && !last ? second_[l].data() : nullptr});
    }
  }

  /// output_bar [width][members][tasks] -> gradient [members][weights] = J' output_bar, where J is the derivative of
  /// the output by the weights, at the last forward with derivatives.
  void gradient(double const* weights, double const* output_bar, double* gradient) {
    double const* bar = output_bar;
    for (std::size_t l = layers_.size(); l-- > 0;) {
      LayerShape const& s = layers_[l];
      auto by_weights = exec::Gemm<double>{.op_b = exec::Transpose::yes,
                                           .m = s.out,
                                           .n = s.in,
                                           .k = tasks_,
                                           .a = bar,
                                           .lda = pitch(),
                                           .b = x_[l].data(),
                                           .ldb = pitch(),
                                           .c = gradient + s.weight,
                                           .ldc = s.in,
                                           .batch = members_,
                                           .stride_a = tasks_,
                                           .stride_b = tasks_,
                                           .stride_c = weights_};
      exec_.gemm(by_weights);
      by_weights.n = 1;  // the row of ones
      by_weights.b += s.in * pitch();
      by_weights.c = gradient + s.bias;
      by_weights.ldc = 1;
      exec_.gemm(by_weights);
      if (l == 0) break;
      double* const below = work_[l % 2].data();
      exec_.gemm(exec::Gemm<double>{.op_a = exec::Transpose::yes,
                                    .m = s.in,
                                    .n = tasks_,
                                    .k = s.out,
                                    .a = weights + s.weight,
                                    .lda = s.in,
                                    .b = bar,
                                    .ldb = pitch(),
                                    .c = below,
                                    .ldc = pitch(),
                                    .batch = members_,
                                    .stride_a = weights_,
                                    .stride_b = tasks_,
                                    .stride_c = tasks_});
      exec_.launch(s.in * members_, tasks_, kernels::Multiply{rows(), first_[l - 1].data(), below});
      bar = below;
    }
  }

  /// The output's second derivative along `direction` [members][weights], d^2/dt^2 output(weights + t direction) at 0,
  /// at the last forward with derivatives -> output().
  ///   dz = dW x + W dx + db, ddz = 2 dW dx + W ddx;  dx = act' dz, ddx = act'' dz^2 + act' ddz.
  void second_derivative(double const* weights, double const* direction) {
    double* dx = nullptr;
    double* ddx = nullptr;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      LayerShape const& s = layers_[l];
      bool const last = l + 1 == layers_.size();
      double* const dz = work_[l % 2 == 0 ? 0 : 2].data();
      double* const ddz = last ? output_.data() : work_[l % 2 == 0 ? 1 : 3].data();
      exec_.gemm(product(s, direction, x_[l].data(), dz));
      if (l == 0) {
        exec_.zero(ddz, static_cast<std::size_t>(s.out * pitch()) * sizeof(double));
      } else {
        auto of_dx = product(s, weights, dx, dz);
        of_dx.beta = 1;
        exec_.gemm(of_dx);
        of_dx = product(s, direction, dx, ddz);
        of_dx.alpha = 2;
        exec_.gemm(of_dx);
        auto of_ddx = product(s, weights, ddx, ddz);
        of_ddx.beta = 1;
        exec_.gemm(of_ddx);
      }
      if (!last) {
        exec_.launch(s.out * members_, tasks_,
                     kernels::UnitDerivatives{rows(), direction + s.bias, weights_, first_[l].data(), second_[l].data(),
                                              dz, ddz});
      }
      dx = dz;
      ddx = ddz;
    }
  }

  [[nodiscard]] kernels::MemberRows rows() const { return {members_, tasks_}; }

 private:
  /// to = W x for each member.
  [[nodiscard]] exec::Gemm<double> product(LayerShape const& s, double const* weights, double const* x,
                                           double* to) const {
    return {.m = s.out,
            .n = tasks_,
            .k = s.in,
            .a = weights + s.weight,
            .lda = s.in,
            .b = x,
            .ldb = pitch(),
            .c = to,
            .ldc = pitch(),
            .batch = members_,
            .stride_a = weights_,
            .stride_b = tasks_,
            .stride_c = tasks_};
  }

  exec::Backend& exec_;
  kernels::Activation activation_;
  std::vector<LayerShape> layers_;
  std::int64_t members_, tasks_, weights_;
  exec::Buffer<double> output_, z_;
  std::vector<exec::Buffer<double>> x_, first_, second_;
  exec::Buffer<double> work_[4];
};

}  // namespace metasolve::network
