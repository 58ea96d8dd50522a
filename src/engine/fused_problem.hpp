// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/solver_stage.hpp"

namespace metasolve::engine {

template <kernels::Problem P, int Width>
using FusedBody = exec::FusedSolveBody<typename P::Solver, kernels::FusedPredictor<P, Width>>;

/// The compiled functions of P's fused solves for one kind of executor: one per network width. Only for a
/// RegisterSolver.
template <class P>
struct FusedFunctions {
  exec::TeamFunctions<FusedBody<P, 8>> of_8;
  exec::TeamFunctions<FusedBody<P, 16>> of_16;
  exec::TeamFunctions<FusedBody<P, 32>> of_32;
  exec::TeamFunctions<FusedBody<P, 64>> of_64;

  /// Like StageFunctions::made.
  template <class Make>
  static FusedFunctions made(Make&& make) {
    FusedFunctions all{};
    auto const set = [&]<class F>(F& to) { to = make.template operator()<F>(); };
    set(all.of_8);
    set(all.of_16);
    set(all.of_32);
    set(all.of_64);
    return all;
  }
};

/// A fused solve whose tasks can be replaced.
template <class P>
class FusedProblemSolve : public FusedSolve<double> {
 public:
  /// At most as many tasks as before.
  virtual void set_tasks(typename P::Solver const& solver, kernels::Columns<double, P::columns> const& tasks) = 0;
};

/// A problem's solver, in one launch with a network of two hidden layers of at most Width units.
template <kernels::Problem P, int Width>
class FusedProblem final : public FusedProblemSolve<P> {
 public:
  using Functions = exec::TeamFunctions<FusedBody<P, Width>>;

  FusedProblem(exec::Backend& exec, Functions const& functions, typename P::Solver const& solver,
               kernels::Columns<double, P::columns> const& tasks, network::MetaNetworkShape const& shape,
               std::int64_t capacity)
      : exec_(exec),
        functions_(functions),
        layers_(network::layer_shapes(shape.sizes)),
        shift_(shape.shift),
        scale_(shape.scale),
        packed_(exec, Network::size(static_cast<int>(shape.sizes.back()))),
        body_{solver, {}, {tasks, {packed_.data(), shape.activation, static_cast<int>(shape.sizes.back())}, {}, {}}},
        workspace_(exec, functions_.bytes(exec, body_, capacity)) {
    std::copy(shape.head.begin(), shape.head.end(), body_.predictor.head);
  }

  void set_weights(std::vector<double> const& weights) override {
    auto const at = [&](std::int64_t i) { return static_cast<float>(weights[static_cast<std::size_t>(i)]); };
    std::vector<float> packed;
    for (double const x : shift_) packed.push_back(static_cast<float>(x));
    for (double const x : scale_) packed.push_back(static_cast<float>(x));
    std::int64_t in = Network::inputs;  // includes the padding units
    for (auto const& layer : layers_) {
      std::int64_t const out = &layer == &layers_.back() ? layer.out : Width;
      for (std::int64_t i = 0; i < in; ++i) {
        for (std::int64_t o = 0; o < out; ++o) {
          packed.push_back(i < layer.in && o < layer.out ? at(layer.weight + o * layer.in + i) : 0.0f);
        }
      }
      for (std::int64_t o = 0; o < out; ++o) packed.push_back(o < layer.out ? at(layer.bias + o) : 0.0f);
      in = out;
    }
    packed_.upload(packed.data(), packed_.size());
  }

  void set_tasks(typename P::Solver const& solver, kernels::Columns<double, P::columns> const& tasks) override {
    body_.solver = solver;
    body_.predictor.tasks = tasks;
  }

  void solve(kernels::LockstepArguments<double> const& arguments, kernels::Guard const& guard) override {
    body_.arguments = arguments;
    body_.predictor.guard = guard;
    functions_.launch(exec_, body_, workspace_.data(), arguments.slots);
  }

 private:
  using Network = typename kernels::FusedPredictor<P, Width>::Network;

  exec::Backend& exec_;
  Functions functions_;
  std::vector<network::LayerShape> layers_;
  std::vector<double> shift_, scale_;
  exec::Buffer<float> packed_;
  FusedBody<P, Width> body_;
  exec::Buffer<std::byte> workspace_;
};

/// The network floats that fit into any device's shared memory beside the tasks of 32 threads.
inline constexpr int most_fused_floats = 10 << 10;

/// Uses the narrowest width that holds the shape. Null: not two hidden layers, more than 64 units in one, or too many
/// features for the width.
template <kernels::Problem P>
std::unique_ptr<FusedProblemSolve<P>> fuse(exec::Backend& exec, FusedFunctions<P> const& functions,
                                           typename P::Solver const& solver,
                                           kernels::Columns<double, P::columns> const& tasks,
                                           network::MetaNetworkShape const& shape, std::int64_t capacity) {
  if (shape.sizes.size() != 4 || shape.head.empty()) return nullptr;
  auto const widest = std::max(shape.sizes[1], shape.sizes[2]);
  auto const made =
      [&]<int Width>(
          exec::TeamFunctions<FusedBody<P, Width>> const& of_width) -> std::unique_ptr<FusedProblemSolve<P>> {
    using Network = typename kernels::FusedPredictor<P, Width>::Network;
    if (Network::size(static_cast<int>(shape.sizes.back())) > most_fused_floats) return nullptr;
    return std::make_unique<FusedProblem<P, Width>>(exec, of_width, solver, tasks, shape, capacity);
  };
  if (widest <= 8) return made.template operator()<8>(functions.of_8);
  if (widest <= 16) return made.template operator()<16>(functions.of_16);
  if (widest <= 32) return made.template operator()<32>(functions.of_32);
  if (widest <= 64) return made.template operator()<64>(functions.of_64);
  return nullptr;
}

}  // namespace metasolve::engine
