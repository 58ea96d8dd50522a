// SPDX-License-Identifier: Apache-2.0
#include <petscksp.h>

#include <exception>

#include "bench/peers/figures.hpp"
#include "bench/peers/npy.hpp"

/// The beams by PETSc's conjugate gradients with its incomplete Cholesky, one at a time on one core, PETSc's way for
/// small systems. It factors A + alpha I with the same fill in the same ordering and stops by the same residual;
/// pattern, symbolic factor and vectors are reused for all tasks. Conjugate gradients amplify rounding on stiff beams:
/// counts agree to some per cent, not exactly (docs/elasticity.md).
namespace metasolve::peers {
namespace {

constexpr double shift = 0.05, tolerance = 1e-6;
constexpr int limit = 243, level = 1;

void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc: error " + std::to_string(code));
}

/// One task after another.
class Solver {
 public:
  /// From whole matrices in rows; PETSc takes the upper triangle, diagonal first.
  Solver(std::vector<std::int32_t> const& row_ptrs, std::vector<std::int32_t> const& columns) {
    auto const n = static_cast<PetscInt>(row_ptrs.size()) - 1;
    for (PetscInt i = 0; i < n; ++i) {
      begin_.push_back(static_cast<PetscInt>(column_.size()));
      for (auto e = row_ptrs[static_cast<std::size_t>(i)]; e < row_ptrs[static_cast<std::size_t>(i) + 1]; ++e) {
        auto const at = static_cast<std::size_t>(e);
        if (columns[at] < i) continue;
        column_.push_back(columns[at]);
        from_.push_back(at);
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
    require(KSPSetTolerances(ksp_, tolerance, 1e-300, 1e300, limit));
    PC pc = nullptr;
    require(KSPGetPC(ksp_, &pc));
    require(PCSetType(pc, PCICC));
    require(PCFactorSetLevels(pc, level));
    require(PCFactorSetMatOrderingType(pc, MATORDERINGNATURAL));
    require(PCFactorSetShiftType(pc, MAT_SHIFT_NONE));
  }
  Solver(Solver const&) = delete;
  Solver& operator=(Solver const&) = delete;
  ~Solver() {
    KSPDestroy(&ksp_);
    MatDestroy(&a_);
    MatDestroy(&p_);
    VecDestroy(&x_);
    VecDestroy(&b_);
  }

  /// Returns the number of iterations; a breakdown counts as the limit.
  std::int32_t solve(double const* values, double const* rhs) {
    for (std::size_t e = 0; e < column_.size(); ++e) a_values_[e] = p_values_[e] = values[from_[e]];
    for (std::size_t i = 0; i + 1 < begin_.size(); ++i) p_values_[static_cast<std::size_t>(begin_[i])] += shift;
    for (Mat const matrix : {a_, p_}) {  // marks the values as new
      require(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
      require(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));
    }
    require(VecPlaceArray(b_, rhs));
    require(KSPSetOperators(ksp_, a_, p_));
    require(KSPSolve(ksp_, b_, x_));
    require(VecResetArray(b_));
    KSPConvergedReason reason{};
    PetscInt made = 0;
    require(KSPGetConvergedReason(ksp_, &reason));
    require(KSPGetIterationNumber(ksp_, &made));
    return reason > 0 ? static_cast<std::int32_t>(made) : limit;
  }

 private:
  std::vector<PetscInt> begin_, column_;
  std::vector<std::size_t> from_;  ///< index of an entry in the whole matrix
  std::vector<PetscScalar> a_values_, p_values_;
  Mat a_ = nullptr, p_ = nullptr;
  Vec x_ = nullptr, b_ = nullptr;
  KSP ksp_ = nullptr;
};

void run(Options const& o) {
  auto const row_ptrs = read_npy<std::int32_t>(o.folder + "/beam_row_ptrs.npy").values;
  auto const columns = read_npy<std::int32_t>(o.folder + "/beam_columns.npy").values;
  auto const values = read_npy<double>(o.folder + "/beam_values.npy", o.tasks);
  auto const rhs = read_npy<double>(o.folder + "/beam_rhs.npy", o.tasks);
  auto const ours = read_npy<std::int32_t>(o.folder + "/iccg_counts.npy", o.tasks).values;
  Solver solver(row_ptrs, columns);
  std::vector<std::int32_t> counts(ours.size());
  double const seconds = median_seconds(o.repeats, [&] {
    for (std::int64_t t = 0; t < values.rows; ++t) {
      counts[static_cast<std::size_t>(t)] =
          solver.solve(values.values.data() + t * values.columns, rhs.values.data() + t * rhs.columns);
    }
  });
  PetscInt major = 0, minor = 0, patch = 0;
  require(PetscGetVersionNumber(&major, &minor, &patch, nullptr));
  std::string const version = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  print({"PETSc", version, "iccg", 1, seconds, "one system after the other; factorisation included"}, counts, ours);
}

}  // namespace
}  // namespace metasolve::peers

int main(int count, char** argument) {
  int none = 0;
  if (PetscInitialize(&none, nullptr, nullptr, nullptr) != 0) return 1;
  int status = 0;
  try {
    auto const options = metasolve::peers::Options::parse(count, argument);
    options.require_cpu();
    metasolve::peers::run(options);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "petsc_iccg: %s\n", error.what());
    status = 1;
  }
  PetscFinalize();
  return status;
}
