// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/exec/convolution.hpp"
#include "metasolve/detail/network/grid_shape.hpp"
#include "metasolve/detail/network/network.hpp"

namespace metasolve::network {

/// A GridNetworkShape on an executor. Rows of input: the channels' points, then the mask's. Wide convolutions in single
/// precision are the executor's library's, where it has one; all tasks then go through a layer before the next one.
/// Otherwise a CPU's thread takes a task through all layers, in cache.
template <class Real>
class GridNetwork final : public Network<Real> {
 public:
  /// @throws InputError as grid_layers
  GridNetwork(exec::Backend& exec, GridNetworkShape const& shape, kernels::Activation activation, std::int64_t capacity,
              bool trains);

  [[nodiscard]] exec::Buffer<Real>& weights() override { return weights_; }
  [[nodiscard]] exec::Buffer<Real>& gradient() override { return gradient_; }
  [[nodiscard]] Real* input() override { return input_.data(); }
  [[nodiscard]] Real* output() override { return output_.data(); }
  [[nodiscard]] Real* output_bar() override { return output_bar_.data(); }

  void over_parts(std::int64_t tasks, Part part) override;
  void forward(std::int64_t first, std::int64_t tasks) override;
  using Network<Real>::backward;
  void backward(std::int64_t tasks, GradientRows<Real> const& to) override;

 private:
  using Field = kernels::GridField<Real>;
  /// A layer's arrays. Those with a slot for each task hold what the backward pass reads.
  struct Layer {
    GridLayer is;
    exec::Buffer<Real> y, z;        ///< y with a halo; z before the activation, of convolutions
    exec::Buffer<Real> bar;         ///< of y, with a halo of zeros
    exec::Buffer<Real> z_bar;       ///< of a library's convolution, else in `bar`
    exec::Buffer<Real> padded_bar;  ///< of the input and its halo, of a library's convolution
    std::int64_t own_gradient = 0;  ///< offset among those numbers, per task
    std::unique_ptr<exec::Convolution> library;
  };

  [[nodiscard]] Field field(exec::Buffer<Real> const& of, GridLayer const& layer, int halo, std::int64_t slot) const;
  [[nodiscard]] Field y_of(int layer, std::int64_t slot) const;  ///< 0: the input
  [[nodiscard]] Field z_of(Layer const& layer, std::int64_t slot) const;
  [[nodiscard]] Field bar_of(int layer, std::int64_t slot) const;
  [[nodiscard]] Field mask_of(int halvings, std::int64_t slot) const;
  [[nodiscard]] Layer& layer(int l) { return layers_[static_cast<std::size_t>(l - 1)]; }
  [[nodiscard]] Layer const& layer(int l) const { return layers_[static_cast<std::size_t>(l - 1)]; }
  [[nodiscard]] kernels::Activation activation_of(GridLayer const& layer) const;

  [[nodiscard]] static Real halving(GridLayer const& layer);

  void add_library(Layer& layer, Field const& x);
  /// Tasks first ... first + count - 1, whose arrays begin at `slot`.
  void load(std::int64_t first, std::int64_t count, std::int64_t slot);
  void forward_of(Layer& layer, std::int64_t count, std::int64_t slot);
  /// bar_slot: of arrays that the backward pass alone uses.
  void backward_of(int l, std::int64_t first, std::int64_t count, std::int64_t slot, std::int64_t bar_slot);
  void convolution_adjoint(Layer& layer, std::int64_t first, std::int64_t count, std::int64_t slot,
                           std::int64_t bar_slot);
  /// For `blocks` blocks of `tasks` tasks each, from block `first_block` on.
  void sum_gradients(std::int64_t first_block, std::int64_t tasks, std::int64_t blocks, GradientRows<Real> const& to);

  exec::Backend& exec_;
  GridNetworkShape shape_;
  kernels::Activation activation_;
  std::int64_t capacity_;
  bool trains_;
  int halo_ = 0, bar_halo_ = 0, most_halvings_ = 0;
  bool by_tasks_ = false;   ///< a thread takes a task through all layers
  std::int64_t block_ = 1;  ///< tasks of a thread, in this pass
  std::int64_t own_pitch_ = 0;
  std::int64_t work_ = 0;  ///< multiplications per task
  exec::Buffer<Real> weights_, gradient_, input_, output_, output_bar_, ones_;
  exec::Buffer<Real> squares_, scale_, inverse_;
  exec::Buffer<Real> loaded_;  ///< the input with its halo
  std::vector<exec::Buffer<Real>> masks_;
  exec::Buffer<Real> own_gradients_;  ///< [capacity][own_pitch_]
  std::vector<Layer> layers_;
};

}  // namespace metasolve::network
