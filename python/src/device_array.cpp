// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "common.hpp"

namespace metasolve::python {

namespace {

constexpr std::pair<char const*, ElementType> types[] = {
    {"float64", element_type<double>()}, {"float32", element_type<float>()}, {"int32", element_type<std::int32_t>()}};

/// Memory of an executor, with the two interfaces by which frameworks take it without a copy.
struct DeviceArray {
  ExecutorHandle executor;
  ElementType type;
  std::vector<std::size_t> shape;
  std::shared_ptr<void> memory;
  std::uintptr_t stream;  ///< of the caller: its work orders what is written here

  [[nodiscard]] std::size_t bytes() const {
    return std::accumulate(shape.begin(), shape.end(), static_cast<std::size_t>(type.bytes), std::multiplies<>());
  }
  [[nodiscard]] nb::tuple shape_tuple() const {
    nb::list sizes;
    for (auto const size : shape) sizes.append(size);
    return nb::tuple(sizes);
  }
};

nb::dlpack::dtype dtype_of(ElementType const& type) {
  auto const code = type.kind == 'f' ? nb::dlpack::dtype_code::Float : nb::dlpack::dtype_code::Int;
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * type.bytes), 1};
}

/// stream: the consumer's, as the protocol says: None and 1: the default, 2: the thread's own, -1: the consumer orders.
nb::object dlpack(nb::handle self, nb::kwargs const& options) {
  auto const& a = nb::cast<DeviceArray const&>(self);
  nb::object const stream = options.contains("stream") ? nb::object(options["stream"]) : nb::object(nb::none());
  auto const consumer = stream.is_none() ? 0 : nb::cast<std::int64_t>(stream);
  if (consumer != -1) {
    GilReleased const released;
    std::lock_guard const lock(a.executor->mutex);
    a.executor->executor.wait_for(reinterpret_cast<void*>(a.stream));
    a.executor->executor.make_wait(reinterpret_cast<void*>(consumer == 1 ? 0 : consumer));
  }
  bool const is_cuda = a.executor->device.kind == DeviceKind::cuda;
  nb::ndarray<> const array(a.memory.get(), a.shape.size(), a.shape.data(), self, nullptr, dtype_of(a.type),
                            is_cuda ? nb::device::cuda::value : nb::device::cpu::value, a.executor->device.index);
  nb::dict others;
  for (auto const [key, value] : options) {
    if (nb::cast<std::string>(key) != "stream") others[key] = value;
  }
  return nb::cast(array, nb::rv_policy::reference).attr("__dlpack__")(**others);
}

nb::dict interface(DeviceArray const& a) {
  nb::dict all;
  all["shape"] = a.shape_tuple();
  all["typestr"] = "<" + std::string(1, a.type.kind) + std::to_string(a.type.bytes);
  all["data"] = nb::make_tuple(reinterpret_cast<std::uintptr_t>(a.memory.get()), false);
  all["strides"] = nb::none();
  all["stream"] = a.stream == 0 ? 1 : a.stream;  // 0 means nothing there
  all["version"] = 3;
  return all;
}

}  // namespace

void bind_device_array(nb::module_& m) {
  nb::class_<DeviceArray>(m, "DeviceArray",
                          "An array [...] in a device's memory: what a solver returns where it does not know the "
                          "caller's framework. Take it over by DLPack or __cuda_array_interface__, or by numpy().")
      .def(
          "__init__",
          [](DeviceArray* self, ExecutorHandle const& executor, std::vector<std::size_t> const& shape,
             std::string const& dtype, std::uintptr_t stream) {
            auto* const made = new (self) DeviceArray{executor, choice("dtype", dtype, types), shape, {}, stream};
            GilReleased const released;
            std::lock_guard const lock(executor->mutex);
            made->memory = executor->executor.allocate(std::max<std::size_t>(1, made->bytes()));
          },
          nb::arg("executor"), nb::arg("shape"), nb::arg("dtype"), nb::arg("stream") = 0)
      .def_prop_ro("shape", &DeviceArray::shape_tuple)
      .def_prop_ro("dtype", [](DeviceArray const& a) { return name_of(a.type, types); })
      .def_prop_ro("device", [](DeviceArray const& a) { return a.executor->device.name(); })
      .def_prop_ro("__cuda_array_interface__", &interface)
      .def("__dlpack__", &dlpack)
      .def("__dlpack_device__",
           [](DeviceArray const& a) {
             bool const is_cuda = a.executor->device.kind == DeviceKind::cuda;
             return nb::make_tuple(is_cuda ? nb::device::cuda::value : nb::device::cpu::value,
                                   a.executor->device.index);
           })
      .def(
          "fill",
          [](DeviceArray const& a, double value) {
            if (a.type != element_type<double>() && a.type != element_type<float>()) {
              throw InputError("fill: the array is of integers");
            }
            bool const is_double = a.type == element_type<double>();
            auto const count = a.bytes() / static_cast<std::size_t>(a.type.bytes);
            std::vector<double> const doubles(is_double ? count : 0, value);
            std::vector<float> const floats(is_double ? 0 : count, static_cast<float>(value));
            void const* const from = is_double ? static_cast<void const*>(doubles.data()) : floats.data();
            GilReleased const released;
            std::lock_guard const lock(a.executor->mutex);
            if (count > 0) a.executor->executor.upload(a.memory.get(), from, a.bytes());
          },
          "Sets all entries to a number.")
      .def(
          "numpy",
          [](DeviceArray const& a) {
            auto* const bytes = new std::vector<std::byte>(a.bytes());
            nb::capsule const owner(bytes, [](void* p) noexcept { delete static_cast<std::vector<std::byte>*>(p); });
            {
              GilReleased const released;
              std::lock_guard const lock(a.executor->mutex);
              a.executor->executor.wait_for(reinterpret_cast<void*>(a.stream));
              a.executor->executor.download(bytes->data(), a.memory.get(), a.bytes());
            }
            nb::ndarray<nb::numpy> const array(bytes->data(), a.shape.size(), a.shape.data(), owner, nullptr,
                                               dtype_of(a.type), nb::device::cpu::value, 0);
            return nb::cast(array);
          },
          "A copy in the host's memory, when the work is done.")
      .def("_upload", [](DeviceArray const& a, nb::handle from) {
        Array const source(from, "from", false);
        if (source.device.kind != DeviceKind::cpu || source.type != a.type) throw InputError("from: not such an array");
        GilReleased const released;
        std::lock_guard const lock(a.executor->mutex);
        a.executor->executor.upload(a.memory.get(), source.data, a.bytes());
      });
}

}  // namespace metasolve::python
