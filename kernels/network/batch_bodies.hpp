// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"
#include "../simd/view.hpp"
#include "adam.hpp"

#if !defined(__CUDA_ARCH__)
#include <atomic>
#endif

/// Elementwise stages between the solver and the network.
namespace metasolve::kernels {

/// task_of_slot[i] = order[position + offset + i]: the tasks of this part of the step's batch.
struct SelectTasks {
  using scalar = double;
  static constexpr auto name = "select_tasks";
  StepClock const* clock;
  std::int64_t offset;
  std::int32_t const* order;
  std::int32_t* task_of_slot;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      task_of_slot[column + l] = order[clock->position + offset + column + l];
    }
  }
};

/// x[slot][j] = (features[task][j] - shift[j]) scale[j]: the network's input.
template <class From, class To>
struct GatherFeatures {
  using scalar = To;
  static constexpr auto name = "gather_features";
  std::int64_t width;
  BatchView<From const> features;    ///< [tasks][width], in the caller's layout
  std::int32_t const* task_of_slot;  ///< null: slot + first
  std::int64_t first;
  To const* shift;  ///< [width]
  To const* scale;  ///< [width]
  To* x;            ///< [slots][width]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t slot, std::int64_t j) const {
    std::int64_t const task = task_of_slot != nullptr ? task_of_slot[slot] : first + slot;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const feature = static_cast<To>(features(task, static_cast<int>(j + l)));
      x[slot * width + j + l] = (feature - shift[j + l]) * scale[j + l];
    }
  }
};

/// to[i] = factor from[i], with conversion of precision: from the network's output to solver parameters, and the
/// adjoint.
template <class From, class To>
struct ScaleCopy {
  using scalar = To;
  static constexpr auto name = "scale_copy";
  std::int64_t width;
  To factor;
  From const* from;
  To* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = row * width + column;
    for (int l = 0; l < lanes_of<Number>; ++l) to[at + l] = factor * static_cast<To>(from[at + l]);
  }
};

/// to[row] += given[task].
template <class Scalar>
struct AddGiven {
  using scalar = Scalar;
  static constexpr auto name = "add_given";
  std::int64_t width;
  BatchView<Scalar const> given;     ///< [tasks][width]
  std::int32_t const* task_of_slot;  ///< null: slot + first
  std::int64_t first;
  Scalar* to;  ///< [slots][width]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t slot, std::int64_t j) const {
    std::int64_t const task = task_of_slot != nullptr ? task_of_slot[slot] : first + slot;
    for (int l = 0; l < lanes_of<Number>; ++l) to[slot * width + j + l] += given(task, static_cast<int>(j + l));
  }
};

/// Before a group solve: the key that groups slots, the task's iteration count in its last solve.
struct ExpectedCount {
  using scalar = double;
  static constexpr auto name = "expected_count";
  std::int32_t const* task_of_slot;
  std::int32_t const* last_count;  ///< [tasks]
  std::int32_t* key;               ///< [slots]
  std::int32_t* slot_order;        ///< [slots]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const slot = static_cast<std::int32_t>(column + l);
      key[slot] = last_count[task_of_slot[slot]];
      slot_order[slot] = slot;
    }
  }
};

/// After it. Atomically: a caller may name a task several times, and any of its counts will do.
struct RememberCount {
  using scalar = double;
  static constexpr auto name = "remember_count";
  std::int32_t const* task_of_slot;
  std::int32_t const* iterations;  ///< [slots]
  std::int32_t* last_count;        ///< [tasks]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) store(last_count + task_of_slot[column + l], iterations[column + l]);
  }

 private:
  METASOLVE_HD static void store(std::int32_t* to, std::int32_t count) {
#if defined(__CUDA_ARCH__)
    atomicExch(to, count);
#else
    std::atomic_ref<std::int32_t>(*to).store(count, std::memory_order_relaxed);
#endif
  }
};

/// After the update: advances to the next part of the epoch.
struct AdvanceClock {
  using scalar = double;
  static constexpr auto name = "advance_clock";
  StepClock* clock;
  std::int64_t tasks;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t) const {
    clock->position += tasks;
  }
};

}  // namespace metasolve::kernels
