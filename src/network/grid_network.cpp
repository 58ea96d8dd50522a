// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/network/grid_network.hpp"

#include <algorithm>
#include <type_traits>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/kernels/network/grid_layers_adjoint.hpp"

namespace metasolve::network {

namespace {

/// Memory of a task's field.
template <class Real>
std::int64_t numbers_of(GridLayer const& l, int halo) {
  return kernels::GridField<Real>{nullptr, l.channels, l.height, l.width, halo}.task();
}

GridLayer input_of(GridNetworkShape const& s) {
  GridLayer input;
  input.channels = s.channels, input.height = s.height, input.width = s.width;
  return input;
}

}  // namespace

template <class Real>
GridNetwork<Real>::GridNetwork(exec::Backend& exec, GridNetworkShape const& shape, kernels::Activation activation,
                               std::int64_t capacity, bool trains)
    : exec_(exec), shape_(shape), activation_(activation), capacity_(capacity), trains_(trains) {
  auto const plan = grid_layers(shape);
  std::int64_t weights = 0;
  for (auto const& l : plan) {
    halo_ = std::max({halo_, l.kernel / 2, l.kind == GridLayerKind::twice ? 1 : 0});
    bar_halo_ = std::max({bar_halo_, l.kernel - 1, l.kind == GridLayerKind::twice ? 1 : 0});
    most_halvings_ = std::max(most_halvings_, l.halvings);
    weights = std::max(weights, l.bias + (shape.has_bias ? l.channels : 0));
    work_ += l.weights() * l.height * l.width;
  }
  weights_ = exec::Buffer<Real>(exec, weights);
  gradient_ = exec::Buffer<Real>(exec, trains ? weights : 0);
  input_ = exec::Buffer<Real>(exec, capacity * shape.features());
  output_ = exec::Buffer<Real>(exec, capacity * shape.points());
  output_bar_ = exec::Buffer<Real>(exec, trains ? capacity * shape.points() : 0);
  for (auto* buffer : {&scale_, &inverse_}) *buffer = exec::Buffer<Real>(exec, shape.is_scaled ? capacity : 0);
  squares_ = exec::Buffer<Real>(exec, shape.is_scaled ? capacity * kernels::grid_strands : 0);

  for (auto const& l : plan) layers_.emplace_back().is = l;
  for (auto& l : layers_) {
    auto const& from = l.is.from == 0 ? input_of(shape) : layer(l.is.from).is;
    add_library(l, {nullptr, from.channels, from.height, from.width, halo_});
  }
  by_tasks_ =
      exec.memory_is_host() && std::ranges::none_of(layers_, [](Layer const& l) { return l.library != nullptr; });
  std::int64_t const slots = by_tasks_ && !trains ? std::min<std::int64_t>(capacity, exec.threads()) : capacity;
  std::int64_t const bar_slots = !trains ? 0 : by_tasks_ ? std::min<std::int64_t>(capacity, exec.threads()) : capacity;
  loaded_ = exec::Buffer<Real>(exec, slots * numbers_of<Real>(input_of(shape), halo_));
  for (int h = 0; shape.is_masked && h <= most_halvings_; ++h) {
    masks_.emplace_back(exec, slots * (shape.points() >> (2 * h)));
  }
  for (auto& l : layers_) {
    bool const is_convolution = l.is.kind == GridLayerKind::convolution;
    l.y = exec::Buffer<Real>(exec, slots * numbers_of<Real>(l.is, halo_));
    l.z = exec::Buffer<Real>(exec, is_convolution ? slots * numbers_of<Real>(l.is, 0) : 0);
    l.bar = exec::Buffer<Real>(exec, bar_slots * numbers_of<Real>(l.is, bar_halo_));
    if (is_convolution) {
      l.own_gradient = own_pitch_;
      own_pitch_ += (l.library ? 0 : l.is.weights()) + (shape.has_bias ? l.is.channels : 0);
    }
    if (!l.library || !trains) continue;
    auto padded = l.is.from == 0 ? input_of(shape) : layer(l.is.from).is;
    l.z_bar = exec::Buffer<Real>(exec, capacity * numbers_of<Real>(l.is, 0));
    l.padded_bar = exec::Buffer<Real>(exec, l.is.from == 0 ? 0 : capacity * numbers_of<Real>(padded, l.is.kernel / 2));
  }
  own_gradients_ = exec::Buffer<Real>(exec, trains ? capacity * own_pitch_ : 0);
  ones_ = exec::Buffer<Real>(exec, trains ? capacity : 0);
  std::vector<Real> const one(static_cast<std::size_t>(ones_.size()), Real(1));
  ones_.upload(one.data(), ones_.size());
}

template <class Real>
void GridNetwork<Real>::add_library(Layer& l, Field const& x) {
  if constexpr (std::is_same_v<Real, float>) {
    if (l.is.kind != GridLayerKind::convolution) return;
    Field const z{nullptr, l.is.channels, l.is.height, l.is.width, 0};
    l.library = exec_.convolution({.in = l.is.in,
                                   .out = l.is.channels,
                                   .kernel = l.is.kernel,
                                   .stride = l.is.stride,
                                   .height = l.is.height,
                                   .width = l.is.width,
                                   .x_task = x.task(),
                                   .x_channel = x.channel(),
                                   .x_row = x.row(),
                                   .y_task = z.task(),
                                   .y_channel = z.channel(),
                                   .y_row = z.row()},
                                  capacity_, trains_);
  }
}

template <class Real>
auto GridNetwork<Real>::field(exec::Buffer<Real> const& of, GridLayer const& l, int halo, std::int64_t slot) const
    -> Field {
  Field f{of.data(), l.channels, l.height, l.width, halo};
  if (f.data != nullptr) f.data += slot * f.task();
  return f;
}
template <class Real>
auto GridNetwork<Real>::y_of(int l, std::int64_t slot) const -> Field {
  return l == 0 ? field(loaded_, input_of(shape_), halo_, slot) : field(layer(l).y, layer(l).is, halo_, slot);
}
template <class Real>
auto GridNetwork<Real>::z_of(Layer const& l, std::int64_t slot) const -> Field {
  return field(l.z, l.is, 0, slot);
}
template <class Real>
auto GridNetwork<Real>::bar_of(int l, std::int64_t slot) const -> Field {
  return field(layer(l).bar, layer(l).is, bar_halo_, slot);
}
template <class Real>
auto GridNetwork<Real>::mask_of(int halvings, std::int64_t slot) const -> Field {
  if (!shape_.is_masked) return {};
  GridLayer of;
  of.height = shape_.height >> halvings, of.width = shape_.width >> halvings;
  return field(masks_[static_cast<std::size_t>(halvings)], of, 0, slot);
}
template <class Real>
kernels::Activation GridNetwork<Real>::activation_of(GridLayer const& l) const {
  return l.is_linear ? kernels::Activation::identity : activation_;
}

template <class Real>
Real GridNetwork<Real>::halving(GridLayer const& l) {
  return l.is_sum ? Real(1) : Real(0.25);
}

template <class Real>
void GridNetwork<Real>::over_parts(std::int64_t tasks, Part part) {
  if (!by_tasks_) return part(0, tasks);
  block_ = std::max<std::int64_t>(1, (tasks + exec_.threads() - 1) / exec_.threads());
  exec_.over_blocks(tasks, block_, work_, part);
}

template <class Real>
void GridNetwork<Real>::forward(std::int64_t first, std::int64_t tasks) {
  auto const run = [&](std::int64_t begin, std::int64_t count, std::int64_t slot) {
    load(begin, count, slot);
    for (auto& l : layers_) forward_of(l, count, slot);
    exec_.launch(count * shape_.height, shape_.width,
                 kernels::StoreGrid<Real>{y_of(static_cast<int>(layers_.size()), slot),
                                          shape_.is_scaled ? scale_.data() + begin : nullptr,
                                          output_.data() + begin * shape_.points()});
  };
  if (!by_tasks_) return run(first, tasks, first);
  for (std::int64_t t = first; t < first + tasks; ++t) run(t, 1, trains_ ? t : first / block_);
}

template <class Real>
void GridNetwork<Real>::load(std::int64_t first, std::int64_t count, std::int64_t slot) {
  Real const* const input = input_.data() + first * shape_.features();
  if (shape_.is_scaled) {
    Real* const squares = squares_.data() + first * kernels::grid_strands;
    exec_.launch(count, kernels::grid_strands,
                 kernels::SumSquares<Real>{shape_.points(), shape_.features(), input, squares});
    exec_.launch(
        1, count,
        kernels::RootMeanSquare<Real>{shape_.points(), squares, scale_.data() + first, inverse_.data() + first});
  }
  Field const to = y_of(0, slot);
  exec_.launch(count * to.rows(), to.width,
               kernels::LoadGrid<Real>{shape_.padding, 0, shape_.features(), input,
                                       shape_.is_scaled ? inverse_.data() + first : nullptr, to});
  for (int h = 0; shape_.is_masked && h <= most_halvings_; ++h) {
    Field const mask = mask_of(h, slot);
    if (h == 0) {
      exec_.launch(count * mask.rows(), mask.width,
                   kernels::LoadGrid<Real>{shape_.padding, shape_.channels, shape_.features(), input, nullptr, mask});
    } else {
      exec_.launch(count * mask.rows(), mask.width,
                   kernels::HalveGrid<Real>{Real(0.25), shape_.padding, mask_of(h - 1, slot), mask});
    }
  }
}

template <class Real>
void GridNetwork<Real>::forward_of(Layer& l, std::int64_t count, std::int64_t slot) {
  auto const& is = l.is;
  Field const from = y_of(is.from, slot), to = field(l.y, is, halo_, slot);
  std::int64_t const rows = count * to.rows();
  switch (is.kind) {
    case GridLayerKind::convolution: {
      Field const z = z_of(l, slot);
      if constexpr (std::is_same_v<Real, float>) {
        if (l.library) {
          l.library->forward(from.at(0, 0, -is.kernel / 2, -is.kernel / 2), weights_.data() + is.weight, z.data, count);
        }
      }
      if (!l.library) {
        exec_.launch(rows, z.width,
                     kernels::ConvolveGrid<Real>{is.kernel, is.stride, weights_.data() + is.weight, from, z});
      }
      exec_.launch(rows, to.width,
                   kernels::FinishGrid<Real>{activation_of(is), shape_.padding,
                                             shape_.has_bias ? weights_.data() + is.bias : nullptr,
                                             mask_of(is.halvings, slot), z, to});
      return;
    }
    case GridLayerKind::halve:
      return exec_.launch(rows, to.width, kernels::HalveGrid<Real>{halving(is), shape_.padding, from, to});
    case GridLayerKind::twice:
      return exec_.launch(rows, to.width, kernels::DoubleGrid<Real>{shape_.padding, from, to});
    case GridLayerKind::join:
    case GridLayerKind::add:
      return exec_.launch(
          rows, to.width,
          kernels::CombineGrids<Real>{is.kind == GridLayerKind::add, shape_.padding, from, y_of(is.with, slot), to});
  }
}

template <class Real>
void GridNetwork<Real>::backward(std::int64_t tasks, GradientRows<Real> const& to) {
  auto const run = [&](std::int64_t first, std::int64_t count, std::int64_t slot, std::int64_t bar_slot) {
    int const last = static_cast<int>(layers_.size());
    for (int l = 1; l < last; ++l) {
      Field const bar = bar_of(l, bar_slot);
      exec_.launch(count * bar.rows(), bar.width, kernels::ClearGrid<Real>{bar});
    }
    Field const bar = bar_of(last, bar_slot);
    exec_.launch(count * bar.rows(), bar.width,
                 kernels::StoreGridAdjoint<Real>{shape_.is_scaled ? scale_.data() + first : nullptr,
                                                 output_bar_.data() + first * shape_.points(), bar});
    for (int l = last; l > 0; --l) backward_of(l, first, count, slot, bar_slot);
  };
  if (!by_tasks_) {
    run(0, tasks, 0, 0);
  } else {
    over_parts(tasks, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t t = first; t < first + count; ++t) run(t, 1, t, first / block_);
    });
  }
  std::int64_t const whole = to.tasks > 0 ? tasks / to.tasks : 0, rest = tasks - whole * to.tasks;
  if (whole > 0) sum_gradients(0, to.tasks, whole, to);
  if (rest > 0) sum_gradients(whole, rest, 1, to);
}

