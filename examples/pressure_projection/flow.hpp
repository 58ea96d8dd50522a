// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "field.hpp"
#include "pressure_system.hpp"
#include "scene.hpp"

namespace projection {

/// Two fluids without viscosity or surface tension in a closed box, by the projection method: velocities are carried
/// along and accelerated by gravity, then the pressure makes them free of divergence.
class Flow {
 public:
  Flow(Scene scene, int n);

  /// A step in which nothing moves by more than `cells` cells.
  [[nodiscard]] double step_size(double cells) const;

  /// The system for the pressure at the end of a step. It is the pressure itself, whatever dt is, relative to the light
  /// fluid's density and in units of the box.
  PressureSystem const& begin_step(double dt);
  void finish_step(std::span<double const> pressure);

  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] std::vector<double> const& density() const { return density_.values; }  ///< [n][n]
  [[nodiscard]] std::vector<unsigned char> const& fluid() const { return system_.fluid; }
  [[nodiscard]] Field const& u() const { return u_; }  ///< through vertical faces
  [[nodiscard]] Field const& v() const { return v_; }  ///< through horizontal faces
  [[nodiscard]] double largest_velocity() const;
  [[nodiscard]] double largest_divergence() const;  ///< times a cell's side

 private:
  Scene scene_;
  int n_;
  double side_;  ///< of a cell
  double time_ = 0, dt_ = 0;
  int steps_ = 0;
  Field u_, v_;
  Field distance_;  ///< from the surface, in cells; positive in the heavy fluid
  Field density_;
  std::vector<int> solid_;  ///< [n][n] index of the obstacle; -1: fluid
  double volume_;           ///< of the fluid that there is less of
  bool volume_is_heavy_;
  PressureSystem system_;

  void place_obstacles();
  void carry();
  void impose_velocities();
  void update_surface();
  void set_density();
  void assemble();
};

}  // namespace projection
