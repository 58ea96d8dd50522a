// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <array>
#include <cstdint>
#include <string>

#include "metasolve/executor.hpp"
#include "metasolve/types.hpp"

/// Python's arrays as the library's views, without copies.
namespace metasolve::python {

namespace nb = nanobind;

/// Where an array's memory is.
struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;
  bool operator==(Device const&) const = default;
  [[nodiscard]] std::string name() const;
};

/// Kind and size of an element, as in DLPack.
struct ElementType {
  char kind = 0;  ///< 'f', 'i', 'u', 'b', 'c'; 0: something else
  int bytes = 0;
  bool operator==(ElementType const&) const = default;
  [[nodiscard]] std::string name() const;
};

template <class T>
constexpr ElementType element_type() {
  if constexpr (std::is_enum_v<T>) {
    return element_type<std::underlying_type_t<T>>();
  } else {
    return {std::is_floating_point_v<T> ? 'f' : 'i', static_cast<int>(sizeof(T))};
  }
}

/// Memory of a Python array, of at most three dimensions, and what keeps it alive. Releasing it needs the GIL.
class Array {
 public:
  static constexpr int most_dimensions = 3;

  /// Reads NumPy's and others' arrays through the buffer protocol, __cuda_array_interface__ or DLPack. name: the
  /// argument, for errors. @throws InputError not an array, or of a layout that no view describes
  Array(nb::handle object, char const* name, bool writes);
  Array(Array const&) = delete;
  Array& operator=(Array const&) = delete;

  void* data = nullptr;
  int dimensions = 0;
  std::array<std::int64_t, most_dimensions> shape{};
  std::array<std::int64_t, most_dimensions> strides{};  ///< in elements
  ElementType type;
  Device device;

 private:
  bool read_buffer(nb::handle object, char const* name, bool writes);
  bool read_cuda_interface(nb::handle object, char const* name, bool writes);
  bool read_torch(nb::handle object, char const* name);
  bool read_dlpack(nb::handle object, char const* name, bool writes);
  void take_dlpack(nb::ndarray<nb::ro> array, char const* name);
  void take_shape(int count, std::int64_t const* of_shape, char const* name);

  struct Buffer {
    Py_buffer view{};
    bool is_held = false;
    ~Buffer() {
      if (is_held) PyBuffer_Release(&view);
    }
  };
  Buffer buffer_;
  nb::ndarray<nb::ro> dlpack_;
  nb::object kept_;
};

/// Converts the arguments of one call on one device. Holds their memory until it is destroyed, with the GIL.
class Call {
 public:
  /// count: tasks. single: arrays lack the first dimension, that of the tasks.
  Call(Device device, std::int64_t count, bool single) : device_(device), count_(count), single_(single) {}
  Call(Call const&) = delete;
  Call& operator=(Call const&) = delete;
  ~Call() {
    for (int i = 0; i < used_; ++i) at(i).~Array();
  }

  /// [count][items]; None: null. shared: one row [items] for all tasks is accepted too.
  template <class T>
  BatchView<T const> reads(nb::handle object, char const* name, std::int64_t items, bool shared = false) {
    if (object.is_none()) return {};
    auto const& a = add(object, name, element_type<T>(), false);
    if (shared && !single_ && a.dimensions == 1) {
      require_shape(a, name, {items}, 1);
      return {static_cast<T const*>(a.data), 0, a.strides[0]};
    }
    return batch<T const>(a, name, items);
  }
  /// As reads; a single item also as [count].
  template <class T>
  BatchView<T const> reads_narrow(nb::handle object, char const* name, std::int64_t items) {
    if (object.is_none()) return {};
    auto const& a = add(object, name, element_type<T>(), false);
    if (items != 1 || single_ || a.dimensions != 1) return batch<T const>(a, name, items);
    require_shape(a, name, {count_}, 1);
    return {static_cast<T const*>(a.data), a.strides[0], 1};
  }
  template <class T>
  BatchView<T> writes(nb::handle object, char const* name, std::int64_t items) {
    if (object.is_none()) return {};
    return batch<T>(add(object, name, element_type<T>(), true), name, items);
  }
  /// [count], contiguous.
  template <class T>
  T const* reads_each(nb::handle object, char const* name) {
    auto const& a = add(object, name, element_type<T>(), false);
    require_each(a, name);
    return static_cast<T const*>(a.data);
  }
  /// The same; None: null.
  template <class T>
  T* writes_each(nb::handle object, char const* name) {
    if (object.is_none()) return nullptr;
    auto const& a = add(object, name, element_type<T>(), true);
    require_each(a, name);
    return static_cast<T*>(a.data);
  }
  /// A number for all tasks, or [count].
  template <class T>
  Column<T> column(nb::handle object, char const* name) {
    double number = 0;
    if (is_number(object, name, std::is_integral_v<T>, number)) return Column<T>(static_cast<T>(number));
    auto const& a = add(object, name, element_type<T>(), false);
    return Column<T>(static_cast<T const*>(a.data), stride_of_column(a, name));
  }

  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  static constexpr int most = 24;

  Array const& add(nb::handle object, char const* name, ElementType type, bool writes);
  static void require_shape(Array const& a, char const* name, std::array<std::int64_t, 2> const& shape, int dimensions);
  void require_each(Array const& a, char const* name) const;
  std::int64_t stride_of_column(Array const& a, char const* name) const;
  static bool is_number(nb::handle object, char const* name, bool integral, double& value);

  template <class T>
  BatchView<T> batch(Array const& a, char const* name, std::int64_t items) const {
    if (single_) {
      require_shape(a, name, {items}, 1);
      return {static_cast<T*>(a.data), items, a.strides[0]};
    }
    require_shape(a, name, {count_, items}, 2);
    return {static_cast<T*>(a.data), a.strides[0], a.strides[1]};
  }

  Array& at(int i) { return *reinterpret_cast<Array*>(memory_ + static_cast<std::size_t>(i) * sizeof(Array)); }

  Device device_;
  std::int64_t count_;
  bool single_;
  int used_ = 0;
  alignas(Array) std::byte memory_[most * sizeof(Array)];  ///< no allocation per call
};

}  // namespace metasolve::python
