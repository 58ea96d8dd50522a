// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/proposer.hpp"
#include "src/engine/solve_stage.hpp"

namespace metasolve::engine {

/// A fused solve whose tasks can be exchanged.
template <kernels::ForwardProblem P>
class FusedProblemSolve : public engine::FusedSolve<double> {
 public:
  /// As many tasks as before, or fewer.
  virtual void set_tasks(typename P::Solver const& solver, kernels::Columns<double, P::columns> const& tasks,
                         kernels::Guard const& guard) = 0;
};

/// A problem's solver with a network of two hidden layers of at most Width units, in one launch.
template <class Exec, kernels::Problem P, int Width>
class FusedProblem final : public FusedProblemSolve<P> {
 public:
  FusedProblem(Exec& exec, typename P::Solver const& solver, kernels::Columns<double, P::columns> const& tasks,
               network::MetaNetworkShape const& shape, std::int64_t capacity)
      : exec_(exec),
        layers_(network::layer_shapes(shape.sizes)),
        shift_(shape.shift),
        scale_(shape.scale),
        packed_(exec, Network::size(static_cast<int>(shape.sizes.back()))),
        body_{solver, {}, {tasks, {packed_.data(), shape.activation, static_cast<int>(shape.sizes.back())}, {}, {}}},
        workspace_(exec, exec.team_bytes(body_, capacity)) {
    std::copy(shape.head.begin(), shape.head.end(), body_.proposer.head);
  }

  void set_weights(std::vector<double> const& weights) override {
    auto const at = [&](std::int64_t i) { return static_cast<float>(weights[static_cast<std::size_t>(i)]); };
    std::vector<float> packed;
    for (double const x : shift_) packed.push_back(static_cast<float>(x));
    for (double const x : scale_) packed.push_back(static_cast<float>(x));
    std::int64_t in = Network::inputs;  // with the units that are missing
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

  void set_tasks(typename P::Solver const& solver, kernels::Columns<double, P::columns> const& tasks,
                 kernels::Guard const& guard) override {
    body_.solver = solver;
    body_.proposer.tasks = tasks;
    body_.proposer.guard = guard;
  }

  void solve(kernels::LockstepArguments<double> const& arguments) override {
    body_.arguments = arguments;
    exec_.launch_teams(body_, workspace_.data(), arguments.slots);
  }

 private:
  using Proposer = kernels::Proposer<P, Width>;
  using Network = typename Proposer::Network;
  using Body = exec::ProposedSolveBody<typename P::Solver, Proposer>;

  Exec& exec_;
  std::vector<network::LayerShape> layers_;
  std::vector<double> shift_, scale_;
  exec::Buffer<float> packed_;
  Body body_;
  exec::Buffer<std::byte> workspace_;
};

/// By the narrowest width that holds the shape; null: no two hidden layers, or one of more than 64 units.
template <class Exec, kernels::Problem P>
std::unique_ptr<FusedProblemSolve<P>> fuse(Exec& exec, typename P::Solver const& solver,
                                           kernels::Columns<double, P::columns> const& tasks,
                                           network::MetaNetworkShape const& shape, std::int64_t capacity) {
  if constexpr (kernels::RegisterSolver<typename P::Solver>) {
    if (shape.sizes.size() != 4 || shape.head.empty()) return nullptr;
    auto const widest = std::max(shape.sizes[1], shape.sizes[2]);
    if (widest <= 8) return std::make_unique<FusedProblem<Exec, P, 8>>(exec, solver, tasks, shape, capacity);
    if (widest <= 16) return std::make_unique<FusedProblem<Exec, P, 16>>(exec, solver, tasks, shape, capacity);
    if (widest <= 32) return std::make_unique<FusedProblem<Exec, P, 32>>(exec, solver, tasks, shape, capacity);
    if (widest <= 64) return std::make_unique<FusedProblem<Exec, P, 64>>(exec, solver, tasks, shape, capacity);
  }
  return nullptr;
}

}  // namespace metasolve::engine
