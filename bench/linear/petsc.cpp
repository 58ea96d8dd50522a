// SPDX-License-Identifier: Apache-2.0
#include <petscksp.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "contender.hpp"

/// PETSc's Krylov methods, one system after the other on one core, its way for small systems. Pattern, symbolic factor
/// and vectors are reused. They stop by the true residual's norm, as ours do; PETSc checks the recursive one.
namespace metasolve::bench::linear {
namespace {

struct Choice {
  char const* name;
  KSPType method;
  PCType preconditioner;
  int level = 0;
  bool rcm = false;
};

void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc: error " + std::to_string(code));
}

/// Once in the program; Finalize is left to its end, where nothing of PETSc lives any more.
void initialise() {
  static bool const done = [] {
    require(PetscInitializeNoArguments());
    require(PetscPopSignalHandler());
    return true;
  }();
  static_cast<void>(done);
}

class Ksp final : public Contender {
 public:
  Ksp(System const& s, Choice const& choice) : system_(s), choice_(choice) {
    initialise();
    values_.assign(s.values_of(0), s.values_of(0) + s.rows.entries());
  }
  ~Ksp() override { release(); }

  void analyse() override {
    release();
    auto const n = system_.unknowns();
    require(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, const_cast<PetscInt*>(system_.rows.row_ptrs.data()),
                                      const_cast<PetscInt*>(system_.rows.col_idxs.data()), values_.data(), &a_));
    if (system_.kind == Kind::positive_definite) require(MatSetOption(a_, MAT_SPD, PETSC_TRUE));
    require(MatCreateVecs(a_, &x_, &b_));
    require(KSPCreate(PETSC_COMM_SELF, &ksp_));
    require(KSPSetType(ksp_, choice_.method));
    // From the right, as ours; conjugate gradients know the left alone.
    if (std::string(choice_.method) == KSPCG) {
      require(KSPSetNormType(ksp_, KSP_NORM_UNPRECONDITIONED));
    } else {
      require(KSPSetPCSide(ksp_, PC_RIGHT));
    }
    require(KSPSetTolerances(ksp_, system_.tolerance, 1e-300, 1e300, limit));
    PC pc = nullptr;
    require(KSPGetPC(ksp_, &pc));
    require(PCSetType(pc, choice_.preconditioner));
    if (std::string(choice_.preconditioner) != PCJACOBI) {
      require(PCFactorSetLevels(pc, choice_.level));
      require(PCFactorSetMatOrderingType(pc, choice_.rcm ? MATORDERINGRCM : MATORDERINGNATURAL));
    }
    require(KSPSetOperators(ksp_, a_, a_));
    require(KSPSetUp(ksp_));  // the symbolic factor, and the first task's numbers
  }

  void solve(double* x) override {
    auto const n = system_.unknowns();
    made_ = 0;
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      std::copy_n(system_.values_of(t), values_.size(), values_.begin());
      require(MatAssemblyBegin(a_, MAT_FINAL_ASSEMBLY));  // marks the values as new
      require(MatAssemblyEnd(a_, MAT_FINAL_ASSEMBLY));
      require(VecPlaceArray(b_, system_.rhs_of(t)));
      require(VecPlaceArray(x_, x));
      require(KSPSetOperators(ksp_, a_, a_));
      require(KSPSolve(ksp_, b_, x_));
      require(VecResetArray(b_));
      require(VecResetArray(x_));
      PetscInt made = 0;
      require(KSPGetIterationNumber(ksp_, &made));
      made_ += static_cast<double>(made);
    }
  }
  [[nodiscard]] double iterations() const override { return made_ / static_cast<double>(system_.tasks); }

 private:
  static constexpr int limit = 2000;
  void release() {
    KSPDestroy(&ksp_);
    MatDestroy(&a_);
    VecDestroy(&x_);
    VecDestroy(&b_);
  }

  System const& system_;
  Choice choice_;
  std::vector<double> values_;
  Mat a_ = nullptr;
  Vec x_ = nullptr, b_ = nullptr;
  KSP ksp_ = nullptr;
  double made_ = 0;
};

Registered const registered([](auto& entries, auto& versions) {
  auto const add = [&](Choice const& choice, bool (*applies)(System const&)) {
    entries.push_back({.name = std::string("PETSc ") + choice.name,
                       .family = Family::krylov,
                       .applies = applies,
                       .make = [choice](System const& s) { return std::make_unique<Ksp>(s, choice); }});
  };
  add({"cg + icc(0)", KSPCG, PCICC},
      [](System const& s) { return is_positive_definite(s) && (!s.sweep || s.unknowns() <= 4000); });
  add({"cg + icc(2), rcm", KSPCG, PCICC, 2, true}, [](System const& s) { return is_positive_definite(s) && !s.sweep; });
  add({"bcgs + ilu", KSPBCGS, PCILU}, is_no_sweep);
  add({"bcgs + jacobi", KSPBCGS, PCJACOBI}, is_no_sweep);
  add({"gmres(30) + ilu", KSPGMRES, PCILU}, is_general);
  versions.emplace_back("PETSc", std::to_string(PETSC_VERSION_MAJOR) + "." + std::to_string(PETSC_VERSION_MINOR) + "." +
                                     std::to_string(PETSC_VERSION_SUBMINOR));
});

}  // namespace
}  // namespace metasolve::bench::linear
