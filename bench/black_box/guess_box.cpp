// SPDX-License-Identifier: Apache-2.0
#include "bench/black_box/guess_box.hpp"

#include <algorithm>
#include <cmath>

#include "examples/black_box/petsc_box.hpp"
#include "metasolve/detail/io/matrix_market.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/error.hpp"
#include "metasolve/types.hpp"

namespace metasolve::bench::black_box {

using ::black_box::require;

namespace {

PetscErrorCode keep_norm(KSP, PetscInt, PetscReal norm, void* norms) {
  static_cast<std::vector<PetscReal>*>(norms)->push_back(norm);
  return 0;
}

}  // namespace

void GuessSetting::draw(TaskSet set, std::int64_t task, double* rhs) const {
  random::Draws const draws(0, static_cast<random::Stream>(set), static_cast<std::uint64_t>(task));
  double const factor = 1e-2 * std::pow(1e4, draws.uniform(0));
  auto const load = static_cast<std::int64_t>(draws.uniform(1) * static_cast<double>(load_count()));
  for (std::int64_t i = 0; i < unknowns; ++i) {
    rhs[i] = factor * loads[static_cast<std::size_t>(load * unknowns + i)];
  }
}

GuessSetting guess_setting(std::string const& name, std::filesystem::path const& data) {
  bool const is_plate = name == "biharmonic";
  if (!is_plate && name != "elasticity") {
    throw InputError("setting: given \"" + name + "\"; expected biharmonic or elasticity");
  }
  GuessSetting setting;
  setting.name = name;
  setting.tasks = is_plate ? 5000 : 100;
  auto const read = io::read_matrix_market(data / (name + ".mtx"), std::int64_t{1} << 24);
  setting.unknowns = read.rows;
  auto const n = static_cast<std::size_t>(read.rows);
  setting.matrix.resize(n * n);
  for (auto const& e : read.entries) {
    auto const i = static_cast<std::size_t>(e.row), j = static_cast<std::size_t>(e.column);
    setting.matrix[i * n + j] = setting.matrix[j * n + i] = e.value;
  }
  setting.loads = io::read_vector(data / (name + "_loads.txt"), (is_plate ? 16 : 1) * setting.unknowns);
  return setting;
}

GuessSolver::GuessSolver(GuessSetting const& setting) : n_(static_cast<PetscInt>(setting.unknowns)) {
  require(MatCreateSeqAIJ(PETSC_COMM_SELF, n_, n_, n_, nullptr, &a_));
  for (PetscInt i = 0; i < n_; ++i) {
    for (PetscInt j = 0; j < n_; ++j) {
      double const value = setting.matrix[static_cast<std::size_t>(i * n_ + j)];
      if (value != 0) require(MatSetValue(a_, i, j, value, INSERT_VALUES));
    }
  }
  require(MatAssemblyBegin(a_, MAT_FINAL_ASSEMBLY));
  require(MatAssemblyEnd(a_, MAT_FINAL_ASSEMBLY));
  require(MatSetOption(a_, MAT_SPD, PETSC_TRUE));
  require(MatCreateVecs(a_, &x_, &b_));
  for (KSP* const ksp : {&ksp_, &direct_}) {
    bool const is_direct = ksp == &direct_;
    PC pc = nullptr;
    require(KSPCreate(PETSC_COMM_SELF, ksp));
    require(KSPSetOperators(*ksp, a_, a_));
    require(KSPSetType(*ksp, is_direct ? KSPPREONLY : KSPRICHARDSON));
    require(KSPGetPC(*ksp, &pc));
    require(PCSetType(pc, is_direct ? PCCHOLESKY : PCGAMG));
  }
  require(KSPSetNormType(ksp_, KSP_NORM_UNPRECONDITIONED));
  require(KSPSetInitialGuessNonzero(ksp_, PETSC_TRUE));
  // Without a monitor, multigrid runs richardson itself, and stops relative to the guess's residual.
  require(KSPMonitorSet(ksp_, keep_norm, &norms_, nullptr));
  require(KSPSetFromOptions(ksp_));
}

GuessSolver::~GuessSolver() {
  KSPDestroy(&ksp_);
  KSPDestroy(&direct_);
  MatDestroy(&a_);
  VecDestroy(&x_);
  VecDestroy(&b_);
}

void GuessSolver::solve(Probes const& probes) {
  constexpr PetscReal never = 1e300;
  require(KSPSetTolerances(ksp_, probes.tolerance, 1 / never, never, probes.max_iterations));
  for (std::int64_t probe = 0; probe < probes.count; ++probe) {
    PetscScalar *b = nullptr, *x = nullptr;
    require(VecGetArrayWrite(b_, &b));
    std::copy_n(probes.tasks + 2 * n_ * probe, n_, b);
    require(VecRestoreArrayWrite(b_, &b));
    require(VecGetArrayWrite(x_, &x));
    std::copy_n(probes.theta + n_ * probe, n_, x);
    require(VecRestoreArrayWrite(x_, &x));
    PetscReal norm = 0;
    require(VecNorm(b_, NORM_2, &norm));
    norms_.clear();
    require(KSPSolve(ksp_, b_, x_));
    KSPConvergedReason reason{};
    PetscInt made = 0;
    require(KSPGetConvergedReason(ksp_, &reason));
    require(KSPGetIterationNumber(ksp_, &made));
    probes.iterations[probe] = static_cast<std::int32_t>(made);
    probes.status[probe] = static_cast<std::int32_t>(reason > 0 ? Status::converged : Status::iteration_limit);
    if (!probes.history) continue;
    double* const history = probes.history + probe * (static_cast<std::int64_t>(probes.max_iterations) + 1);
    for (std::size_t k = 0; k <= static_cast<std::size_t>(made); ++k) {
      history[k] = norms_[std::min(k, norms_.size() - 1)] / norm;
    }
  }
}

void GuessSolver::solve_exactly(double* rhs) {
  require(VecPlaceArray(b_, rhs));
  require(KSPSolve(direct_, b_, x_));
  require(VecResetArray(b_));
  PetscScalar const* x = nullptr;
  require(VecGetArrayRead(x_, &x));
  std::copy_n(x, n_, rhs);
  require(VecRestoreArrayRead(x_, &x));
}

}  // namespace metasolve::bench::black_box
