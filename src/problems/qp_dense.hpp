// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <vector>

/// Small dense matrices on the host, by LAPACK where it helps.
namespace metasolve::problems {

/// By columns.
struct DenseMatrix {
  DenseMatrix(int rows_of, int columns_of);
  [[nodiscard]] double& operator()(int i, int j) { return values[place(i, j)]; }
  [[nodiscard]] double operator()(int i, int j) const { return values[place(i, j)]; }
  [[nodiscard]] DenseMatrix transposed() const;

  int rows, columns;
  std::vector<double> values;

 private:
  [[nodiscard]] std::size_t place(int i, int j) const {
    return static_cast<std::size_t>(j) * static_cast<std::size_t>(rows) + static_cast<std::size_t>(i);
  }
};

DenseMatrix operator*(DenseMatrix const& a, DenseMatrix const& b);

/// a^-1 b. @throws Error a is singular
DenseMatrix solved(DenseMatrix a, DenseMatrix b);

/// a with each eigenvalue times factor(eigenvalue), which must be real and the same for a conjugate pair; eigenvectors
/// stay. @throws Error they do not converge, or are dependent
DenseMatrix with_scaled_eigenvalues(DenseMatrix const& a, double (*factor)(std::complex<double>));

/// Columns of a that span the others to `tolerance` times the longest one's norm, the largest remainder first, at most
/// `limit`: Gram and Schmidt's orthogonalisation with pivoting.
std::vector<int> independent_columns(DenseMatrix a, double tolerance, int limit);

}  // namespace metasolve::problems
