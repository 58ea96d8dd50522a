// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "random.hpp"
#include "system.hpp"

namespace metasolve::bench::linear {
namespace {

/// Coefficients of (n + 2)^2 cells, those outside the grid included.
std::vector<double> inclusions(int n, Random& random) {
  int const width = n + 2;
  std::vector<double> k(static_cast<std::size_t>(width * width), 1.0);
  double const contrast = random.log_uniform(1, 1e4);
  for (int count = random.whole(1, 7); count > 0; --count) {
    int const i = random.whole(0, n), j = random.whole(0, n), h = random.whole(n / 8, n / 2),
              w = random.whole(n / 8, n / 2);
    double const value = random.uniform() < 0.5 ? contrast : 1 / contrast;
    for (int a = i; a < std::min(i + h, width); ++a) {
      for (int b = j; b < std::min(j + w, width); ++b) k[static_cast<std::size_t>(a * width + b)] = value;
    }
  }
  return k;
}

}  // namespace

System diffusion(int n, std::int64_t tasks, std::uint64_t seed) {
  System s;
  s.kind = Kind::positive_definite;
  s.tasks = tasks;
  Random random(seed);
  s.rows.row_ptrs.push_back(0);
  for (std::int64_t t = 0; t < tasks; ++t) {
    auto const k = inclusions(n, random);
    auto const at = [&](int i, int j) { return k[static_cast<std::size_t>((i + 1) * (n + 2) + j + 1)]; };
    // On a face the harmonic mean of both sides.
    auto const face = [&](int i, int j, int to_i, int to_j) {
      return 2 * at(i, j) * at(to_i, to_j) / (at(i, j) + at(to_i, to_j));
    };
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        double const up = face(i, j, i - 1, j), left = face(i, j, i, j - 1), right = face(i, j, i, j + 1),
                     down = face(i, j, i + 1, j);
        auto const add = [&](bool there, int a, int b, double value) {
          if (!there) return;
          s.values.push_back(value);
          if (t == 0) s.rows.col_idxs.push_back(a * n + b);
        };
        add(i > 0, i - 1, j, -up);
        add(j > 0, i, j - 1, -left);
        add(true, i, j, up + left + right + down);
        add(j + 1 < n, i, j + 1, -right);
        add(i + 1 < n, i + 1, j, -down);
        if (t == 0) s.rows.row_ptrs.push_back(static_cast<std::int32_t>(s.rows.col_idxs.size()));
      }
    }
    for (int i = 0; i < n * n; ++i) s.rhs.push_back(random.normal());
  }
  take_lower(s);
  return s;
}

System dense(int n, std::int64_t tasks, std::uint64_t seed) {
  System s;
  s.kind = Kind::dense;
  s.tasks = tasks;
  Random random(seed);
  s.rows.row_ptrs.push_back(0);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) s.rows.col_idxs.push_back(j);
    s.rows.row_ptrs.push_back((i + 1) * n);
  }
  for (std::int64_t t = 0; t < tasks; ++t) {
    for (int e = 0; e < n * n; ++e) s.values.push_back(random.normal());
    for (int i = 0; i < n; ++i) s.rhs.push_back(random.normal());
  }
  return s;
}

}  // namespace metasolve::bench::linear
