// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/smoke.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>

#include "metasolve/detail/problems/solve_pressure.hpp"
#include "metasolve/detail/sparse/at.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

// Gravity, 9.81, times the buoyancy factor 0.1.
constexpr double buoyancy = 0.981, noise_power = 32, velocity_scale = 2;

/// The real part of the inverse Fourier transform of complex white noise times 32 sqrt((rows + columns) / 2)
/// (1 + |k|)^-32, k in cycles a cell. first_draw: of the normal numbers; returns the next.
std::uint64_t add_noise(random::Draws const& draws, std::uint64_t draw, int rows, int columns,
                        std::vector<double>& to) {
  using complex = std::complex<double>;
  to.assign(at(std::int64_t{rows} * columns), 0.0);
  auto const frequency = [](int k, int n) { return static_cast<double>(k < (n + 1) / 2 ? k : k - n) / n; };
  double const power = noise_power * std::sqrt(0.5 * (rows + columns));
  std::vector<complex> line(at(columns)), spectrum(at(columns));
  auto const turns = [](int n) {
    std::vector<complex> all(at(n));
    for (int i = 0; i < n; ++i) all[at(i)] = std::polar(1.0, 2 * std::numbers::pi * i / n);
    return all;
  };
  auto const turn_x = turns(columns), turn_y = turns(rows);
  for (int ky = 0; ky < rows; ++ky) {
    double largest = 0;
    for (int kx = 0; kx < columns; ++kx) {
      double const k = std::hypot(frequency(ky, rows), frequency(kx, columns));
      double const gain = power * std::pow(1 + k, -noise_power);
      spectrum[at(kx)] = gain * complex(draws.normal(draw), draws.normal(draw + 1));
      draw += 2;
      largest = std::max(largest, gain);
    }
    if (largest < 1e-9 * power) continue;
    for (int x = 0; x < columns; ++x) {
      complex sum = 0;
      for (int kx = 0; kx < columns; ++kx) {
        sum += spectrum[at(kx)] * turn_x[at(static_cast<std::int64_t>(kx) * x % columns)];
      }
      line[at(x)] = sum;
    }
    for (int y = 0; y < rows; ++y) {
      complex const turn = turn_y[at(static_cast<std::int64_t>(ky) * y % rows)] / static_cast<double>(rows * columns);
      for (int x = 0; x < columns; ++x) to[at(std::int64_t{y} * columns + x)] += (line[at(x)] * turn).real();
    }
  }
  return draw;
}

/// Bilinear, at (y, x) in cells from the first number; constant beyond the sides.
double sample_field(std::vector<double> const& f, int rows, int columns, double y, double x) {
  double const cy = std::clamp(y, 0.0, rows - 1.0), cx = std::clamp(x, 0.0, columns - 1.0);
  int const j = std::min(static_cast<int>(cy), std::max(0, rows - 2));
  int const i = std::min(static_cast<int>(cx), std::max(0, columns - 2));
  double const ty = cy - j, tx = cx - i;
  double const* const a = f.data() + std::int64_t{j} * columns + i;
  double const* const b = rows > 1 ? a + columns : a;
  int const right = columns > 1 ? 1 : 0;
  return (1 - ty) * ((1 - tx) * a[0] + tx * a[right]) + ty * ((1 - tx) * b[0] + tx * b[right]);
}

}  // namespace

Smoke::Smoke(int n, random::Draws const& draws) : n_(n) {
  auto draw = add_noise(draws, 0, n, n, density_);
  for (double& d : density_) d = std::max(0.0, d);
  draw = add_noise(draws, draw, n, n + 1, u_);
  add_noise(draws, draw, n + 1, n, v_);
  for (auto* field : {&u_, &v_}) {
    for (double& x : *field) x *= velocity_scale;
  }
  rhs_.resize(at(std::int64_t{n} * n));
  pressure_.resize(rhs_.size());
}

void Smoke::step() {
  int const n = n_;
  auto const place = [](int y, int x, int columns) { return at(std::int64_t{y} * columns + x); };
  // u lies at (y, x - 1/2), v at (y - 1/2, x).
  auto const u_at = [&](double y, double x) { return sample_field(u_, n, n + 1, y, x + 0.5); };
  auto const v_at = [&](double y, double x) { return sample_field(v_, n + 1, n, y + 0.5, x); };
  auto density = density_, u = u_, v = v_;
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      density[place(y, x, n)] = sample_field(density_, n, n, y - v_at(y, x), x - u_at(y, x));
    }
  }
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x <= n; ++x) {
      u[place(y, x, n + 1)] = u_at(y - v_at(y, x - 0.5), x - 0.5 - u_[place(y, x, n + 1)]);
    }
  }
  for (int y = 0; y <= n; ++y) {
    for (int x = 0; x < n; ++x) {
      double const below = density_[place(std::max(0, y - 1), x, n)], above = density_[place(std::min(n - 1, y), x, n)];
      v[place(y, x, n)] = v_at(y - 0.5 - v_[place(y, x, n)], x - u_at(y - 0.5, x)) + buoyancy * 0.5 * (below + above);
    }
  }
  // The amount of smoke does not change.
  double before = 0, after = 0;
  for (double const d : density_) before += d;
  for (double const d : density) after += d;
  for (double& d : density) d *= after > 0 ? before / after : 1;
  density_ = std::move(density), u_ = std::move(u), v_ = std::move(v);
  for (int k = 0; k < n; ++k) {  // closed walls
    u_[place(k, 0, n + 1)] = u_[place(k, n, n + 1)] = 0;
    v_[place(0, k, n)] = v_[place(n, k, n)] = 0;
  }

  double sum = 0;
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      double const divergence =
          (u_[place(y, x + 1, n + 1)] - u_[place(y, x, n + 1)]) + (v_[place(y + 1, x, n)] - v_[place(y, x, n)]);
      rhs_[place(y, x, n)] = -divergence;
      sum -= divergence;
    }
  }
  for (double& b : rhs_) b -= sum / (static_cast<double>(n) * n);
  solve_pressure({.rows = n, .columns = n}, {.rhs = {rhs_.data(), 0, 1}}, pressure_.data());
  auto const p = [&](int y, int x) { return pressure_[place(y, x, n)]; };
  for (int y = 0; y < n; ++y) {
    for (int x = 1; x < n; ++x) u_[place(y, x, n + 1)] -= p(y, x) - p(y, x - 1);
  }
  for (int y = 1; y < n; ++y) {
    for (int x = 0; x < n; ++x) v_[place(y, x, n)] -= p(y, x) - p(y - 1, x);
  }
}

engine::Tasks smoke_tasks(std::shared_ptr<PressureKind const> const& kind, std::int64_t count, std::uint64_t seed,
                          random::Stream stream) {
  return {count, kind, [=](std::int64_t first, std::int64_t n, double* rows) {
            int const frames = kind->settings.frames;
            std::int64_t const points = kind->shape.points();
            std::unique_ptr<Smoke> scene;
            for (std::int64_t t = first; t < first + n; ++t, rows += kind->width()) {
              std::int64_t const number = t / frames;
              if (!scene || t % frames == 0) {
                scene = std::make_unique<Smoke>(kind->shape.rows,
                                                random::Draws(seed, stream, static_cast<std::uint64_t>(number)));
                for (std::int64_t f = 0; f < t % frames; ++f) scene->step();
              }
              scene->step();
              std::copy_n(scene->rhs().data(), points, rows);
              if (kind->has_reference()) std::copy_n(scene->pressure().data(), points, rows + kind->reference_at());
            }
          }};
}

}  // namespace metasolve::problems
