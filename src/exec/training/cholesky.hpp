// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "metasolve/detail/exec/backend.hpp"

/// Dense Cholesky factorisations for second-order training only: LAPACK on a CPU, cuSOLVER on a GPU.
namespace metasolve::exec {

/// batch symmetric matrices [n][n], contiguous; only the lower triangles are read.
struct SymmetricBatch {
  double* matrices = nullptr;
  std::int64_t n = 0;
  std::int64_t batch = 0;
};

/// For at most the number of matrices given at construction. The executor must outlive it. Calls are ordered on its
/// stream.
class Cholesky {
 public:
  virtual ~Cholesky() = default;
  /// Replaces the matrices by their factors L with L L' = A. info [batch]: 0, or nonzero where a matrix is not positive
  /// definite; its factor is then invalid.
  virtual void factor(SymmetricBatch const& a, std::int32_t* info) = 0;
  /// rhs [batch][n] = A^-1 rhs with those factors; invalid where info is not 0.
  virtual void solve(SymmetricBatch const& factors, double* rhs, std::int32_t const* info) = 0;
};

/// Implemented by make_cholesky(Exec&, batch) of the executor's class, in src/exec/NAME/training/NAME_cholesky.hpp. May
/// allocate; while the executor is planning, none of it is counted.
struct CholeskyFunctions {
  std::unique_ptr<Cholesky> (*make)(Backend& backend, std::int64_t batch);

  template <class Exec>
  static CholeskyFunctions on() {
    return {
        .make = [](Backend& backend, std::int64_t batch) { return make_cholesky(static_cast<Exec&>(backend), batch); }};
  }
};

}  // namespace metasolve::exec
