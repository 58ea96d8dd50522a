// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "number.hpp"

/// Views of numbers in memory. Trivially copyable and non-owning.
namespace metasolve::kernels {

/// A matrix [tasks][items] in memory accessible to a launch, in array-of-structs (item_stride 1) or struct-of-arrays
/// (task_stride 1) layout. data may be null where the using structure documents it.
template <class T>
struct BatchView {
  T* data = nullptr;
  std::int64_t task_stride = 0;
  std::int64_t item_stride = 1;

  METASOLVE_HD T& operator()(std::int64_t task, int item) const {
    return data[task * task_stride + item * item_stride];
  }
  METASOLVE_HD explicit operator bool() const { return data != nullptr; }
  template <class U>
  requires(std::is_same_v<U, T const> && !std::is_const_v<T>) METASOLVE_HD operator BatchView<U>()
      const {  // NOLINT: a read-only view
    return {data, task_stride, item_stride};
  }
};

/// One value per task (stride 1), or one for all: in memory (stride 0), or if data is null the value itself.
template <class T>
struct PerTask {
  T const* data = nullptr;
  std::int64_t stride = 0;  ///< in elements
  T value{};
  METASOLVE_HD T operator[](std::int64_t task) const { return data != nullptr ? data[task * stride] : value; }
};

/// Numbers of one team, in nearby memory: number i at data[i * stride]. Stride 0 as template argument: known at run
/// time (threads of a GPU block that share an array, interleaved so that adjacent threads access adjacent numbers).
template <class Number, int Stride = 1>
struct LocalView {
  using value_type = Number;
  Number* data = nullptr;
  int runtime_stride = Stride;

  METASOLVE_HD int stride() const { return Stride != 0 ? Stride : runtime_stride; }
  METASOLVE_HD Number& operator[](int i) const { return data[static_cast<std::ptrdiff_t>(i) * stride()]; }
  /// The view that begins at number i of this one.
  METASOLVE_HD LocalView subview(std::int64_t i) const { return {data + i * stride(), runtime_stride}; }

  /// The numbers of lane l alone, as scalars.
  METASOLVE_HD auto lane(int l) const {
    if constexpr (lanes_of<Number> == 1) {
      return *this;
    } else {
      using scalar = scalar_of<Number>;
      return LocalView<scalar, Stride * lanes_of<Number>>{reinterpret_cast<scalar*>(data) + l,
                                                          runtime_stride * lanes_of<Number>};
    }
  }
};

/// A single member's own numbers, which the compiler keeps in registers.
template <class Number, int Size>
struct RegisterView : LocalView<Number> {
  static constexpr int size = Size;
};
template <class View>
inline constexpr bool is_register_view = false;
template <class Number, int Size>
inline constexpr bool is_register_view<RegisterView<Number, Size>> = true;

/// Makes `next` the new `state`, whose numbers are no longer needed: memory is swapped, registers are copied.
template <class View>
METASOLVE_HD void advance(View& state, View& next) {
  auto const swap = state;
  state = next;
  next = swap;
}
template <class Number, int Size>
METASOLVE_HD void advance(RegisterView<Number, Size>& state, RegisterView<Number, Size>& next) {
  for (int i = 0; i < Size; ++i) state[i] = next[i];
}

}  // namespace metasolve::kernels
