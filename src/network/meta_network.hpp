// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/network/grid_network.hpp"
#include "metasolve/detail/network/mlp.hpp"
#include "metasolve/detail/network/predictor.hpp"
#include "metasolve/kernels/network/batch_bodies.hpp"
#include "metasolve/kernels/network/head.hpp"
#include "metasolve/kernels/simd/view.hpp"

namespace metasolve::network {

/// A network and the parts beside it that define a meta-solver. The outputs are coefficients.
struct MetaNetworkShape : Architecture {
  kernels::Activation activation = kernels::Activation::silu;
  double output_gain = 1;
  std::vector<double> shift, scale;  ///< feature scaling: x = (feature - shift) scale
  /// [coefficients][parameters] row-major: theta = coefficients * basis. Empty: theta is the coefficients.
  std::vector<double> basis;
  int parameters = 0;
  /// [parameters]: computes each parameter from an output and the task's default (kernels/network/head.hpp). Empty:
  /// output_gain and basis.
  std::vector<kernels::HeadEntry> head;
  bool adds_given = false;  ///< without a head: theta is added to the task's default
};

template <class Real>
std::unique_ptr<Network<Real>> make_network(exec::Backend& exec, MetaNetworkShape const& shape, std::int64_t capacity,
                                            bool trains) {
  if (shape.grid) {
    return std::make_unique<GridNetwork<Real>>(exec, *shape.grid, shape.activation, capacity, trains);
  }
  return std::make_unique<Mlp<Real>>(exec, shape.sizes, shape.activation, capacity, trains);
}

/// The paper's Psi: features -> network -> solver parameters theta, and its adjoint. Real: the network's precision;
/// Scalar: the solver's.
template <class Real, class Scalar>
class MetaNetwork final : public Predictor<Scalar> {
 public:
  MetaNetwork(exec::Backend& exec, MetaNetworkShape const& shape, std::int64_t capacity, bool trains)
      : exec_(exec),
        features_(shape.sizes.front()),
        coefficients_(shape.sizes.back()),
        parameters_(shape.parameters),
        output_gain_(shape.output_gain),
        adds_given_(shape.adds_given),
        network_(make_network<Real>(exec, shape, capacity, trains)),
        shift_(exec, features_),
        scale_(exec, features_),
        basis_(exec, static_cast<std::int64_t>(shape.basis.size())),
        head_(exec, static_cast<std::int64_t>(shape.head.size())),
        coefficient_(exec, has_basis() ? exec::padded_rows(capacity) * coefficients_ : 0),
        theta_(exec, exec::padded_rows(capacity) * parameters_),
        theta_bar_(exec, trains ? exec::padded_rows(capacity) * parameters_ : 0) {
    set(shift_, shape.shift);
    set(scale_, shape.scale);
    set(basis_, shape.basis);
    head_.upload(shape.head.data(), head_.size());
  }

  [[nodiscard]] Network<Real>& network() { return *network_; }
  [[nodiscard]] kernels::BatchView<Scalar> theta() { return {theta_.data(), parameters_, 1}; }
  [[nodiscard]] kernels::BatchView<Scalar> theta_bar() { return {theta_bar_.data(), parameters_, 1}; }

  /// features [tasks][features] -> theta() [slots][parameters]. given [tasks][parameters]: the tasks' default
  /// parameters, read if there is a head or they are added. task_of_slot: the task of each slot; null: tasks first,
  /// first + 1, ...
  void predict(kernels::BatchView<Scalar const> features, kernels::BatchView<Scalar const> given,
               std::int32_t const* task_of_slot, std::int64_t first, std::int64_t slots) {
    network_->over_parts(slots, [&](std::int64_t begin, std::int64_t rows) {
      auto const* const of_rows = task_of_slot != nullptr ? task_of_slot + begin : nullptr;
      exec_.launch(rows, features_,
                   kernels::GatherFeatures<Scalar, Real>{features_, features, of_rows, first + begin, shift_.data(),
                                                         scale_.data(), network_->input() + begin * features_});
      network_->forward(begin, rows);
      if (has_head()) {
        exec_.launch(1, rows,
                     kernels::ApplyHead<Real, Scalar>{coefficients_, parameters_, head_.data(), given, of_rows,
                                                      first + begin, network_->output() + begin * coefficients_,
                                                      theta_.data() + begin * parameters_});
      } else {
        combine_basis(begin, rows);
        if (adds_given_ && given) {
          exec_.launch(rows, parameters_,
                       kernels::AddGiven<Scalar>{parameters_, given, of_rows, first + begin,
                                                 theta_.data() + begin * parameters_});
        }
      }
    });
  }

