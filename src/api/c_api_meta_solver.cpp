// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/c_api.hpp"

/// Meta-solvers for C.

using metasolve::c_api::cleared;
using metasolve::c_api::guarded;
using metasolve::c_api::required;

int metasolve_meta_solver_load(char const* path, metasolve_meta_solver** meta_solver) {
  return guarded([&] {
    auto*& made = cleared("meta_solver", meta_solver);
    required("path", path);
    made = new metasolve_meta_solver{metasolve::MetaSolver::load(path)};
  });
}

void metasolve_meta_solver_release(metasolve_meta_solver* meta_solver) { delete meta_solver; }

char const* metasolve_meta_solver_problem(metasolve_meta_solver const* meta_solver) {
  return meta_solver == nullptr ? nullptr : meta_solver->meta_solver.problem().c_str();
}

int metasolve_meta_solver_features(metasolve_meta_solver const* meta_solver) {
  int features = 0;
  if (meta_solver != nullptr) guarded([&] { features = meta_solver->meta_solver.features(); });
  return features;
}

double metasolve_meta_solver_tolerance(metasolve_meta_solver const* meta_solver) {
  return meta_solver == nullptr ? 0 : meta_solver->meta_solver.tolerance();
}
