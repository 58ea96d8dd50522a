// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <petscksp.h>

#include <vector>

#include "beams.hpp"
#include "metasolve/black_box.hpp"

namespace black_box {

/// Throws std::runtime_error unless the call succeeded.
void require(PetscErrorCode code);

/// PETSc's conjugate gradients with incomplete Cholesky, on beams, one after the other. The parameter is the shift
/// alpha of the factored A + alpha I. PETSc's options, such as -pc_factor_levels 1, change the rest. A beam whose
/// factor is indefinite or does not exist has broken down.
///
/// -pc_factor_shift_type nonzero with -pc_factor_shift_amount alpha is another method: PETSc then adds alpha only when
/// it meets a pivot that is nearly 0, so alpha changes nothing where the pivots are good or negative. Here A + alpha I
/// is the matrix that the preconditioner is built from (KSPSetOperators).
class PetscIcc {
 public:
  /// After PetscInitialize.
  explicit PetscIcc(Beams const& beams);
  PetscIcc(PetscIcc const&) = delete;
  PetscIcc& operator=(PetscIcc const&) = delete;
  ~PetscIcc();

  /// Tasks are beams: width, lambda, mu, rho. Measure: the relative residual, L_0 = 1.
  void solve(metasolve::Probes const& probes);

 private:
  void solve_one(metasolve::Probes const& probes, std::int64_t probe);

  Beams const& beams_;
  std::vector<PetscInt> row_ptrs_, columns_, diagonal_;
  std::vector<PetscScalar> a_values_, p_values_;
  std::vector<PetscReal> norms_;
  Mat a_ = nullptr, p_ = nullptr;
  Vec x_ = nullptr, b_ = nullptr;
  KSP ksp_ = nullptr;
};

/// The box of beams that `solver` solves. It must outlive the box.
metasolve::BlackBox box_of(PetscIcc& solver);

}  // namespace black_box
