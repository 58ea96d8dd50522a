// SPDX-License-Identifier: Apache-2.0
#include "common.hpp"

#include <nanobind/stl/filesystem.h>

#include "metasolve/error.hpp"

namespace metasolve::python {

namespace {

/// "cuda:1" of an executor's description has no public form: the number is in the name that it was opened by.
int device_of(std::string const& name) {
  auto const colon = name.find(':');
  return colon == std::string::npos ? 0 : std::atoi(name.c_str() + colon + 1);
}

ExecutorHandle open(std::string const& name, int threads) {
  GilReleased const released;
  auto shared = std::make_shared<SharedExecutor>(Executor::open(name, threads));
  shared->device.index = device_of(name);
  return shared;
}

}  // namespace

SharedExecutor::SharedExecutor(Executor const& of) : executor(of), device{of.kind(), 0} {}

InOrder::InOrder(ExecutorHandle const& executor, Stream stream)
    : shared_(*executor), stream_(stream), lock_(shared_.mutex) {
  if (stream_) shared_.executor.wait_for(reinterpret_cast<void*>(*stream_));
}

InOrder::~InOrder() = default;

void InOrder::make_caller_wait() const {
  if (stream_) shared_.executor.make_wait(reinterpret_cast<void*>(*stream_));
}

namespace {

bool flag(nb::handle object, char const* name) {
  if (bool value = false; nb::try_cast(object, value)) return value;
  throw InputError(std::string(name) + ": expected True or False, got " + nb::type_name(object.type()).c_str());
}

}  // namespace

Policy policy_of(Call& call, nb::tuple const& of) {
  Policy policy;
  policy.meta_solver = flag(of[0], "meta_solver");
  policy.retry = flag(of[1], "retry");
  if (nb::object const first = of[2]; !nb::try_cast(first, policy.first_max_iterations)) {
    throw InputError("first_max_iterations: expected an integer of at most 31 bits, got " +
                     std::string(nb::str(nb::handle(nb::repr(first))).c_str()));
  }
  if (nb::len(of) > 3) policy.online = online_of(call, of[3], of[4]);
  return policy;
}

Setup setup_of(std::int64_t capacity, std::optional<MetaSolver> const& meta_solver) {
  Setup setup;
  setup.capacity = capacity;
  setup.meta_solver = meta_solver;
  return setup;
}

PatternArrays::PatternArrays(nb::handle row_ptrs, nb::handle col_idxs)
    : row_ptrs_(row_ptrs, "pattern: row pointers", false), col_idxs_(col_idxs, "pattern: column indices", false) {
  for (Array const* a : {&row_ptrs_, &col_idxs_}) {
    if (a->type != element_type<std::int32_t>() || a->dimensions != 1 || (a->strides[0] != 1 && a->shape[0] > 1) ||
        a->device.kind != DeviceKind::cpu) {
      throw InputError("pattern: row pointers and column indices must be contiguous int32 arrays on the CPU");
    }
  }
}

Pattern PatternArrays::pattern() const {
  auto const span = [](Array const& a) {
    return std::span(static_cast<std::int32_t const*>(a.data), static_cast<std::size_t>(a.shape[0]));
  };
  return {span(row_ptrs_), span(col_idxs_)};
}

void bind_executor(nb::module_& m) {
  nb::class_<SharedExecutor>(m, "Executor",
                             "Where solves run and their memory is. One thread at a time uses it; others wait.")
      .def(nb::new_(&open), nb::arg("name"), nb::arg("threads") = 0, "The same as open.")
      .def_static("open", &open, nb::arg("name"), nb::arg("threads") = 0,
                  "By name: \"cpu\", \"cuda\", \"cuda:N\", \"auto\" or \"serial\". threads: of the CPU; 0: all.")
      .def("__repr__", [](SharedExecutor const& e) { return "<metasolve.Executor: " + e.executor.description() + ">"; })
      .def_prop_ro("name", [](SharedExecutor const& e) { return std::string(e.executor.name()); })
      .def_prop_ro("is_cuda", [](SharedExecutor const& e) { return e.device.kind == DeviceKind::cuda; })
      .def_prop_ro("device_index", [](SharedExecutor const& e) { return e.device.index; })
      .def_prop_ro("description", [](SharedExecutor const& e) { return e.executor.description(); })
      .def(
          "synchronize",
          [](SharedExecutor& e) {
            GilReleased const released;
            std::lock_guard const lock(e.mutex);
            e.executor.synchronize();
          },
          "Waits until all work given to this executor is done.");
}

void bind_meta_solver(nb::module_& m) {
  nb::class_<MetaSolver>(m, "MetaSolver")
      .def_static("load", &MetaSolver::load, nb::arg("path"), "A run's folder or a model's file: a str or a path.")
      .def_prop_ro("problem", &MetaSolver::problem)
      .def_prop_ro("features", &MetaSolver::features)
      .def_prop_ro("tolerance", &MetaSolver::tolerance);
}

}  // namespace metasolve::python
