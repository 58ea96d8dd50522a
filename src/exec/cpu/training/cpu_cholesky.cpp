// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cpu/training/cpu_cholesky.hpp"

#include "metasolve/detail/exec/cpu/one_blas_thread.hpp"
#include "metasolve/detail/exec/cpu/parallel_for.hpp"

// LAPACK from OpenBLAS, column-major; its C header is a separate package.
extern "C" {
void dpotrf_(char const* uplo, int const* n, double* a, int const* lda, int* info);
void dpotrs_(char const* uplo, int const* n, int const* nrhs, double const* a, int const* lda, double* b,
             int const* ldb, int* info);
}

namespace metasolve::exec {

namespace {

constexpr char lower_by_rows = 'U';  ///< the row-major lower triangle is LAPACK's column-major upper one

class CpuCholesky final : public Cholesky {
 public:
  explicit CpuCholesky(int threads) : threads_(threads) {}

  void factor(SymmetricBatch const& a, std::int32_t* info) override {
    int const n = static_cast<int>(a.n);
    OneBlasThread const one_thread;
    parallel_for(a.batch > 1, threads_, a.batch, [&](std::int64_t i) {
      int status = 0;
      dpotrf_(&lower_by_rows, &n, a.matrices + i * a.n * a.n, &n, &status);
      info[i] = status;
    });
  }

  void solve(SymmetricBatch const& factors, double* rhs, std::int32_t const* info) override {
    int const n = static_cast<int>(factors.n), one = 1;
    OneBlasThread const one_thread;
    parallel_for(factors.batch > 1, threads_, factors.batch, [&](std::int64_t i) {
      if (info[i] != 0) return;
      int status = 0;
      dpotrs_(&lower_by_rows, &n, &one, factors.matrices + i * factors.n * factors.n, &n, rhs + i * factors.n, &n,
              &status);
    });
  }

 private:
  int threads_;
};

}  // namespace

std::unique_ptr<Cholesky> make_cholesky(CpuExec& exec, std::int64_t) {
  return std::make_unique<CpuCholesky>(exec.threads());
}

}  // namespace metasolve::exec
