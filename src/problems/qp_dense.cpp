// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_dense.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

// LAPACK from OpenBLAS, column-major; its C header is a separate package.
extern "C" {
void dgeev_(char const* left, char const* right, int const* n, double* a, int const* lda, double* wr, double* wi,
            double* vl, int const* ldvl, double* vr, int const* ldvr, double* work, int const* lwork, int* info);
}

namespace metasolve::problems {

using sparse::at;

DenseMatrix::DenseMatrix(int rows_of, int columns_of)
    : rows(rows_of), columns(columns_of), values(at(rows_of) * at(columns_of), 0) {}

DenseMatrix DenseMatrix::transposed() const {
  DenseMatrix result(columns, rows);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) result(j, i) = (*this)(i, j);
  return result;
}

DenseMatrix operator*(DenseMatrix const& a, DenseMatrix const& b) {
  DenseMatrix result(a.rows, b.columns);
  for (int j = 0; j < b.columns; ++j)
    for (int k = 0; k < a.columns; ++k)
      for (int i = 0; i < a.rows; ++i) result(i, j) += a(i, k) * b(k, j);
  return result;
}

DenseMatrix solved(DenseMatrix a, DenseMatrix b) {
  // By hand: for a few rows the threads of LAPACK's cost a thousand times more.
  int const n = a.rows;
  for (int k = 0; k < n; ++k) {
    int pivot = k;
    for (int i = k + 1; i < n; ++i)
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    if (!(std::abs(a(pivot, k)) > 0)) throw Error("a dense matrix is singular");
    for (int j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    for (int j = 0; j < b.columns; ++j) std::swap(b(k, j), b(pivot, j));
    for (int i = 0; i < n; ++i) {
      if (i == k) continue;
      double const factor = a(i, k) / a(k, k);
      for (int j = k; j < n; ++j) a(i, j) -= factor * a(k, j);
      for (int j = 0; j < b.columns; ++j) b(i, j) -= factor * b(k, j);
    }
  }
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < b.columns; ++j) b(k, j) /= a(k, k);
  return b;
}

DenseMatrix with_scaled_eigenvalues(DenseMatrix const& a, double (*factor)(std::complex<double>)) {
  int const n = a.rows, room = std::max(1, 10 * n);
  DenseMatrix copy = a, vectors(n, n);
  std::vector<double> real(at(n)), imaginary(at(n)), work(at(room));
  double unused = 0;
  int const one = 1;
  int info = 0;
  dgeev_("N", "V", &n, copy.values.data(), &n, real.data(), imaginary.data(), &unused, &one, vectors.values.data(), &n,
         work.data(), &room, &info);
  if (info != 0) throw Error("eigenvalues do not converge");
  // a V = V D, where a conjugate pair is a 2 by 2 block of D, to [real part, imaginary part] of one eigenvector.
  DenseMatrix product(n, n);
  for (int j = 0; j < n; ++j) {
    double const f = factor({real[at(j)], imaginary[at(j)]});
    int const partner = imaginary[at(j)] == 0 ? j : (imaginary[at(j)] > 0 ? j + 1 : j - 1);
    for (int i = 0; i < n; ++i)
      product(i, j) = f * (real[at(j)] * vectors(i, j) - (partner == j ? 0 : imaginary[at(j)] * vectors(i, partner)));
  }
  return solved(vectors.transposed(), product.transposed()).transposed();
}

std::vector<int> independent_columns(DenseMatrix a, double tolerance, int limit) {
  auto const column = [&](int j) { return a.values.data() + at(j) * at(a.rows); };
  auto const dot = [&](int i, int j) { return std::inner_product(column(i), column(i) + a.rows, column(j), 0.0); };
  std::vector<double> squares(at(a.columns));
  std::vector<int> result;
  double first = 0;
  while (static_cast<int>(result.size()) < std::min({limit, a.rows, a.columns})) {
    // Computed anew: updated norms lose their digits.
    for (int j = 0; j < a.columns; ++j) squares[at(j)] = dot(j, j);
    auto const most = std::max_element(squares.begin(), squares.end());
    if (result.empty()) first = *most;
    if (!(*most > tolerance * tolerance * first)) break;
    int const pivot = static_cast<int>(most - squares.begin());
    result.push_back(pivot);
    double const square = *most;
    for (int j = 0; j < a.columns; ++j) {
      if (j == pivot) continue;
      double const part = dot(j, pivot) / square;
      for (int i = 0; i < a.rows; ++i) column(j)[i] -= part * column(pivot)[i];
    }
    std::fill(column(pivot), column(pivot) + a.rows, 0.0);
  }
  return result;
}

}  // namespace metasolve::problems
