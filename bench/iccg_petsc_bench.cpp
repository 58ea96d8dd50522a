// SPDX-License-Identifier: Apache-2.0
#include <petscksp.h>

#include "support/beam_batch.hpp"

/// The same beams by PETSc's conjugate gradients with its incomplete Cholesky, one after the other on one core, beside
/// the engine on one. PETSc factors A + alpha I with the same fill in the same ordering and stops by the same residual;
/// pattern, symbolic factor and vectors are kept from task to task.
namespace metasolve::bench {
namespace {

void engine_level1(benchmark::State& state) { engine_forward(state, {BeamBatch::level, {}}); }

void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc: error " + std::to_string(code));
}

/// One task after another.
class Petsc {
 public:
  explicit Petsc(problems::SymmetricStructure const& s) : s_(s) {
    PetscInt const n = s.unknowns;
    std::vector<std::vector<PetscInt>> upper(
        static_cast<std::size_t>(n));  // row j of the upper triangle, diagonal first
    for (int j = 0; j < n; ++j) {
      begin_.push_back(static_cast<PetscInt>(column_.size()));
      column_.push_back(j);
      value_.push_back(static_cast<std::size_t>(s.entries() + j));
      for (auto e = s.column_begin[static_cast<std::size_t>(j)]; e < s.column_begin[static_cast<std::size_t>(j) + 1];
           ++e) {
        column_.push_back(s.row[static_cast<std::size_t>(e)]);
        value_.push_back(static_cast<std::size_t>(e));
      }
    }
    begin_.push_back(static_cast<PetscInt>(column_.size()));
    a_values_.resize(column_.size());
    p_values_.resize(column_.size());
    for (auto [matrix, values] : {std::pair{&a_, &a_values_}, std::pair{&p_, &p_values_}}) {
      require(
          MatCreateSeqSBAIJWithArrays(PETSC_COMM_SELF, 1, n, n, begin_.data(), column_.data(), values->data(), matrix));
    }
    require(MatCreateVecs(a_, &x_, &b_));
    require(KSPCreate(PETSC_COMM_SELF, &ksp_));
    require(KSPSetType(ksp_, KSPCG));
    require(KSPSetNormType(ksp_, KSP_NORM_UNPRECONDITIONED));
    require(KSPSetTolerances(ksp_, BeamBatch::tolerance, 1e-300, 1e300, BeamBatch::limit));
    PC pc = nullptr;
    require(KSPGetPC(ksp_, &pc));
    require(PCSetType(pc, PCICC));
    require(PCFactorSetLevels(pc, BeamBatch::level));
    require(PCFactorSetMatOrderingType(pc, MATORDERINGNATURAL));
    require(PCFactorSetShiftType(pc, MAT_SHIFT_NONE));
  }
  Petsc(Petsc const&) = delete;
  Petsc& operator=(Petsc const&) = delete;
  ~Petsc() {
    KSPDestroy(&ksp_);
    MatDestroy(&a_);
    MatDestroy(&p_);
    VecDestroy(&x_);
    VecDestroy(&b_);
  }

  std::int32_t solve(double const* values, double const* right) {
    for (std::size_t e = 0; e < column_.size(); ++e) a_values_[e] = p_values_[e] = values[value_[e]];
    for (int j = 0; j < s_.unknowns; ++j)
      p_values_[static_cast<std::size_t>(begin_[static_cast<std::size_t>(j)])] += BeamBatch::shift;
    for (Mat const matrix : {a_, p_}) {  // says that the values are new
      require(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
      require(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));
    }
    require(VecPlaceArray(b_, right));
    require(KSPSetOperators(ksp_, a_, p_));
    require(KSPSolve(ksp_, b_, x_));
    require(VecResetArray(b_));
    KSPConvergedReason reason{};
    PetscInt made = 0;
    require(KSPGetConvergedReason(ksp_, &reason));
    require(KSPGetIterationNumber(ksp_, &made));
    return reason > 0 ? static_cast<std::int32_t>(made) : BeamBatch::limit;
  }

 private:
  problems::SymmetricStructure const& s_;
  std::vector<PetscInt> begin_, column_;
  std::vector<std::size_t> value_;
  std::vector<PetscScalar> a_values_, p_values_;
  Mat a_ = nullptr, p_ = nullptr;
  Vec x_ = nullptr, b_ = nullptr;
  KSP ksp_ = nullptr;
};

void petsc_level1(benchmark::State& state) {
  BeamBatch batch(state.range(0));
  auto const& s = batch.stencil.structure;
  Petsc petsc(s);
  for (auto _ : state) {
    for (std::int64_t t = 0; t < batch.count; ++t) {
      batch.iterations[static_cast<std::size_t>(t)] =
          petsc.solve(batch.values.data() + t * (s.entries() + s.unknowns), batch.right.data() + t * s.unknowns);
    }
    benchmark::ClobberMemory();
  }
  batch.report(state, problems::filled(s, BeamBatch::level).entries());
}

BENCHMARK(engine_level1)->Args({1024, 1})->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(petsc_level1)->Args({1024, 1})->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace metasolve::bench

int main(int count, char** arguments) {
  PetscInitialize(&count, &arguments, nullptr, nullptr);
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  PetscFinalize();
  return 0;
}
