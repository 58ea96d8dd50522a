// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <vector>

#include "examples/black_box/petsc_box.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/problems/elasticity.hpp"

/// The paper's beams by PETSc's cg + icc beside our own solver: numbered by the mesh, fill of level 2, from zero, to a
/// relative residual of 1e-6.
namespace metasolve::bench::black_box {

inline constexpr double tolerance = 1e-6;
inline constexpr int limit = 243, level = 2;

/// The tasks of `problem.name = "elasticity"`, for our solver.
inline engine::Tasks tasks_of(std::uint64_t seed, random::Stream stream, std::int64_t count) {
  auto const stencil =
      std::make_shared<problems::BeamStencil const>(problems::BeamMesh{}, sparse::OrderingKind::natural);
  return problems::sampled_beams(stencil, {.fill_rule = {level, {}}, .batching = problems::Batching::lockstep}, count,
                                 seed, stream);
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Prints counts of both solvers at several shifts.
void agreement(::black_box::PetscIcc& solver, std::int64_t count);

}  // namespace metasolve::bench::black_box
