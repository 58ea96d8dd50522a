// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/serial/training/serial_cholesky.hpp"

#include <cmath>

namespace metasolve::exec {

namespace {

/// Cholesky factorisation of the lower triangle [n][n], row by row. Returns the first row, counted from 1, whose pivot
/// is not positive; 0: none.
std::int32_t factor_one(double* a, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::int64_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (j < i) {
        a[i * n + j] = sum / a[j * n + j];
      } else if (sum > 0) {
        a[i * n + i] = std::sqrt(sum);
      } else {
        return static_cast<std::int32_t>(i + 1);
      }
    }
  }
  return 0;
}

/// x = L^-T L^-1 x.
void solve_one(double const* l, std::int64_t n, double* x) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < i; ++k) x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
  for (std::int64_t i = n - 1; i >= 0; --i) {
    for (std::int64_t k = i + 1; k < n; ++k) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
}

class SerialCholesky final : public Cholesky {
 public:
  void factor(SymmetricBatch const& a, std::int32_t* info) override {
    for (std::int64_t i = 0; i < a.batch; ++i) info[i] = factor_one(a.matrices + i * a.n * a.n, a.n);
  }
  void solve(SymmetricBatch const& factors, double* rhs, std::int32_t const* info) override {
    auto const n = factors.n;
    for (std::int64_t i = 0; i < factors.batch; ++i) {
      if (info[i] == 0) solve_one(factors.matrices + i * n * n, n, rhs + i * n);
    }
  }
};

}  // namespace

std::unique_ptr<Cholesky> make_cholesky(SerialExec&, std::int64_t) { return std::make_unique<SerialCholesky>(); }

}  // namespace metasolve::exec
