// SPDX-License-Identifier: Apache-2.0
#include "paper/cosine_transform.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/pressure.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::paper {

using sparse::at;

namespace {

/// The orthonormal matrix of a cosine transform, [modes][points], and its eigenvalues of the 1-D operator.
struct Cosines {
  int n;
  std::vector<double> matrix, eigenvalues;
  explicit Cosines(int points) : n(points) {
    for (int k = 0; k < n; ++k) {
      double const angle = std::numbers::pi * k / n;
      eigenvalues.push_back(2 - 2 * std::cos(angle));
      for (int i = 0; i < n; ++i) matrix.push_back(std::sqrt((k == 0 ? 1.0 : 2.0) / n) * std::cos(angle * (i + 0.5)));
    }
  }
};

}  // namespace

double seconds_of_cosine_transforms(engine::Tasks const& tasks) {
  auto const kind = std::dynamic_pointer_cast<problems::PressureKind const>(tasks.kind);
  int const n = kind->shape.rows;
  auto const points = kind->shape.points();
  if (kind->shape.columns != n || kind->shape.has_weights) throw Error("cosine transforms: not a plain square box");
  exec::CpuExec exec(1);
  Cosines const c(n);
  std::int64_t const count = std::min<std::int64_t>(tasks.count, 64);
  std::vector<double> rows(at(count * kind->width())), a(at(points)), b(at(points));
  tasks.fill(0, count, rows.data());
  using exec::Transpose;
  auto const product = [&](Transpose left, double const* x, Transpose right, double const* y, double* to) {
    exec.gemm(exec::Gemm<double>{
        .op_a = left, .op_b = right, .m = n, .n = n, .k = n, .a = x, .lda = n, .b = y, .ldb = n, .c = to, .ldc = n});
  };
  auto const solve = [&](double const* rhs) {
    product(Transpose::no, c.matrix.data(), Transpose::no, rhs, a.data());
    product(Transpose::no, a.data(), Transpose::yes, c.matrix.data(), b.data());
    for (int k = 0; k < n; ++k) {
      for (int l = 0; l < n; ++l) {
        double const e = c.eigenvalues[at(k)] + c.eigenvalues[at(l)];
        b[at(std::int64_t{k} * n + l)] = k + l == 0 ? 0 : b[at(std::int64_t{k} * n + l)] / e;
      }
    }
    product(Transpose::yes, c.matrix.data(), Transpose::no, b.data(), a.data());
    product(Transpose::no, a.data(), Transpose::no, c.matrix.data(), b.data());
  };
  solve(rows.data());
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      auto const p = [&](int j, int i) {
        return b[at(std::int64_t{std::clamp(j, 0, n - 1)} * n + std::clamp(i, 0, n - 1))];
      };
      double const r =
          rows[at(std::int64_t{y} * n + x)] - (4 * p(y, x) - p(y, x - 1) - p(y, x + 1) - p(y - 1, x) - p(y + 1, x));
      if (!(std::abs(r) < 1e-9)) throw Error("cosine transforms: a residual of " + std::to_string(r));
    }
  }
  double least = 1e9;
  for (int turn = 0; turn < 5; ++turn) {
    auto const start = io::Clock::now();
    for (std::int64_t t = 0; t < count; ++t) solve(rows.data() + t * kind->width());
    least = std::min(least, io::seconds_since(start) / static_cast<double>(count));
  }
  return least;
}

}  // namespace metasolve::paper