template <class Real>
void GridNetwork<Real>::backward_of(int number, std::int64_t first, std::int64_t count, std::int64_t slot,
                                    std::int64_t bar_slot) {
  auto& l = layer(number);
  auto const& is = l.is;
  if (is.kind == GridLayerKind::convolution) return convolution_adjoint(l, first, count, slot, bar_slot);
  Field const bar = bar_of(number, bar_slot);
  auto const add = [&](int to_layer, int first_channel) {
    if (to_layer == 0) return;
    Field const to = bar_of(to_layer, bar_slot);
    exec_.launch(count * to.rows(), to.width, kernels::AddChannels<Real>{first_channel, bar, to});
  };
  if (is.kind == GridLayerKind::join || is.kind == GridLayerKind::add) {
    add(is.from, 0);
    add(is.with, is.kind == GridLayerKind::join ? is.in : 0);
    return;
  }
  if (is.from == 0) return;
  Field const to = bar_of(is.from, bar_slot);
  if (is.kind == GridLayerKind::halve) {
    exec_.launch(count * to.rows(), to.width, kernels::HalveGridAdjoint<Real>{halving(is), bar, to});
  } else {
    exec_.launch(count * to.rows(), to.width, kernels::DoubleGridAdjoint<Real>{shape_.padding, bar, to});
  }
}

