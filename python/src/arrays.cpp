// SPDX-License-Identifier: Apache-2.0
#include "arrays.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "metasolve/error.hpp"

namespace metasolve::python {

namespace {

[[noreturn]] void reject(char const* name, std::string const& what) {
  throw InputError(std::string(name) + ": " + what);
}

std::string kind_of(nb::handle object) { return nb::type_name(object.type()).c_str(); }

/// Of the format of the buffer protocol or of a typestr, such as "d", "<f8", ">i4".
ElementType type_of_format(char const* format, std::int64_t bytes) {
  if (format == nullptr) return {'u', static_cast<int>(bytes)};
  if (*format == '>' || *format == '!') return {};
  if (*format != 0 && std::strchr("<=@|", *format) != nullptr) ++format;
  if (*format == 'Z') return {'c', static_cast<int>(bytes)};
  bool const is_one = format[0] != 0 && (format[1] == 0 || (format[1] >= '0' && format[1] <= '9'));
  if (!is_one) return {};
  if (std::strchr("efd", *format) != nullptr) return {'f', static_cast<int>(bytes)};
  if (std::strchr("bhilq", *format) != nullptr) return {'i', static_cast<int>(bytes)};
  if (std::strchr("BHILQu", *format) != nullptr) return {'u', static_cast<int>(bytes)};
  if (*format == '?') return {'b', static_cast<int>(bytes)};
  if (*format == 'c') return {'c', static_cast<int>(bytes)};
  return {};
}

std::string shape_text(std::int64_t const* shape, int dimensions) {
  std::string text = "(";
  for (int i = 0; i < dimensions; ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + (dimensions == 1 ? ",)" : ")");
}

}  // namespace

std::string Device::name() const { return kind == DeviceKind::cpu ? "the CPU" : "cuda:" + std::to_string(index); }

std::string ElementType::name() const {
  std::string const bits = std::to_string(8 * bytes);
  switch (kind) {
    case 'f':
      return "float" + bits;
    case 'i':
      return "int" + bits;
    case 'u':
      return "uint" + bits;
    case 'b':
      return "bool";
    case 'c':
      return "complex" + bits;
    default:
      return "of another kind or byte order";
  }
}

Array::Array(nb::handle object, char const* name, bool writes) {
  if (read_buffer(object, name, writes) || read_torch(object, name) || read_cuda_interface(object, name, writes) ||
      read_dlpack(object, name, writes)) {
    return;
  }
  reject(name, "expected an array that NumPy's buffer protocol, __cuda_array_interface__ or DLPack gives access to" +
                   std::string(writes ? ", and that can be written" : "") + "; got " + kind_of(object));
}

void Array::take_shape(int count, std::int64_t const* of_shape, char const* name) {
  if (count > most_dimensions) reject(name, "has " + std::to_string(count) + " dimensions, expected at most two");
  dimensions = count;
  for (int i = 0; i < count; ++i) shape[static_cast<std::size_t>(i)] = of_shape[i];
}

bool Array::read_buffer(nb::handle object, char const* name, bool writes) {
  if (PyObject_CheckBuffer(object.ptr()) == 0 || PyBytes_Check(object.ptr()) || PyByteArray_Check(object.ptr())) {
    return false;
  }
  if (PyObject_GetBuffer(object.ptr(), &buffer_.view, PyBUF_STRIDES | PyBUF_FORMAT | (writes ? PyBUF_WRITABLE : 0)) !=
      0) {
    PyErr_Clear();
    if (writes) reject(name, "the array is read-only; it is written here");
    return false;
  }
  buffer_.is_held = true;
  auto const& view = buffer_.view;
  data = view.buf;
  type = type_of_format(view.format, view.itemsize);
  static_assert(sizeof(Py_ssize_t) == sizeof(std::int64_t));
  take_shape(view.ndim, reinterpret_cast<std::int64_t const*>(view.shape), name);
  for (int i = 0; i < dimensions; ++i) {
    if (view.itemsize <= 0 || view.strides[i] % view.itemsize != 0) {
      reject(name, "its strides are no multiples of its elements' size");
    }
    strides[static_cast<std::size_t>(i)] = view.strides[i] / view.itemsize;
  }
  return true;
}

bool Array::read_cuda_interface(nb::handle object, char const* name, bool writes) {
  nb::object const interface = nb::getattr(object, "__cuda_array_interface__", nb::none());
  if (interface.is_none()) return false;
  try {
    auto const entries = nb::cast<nb::dict>(interface);
    auto const memory = nb::cast<nb::tuple>(entries["data"]);
    if (writes && nb::cast<bool>(memory[1])) reject(name, "the array is read-only; it is written here");
    data = reinterpret_cast<void*>(nb::cast<std::uintptr_t>(memory[0]));
    auto const text = nb::cast<nb::str>(entries["typestr"]);
    std::string const typestr = text.c_str();
    int const bytes = typestr.size() > 2 ? std::atoi(typestr.c_str() + 2) : 0;
    if (bytes <= 0) throw nb::cast_error();
    type = type_of_format(typestr.c_str(), bytes);
    if (entries.contains("mask") && !nb::object(entries["mask"]).is_none()) {
      reject(name, "has a mask, which is not read");
    }
    auto const of_shape = nb::cast<nb::tuple>(entries["shape"]);
    std::array<std::int64_t, most_dimensions + 1> sizes{};
    int const count = static_cast<int>(nb::len(of_shape));
    for (int i = 0; i < count && i <= most_dimensions; ++i) {
      sizes[static_cast<std::size_t>(i)] = nb::cast<std::int64_t>(of_shape[static_cast<std::size_t>(i)]);
    }
    take_shape(count, sizes.data(), name);
    nb::object const of_strides = nb::borrow(entries.contains("strides") ? nb::object(entries["strides"]) : nb::none());
    std::int64_t next = 1;
    for (int i = count; i-- > 0;) {
      auto const k = static_cast<std::size_t>(i);
      std::int64_t const stride = of_strides.is_none() ? next * bytes : nb::cast<std::int64_t>(of_strides[k]);
      if (stride % bytes != 0) reject(name, "its strides are no multiples of its elements' size");
      strides[k] = stride / bytes;
      next *= shape[k];
    }
    device = {DeviceKind::cuda, 0};
    kept_ = nb::borrow(object);
    // The interface does not say which device; frameworks do.
    nb::object const of_device = nb::getattr(object, "device", nb::none());
    for (char const* key : {"id", "index"}) {
      nb::object const index = nb::getattr(of_device, key, nb::none());
      if (!index.is_none() && PyLong_Check(index.ptr())) device.index = nb::cast<int>(index);
    }
    return true;
  } catch (nb::python_error const&) {
  } catch (nb::cast_error const&) {
  }
  reject(name, "its __cuda_array_interface__ is malformed");
}

bool Array::read_torch(nb::handle object, char const* name) {
  nb::object const requires_grad = nb::getattr(object, "requires_grad", nb::none());
  if (requires_grad.is_none()) return false;
  if (requires_grad.ptr() == Py_True) {
    reject(name, "the tensor requires a gradient, which this call does not compute: use metasolve.torch, or pass " +
                     std::string(name) + ".detach()");
  }
  static PyObject* const is_neg = PyUnicode_InternFromString("is_neg");
  nb::object const negated = nb::steal(PyObject_CallMethodNoArgs(object.ptr(), is_neg));
  if (!negated.is_valid()) PyErr_Clear();
  if (negated.ptr() == Py_True) {
    reject(name, "the tensor is a negated view, whose memory has the other sign: pass " + std::string(name) +
                     ".resolve_neg()");
  }
  // A tensor's __dlpack__ and __cuda_array_interface__ are written in Python: they take ten times as long. Never
  // released: it would be after the interpreter's end.
  static PyObject* const to_dlpack = [] {
    PyObject* const module = PyImport_ImportModule("torch.utils.dlpack");
    PyObject* const function = module == nullptr ? nullptr : PyObject_GetAttrString(module, "to_dlpack");
    PyErr_Clear();
    return function;
  }();
  if (to_dlpack == nullptr) return false;
  nb::object const capsule = nb::steal(PyObject_CallOneArg(to_dlpack, object.ptr()));
  if (!capsule.is_valid()) {
    nb::python_error const e;
    reject(name, e.what());
  }
  nb::ndarray<nb::ro> array;
  if (!nb::try_cast(capsule, array, false)) return false;
  take_dlpack(std::move(array), name);
  return true;
}

bool Array::read_dlpack(nb::handle object, char const* name, bool writes) {
  nb::ndarray<nb::ro> array;
  if (writes) {
    nb::ndarray<> writable;
    if (!nb::try_cast(object, writable, false)) return false;
    array = nb::ndarray<nb::ro>(writable);
  } else if (!nb::try_cast(object, array, false)) {
    return false;
  }
  take_dlpack(std::move(array), name);
  return true;
}

void Array::take_dlpack(nb::ndarray<nb::ro> array, char const* name) {
  dlpack_ = std::move(array);
  data = const_cast<void*>(static_cast<void const*>(dlpack_.data()));
  take_shape(static_cast<int>(dlpack_.ndim()), dlpack_.shape_ptr(), name);
  for (int i = 0; i < dimensions; ++i)
    strides[static_cast<std::size_t>(i)] = dlpack_.stride(static_cast<std::size_t>(i));
  using Code = nb::dlpack::dtype_code;
  auto const code = static_cast<Code>(dlpack_.dtype().code);
  char const kind = code == Code::Float     ? 'f'
                    : code == Code::Int     ? 'i'
                    : code == Code::UInt    ? 'u'
                    : code == Code::Bool    ? 'b'
                    : code == Code::Complex ? 'c'
                                            : '\0';
  type = {kind, dlpack_.dtype().bits / 8};
  if (dlpack_.device_type() == nb::device::cuda::value) {
    device = {DeviceKind::cuda, dlpack_.device_id()};
  } else if (dlpack_.device_type() != nb::device::cpu::value && dlpack_.device_type() != nb::device::cuda_host::value) {
    reject(name, "is neither in the host's memory nor in a CUDA device's");
  }
}

Array const& Call::add(nb::handle object, char const* name, ElementType type, bool writes) {
  if (used_ == most) reject(name, "too many arguments");
  auto const& a = *new (&at(used_)) Array(object, name, writes);
  ++used_;
  if (a.type != type) {
    reject(name, "dtype is " + a.type.name() + ", expected " + type.name() +
                     "; arrays are not copied: convert it, as by " + name + ".astype");
  }
  if (!(a.device == device_) && count_ > 0) {
    reject(name, "is on " + a.device.name() + ", the solver on " + device_.name() +
                     "; give all arrays of a call on one device, that of the solver");
  }
  return a;
}

void Call::require_shape(Array const& a, char const* name, std::array<std::int64_t, 2> const& shape, int dimensions) {
  bool fits = a.dimensions == dimensions;
  for (int i = 0; fits && i < dimensions; ++i) {
    fits = a.shape[static_cast<std::size_t>(i)] == shape[static_cast<std::size_t>(i)];
  }
  if (fits) return;
  reject(name,
         "shape is " + shape_text(a.shape.data(), a.dimensions) + ", expected " + shape_text(shape.data(), dimensions));
}

void Call::require_each(Array const& a, char const* name) const {
  require_shape(a, name, {count_}, 1);
  if (a.strides[0] != 1 && count_ > 1) reject(name, "must be contiguous");
}

std::int64_t Call::stride_of_column(Array const& a, char const* name) const {
  require_shape(a, name, {count_}, 1);
  return a.strides[0];
}

namespace {

/// Whether a scalar of NumPy or another framework is a real number: float() also takes texts, bool and complex.
bool is_real(nb::handle scalar) {
  nb::object const dtype = nb::getattr(scalar, "dtype", nb::none());
  std::string const text = nb::str(nb::handle(dtype)).c_str();
  return text.find("float") != std::string::npos || text.find("int") != std::string::npos;
}

}  // namespace

bool Call::is_number(nb::handle object, char const* name, bool integral, double& value) {
  PyObject* const o = object.ptr();
  if (o == Py_None) reject(name, "is None, expected a number, or an array of one for each task");
  bool const is_float = PyFloat_Check(o), is_int = PyLong_Check(o) && !PyBool_Check(o);
  bool has_shape = false;
  if (!is_float && !is_int) {
    nb::object const shape = nb::getattr(object, "shape", nb::none());
    has_shape = PyTuple_Check(shape.ptr());
    if (has_shape && nb::len(shape) > 0) return false;
  }
  if (!is_float && !is_int && !(has_shape && is_real(object))) {
    if (!has_shape && PyObject_CheckBuffer(o)) return false;
    reject(name, "expected a number, or an array of one for each task; got " + kind_of(object));
  }
  nb::object const exact = integral ? nb::steal(PyNumber_Index(o)) : nb::steal(PyNumber_Float(o));
  if (!exact.is_valid()) {
    bool const is_large = PyErr_ExceptionMatches(PyExc_OverflowError) != 0;
    PyErr_Clear();
    if (is_large) reject(name, "is too large");
    reject(name, std::string("expected ") + (integral ? "an integer" : "a number") +
                     ", or an array of one for each task; got " + kind_of(object));
  }
  value = integral ? static_cast<double>(PyLong_AsLongLong(exact.ptr())) : PyFloat_AsDouble(exact.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    reject(name, "is too large");
  }
  if (integral && std::abs(value) > std::numeric_limits<std::int32_t>::max()) {
    reject(name, "is " + std::to_string(static_cast<long long>(value)) + ", which exceeds 32 bits");
  }
  return true;
}

}  // namespace metasolve::python
