// SPDX-License-Identifier: Apache-2.0
#include "common.hpp"
#include "metasolve/version.h"

NB_MODULE(_core, m) {
  using namespace metasolve::python;
  // Objects that a framework keeps until the process ends, such as those of an autograd graph, are no fault.
  nanobind::set_leak_warnings(false);
  wait_where_unwinding_would_terminate();
  m.doc() = "The library as the classes of metasolve use it: no defaults, arguments by position.";
  m.attr("version") = METASOLVE_VERSION_STRING;
  bind_errors(m);
  bind_executor(m);
  bind_device_array(m);
  bind_meta_solver(m);
  bind_jacobi(m);
  bind_implicit_euler(m);
  bind_cg(m);
  bind_linear(m);
  bind_qp(m);
  bind_grid(m);
  bind_pressure(m);
  bind_training(m);
  bind_black_box(m);
  bind_own_problem(m);
  bind_online(m);
}