template <class Real>
void GridNetwork<Real>::convolution_adjoint(Layer& l, std::int64_t first, std::int64_t count, std::int64_t slot,
                                            std::int64_t bar_slot) {
  auto const& is = l.is;
  Field const bar = field(l.bar, is, bar_halo_, bar_slot), x = y_of(is.from, slot);
  Field const z_bar = l.library ? field(l.z_bar, is, 0, slot) : bar;
  exec_.launch(
      count * z_bar.rows(), z_bar.width,
      kernels::FinishGridAdjoint<Real>{activation_of(is), mask_of(is.halvings, slot), z_of(l, slot), bar, z_bar});
  Real* const own = own_gradients_.data() + first * own_pitch_ + l.own_gradient;
  if (!l.library) {
    exec_.launch(count * is.weights() / is.kernel, 1,
                 kernels::ConvolveWeightAdjoint<Real>{is.kernel, is.stride, x, z_bar, own_pitch_, own});
  }
  if (shape_.has_bias) {
    exec_.launch(count * is.channels, 1,
                 kernels::GridBiasAdjoint<Real>{z_bar, own_pitch_, own + (l.library ? 0 : is.weights())});
  }
  if (is.from == 0) return;
  Field const x_bar = bar_of(is.from, bar_slot);
  if constexpr (std::is_same_v<Real, float>) {
    if (l.library) {
      Field const padded = field(l.padded_bar, layer(is.from).is, is.kernel / 2, slot);
      l.library->input_adjoint(z_bar.data, weights_.data() + is.weight, padded.data, count);
      exec_.launch(count * x_bar.rows(), x_bar.width, kernels::FoldPadding<Real>{shape_.padding, padded, x_bar});
    }
  }
  if (!l.library) {
    exec_.launch(count * x_bar.rows(), x_bar.width,
                 kernels::ConvolveInputAdjoint<Real>{is.kernel, is.stride, shape_.padding, weights_.data() + is.weight,
                                                     z_bar, x_bar});
  }
}

