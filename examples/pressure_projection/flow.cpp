// SPDX-License-Identifier: Apache-2.0
#include "flow.hpp"

#include <cmath>
#include <utility>

#include "level_set.hpp"

namespace projection {

Flow::Flow(Scene scene, int n)
    : scene_(std::move(scene)),
      n_(n),
      side_(1.0 / n),
      u_(Field::at_vertical_faces(n)),
      v_(Field::at_horizontal_faces(n)),
      distance_(Field::at_centres(n)),
      density_(Field::at_centres(n)),
      solid_(distance_.values.size()),
      system_(n) {
  place_obstacles();
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < n; ++column) {
      distance_(row, column) = scene_.distance({(column + 0.5) * side_, (row + 0.5) * side_}) / side_;
    }
  }
  extend_into_solids(distance_, system_.fluid);
  double cells = 0;
  for (auto const is_fluid : system_.fluid) cells += is_fluid;
  volume_ = heavy_volume(distance_, system_.fluid);
  volume_is_heavy_ = volume_ < cells / 2;
  if (!volume_is_heavy_) volume_ = cells - volume_;
  set_density();
  impose_velocities();
}

double Flow::step_size(double cells) const {
  // The second bound: how far gravity moves what is at rest.
  return std::min(cells * side_ / std::max(largest_velocity(), 1e-9), 0.5 * std::sqrt(side_ / scene_.gravity));
}

PressureSystem const& Flow::begin_step(double dt) {
  dt_ = dt;
  time_ += dt;
  carry();
  for (double& v : v_.values) v -= scene_.gravity * dt;
  place_obstacles();
  impose_velocities();
  update_surface();
  set_density();
  assemble();
  return system_;
}

void Flow::finish_step(std::span<double const> pressure) {
  double const scale = dt_ / side_;
  auto const width = static_cast<std::size_t>(n_);
  for (int row = 0; row < n_; ++row) {
    for (int column = 1; column < n_; ++column) {
      auto const cell = density_.index(row, column);
      double const weight = system_.weights_x[cell - static_cast<std::size_t>(row) - 1];
      u_(row, column) -= scale * weight * (pressure[cell] - pressure[cell - 1]);
    }
  }
  for (int row = 1; row < n_; ++row) {
    for (int column = 0; column < n_; ++column) {
      auto const cell = density_.index(row, column);
      v_(row, column) -= scale * system_.weights_y[cell - width] * (pressure[cell] - pressure[cell - width]);
    }
  }
  ++steps_;
}

double Flow::largest_velocity() const {
  double largest = 0;
  for (double const u : u_.values) largest = std::max(largest, std::abs(u));
  for (double const v : v_.values) largest = std::max(largest, std::abs(v));
  return largest;
}

double Flow::largest_divergence() const {
  double largest = 0;
  for (int row = 0; row < n_; ++row) {
    for (int column = 0; column < n_; ++column) {
      if (system_.fluid[density_.index(row, column)] == 0) continue;
      largest =
          std::max(largest, std::abs(u_(row, column + 1) - u_(row, column) + v_(row + 1, column) - v_(row, column)));
    }
  }
  return largest;
}

void Flow::place_obstacles() {
  for (int row = 0; row < n_; ++row) {
    for (int column = 0; column < n_; ++column) {
      auto const i = density_.index(row, column);
      solid_[i] = -1;
      for (std::size_t k = 0; k < scene_.obstacles.size(); ++k) {
        if (scene_.obstacles[k].covers({(column + 0.5) * side_, (row + 0.5) * side_}, time_))
          solid_[i] = static_cast<int>(k);
      }
      system_.fluid[i] = solid_[i] < 0 ? 1 : 0;
    }
  }
}

void Flow::carry() {
  Field u = u_, v = v_;
  for (double& value : u.values) value *= dt_ / side_;
  for (double& value : v.values) value *= dt_ / side_;
  u_ = advect(u_, u, v);
  v_ = advect(v_, u, v);
  distance_ = advect(distance_, u, v);
}

void Flow::impose_velocities() {
  for (int i = 0; i < n_; ++i) u_(i, 0) = u_(i, n_) = v_(0, i) = v_(n_, i) = 0;
  std::vector<Point> velocities;
  for (auto const& obstacle : scene_.obstacles) velocities.push_back(obstacle.velocity(time_));
  // Inside an obstacle too: what passes close by feels its velocity.
  for (int row = 0; row < n_; ++row) {
    for (int column = 0; column < n_; ++column) {
      int const k = solid_[density_.index(row, column)];
      if (k < 0) continue;
      auto const& velocity = velocities[static_cast<std::size_t>(k)];
      u_(row, column) = u_(row, column + 1) = velocity[0];
      v_(row, column) = v_(row + 1, column) = velocity[1];
    }
  }
}

void Flow::update_surface() {
  extend_into_solids(distance_, system_.fluid);
  if (steps_ % 3 == 2) restore_distance(distance_);
  restore_volume(distance_, system_.fluid, volume_, volume_is_heavy_);
}

void Flow::set_density() {
  for (std::size_t i = 0; i < density_.values.size(); ++i) {
    density_.values[i] = 1 + (scene_.density - 1) * heavy_share(distance_.values[i]);
  }
}

void Flow::assemble() {
  auto const width = static_cast<std::size_t>(n_);
  auto const weight = [&](std::size_t i, std::size_t j) {
    bool const is_open = system_.fluid[i] != 0 && system_.fluid[j] != 0;
    return is_open ? 2 / (density_.values[i] + density_.values[j]) : 0.0;
  };
  for (std::size_t row = 0; row < width; ++row) {
    for (std::size_t column = 0; column + 1 < width; ++column) {
      auto const i = row * width + column;
      system_.weights_x[i - row] = weight(i, i + 1);
    }
  }
  for (std::size_t i = 0; i < system_.weights_y.size(); ++i) system_.weights_y[i] = weight(i, i + width);

  double sum = 0, cells = 0;
  for (int row = 0; row < n_; ++row) {
    for (int column = 0; column < n_; ++column) {
      auto const i = density_.index(row, column);
      double const outflow = u_(row, column + 1) - u_(row, column) + v_(row + 1, column) - v_(row, column);
      system_.rhs[i] = system_.fluid[i] != 0 ? -outflow * side_ / dt_ : 0;
      sum += system_.rhs[i];
      cells += system_.fluid[i];
    }
  }
  // Only rounding errors: what flows through the faces of an obstacle adds up to 0.
  for (std::size_t i = 0; i < system_.rhs.size(); ++i) system_.rhs[i] -= system_.fluid[i] != 0 ? sum / cells : 0;
}

}  // namespace projection
