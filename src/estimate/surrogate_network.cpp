// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/surrogate_network.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/random/philox.hpp"

namespace metasolve::estimate {

namespace {

constexpr auto silu = kernels::Activation::silu;

/// C [rows][out] = A [rows][in] W' with the layer's W [out][in].
exec::Gemm<float> forward_product(network::LayerShape const& layer, std::int64_t rows, float const* a,
                                  float const* weights, float* c) {
  return {.op_b = exec::Transpose::yes,
          .m = rows,
          .n = layer.out,
          .k = layer.in,
          .a = a,
          .lda = layer.in,
          .b = weights + layer.weight,
          .ldb = layer.in,
          .c = c,
          .ldc = layer.out};
}
/// C [rows][in] = A [rows][out] W.
exec::Gemm<float> backward_product(network::LayerShape const& layer, std::int64_t rows, float const* a,
                                   float const* weights, float* c) {
  return {.m = rows,
          .n = layer.in,
          .k = layer.out,
          .a = a,
          .lda = layer.out,
          .b = weights + layer.weight,
          .ldb = layer.in,
          .c = c,
          .ldc = layer.in};
}
/// C [out][in] = B' A, the sum over rows of B [rows][out] and A [rows][in].
exec::Gemm<float> weight_product(network::LayerShape const& layer, std::int64_t rows, float const* b, float const* a,
                                 float* gradient) {
  return {.op_a = exec::Transpose::yes,
          .m = layer.out,
          .n = layer.in,
          .k = rows,
          .a = b,
          .lda = layer.out,
          .b = a,
          .ldb = layer.in,
          .c = gradient + layer.weight,
          .ldc = layer.in};
}

std::vector<std::int64_t> sizes_of(int inputs, std::vector<std::int64_t> const& hidden) {
  std::vector<std::int64_t> sizes{inputs};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(1);
  return sizes;
}

}  // namespace

SurrogateNetwork::SurrogateNetwork(int inputs, std::vector<std::int64_t> const& hidden, double rate, std::uint64_t seed,
                                   int threads)
    : executor_(Executor::cpu(threads)),
      layers_(network::layer_shapes(sizes_of(inputs, hidden))),
      rate_(rate),
      seed_(seed),
      hidden_(hidden.size()) {
  reset();
}

void SurrogateNetwork::reset() {
  auto const n = static_cast<std::size_t>(network::weight_count(layers_));
  for (auto* const v : {&weights_, &gradient_, &mean_, &square_}) v->assign(n, 0.0F);
  clock_ = {};
  random::Draws const draws(seed_, random::Stream::surrogate_weights, 0);
  for (auto const& layer : layers_) {
    double const largest = 1 / std::sqrt(static_cast<double>(layer.in));
    for (auto w = layer.weight; w < layer.bias + layer.out; ++w) {
      double const u = draws.uniform(static_cast<std::uint64_t>(w));
      weights_[static_cast<std::size_t>(w)] = static_cast<float>(largest * (2 * u - 1));
    }
  }
}

float* SurrogateNetwork::input(std::int64_t rows) {
  rows_ = rows;
  auto const fit = [](std::vector<float>& v, std::int64_t size) {
    if (std::ssize(v) < size) v.resize(static_cast<std::size_t>(size));
  };
  fit(input_, 2 * rows * layers_.front().in);
  fit(of_input_, rows * layers_.front().in);
  for (std::size_t l = 0; l < hidden_.size(); ++l) {
    for (auto* const v : {&hidden_[l].z, &hidden_[l].a, &hidden_[l].bar}) fit(*v, 2 * rows * layers_[l].out);
  }
  return input_.data();
}

/// f(index of the value, index of the tangent) for each element of a layer.
template <class F>
void SurrogateNetwork::for_each(std::int64_t width, F&& f) {
  constexpr std::int64_t multiplications = 64;  // an exponential's worth
  executor_.backend().over_row_blocks(rows_, multiplications * width, [&](std::int64_t first, std::int64_t count) {
    auto const tangent = rows_ * width;
    for (auto i = first * width; i < (first + count) * width; ++i) f(i, tangent + i);
  });
}

void SurrogateNetwork::activate(Layer& layer, std::int64_t width, float const* bias) {
  auto* const z = layer.z.data();
  auto* const a = layer.a.data();
  for_each(width, [=](std::int64_t i, std::int64_t tangent) {
    z[i] += bias[i % width];
    a[i] = kernels::activate(silu, z[i]);
    a[tangent] = kernels::activate_derivative(silu, z[i]) * z[tangent];
  });
}

void SurrogateNetwork::pull_back(Layer& layer, std::int64_t width) {
  auto const* const z = layer.z.data();
  auto* const bar = layer.bar.data();
  for_each(width, [=](std::int64_t i, std::int64_t tangent) {
    float const slope = kernels::activate_derivative(silu, z[i]);
    bar[i] = bar[i] * slope + bar[tangent] * z[tangent] * kernels::activate_second_derivative(silu, z[i]);
    bar[tangent] *= slope;
  });
}

float const* SurrogateNetwork::differentiate() {
  auto& exec = executor_.backend();
  float const* a = input_.data();
  for (std::size_t l = 0; l < hidden_.size(); ++l) {
    exec.gemm(forward_product(layers_[l], 2 * rows_, a, weights_.data(), hidden_[l].z.data()));
    activate(hidden_[l], layers_[l].out, weights_.data() + layers_[l].bias);
    a = hidden_[l].a.data();
  }
  // v . grad y is the output's tangent: its derivative with respect to the last tangents is the last layer's weights,
  // and it does not depend on the last values.
  auto& last = hidden_.back();
  auto const& output = layers_.back();
  std::fill_n(last.bar.begin(), rows_ * output.in, 0.0F);
  for (auto row = rows_; row < 2 * rows_; ++row) {
    std::copy_n(weights_.begin() + output.weight, output.in, last.bar.begin() + row * output.in);
  }
  for (auto l = hidden_.size(); l-- > 0;) {
    pull_back(hidden_[l], layers_[l].out);
    if (l > 0) {
      exec.gemm(
          backward_product(layers_[l], 2 * rows_, hidden_[l].bar.data(), weights_.data(), hidden_[l - 1].bar.data()));
    }
  }
  // The derivative with respect to the tangents of the input is grad y, whatever v.
  exec.gemm(backward_product(layers_.front(), rows_, hidden_.front().bar.data() + rows_ * layers_.front().out,
                             weights_.data(), of_input_.data()));
  return of_input_.data();
}

void SurrogateNetwork::learn(double const* seed) {
  auto& exec = executor_.backend();
  for (std::size_t l = 0; l < hidden_.size(); ++l) {
    auto const width = layers_[l].out;
    auto* const bar = hidden_[l].bar.data();
    for_each(width, [=](std::int64_t i, std::int64_t tangent) {
      auto const s = static_cast<float>(seed[i / width]);
      bar[i] *= s;
      bar[tangent] *= s;
    });
    exec.gemm(
        weight_product(layers_[l], 2 * rows_, bar, l == 0 ? input_.data() : hidden_[l - 1].a.data(), gradient_.data()));
    auto* const of_bias = gradient_.data() + layers_[l].bias;
    std::fill_n(of_bias, width, 0.0F);
    for (std::int64_t i = 0; i < rows_ * width; ++i) of_bias[i % width] += bar[i];
  }
  auto const& output = layers_.back();
  std::vector<float> const seeds(seed, seed + rows_);
  exec.gemm(weight_product(output, rows_, seeds.data(), hidden_.back().a.data() + rows_ * output.in, gradient_.data()));

  kernels::AdamSettings const adam;
  clock_.rate = rate_;
  exec.add_square_sum(gradient_.data(), std::ssize(gradient_), &clock_.gradient_square_sum);
  exec.launch(1, 1, kernels::PrepareUpdate{adam, &clock_});
  exec.launch(
      1, std::ssize(weights_),
      kernels::AdamUpdate<float>{adam, &clock_, weights_.data(), gradient_.data(), mean_.data(), square_.data()});
}

std::vector<double> SurrogateNetwork::state() const {
  std::vector<double> state;
  state.reserve(state_size());
  for (auto const* const v : {&weights_, &mean_, &square_}) state.insert(state.end(), v->begin(), v->end());
  state.push_back(static_cast<double>(clock_.updates));
  return state;
}

void SurrogateNetwork::restore(double const* state) {
  for (auto* const v : {&weights_, &mean_, &square_}) {
    for (float& x : *v) x = static_cast<float>(*state++);
  }
  clock_ = {};
  clock_.updates = static_cast<std::int64_t>(*state);
}

}  // namespace metasolve::estimate
