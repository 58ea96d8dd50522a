/* SPDX-License-Identifier: Apache-2.0 */
#include <petscksp.h>

/* An ordinary PETSc program: -div(k grad u) = 1 on the unit square, u = 0 on its edge, five-point differences on n x n
   inner points. k is `kappa` inside the disc of radius `radius` around the middle, and 1 outside.

   Options: -n 40 -kappa 100 -radius 0.3, and PETSc's own, such as -pc_type sor -pc_sor_omega 1.4
   -ksp_converged_reason, which prints "Linear solve converged due to CONVERGED_RTOL iterations 17". */

typedef struct {
  PetscInt n;
  PetscReal kappa, radius;
} Disc;

static PetscReal coefficient(const Disc* disc, PetscReal x, PetscReal y) {
  const PetscReal a = x - 0.5, b = y - 0.5;
  return a * a + b * b < disc->radius * disc->radius ? disc->kappa : 1;
}

static PetscErrorCode fill(const Disc* disc, Mat A) {
  const PetscInt n = disc->n, step[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
  const PetscReal h = 1.0 / (PetscReal)(n + 1);
  PetscInt first, end;

  PetscFunctionBeginUser;
  PetscCall(MatGetOwnershipRange(A, &first, &end));
  for (PetscInt row = first; row < end; ++row) {
    const PetscInt i = row % n, j = row / n;
    PetscScalar diagonal = 0;
    for (int s = 0; s < 4; ++s) {
      const PetscInt k = i + step[s][0], l = j + step[s][1];
      const PetscScalar between =
          coefficient(disc, h * ((PetscReal)(i + k) / 2 + 1), h * ((PetscReal)(j + l) / 2 + 1)) / (h * h);
      diagonal += between;
      if (k >= 0 && k < n && l >= 0 && l < n) PetscCall(MatSetValue(A, row, k + n * l, -between, INSERT_VALUES));
    }
    PetscCall(MatSetValue(A, row, row, diagonal, INSERT_VALUES));
  }
  PetscCall(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(0);
}

static PetscErrorCode solve(void) {
  Disc disc = {40, 100, 0.3};
  Mat A;
  Vec x, b;
  KSP ksp;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-n", &disc.n, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-kappa", &disc.kappa, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-radius", &disc.radius, NULL));
  PetscCall(MatCreate(PETSC_COMM_WORLD, &A));
  PetscCall(MatSetSizes(A, PETSC_DECIDE, PETSC_DECIDE, disc.n * disc.n, disc.n * disc.n));
  PetscCall(MatSetFromOptions(A));
  PetscCall(MatSeqAIJSetPreallocation(A, 5, NULL));
  PetscCall(MatMPIAIJSetPreallocation(A, 5, NULL, 2, NULL));
  PetscCall(fill(&disc, A));
  PetscCall(MatCreateVecs(A, &x, &b));
  PetscCall(VecSet(b, 1));

  PetscCall(KSPCreate(PETSC_COMM_WORLD, &ksp));
  PetscCall(KSPSetOperators(ksp, A, A));
  PetscCall(KSPSetFromOptions(ksp));
  PetscCall(KSPSolve(ksp, b, x));

  PetscCall(KSPDestroy(&ksp));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&b));
  PetscCall(MatDestroy(&A));
  PetscFunctionReturn(0);
}

int main(int argc, char** argv) {
  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(solve());
  PetscCall(PetscFinalize());
  return 0;
}
