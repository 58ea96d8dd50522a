// SPDX-License-Identifier: Apache-2.0
#include "mic_cg.hpp"

namespace projection {

MicCg::MicCg(int n, double tau)
    : tau_(tau), inverse_(n), left_(n), below_(n), right_(n), above_(n), r_(n), z_(n), p_(n), q_(n) {}

void MicCg::prepare(Matrix const& a) {
  a_ = &a;
  double const *right = a.right.data(), *up = a.up.data(), *diagonal = a.diagonal.data();
  double* inverse = inverse_.data();
  auto const width = static_cast<std::ptrdiff_t>(a.n), cells = width * width;
  for (std::ptrdiff_t i = 0; i < cells; ++i) {
    double const left = right[i - 1], below = up[i - width];
    double pivot = diagonal[i];
    pivot -= left * (left + tau_ * up[i - 1]) * inverse[i - 1];
    pivot -= below * (below + tau_ * right[i - width]) * inverse[i - width];
    if (pivot < 0.25 * diagonal[i]) pivot = diagonal[i];  // Bridson's rule: a tiny pivot would spoil those after it
    inverse[i] = pivot > 0 ? 1 / pivot : 0;               // no equation: z = 0 there
    left_[static_cast<std::size_t>(i)] = left * inverse[i];
    below_[static_cast<std::size_t>(i)] = below * inverse[i];
    right_[static_cast<std::size_t>(i)] = right[i] * inverse[i];
    above_[static_cast<std::size_t>(i)] = up[i] * inverse[i];
  }
}

void MicCg::precondition() {
  auto const width = static_cast<std::ptrdiff_t>(a_->n), cells = width * width;
  double const *inverse = inverse_.data(), *left = left_.data(), *below = below_.data(), *right = right_.data(),
               *above = above_.data(), *r = r_.data();
  double* z = z_.data();
  // By rows: what comes from the other row is independent of the order and runs in vector registers.
  for (std::ptrdiff_t row = 0; row < cells; row += width) {
#pragma GCC ivdep
    for (std::ptrdiff_t i = row; i < row + width; ++i) z[i] = r[i] * inverse[i] + below[i] * z[i - width];
    double last = 0;
    for (std::ptrdiff_t i = row; i < row + width; ++i) z[i] = last = z[i] + left[i] * last;
  }
  for (std::ptrdiff_t row = cells - width; row >= 0; row -= width) {
#pragma GCC ivdep
    for (std::ptrdiff_t i = row; i < row + width; ++i) z[i] += above[i] * z[i + width];
    double last = 0;
    for (std::ptrdiff_t i = row + width - 1; i >= row; --i) z[i] = last = z[i] + right[i] * last;
  }
}

int MicCg::solve(CellVector const& rhs, CellVector& x, double tolerance, int limit) {
  double const target = tolerance * tolerance * dot(rhs, rhs);
  multiply(*a_, x, r_);
  for (std::size_t i = 0; i < rhs.size(); ++i) r_[i] = rhs[i] - r_[i];
  if (dot(r_, r_) <= target) return 0;
  double rz_before = 0;
  for (int iteration = 1; iteration <= limit; ++iteration) {
    precondition();
    double const rz = dot(r_, z_), beta = iteration == 1 ? 0 : rz / rz_before;
    rz_before = rz;
    for (std::size_t i = 0; i < rhs.size(); ++i) p_[i] = z_[i] + beta * p_[i];
    multiply(*a_, p_, q_);
    double const alpha = rz / dot(p_, q_);
    add_multiple(alpha, p_, x);
    add_multiple(-alpha, q_, r_);
    if (dot(r_, r_) <= target) return iteration;
  }
  return -1;
}

}  // namespace projection