  kernels::BatchView<Scalar const> predict(kernels::BatchView<Scalar const> features,
                                           kernels::BatchView<Scalar const> given, std::int64_t count) override {
    predict(features, given, nullptr, 0, count);
    return theta();
  }
  void set_weights(std::vector<double> const& weights) override { write_all(network_->weights(), weights); }

  /// theta_bar() -> the network's gradient, added to `to`. status [slots], failure_slope, task_clip:
  /// kernels::HeadAdjoint.
  void backward(std::int64_t slots, std::int32_t const* status, Scalar failure_slope, Scalar task_clip,
                GradientRows<Real> const& to) {
    if (has_head()) {
      exec_.launch(1, slots,
                   kernels::HeadAdjoint<Real, Scalar>{coefficients_, parameters_, head_.data(), theta_.data(),
                                                      theta_bar_.data(), network_->output(), network_->output_bar(),
                                                      status, failure_slope, task_clip});
      network_->backward(slots, to);
      return;
    }
    Scalar const* bar = theta_bar_.data();
    if (has_basis()) {
      exec_.gemm(exec::Gemm<Scalar>{.op_b = exec::Transpose::yes,
                                    .m = slots,
                                    .n = coefficients_,
                                    .k = parameters_,
                                    .a = theta_bar_.data(),
                                    .lda = parameters_,
                                    .b = basis_.data(),
                                    .ldb = parameters_,
                                    .c = coefficient_.data(),
                                    .ldc = coefficients_,
                                    .rows_alone = true});
      bar = coefficient_.data();
    }
    exec_.launch(slots, coefficients_,
                 kernels::ScaleCopy<Scalar, Real>{coefficients_, Real(output_gain_), bar, network_->output_bar()});
    network_->backward(slots, to);
  }

 private:
  /// theta of slots begin ... begin + rows - 1, begin a multiple of exec::row_block.
  void combine_basis(std::int64_t begin, std::int64_t rows) {
    Scalar* const to = has_basis() ? coefficient_.data() + begin * coefficients_ : theta_.data() + begin * parameters_;
    exec_.launch(rows, coefficients_,
                 kernels::ScaleCopy<Real, Scalar>{coefficients_, Scalar(output_gain_),
                                                  network_->output() + begin * coefficients_, to});
    if (!has_basis()) return;
    exec_.gemm(exec::Gemm<Scalar>{.m = rows,
                                  .n = parameters_,
                                  .k = coefficients_,
                                  .a = to,
                                  .lda = coefficients_,
                                  .b = basis_.data(),
                                  .ldb = parameters_,
                                  .c = theta_.data() + begin * parameters_,
                                  .ldc = parameters_,
                                  .rows_alone = true});
  }

  [[nodiscard]] bool has_basis() const { return basis_.size() != 0; }
  [[nodiscard]] bool has_head() const { return head_.size() != 0; }
  template <class T>
  void set(exec::Buffer<T>& to, std::vector<double> const& from) {
    if (exec_.planning()) return;
    std::vector<T> const converted(from.begin(), from.end());
    to.upload(converted.data(), static_cast<std::int64_t>(converted.size()));
  }

  exec::Backend& exec_;
  std::int64_t features_, coefficients_, parameters_;
  double output_gain_;
  bool adds_given_;
  std::unique_ptr<Network<Real>> network_;
  exec::Buffer<Real> shift_, scale_;
  exec::Buffer<Scalar> basis_;
  exec::Buffer<kernels::HeadEntry> head_;
  exec::Buffer<Scalar> coefficient_;
  exec::Buffer<Scalar> theta_, theta_bar_;
};

}  // namespace metasolve::network
