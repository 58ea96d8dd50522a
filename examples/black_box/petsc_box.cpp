// SPDX-License-Identifier: Apache-2.0
#include "petsc_box.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "metasolve/types.hpp"

namespace black_box {

void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc: error " + std::to_string(code));
}

PetscIcc::PetscIcc(Beams const& beams)
    : beams_(beams),
      row_ptrs_(beams.row_ptrs().begin(), beams.row_ptrs().end()),
      columns_(beams.columns().begin(), beams.columns().end()),
      a_values_(columns_.size()),
      p_values_(columns_.size()) {
  auto const n = static_cast<PetscInt>(beams.unknowns());
  for (PetscInt i = 0; i < n; ++i) {
    auto const row = columns_.begin() + row_ptrs_[static_cast<std::size_t>(i)];
    auto const end = columns_.begin() + row_ptrs_[static_cast<std::size_t>(i) + 1];
    diagonal_.push_back(static_cast<PetscInt>(std::lower_bound(row, end, i) - columns_.begin()));
  }
  // The matrices use these arrays, so that a beam's numbers are written once, in place.
  require(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, row_ptrs_.data(), columns_.data(), a_values_.data(), &a_));
  require(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, row_ptrs_.data(), columns_.data(), p_values_.data(), &p_));
  require(MatCreateVecs(a_, &x_, &b_));
  require(KSPCreate(PETSC_COMM_SELF, &ksp_));
  require(KSPSetType(ksp_, KSPCG));
  require(KSPSetNormType(ksp_, KSP_NORM_UNPRECONDITIONED));
  PC pc = nullptr;
  require(KSPGetPC(ksp_, &pc));
  require(PCSetType(pc, PCICC));
  require(PCFactorSetLevels(pc, 2));
  require(KSPSetFromOptions(ksp_));
}

PetscIcc::~PetscIcc() {
  KSPDestroy(&ksp_);
  MatDestroy(&a_);
  MatDestroy(&p_);
  VecDestroy(&x_);
  VecDestroy(&b_);
}

void PetscIcc::solve(metasolve::Probes const& probes) {
  norms_.resize(static_cast<std::size_t>(probes.max_iterations) + 1);
  require(KSPSetResidualHistory(ksp_, norms_.data(), static_cast<PetscInt>(norms_.size()), PETSC_TRUE));
  constexpr PetscReal never = 1e300;  // a large residual on the way is no failure
  require(KSPSetTolerances(ksp_, probes.tolerance, 1 / never, never, probes.max_iterations));
  for (std::int64_t probe = 0; probe < probes.count; ++probe) solve_one(probes, probe);
}

void PetscIcc::solve_one(metasolve::Probes const& probes, std::int64_t probe) {
  double const* const task = probes.tasks + 4 * probe;
  PetscScalar* rhs = nullptr;
  require(VecGetArrayWrite(b_, &rhs));
  beams_.assemble({task[0], task[1], task[2], task[3]}, a_values_.data(), rhs);
  require(VecRestoreArrayWrite(b_, &rhs));
  p_values_ = a_values_;
  for (auto const entry : diagonal_) p_values_[static_cast<std::size_t>(entry)] += probes.theta[probe];
  for (Mat const matrix : {a_, p_}) {  // tells PETSc that the numbers are new
    require(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
    require(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));
  }
  require(KSPSetOperators(ksp_, a_, p_));
  require(KSPSolve(ksp_, b_, x_));

  KSPConvergedReason reason{};
  PetscInt made = 0, norms = 0;
  require(KSPGetConvergedReason(ksp_, &reason));
  require(KSPGetIterationNumber(ksp_, &made));
  require(KSPGetResidualHistory(ksp_, nullptr, &norms));
  auto const status = reason > 0                   ? metasolve::Status::converged
                      : reason == KSP_DIVERGED_ITS ? metasolve::Status::iteration_limit
                                                   : metasolve::Status::breakdown;
  probes.status[probe] = static_cast<std::int32_t>(status);
  probes.iterations[probe] = std::min(static_cast<std::int32_t>(made), probes.max_iterations);
  if (!probes.history) return;
  double* const history = probes.history + probe * (static_cast<std::int64_t>(probes.max_iterations) + 1);
  for (PetscInt k = 0; k <= made; ++k) {  // a breakdown may have fewer norms than iterations
    history[k] = norms_[static_cast<std::size_t>(std::min(k, norms - 1))] / norms_[0];
  }
}

metasolve::BlackBox box_of(PetscIcc& solver) {
  using metasolve::ParameterKind;
  metasolve::BlackBox box;
  box.name = "petsc_icc";
  box.columns = {"width", "lambda", "mu", "rho"};
  box.parameters = {{.name = "alpha", .low = 1e-4, .high = 1, .kind = ParameterKind::logarithmic, .constant = 0.0126}};
  box.by_logarithm = box.columns;
  box.cost = metasolve::BlackBoxCost::history;
  box.solve = [&solver](metasolve::Probes const& probes) { solver.solve(probes); };
  return box;
}

}  // namespace black_box
