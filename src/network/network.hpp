// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::network {

/// part(first, count), by reference: calls of a network allocate nothing.
class Part {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Part>) Part(F&& f)  // NOLINT: it stands for f
      : context_(const_cast<void*>(static_cast<void const*>(std::addressof(f)))),
        call_([](void* context, std::int64_t first, std::int64_t count) {
          (*static_cast<std::remove_reference_t<F>*>(context))(first, count);
        }) {}
  void operator()(std::int64_t first, std::int64_t count) const { call_(context_, first, count); }

 private:
  void* context_;
  void (*call_)(void*, std::int64_t, std::int64_t);
};

/// Where a backward pass adds the gradient: one row of weights for each block of tasks.
template <class Real>
struct GradientRows {
  Real* first = nullptr;
  std::int64_t pitch = 0;  ///< numbers between rows
  std::int64_t tasks = 0;  ///< of a block; the last may have fewer
};

/// A network of any kind on an executor: rows of numbers in, rows of numbers out, for up to a capacity of tasks. Owns
/// weights, gradient and the backward pass's memory.
template <class Real>
class Network {
 public:
  virtual ~Network() = default;
  [[nodiscard]] virtual exec::Buffer<Real>& weights() = 0;
  [[nodiscard]] virtual exec::Buffer<Real>& gradient() = 0;
  [[nodiscard]] virtual Real* input() = 0;       ///< [tasks][features], written by the caller
  [[nodiscard]] virtual Real* output() = 0;      ///< [tasks][outputs]
  [[nodiscard]] virtual Real* output_bar() = 0;  ///< the same, written by the caller before backward

  /// Calls part(first, count) over tasks [0, tasks) in whole blocks of exec::row_block, in parallel where that pays:
  /// for what precedes and follows `forward` of a block.
  virtual void over_parts(std::int64_t tasks, Part part) = 0;
  /// Rows first ... first + tasks - 1 of input -> output; first is a multiple of exec::row_block. A row's bits depend
  /// on that row alone.
  virtual void forward(std::int64_t first, std::int64_t tasks) = 0;
  /// output_bar -> to += dloss/dweights, for the tasks of the last forward, which were rows 0 ... tasks - 1. The bits
  /// of a row depend on its block alone.
  virtual void backward(std::int64_t tasks, GradientRows<Real> const& to) = 0;
  /// The same of all tasks, into gradient().
  void backward(std::int64_t tasks) { backward(tasks, {gradient().data(), 0, tasks}); }
};

}  // namespace metasolve::network
