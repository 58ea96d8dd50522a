// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "common.hpp"
#include "metasolve/error.hpp"

namespace metasolve::python {

namespace {

/// The library's names of arguments, and Python's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 27> renamed{{
    {"tasks.guess", "x0"},
    {"tasks.shifts_guess", "shift"},
    {"results.solution", "out"},
    {"gradient.solution_bar", "x_bar"},
    {"gradient.solution is null", "x is missing"},
    {"gradient.solution", "x"},
    {"system.name: ", ""},
    {"system.low is not below system.high", "clamp: the lower bound is not below the upper one"},
    {"stopping.tolerance", "tol"},
    {"stopping.max_iterations", "max_iterations"},
    {"tasks.count", "the number of tasks"},
    {"tasks.", ""},
    {"results.", ""},
    {"options.", ""},
    {"policy.", ""},
    {"online.features", "features"},
    {"OnlineMetaSolver::", ""},
    {"setup.", ""},
    {"gradient.", ""},
    {"problem.p_values", "p_values"},  // problem. alone begins settings of a training
    {"problem.a_values", "a_values"},
    {"problem.q ", "q "},
    {"problem.q[", "q["},
    {"problem.lower", "lower"},
    {"problem.upper", "upper"},
    {" is null", " is missing"},
    {"TrainingControl::resume", "resume=True"},
}};

std::string in_python(std::string text) {
  for (auto const& [from, to] : renamed) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

struct Kinds {
  PyObject *base = nullptr, *input = nullptr, *output = nullptr, *device = nullptr;
};
Kinds kinds;

PyObject* kind(nb::module_& m, char const* name, nb::handle bases, char const* doc) {
  std::string const qualified = "metasolve." + std::string(name);
  PyObject* const type = PyErr_NewExceptionWithDoc(qualified.c_str(), doc, bases.ptr(), nullptr);
  if (type == nullptr) throw nb::python_error();
  m.attr(name) = nb::handle(type);
  return type;
}

}  // namespace

void bind_errors(nb::module_& m) {
  kinds.base = kind(m, "Error", nb::handle(PyExc_Exception), "Base class of the errors that metasolve raises.");
  auto const derived = [&](char const* name, PyObject* other, char const* doc) {
    return kind(m, name, nb::make_tuple(nb::handle(kinds.base), nb::handle(other)), doc);
  };
  kinds.input = derived("InputError", PyExc_ValueError, "An argument, a file or a setting cannot be used; names it.");
  kinds.output = derived("OutputError", PyExc_OSError, "A file could not be written.");
  kinds.device = derived("DeviceError", PyExc_RuntimeError, "The device is absent or reported a failure.");
  nb::register_exception_translator([](std::exception_ptr const& thrown, void*) {
    auto const raise = [](PyObject* type, std::exception const& e) {
      PyErr_SetString(type, in_python(e.what()).c_str());
    };
    try {
      std::rethrow_exception(thrown);
    } catch (InputError const& e) {
      raise(kinds.input, e);
    } catch (OutputError const& e) {
      raise(kinds.output, e);
    } catch (DeviceError const& e) {
      raise(kinds.device, e);
    } catch (Error const& e) {
      raise(kinds.base, e);
    }
  });
}

}  // namespace metasolve::python
