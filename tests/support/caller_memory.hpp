// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/meta_solver.hpp"
#include "metasolve/types.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/temporary_folder.hpp"

/// Shared by the tests of library calls.
namespace metasolve::test {

/// A caller with its own memory accessible to the executor.
class CallerMemory : public OnExecutors {
 protected:
  template <class T>
  T* place(std::vector<T> const& values) {
    auto memory = executor().allocate(std::max<std::size_t>(1, values.size()) * sizeof(T));
    executor().upload(memory.get(), values.data(), values.size() * sizeof(T));
    held_.push_back(memory);
    return static_cast<T*>(memory.get());
  }
  template <class T>
  std::vector<T> fetch(T const* from, std::size_t n) {
    std::vector<T> values(n);
    executor().download(values.data(), from, n * sizeof(T));
    return values;
  }

  /// A workspace of that many bytes for a solver.
  Workspace workspace(std::size_t bytes) {
    auto const at = reinterpret_cast<std::uintptr_t>(place(std::vector<char>(bytes + 255)));
    return {reinterpret_cast<void*>((at + 255) / 256 * 256), bytes};
  }

 private:
  std::vector<std::shared_ptr<void>> held_;
};

/// An untrained meta-solver, with unscaled features. edit: changes its weights.
template <class Edit>
MetaSolver meta_solver(config::RunConfig const& c, Edit&& edit) {
  train::Checkpoint checkpoint;
  checkpoint.config = c;
  auto const width = static_cast<std::size_t>(train::architecture(c).features());
  checkpoint.features = {std::vector<double>(width, 0.0), std::vector<double>(width, 1.0)};
  checkpoint.learner.weights = train::initial_weights(c);
  edit(checkpoint.learner.weights);
  checkpoint.learner.first_moment.resize(checkpoint.learner.weights.size());
  checkpoint.learner.second_moment = checkpoint.learner.first_moment;
  TemporaryFolder const folder;
  train::write_checkpoint(folder.path() / "best.safetensors", checkpoint);
  return MetaSolver::load(folder.path());
}
inline MetaSolver meta_solver(config::RunConfig const& c) {
  return meta_solver(c, [](auto&) {});
}

/// Robertson's default meta-solver, with two hidden layers of that many units.
inline config::RunConfig robertson_network(int width) {
  config::RunConfig c;
  c.problem.name = "robertson";
  c.network.hidden = {width, width};
  c.network.activation = kernels::Activation::relu;
  c.network.precision = engine::Precision::single_precision;
  c.network.initial_gain = 0.1;
  return c;
}

/// A meta-solver that predicts NaN (inf - inf) for every input. Only the problem in c matters.
inline MetaSolver meta_solver_of_nan(config::RunConfig c, int width) {
  c.network.hidden = {width, width};
  c.network.activation = kernels::Activation::relu;
  c.network.precision = engine::Precision::single_precision;
  return meta_solver(c, [&](auto& weights) {
    auto const sizes = train::architecture(c).sizes;
    auto at = weights.begin();
    auto const put = [&](std::int64_t n, auto&& value) {
      for (std::int64_t i = 0; i < n; ++i) *at++ = value(i);
    };
    put(sizes[0] * width, [](auto) { return 0.0; });
    put(width, [](auto) { return 3e38; });
    put(width * width, [](auto) { return 2.0; });
    put(width, [](auto) { return 0.0; });
    put(sizes[3] * width, [](auto i) { return i % 2 == 0 ? 2.0 : -2.0; });
  });
}

}  // namespace metasolve::test