template <class Real>
void GridNetwork<Real>::sum_gradients(std::int64_t first_block, std::int64_t tasks, std::int64_t blocks,
                                      GradientRows<Real> const& to) {
  std::int64_t const first = first_block * to.tasks;
  Real* const gradient = to.first + first_block * to.pitch;
  for (auto& l : layers_) {
    if (l.is.kind != GridLayerKind::convolution) continue;
    if constexpr (std::is_same_v<Real, float>) {
      for (std::int64_t b = 0; l.library && b < blocks; ++b) {
        std::int64_t const task = first + b * tasks;
        Field const x = y_of(l.is.from, task);
        l.library->weight_adjoint(x.at(0, 0, -l.is.kernel / 2, -l.is.kernel / 2), field(l.z_bar, l.is, 0, task).data,
                                  gradient + b * to.pitch + l.is.weight, tasks);
      }
    }
    std::int64_t const weights = l.library ? 0 : l.is.weights(), biases = shape_.has_bias ? l.is.channels : 0;
    if (weights + biases == 0) continue;
    exec_.gemm(exec::Gemm<Real>{.op_a = exec::Transpose::yes,
                                .m = 1,
                                .n = weights + biases,
                                .k = tasks,
                                .a = ones_.data(),
                                .lda = 1,
                                .b = own_gradients_.data() + first * own_pitch_ + l.own_gradient,
                                .ldb = own_pitch_,
                                .beta = 1,
                                .c = gradient + (l.library ? l.is.bias : l.is.weight),
                                .ldc = weights + biases,
                                .batch = blocks,
                                .stride_b = tasks * own_pitch_,
                                .stride_c = to.pitch});
  }
}

template class GridNetwork<float>;
template class GridNetwork<double>;

}  // namespace metasolve::network
