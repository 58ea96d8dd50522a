// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/solvers/jacobi.hpp"
#include "src/problems/matrix_format.hpp"
#include "src/random/philox.hpp"

namespace metasolve::problems {

/// 1-D Poisson tasks A u = f, A = tridiag(-1, 2, -1), on the host, made on demand in any order.
struct PoissonTasks {
  int unknowns = 0;
  std::int64_t count = 0;
  kernels::Measure measure = kernels::Measure::relative_error;
  MatrixFormat format = MatrixFormat::stencil;
  /// Tasks first ... first + n - 1: force [n][unknowns] and solution [n][unknowns].
  std::function<void(std::int64_t first, std::int64_t n, double* force, double* solution)> fill;
};

/// The paper's distribution p P1 + (1 - p) P2 (appendix C.1): f = sum_i c_i mu_i v_i, v_i = sin(i j pi / (N + 1)),
/// mu_i = 2 - 2 cos(i pi / (N + 1)), u = sum_i c_i v_i, c_i normal with mean 0 and standard deviation
/// |N + 1 - 2 i| / (N - 1) in P1 (hard), 1 minus that in P2 (easy). For N = 1 the two are taken as 1 and 1.
class PoissonDistribution {
 public:
  PoissonDistribution(int unknowns, double hard_fraction);
  /// Task `index` of a stream: force [unknowns], solution [unknowns].
  void sample(std::uint64_t seed, random::Stream stream, std::int64_t index, double* force, double* solution) const;

 private:
  int unknowns_;
  double hard_fraction_;
  std::vector<double> modes_;  ///< v_i(j) [i][j]
  std::vector<double> eigenvalues_;
  std::vector<double> hard_deviation_;
};

PoissonTasks sampled_poisson(PoissonDistribution const& distribution, int unknowns, std::int64_t count,
                             std::uint64_t seed, random::Stream stream);

/// The caller's right-hand sides [count][unknowns]; solutions by elimination (Thomas), whose rounding error is far
/// below every tolerance that Jacobi can reach. @throws InputError a row with a non-finite value or of norm 0;
/// row_name(row) names it.
PoissonTasks given_poisson(std::vector<double> forces, int unknowns, std::function<std::string(std::int64_t)> row_name);

/// u with tridiag(-1, 2, -1) u = f.
void solve_poisson_directly(int unknowns, double const* force, double* solution);

/// Rows i of sin(i j pi / (N + 1)), i = 1 ... size: [size][unknowns].
std::vector<double> sine_basis(int size, int unknowns);

}  // namespace metasolve::problems
